"""Who may do what."""

import pytest

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Action, Subject, authorize, is_member, presumed
from bot.domain.requests import Person, Place
from bot.domain.submissions import Target
from bot.domain.verbs import Verb

HERE = Place("T1", "C1")
SUBJECTS = [Subject(HERE), Subject(HERE, Target("main", "9NMAIL000001"))]
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)
GUESTS = {
    Action.LOOK: None,
    Action.NAME_APPS: DENIED,
    Action.SUBSCRIBE: DENIED,
    Action.SET_LANGUAGE: DENIED,
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


@pytest.mark.parametrize("actor", [Person("U9", "T9"), Person("U9", "")])
def test_a_guest_looks_at_nothing_that_has_no_alias_in_the_place(actor: Person) -> None:
    unnamed = Subject(HERE, Target("main", "9NMAIL000001"), named_here=False)

    denied = authorize(actor, Action.LOOK, unnamed)

    assert denied is not None
    assert denied.denial != Denial.OTHER_WORKSPACE
    assert authorize(Person("U1", "T1"), Action.LOOK, unnamed) is None


@pytest.mark.parametrize("action", [each for each in Action if each != "look"])
def test_a_person_of_whom_nothing_is_known_is_not_called_a_guest(
    action: Action,
) -> None:
    denied = authorize(Person("U9", ""), action, Subject(HERE))

    assert denied == NotAllowed(Denial.UNKNOWN_WORKSPACE)
    assert authorize(Person("U9", ""), Action.LOOK, Subject(HERE)) is None


@pytest.mark.parametrize("verb", Verb)
def test_only_a_halt_presumes_that_somebody_is_a_member(verb: Verb) -> None:
    found = presumed(Person("U9", ""), verb, HERE)

    assert is_member(found, HERE) is (verb is Verb.HALT)
    assert presumed(Person("U9", "T9"), verb, HERE) == Person("U9", "T9")


def test_what_is_no_action_is_not_let_through() -> None:
    with pytest.raises(AssertionError):
        authorize(Person("U1", "T1"), "ramp", SUBJECTS[0])  # type: ignore[arg-type]


def test_the_words_that_stand_in_the_log_of_events_stay() -> None:
    assert [action.value for action in Action] == [
        "look",
        "name_apps",
        "subscribe",
        "set_language",
        "ask",
        "approve",
        "cancel",
    ]
