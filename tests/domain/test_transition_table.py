"""What may be done to a rollout, in every state that the Store can show."""

import pytest

from bot.domain.percentages import TOLERANCE
from bot.domain.rollout import (
    TRANSITIONS,
    Allowed,
    AlreadySatisfied,
    Change,
    Decision,
    RefusalReason,
    Rejected,
    Rollout,
    achieved,
    allowed_verbs,
    decide,
)
from bot.domain.verbs import Phase, Verb

FALLBACK = "1212922684621243058"
DISABLED = Rollout(False, 0.0, "PackageRolloutNotStarted")
NOT_STARTED = Rollout(True, 25.0, "PackageRolloutNotStarted")
GOING = Rollout(True, 25.0, "PackageRolloutInProgress", FALLBACK)
STOPPED = Rollout(True, 0.0, "PackageRolloutStopped", FALLBACK)
COMPLETE = Rollout(True, 100.0, "PackageRolloutComplete", FALLBACK)
NEW = Rollout(True, 25.0, "PackageRolloutPaused", FALLBACK)

HALT, FINALIZE = Change(Verb.HALT), Change(Verb.FINALIZE)
SET = Change(Verb.SET, 40)


def no(reason: RefusalReason) -> str:
    return f"no: {reason}"


UNPUBLISHED = no(RefusalReason.NOT_PUBLISHED)
IDLE = no(RefusalReason.NOT_IN_PROGRESS)
HALTED = no(RefusalReason.STOPPED)
FINAL = no(RefusalReason.COMPLETE)

TABLE = [
    (DISABLED, Phase.DISABLED, IDLE, IDLE, IDLE),
    (NOT_STARTED, Phase.NOT_STARTED, UNPUBLISHED, UNPUBLISHED, UNPUBLISHED),
    (GOING, Phase.IN_PROGRESS, "go", "go", "go"),
    (STOPPED, Phase.STOPPED, "already", HALTED, HALTED),
    (COMPLETE, Phase.COMPLETE, FINAL, "already", FINAL),
    (NEW, Phase.UNRECOGNISED, IDLE, IDLE, IDLE),
]


def word(decision: Decision) -> str:
    match decision:
        case Allowed():
            return "go"
        case AlreadySatisfied():
            return "already"
        case Rejected(reason):
            return no(reason)


@pytest.mark.parametrize(("rollout", "phase", "halt", "finalize", "put"), TABLE)
def test_each_state_allows_what_the_store_allows(
    rollout: Rollout, phase: Phase, halt: str, finalize: str, put: str
) -> None:
    assert rollout.phase is phase
    assert word(decide(rollout, HALT)) == halt
    assert word(decide(rollout, FINALIZE)) == finalize
    assert word(decide(rollout, SET)) == put


def test_the_table_knows_every_phase() -> None:
    assert {phase for _, phase, *_ in TABLE} == set(Phase)


def test_only_a_rollout_in_progress_has_a_way_out() -> None:
    assert {phase for phase, _ in TRANSITIONS} == {Phase.IN_PROGRESS}
    assert {verb for _, verb in TRANSITIONS} == set(Verb)


@pytest.mark.parametrize(("change", "reached"), [(HALT, STOPPED), (FINALIZE, COMPLETE)])
def test_success_is_the_one_exact_state(change: Change, reached: Rollout) -> None:
    states = [rollout for rollout, *_ in TABLE]

    assert [state for state in states if achieved(state, change)] == [reached]


def test_a_percentage_is_reached_in_progress_and_nowhere_else() -> None:
    hundred = Change(Verb.SET, 100)

    assert achieved(Rollout(True, 100.0, "PackageRolloutInProgress"), hundred)
    assert not achieved(COMPLETE, hundred)
    assert not achieved(GOING, hundred)
    assert achieved(Rollout(True, 40.0000009, "PackageRolloutInProgress"), SET)
    assert not achieved(Rollout(True, 40.01, "PackageRolloutInProgress"), SET)


def test_a_percentage_that_stands_already_is_not_set_again() -> None:
    assert isinstance(decide(GOING, Change(Verb.SET, 25)), AlreadySatisfied)
    assert isinstance(decide(GOING, Change(Verb.SET, 10)), Allowed)


def test_two_readings_are_the_same_when_a_card_would_show_the_same() -> None:
    near = Rollout(True, 25 + TOLERANCE / 2, "PackageRolloutInProgress", "7")

    assert GOING.same_as(near)
    assert not GOING.same_as(Rollout(True, 26.0, "PackageRolloutInProgress"))
    assert not GOING.same_as(Rollout(True, 25.0, "PackageRolloutStopped"))
    assert not NOT_STARTED.same_as(Rollout(False, 25.0, "PackageRolloutNotStarted"))


@pytest.mark.parametrize(
    ("verb", "percentage"), [(Verb.SET, None), (Verb.HALT, 0.0), (Verb.FINALIZE, 100.0)]
)
def test_a_percentage_belongs_to_set_alone(
    verb: Verb, percentage: float | None
) -> None:
    with pytest.raises(ValueError, match="with percentage"):
        Change(verb, percentage)


@pytest.mark.parametrize("phase", Phase)
def test_the_verbs_that_are_offered_are_those_of_the_table(phase: Phase) -> None:
    offered = allowed_verbs(phase)

    assert offered == {verb for verb in Verb if (phase, verb) in TRANSITIONS}
    assert bool(offered) is (phase is Phase.IN_PROGRESS)
