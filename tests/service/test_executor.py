"""Every way from an authorised operation to its outcome, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import failures
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail, StoreError
from bot.domain.operations import Operation
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.submissions import Submission, Target
from bot.domain.verbs import Verb
from bot.service import Inconclusive, OperationExecutor
from bot.service.delay import OLDEST_CLICK, too_old
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from bot.service.readings import Readings
from tests.fakes import (
    BETA,
    DRAFT_ID,
    FINAL,
    GOING,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLAIN,
    PUBLISHED_ID,
    WAITING,
    FakeOperations,
    FakeStore,
    Step,
    authorised,
    ref_of,
)
from tests.fakes.observations import FakeObservations

HALT, FINALIZE, SET = Change(Verb.HALT), Change(Verb.FINALIZE), Change(Verb.SET, 40.0)
CHANGES = [HALT, FINALIZE, SET]
SET_40 = replace(GOING, percentage=40.0)
REACHED = {Verb.HALT: HALTED, Verb.FINALIZE: FINAL, Verb.SET: SET_40}
OTHER_PERCENT = replace(GOING, percentage=26.0)

SAID_NO = FailureDetail(FailureCode.CONFLICT)
CUT = failures.UnavailableError(
    FailureDetail(FailureCode.TIMEOUT), correlation_id="c5", may_have_acted=True
)
AWAY = failures.UnavailableError(
    FailureDetail(FailureCode.TIMEOUT), correlation_id="c5"
)
NOT_SENT = failures.UnavailableError(FailureDetail(FailureCode.NO_CONNECTION))
LIMITED = failures.RateLimitedError(
    FailureDetail(FailureCode.RATE_LIMITED, {"seconds": "7"}),
    retry_after=7.0,
    status=429,
)
LIMITED_BARE = failures.RateLimitedError(
    FailureDetail(FailureCode.RATE_LIMITED), status=429
)
ODD = failures.UnreadableError(FailureDetail(FailureCode.UNREADABLE))
GARBLED = failures.UnreadableError(
    FailureDetail(FailureCode.UNREADABLE), may_have_acted=True
)
SIGNED_OUT = failures.AuthenticationError(FailureDetail(FailureCode.SECRET_WRONG))
GONE = failures.NotFoundError(FailureDetail(FailureCode.NOT_FOUND), status=404)
CONFLICT = failures.RefusedError(SAID_NO, status=409, correlation_id="c9")

by_verb = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.verb)


class ExecutorHarness:
    """An operation on a published rollout, with a clock that a test can turn."""

    def __init__(self, change: Change, target: Target = MAIL) -> None:
        self.seconds = 0.0
        self.store = FakeStore()
        self.operations = FakeOperations()
        stores = {MAIN: self.store}
        self.readings = Readings(stores, stores, FakeObservations(), lambda: NOON)
        self.executor = OperationExecutor(
            stores,
            self.operations,
            lambda: NOON,
            lambda: self.seconds,
            self.readings.record,
        )
        self.store.publish(target, pending_id=DRAFT_ID)
        self.operation = authorised(change, target=target)
        self.operations.kept[self.operation.id] = self.operation

    @property
    def stored(self) -> Operation:
        return self.operations.kept[self.operation.id]

    def becomes(self, rollout: Rollout) -> None:
        """Let somebody else change the rollout."""
        self.store.rollouts[self.operation.ref] = rollout

    async def shown_in_a_status(self) -> None:
        """Read the rollout for somebody who asks for a status."""
        await self.readings.read_for_status([MAIL], details_timeout=None)

    def attempted(self, times: int = 1) -> None:
        """Pretend that earlier attempts were recorded."""
        self.operations.kept[self.operation.id] = replace(self.stored, attempts=times)


def inconclusive(
    failure: StoreError, *, acted: bool, attempts: int = 1
) -> Inconclusive:
    return Inconclusive(
        failure.detail,
        acted,
        attempts,
        failure.correlation_id,
        failure.retry_after,
        failure.transient,
    )


@by_verb
@pytest.mark.parametrize("target", [MAIL, BETA], ids=["app", "flight"])
async def test_a_change_is_sent_once_to_the_submission_of_the_card(
    change: Change, target: Target
) -> None:
    harness = ExecutorHarness(change, target)

    outcome = await harness.executor.execute(harness.operation)

    assert outcome == Done(GOING, REACHED[change.verb], "corr-write")
    assert [(call.about, call.change) for call in harness.store.writes] == [
        (ref_of(target, PUBLISHED_ID), change)
    ]
    assert harness.store.rollouts[ref_of(target, DRAFT_ID)] == WAITING
    assert harness.stored.attempts == 1


async def test_a_halt_needs_one_store_request_when_all_is_well() -> None:
    harness = ExecutorHarness(HALT)

    await harness.executor.execute(harness.operation)

    assert harness.store.names() == ["change_rollout"]


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
async def test_finalize_and_set_read_before_they_send(change: Change) -> None:
    harness = ExecutorHarness(change)

    await harness.executor.execute(harness.operation)

    assert harness.store.names() == ["get_rollout", "change_rollout"]


async def test_the_attempt_is_recorded_before_the_request_is_sent() -> None:
    harness = ExecutorHarness(HALT)
    recorded: list[int] = []
    harness.store.plan(
        "change_rollout",
        Step(meanwhile=lambda: recorded.append(harness.stored.attempts)),
    )

    await harness.executor.execute(harness.operation)

    assert recorded == [1]


@dataclass(frozen=True)
class EarlierAttempts:
    """What happened before an attempt: how often, what is known of it, and acted."""

    attempts: int
    so_far: Inconclusive | None
    acted: bool


EARLIER = {
    "first": EarlierAttempts(0, None, acted=False),
    "after a limit": EarlierAttempts(
        1, inconclusive(LIMITED, acted=False), acted=False
    ),
    "after a cut": EarlierAttempts(1, inconclusive(CUT, acted=True), acted=True),
    "after a crash": EarlierAttempts(1, None, acted=True),
    "after a crash of a later one": EarlierAttempts(
        2, inconclusive(LIMITED, acted=False), acted=True
    ),
}
FAILURES = {
    "429": LIMITED,
    "429 without a time": LIMITED_BARE,
    "no connection": NOT_SENT,
    "5xx or timeout": CUT,
    "unreadable": GARBLED,
    "401": SIGNED_OUT,
    "404": GONE,
}
WRITES = [
    (name, after_effect)
    for name, failure in FAILURES.items()
    for after_effect in (False, True)
    if failure.may_have_acted or not after_effect
]
SETTLED = {
    "401": Unavailable(FailureDetail(FailureCode.SECRET_WRONG)),
    "404": Refused(RefusalReason.NOT_FOUND, None, FailureDetail(FailureCode.NOT_FOUND)),
}


@by_verb
@pytest.mark.parametrize("earlier", EARLIER)
@pytest.mark.parametrize(("name", "after_effect"), WRITES)
async def test_every_failure_of_a_write_is_judged_by_what_it_may_have_done(
    change: Change, earlier: str, name: str, *, after_effect: bool
) -> None:
    before, failure = EARLIER[earlier], FAILURES[name]
    harness = ExecutorHarness(change)
    harness.attempted(before.attempts)
    harness.store.plan("change_rollout", Step(failure, after_effect=after_effect))

    outcome = await harness.executor.execute(harness.stored, before.so_far)

    attempts = before.attempts + 1
    acted = before.acted or failure.may_have_acted
    if name in SETTLED and not acted:
        assert outcome == SETTLED[name]
    else:
        assert outcome == inconclusive(failure, acted=acted, attempts=attempts)
    reads_first = change is not HALT or before.attempts > 0
    assert harness.store.names() == ["get_rollout"] * reads_first + ["change_rollout"]
    assert harness.stored.attempts == attempts


@by_verb
@pytest.mark.parametrize("earlier", ["after a cut", "after a crash"])
async def test_an_effect_whose_answer_was_lost_is_found_and_not_repeated(
    change: Change, earlier: str
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()
    harness.becomes(REACHED[change.verb])

    outcome = await harness.executor.execute(harness.stored, EARLIER[earlier].so_far)

    assert outcome == Done(GOING, REACHED[change.verb], "corr-read")
    assert harness.store.names() == ["get_rollout"]


@by_verb
async def test_what_another_did_after_a_request_without_effect_is_not_claimed(
    change: Change,
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()
    harness.becomes(REACHED[change.verb])

    outcome = await harness.executor.execute(
        harness.stored, inconclusive(LIMITED, acted=False)
    )

    assert outcome == AlreadyDone(REACHED[change.verb], "corr-read")
    assert harness.store.writes == []


@by_verb
@pytest.mark.parametrize("earlier", ["after a limit", "after a cut", "after a crash"])
async def test_a_request_without_effect_is_sent_again_after_a_read(
    change: Change, earlier: str
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()

    outcome = await harness.executor.execute(harness.stored, EARLIER[earlier].so_far)

    assert outcome == Done(GOING, REACHED[change.verb], "corr-write")
    assert harness.store.names() == ["get_rollout", "change_rollout"]


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
@pytest.mark.parametrize("now", [OTHER_PERCENT, HALTED, PLAIN], ids=repr)
async def test_a_rollout_that_moved_is_left_alone(change: Change, now: Rollout) -> None:
    harness = ExecutorHarness(change)
    harness.becomes(now)

    outcome = await harness.executor.execute(harness.operation)

    assert outcome == Moved(GOING, now, "corr-read")
    assert harness.store.writes == []


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
async def test_what_stands_already_is_not_sent(change: Change) -> None:
    harness = ExecutorHarness(change)
    harness.becomes(REACHED[change.verb])

    outcome = await harness.executor.execute(harness.operation)

    assert outcome == AlreadyDone(REACHED[change.verb], "corr-read")
    assert harness.store.writes == []


async def test_a_halt_is_wanted_at_another_percentage_too() -> None:
    harness = ExecutorHarness(HALT)
    harness.attempted()
    harness.becomes(OTHER_PERCENT)

    outcome = await harness.executor.execute(harness.stored)

    assert outcome == Done(GOING, HALTED, "corr-write")


async def test_a_later_halt_leaves_a_finalized_rollout_alone() -> None:
    harness = ExecutorHarness(HALT)
    harness.attempted()
    harness.becomes(FINAL)

    assert await harness.executor.execute(harness.stored) == Moved(
        GOING, FINAL, "corr-read"
    )
    assert harness.store.writes == []


READ_FAILURES = [LIMITED, AWAY, ODD, SIGNED_OUT, GONE, CONFLICT]


@by_verb
@pytest.mark.parametrize(
    "failure", READ_FAILURES, ids=lambda failure: failure.detail.code
)
async def test_without_a_read_nothing_is_sent_a_second_time(
    change: Change, failure: StoreError
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()
    harness.store.plan("get_rollout", Step(failure))

    outcome = await harness.executor.execute(harness.stored)

    assert isinstance(outcome, Inconclusive)
    assert (outcome.may_have_acted, outcome.attempts) == (True, 1)
    assert outcome.resend
    assert harness.store.writes == []


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
@pytest.mark.parametrize(
    "failure", READ_FAILURES, ids=lambda failure: failure.detail.code
)
async def test_a_first_read_that_fails_sends_nothing(
    change: Change, failure: StoreError
) -> None:
    harness = ExecutorHarness(change)
    harness.store.plan("get_rollout", Step(failure))

    outcome = await harness.executor.execute(harness.operation)

    assert harness.store.writes == []
    if failure.transient:
        assert isinstance(outcome, Inconclusive)
        assert outcome.attempts == 0
        assert outcome.retry_after == (7.0 if failure is LIMITED else None)
    else:
        detail = failure.detail
        known = isinstance(failure, failures.NotFoundError | failures.RefusedError)
        assert outcome == (
            Refused(RefusalReason.NOT_OF_APP, None, detail, failure.correlation_id)
            if known
            else Unavailable(detail, failure.correlation_id)
        )


def unpublish(harness: ExecutorHarness) -> None:
    ref = harness.operation.ref
    harness.store.submissions[ref] = Submission(PUBLISHED_ID, "Publishing")


def refuse(harness: ExecutorHarness) -> None:
    harness.store.plan("change_rollout", Step(CONFLICT))


def refuse_all(failure: StoreError) -> Callable[[ExecutorHarness], None]:
    def arrange(harness: ExecutorHarness) -> None:
        refuse(harness)
        reads = () if harness.operation.change is HALT else (Step(),)
        harness.store.plan("get_rollout", *reads, Step(failure))

    return arrange


def refused(reason: RefusalReason, now: Rollout | None) -> Refused:
    return Refused(reason, now, SAID_NO, "c9")


@by_verb
@pytest.mark.parametrize(
    ("arrange", "outcome"),
    [
        (unpublish, refused(RefusalReason.NOT_PUBLISHED, GOING)),
        (refuse, refused(RefusalReason.UNSUPPORTED, GOING)),
        (refuse_all(CONFLICT), refused(RefusalReason.NOT_OF_APP, None)),
        (refuse_all(GONE), refused(RefusalReason.NOT_OF_APP, None)),
    ],
    ids=["not published", "unsupported", "not of the app", "gone"],
)
async def test_the_cause_of_a_409_is_found_by_reading(
    change: Change, arrange: Callable[[ExecutorHarness], None], outcome: Refused
) -> None:
    harness = ExecutorHarness(change)
    arrange(harness)

    assert await harness.executor.execute(harness.operation) == outcome
    assert len(harness.store.writes) == 1
    assert harness.store.effects == 0


@by_verb
@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (HALTED, RefusalReason.STOPPED),
        (FINAL, RefusalReason.COMPLETE),
        (PLAIN, RefusalReason.NOT_IN_PROGRESS),
        (WAITING, RefusalReason.NOT_PUBLISHED),
    ],
)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_rollout_that_ended_between_read_and_request_says_how(
    change: Change, now: Rollout, reason: RefusalReason, *, acted: bool
) -> None:
    harness = ExecutorHarness(change)
    if acted:
        harness.attempted()
    harness.store.plan("change_rollout", Step(meanwhile=lambda: harness.becomes(now)))

    outcome = await harness.executor.execute(harness.stored)

    if now == REACHED[change.verb]:
        expected = Done(GOING, now, "c9") if acted else AlreadyDone(now, "c9")
        assert outcome == expected
    else:
        # An earlier write may have had an effect: "nothing was changed" cannot be said.
        said_no = refused(reason, now)
        assert outcome == (Moved(GOING, now, "c9") if acted else said_no)
    assert len(harness.store.writes) == 1


@by_verb
@pytest.mark.parametrize(
    "failure", [LIMITED, AWAY, SIGNED_OUT], ids=lambda failure: failure.detail.code
)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_409_is_never_sent_again_even_if_its_cause_cannot_be_read(
    change: Change, failure: StoreError, *, acted: bool
) -> None:
    harness = ExecutorHarness(change)
    if acted:
        harness.attempted()
    reads = () if change is HALT and not acted else (Step(),)
    harness.store.plan("get_rollout", *reads, Step(failure), Step(failure))
    refuse(harness)

    first = await harness.executor.execute(harness.stored)
    assert isinstance(first, Inconclusive)
    assert (first.detail, first.resend) == (SAID_NO, False)
    assert first.may_have_acted == acted
    second = await harness.executor.execute(harness.stored, first)
    assert isinstance(second, Inconclusive)
    third = await harness.executor.execute(harness.stored, second)

    if acted:
        assert isinstance(third, Inconclusive)
        assert (third.detail, third.resend) == (SAID_NO, False)
    else:
        assert third == refused(RefusalReason.UNSUPPORTED, GOING)
    assert len(harness.store.writes) == 1


@by_verb
@pytest.mark.parametrize("comes", [False, True])
async def test_a_409_does_not_hide_an_earlier_request_that_is_under_way(
    change: Change, *, comes: bool
) -> None:
    harness = ExecutorHarness(change)
    harness.store.plan("change_rollout", Step(CUT), Step(CONFLICT))

    first = await harness.executor.execute(harness.stored)
    assert isinstance(first, Inconclusive)
    second = await harness.executor.execute(harness.stored, first)
    assert isinstance(second, Inconclusive)
    assert (second.may_have_acted, second.resend) == (True, False)

    if comes:
        harness.becomes(REACHED[change.verb])
        third = await harness.executor.execute(harness.stored, second)
        assert third == Done(GOING, REACHED[change.verb], "c9")
    else:
        end = await harness.executor.conclude(harness.stored, second)
        assert end == Unknown(GOING, SAID_NO, "c9")
    assert len(harness.store.writes) == 2


@pytest.mark.parametrize("failure", [CONFLICT, GONE])
async def test_a_409_and_a_read_that_is_refused_do_not_hide_an_earlier_request(
    failure: StoreError,
) -> None:
    harness = ExecutorHarness(HALT)
    harness.attempted()
    harness.store.plan("change_rollout", Step(CONFLICT))
    harness.store.plan("get_rollout", Step(), Step(failure))

    outcome = await harness.executor.execute(harness.stored)

    assert isinstance(outcome, Inconclusive)
    assert (outcome.may_have_acted, outcome.resend) == (True, False)


async def test_a_halt_that_was_refused_does_not_claim_anothers_halt() -> None:
    harness = ExecutorHarness(HALT)
    harness.becomes(HALTED)
    harness.store.plan("get_rollout", Step(LIMITED))

    first = await harness.executor.execute(harness.stored)
    assert isinstance(first, Inconclusive)

    assert await harness.executor.execute(harness.stored, first) == AlreadyDone(
        HALTED, "c9"
    )


@by_verb
@pytest.mark.parametrize("way", ["not shown", "garbled", "signed out after a cut"])
async def test_what_the_store_took_is_read_for_and_not_sent_again(
    change: Change, way: str
) -> None:
    harness = ExecutorHarness(change)
    so_far: Inconclusive | None = None
    match way:
        case "not shown":
            harness.store.late = True
        case "garbled":
            harness.store.plan("change_rollout", Step(GARBLED))
        case _:
            harness.attempted()
            so_far = inconclusive(CUT, acted=True)
            harness.store.plan("change_rollout", Step(SIGNED_OUT))

    first = await harness.executor.execute(harness.stored, so_far)
    assert isinstance(first, Inconclusive)
    assert (first.may_have_acted, first.resend) == (True, False)
    harness.store.plan("get_rollout", Step(), Step(LIMITED))
    second = await harness.executor.execute(harness.stored, first)
    assert second == replace(first, retry_after=None)
    third = await harness.executor.execute(harness.stored, first)
    assert third == replace(first, retry_after=7.0)
    assert isinstance(third, Inconclusive)

    harness.becomes(REACHED[change.verb])
    fourth = await harness.executor.execute(harness.stored, third)

    assert fourth == Done(GOING, REACHED[change.verb], "corr-read")
    assert len(harness.store.writes) == 1


@by_verb
async def test_of_two_runners_at_one_point_one_sends(change: Change) -> None:
    harness = ExecutorHarness(change)
    stale = harness.stored

    first = await harness.executor.execute(stale)
    second = await harness.executor.execute(stale)

    assert isinstance(first, Done)
    if change is HALT:
        assert isinstance(second, Inconclusive)
        assert second.detail.code is FailureCode.OVERTAKEN
        assert (second.may_have_acted, second.attempts) == (False, 0)
        third = await harness.executor.execute(harness.stored, second)
        assert third == Done(GOING, HALTED, "corr-read")
    assert harness.store.effects == 1
    assert len(harness.store.writes) == 1


@by_verb
async def test_a_runner_that_was_frozen_after_recording_reads_first(
    change: Change,
) -> None:
    harness = ExecutorHarness(change)

    def freeze() -> None:
        harness.seconds += MAX_PAUSE_BEFORE_WRITE + 0.1

    harness.operations.after_attempt = freeze
    first = await harness.executor.execute(harness.stored)
    assert isinstance(first, Inconclusive)
    assert first.detail.code is FailureCode.OVERTAKEN
    assert harness.store.writes == []
    harness.operations.after_attempt = None
    harness.store.calls.clear()

    second = await harness.executor.execute(harness.stored, first)

    assert isinstance(second, Done)
    assert harness.store.names() == ["get_rollout", "change_rollout"]


async def test_recording_that_took_just_not_too_long_is_good() -> None:
    harness = ExecutorHarness(HALT)

    def dawdle() -> None:
        harness.seconds += MAX_PAUSE_BEFORE_WRITE

    harness.operations.after_attempt = dawdle

    assert isinstance(await harness.executor.execute(harness.stored), Done)


async def test_nothing_is_sent_for_an_operation_that_nobody_authorised() -> None:
    harness = ExecutorHarness(HALT)
    del harness.operations.kept[harness.operation.id]

    outcome = await harness.executor.execute(harness.operation)

    assert isinstance(outcome, Inconclusive)
    assert harness.store.calls == []


@by_verb
async def test_nothing_is_sent_for_an_operation_that_has_ended(change: Change) -> None:
    harness = ExecutorHarness(change)
    stale = harness.operation
    ended = Unavailable(FailureDetail(FailureCode.TIMEOUT))
    await harness.operations.finish_operation(stale, ended, NOON)

    outcome = await harness.executor.execute(stale)

    assert isinstance(outcome, Inconclusive)
    assert outcome.detail.code is FailureCode.OVERTAKEN
    assert harness.store.writes == []


@by_verb
async def test_after_the_last_retry_one_more_read_decides(change: Change) -> None:
    wanted = REACHED[change.verb]
    harness = ExecutorHarness(change)
    harness.attempted()
    cut, limited = inconclusive(CUT, acted=True), inconclusive(LIMITED, acted=False)
    conclude = harness.executor.conclude

    assert await conclude(harness.stored, cut) == Unavailable(cut.detail, "c5", GOING)
    taken = replace(cut, resend=False)
    assert await conclude(harness.stored, taken) == Unknown(GOING, cut.detail, "c5")
    harness.becomes(wanted)
    assert await conclude(harness.stored, cut) == Done(GOING, wanted, "corr-read")
    assert await conclude(harness.stored, limited) == AlreadyDone(wanted, "corr-read")
    harness.becomes(PLAIN)
    assert await conclude(harness.stored, cut) == Moved(GOING, PLAIN, "corr-read")
    assert harness.store.writes == []


@by_verb
async def test_after_the_last_retry_silence_is_unknown_or_without_effect(
    change: Change,
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()
    harness.store.plan("get_rollout", *[Step(AWAY)] * 3)
    detail = FailureDetail(FailureCode.TIMEOUT)
    cut, limited = inconclusive(CUT, acted=True), inconclusive(LIMITED, acted=False)
    conclude = harness.executor.conclude

    assert await conclude(harness.stored, cut) == Unknown(GOING, detail, "c5")
    assert await conclude(harness.stored, limited) == Unavailable(detail, "c5")
    assert await conclude(harness.stored, replace(limited, attempts=0)) == Unknown(
        GOING, detail, "c5"
    )


async def test_a_request_that_was_never_sent_is_never_unknown() -> None:
    harness = ExecutorHarness(HALT)
    harness.store.plan("get_rollout", Step(AWAY))
    alarmed = Inconclusive(FailureDetail(FailureCode.INTERNAL), may_have_acted=True)

    assert isinstance(
        await harness.executor.conclude(harness.stored, alarmed), Unavailable
    )


@by_verb
async def test_an_unknown_is_followed_up_until_the_store_answers(
    change: Change,
) -> None:
    wanted = REACHED[change.verb]
    harness = ExecutorHarness(change)
    harness.attempted()
    harness.store.plan("get_rollout", Step(AWAY), Step(SIGNED_OUT))
    follow_up = harness.executor.follow_up

    assert await follow_up(harness.stored) is None
    assert await follow_up(harness.stored) is None
    untouched = await follow_up(harness.stored)
    assert isinstance(untouched, Unavailable)
    assert untouched.detail.code is FailureCode.NO_EFFECT
    harness.becomes(wanted)
    assert await follow_up(harness.stored) == Done(GOING, wanted, "corr-read")
    harness.becomes(PLAIN)
    assert await follow_up(harness.stored) == Moved(GOING, PLAIN, "corr-read")
    assert harness.store.writes == []


@by_verb
async def test_what_the_store_took_is_never_said_to_have_had_no_effect(
    change: Change,
) -> None:
    harness = ExecutorHarness(change)
    harness.attempted()
    detail = FailureDetail(FailureCode.NOT_SHOWN)
    told = replace(harness.stored, result=Unknown(GOING, detail))

    assert await harness.executor.follow_up(told) is None
    harness.becomes(REACHED[change.verb])
    assert isinstance(await harness.executor.follow_up(told), Done)


async def test_a_follow_up_claims_nothing_where_nothing_was_sent() -> None:
    harness = ExecutorHarness(HALT)
    harness.becomes(HALTED)

    found = await harness.executor.follow_up(harness.stored)

    assert found == AlreadyDone(HALTED, "corr-read")


async def test_a_halt_tells_from_which_percentage_that_its_card_did_not_show() -> None:
    harness = ExecutorHarness(HALT)
    harness.becomes(OTHER_PERCENT)
    await harness.shown_in_a_status()

    outcome = await harness.executor.execute(harness.operation)

    assert outcome == Done(OTHER_PERCENT, HALTED, "corr-write", before_at=NOON)


async def test_a_halt_tells_what_its_card_showed_where_that_was_seen_last() -> None:
    harness = ExecutorHarness(HALT)
    await harness.shown_in_a_status()

    outcome = await harness.executor.execute(harness.operation)

    assert outcome == Done(GOING, HALTED, "corr-write")


async def test_what_was_seen_after_a_halt_is_not_told_as_the_state_before_it() -> None:
    harness = ExecutorHarness(HALT)
    harness.store.plan("change_rollout", Step(CUT, after_effect=True))
    first = await harness.executor.execute(harness.operation)
    assert isinstance(first, Inconclusive)
    await harness.shown_in_a_status()

    outcome = await harness.executor.execute(harness.stored, first)

    assert outcome == Done(GOING, HALTED, "corr-read")


@pytest.mark.parametrize(
    ("left", "in_doubt"),
    [
        (Inconclusive(LIMITED.detail), False),
        (Inconclusive(LIMITED.detail, attempts=1), False),
        (Inconclusive(LIMITED.detail, may_have_acted=True), True),
        (Inconclusive(LIMITED.detail, left_behind=True), True),
        (Inconclusive(SAID_NO, resend=False), True),
        (Inconclusive(FailureDetail(FailureCode.OVERTAKEN)), True),
    ],
)
def test_a_change_is_in_doubt_where_it_may_be_made_already(
    left: Inconclusive, in_doubt: bool
) -> None:
    assert left.in_doubt == in_doubt


def test_a_click_that_waited_for_more_than_an_hour_is_not_executed() -> None:
    pressed = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    operation = replace(authorised(HALT), authorised_at=pressed)
    late = pressed + OLDEST_CLICK + timedelta(seconds=1)

    assert too_old(operation, pressed + OLDEST_CLICK) is None
    assert isinstance(too_old(operation, late), Unavailable)
    assert too_old(replace(operation, attempts=1), late) is None


async def test_every_write_that_is_started_is_an_event() -> None:
    harness = ExecutorHarness(HALT)
    harness.store.plan("change_rollout", Step(LIMITED))

    first = await harness.executor.execute(harness.stored)
    assert isinstance(first, Inconclusive)
    await harness.executor.execute(harness.stored, first)

    log = harness.operations.memory.events
    assert [(event.kind, event.details) for event in log] == [
        (EventKind.STARTED, {"verb": "halt", "attempt": 1}),
        (EventKind.STARTED, {"verb": "halt", "attempt": 2}),
    ]


async def test_an_operation_uses_the_store_of_its_account() -> None:
    other = FakeStore()
    target = Target("other", MAIL.app_id)
    other.publish(target)
    harness = ExecutorHarness(HALT)
    operation = replace(harness.operation, ref=ref_of(target))
    stores = {MAIN: harness.store, "other": other}
    executor = OperationExecutor(stores, harness.operations, lambda: NOON)

    assert isinstance(await executor.execute(operation), Done)

    assert (len(other.writes), harness.store.calls) == (1, [])
