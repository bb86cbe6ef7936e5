"""Who may do what."""

import pytest

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Action, Subject, authorize
from bot.domain.requests import Person, Place
from bot.domain.submissions import Target

HERE = Place("T1", "C1")
SUBJECTS = [Subject(HERE), Subject(HERE, Target("main", "9NMAIL000001"))]
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)
GUESTS = {
    Action.LOOK: None,
    Action.NAME_APPS: DENIED,
    Action.ASK: DENIED,
    Action.APPROVE: DENIED,
    Action.CANCEL: DENIED,
}


@pytest.mark.parametrize("subject", SUBJECTS, ids=["place", "target"])
@pytest.mark.parametrize("action", Action)
def test_a_member_may_do_everything(action: Action, subject: Subject) -> None:
    assert authorize(Person("U1", "T1"), action, subject) is None


@pytest.mark.parametrize("subject", SUBJECTS, ids=["place", "target"])
@pytest.mark.parametrize("action", Action)
def test_a_guest_from_another_company_may_look_and_nothing_else(
    action: Action, subject: Subject
) -> None:
    assert authorize(Person("U9", "T9"), action, subject) == GUESTS[action]


@pytest.mark.parametrize("action", Action)
def test_a_person_is_a_guest_where_the_subject_is_and_not_where_they_come_from(
    action: Action,
) -> None:
    theirs = Subject(Place("T9", "C1"))

    assert authorize(Person("U9", "T9"), action, theirs) is None
    assert authorize(Person("U1", "T1"), action, theirs) == GUESTS[action]


def test_what_is_no_action_is_not_let_through() -> None:
    with pytest.raises(AssertionError):
        authorize(Person("U1", "T1"), "ramp", SUBJECTS[0])  # type: ignore[arg-type]


def test_the_words_that_stand_in_the_log_of_events_stay() -> None:
    assert [action.value for action in Action] == [
        "look",
        "name_apps",
        "ask",
        "approve",
        "cancel",
    ]
