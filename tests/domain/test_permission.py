"""Who may do what."""

import pytest

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Action, authorize
from bot.domain.requests import Person, Place

HERE = Place("T1", "C1")


@pytest.mark.parametrize("action", Action)
def test_a_member_may_do_everything(action: Action) -> None:
    assert authorize(action, Person("U1", "T1"), HERE) is None


@pytest.mark.parametrize("action", Action)
def test_a_guest_from_another_company_may_look_and_nothing_else(action: Action) -> None:
    denied = None if action is Action.LOOK else NotAllowed(Denial.OTHER_WORKSPACE)

    assert authorize(action, Person("U9", "T9"), HERE) == denied
