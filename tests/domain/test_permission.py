"""Who may do what."""

import pytest

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Deed, refusal
from bot.domain.requests import Person, Place

HERE = Place("T1", "C1")


@pytest.mark.parametrize("deed", Deed)
def test_a_member_may_do_everything(deed: Deed) -> None:
    assert refusal(deed, Person("U1", "T1"), HERE) is None


@pytest.mark.parametrize("deed", Deed)
def test_a_guest_from_another_company_may_look_and_nothing_else(deed: Deed) -> None:
    denied = None if deed is Deed.LOOK else NotAllowed(Denial.OTHER_WORKSPACE)

    assert refusal(deed, Person("U9", "T9"), HERE) == denied
