"""Every way from a confirmed click to its outcome, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail, StoreError
from bot.domain.requests import Request, RequestState
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
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE, OLDEST_CLICK, too_old
from tests.fakes import (
    BETA,
    DRAFT_ID,
    FINAL,
    GOING,
    HALTED,
    MAIL,
    PLAIN,
    PUBLISHED_ID,
    WAITING,
    FakeRequests,
    FakeStore,
    Step,
    asked,
    ref_of,
)

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


@dataclass
class Stage:
    """An operation on a published rollout, with a clock that a test can turn."""

    store: FakeStore
    requests: FakeRequests
    executor: OperationExecutor
    request: Request
    now: float = 0.0

    def __init__(self, change: Change, target: Target = MAIL) -> None:
        self.store = FakeStore()
        self.requests = FakeRequests()
        self.executor = OperationExecutor(self.store, self.requests, lambda: self.now)
        self.store.publish(target, pending_id=DRAFT_ID)
        confirmed = replace(asked(change, target=target), state=RequestState.CONFIRMED)
        self.request = confirmed
        self.requests.kept["r1"] = confirmed

    @property
    def stored(self) -> Request:
        return self.requests.kept["r1"]

    @property
    def rollout(self) -> Rollout:
        return self.store.rollouts[self.request.snapshot.ref]

    def becomes(self, rollout: Rollout) -> None:
        """Let somebody else change the rollout."""
        self.store.rollouts[self.request.snapshot.ref] = rollout

    def attempted(self, times: int = 1) -> None:
        """Pretend that earlier attempts were noted."""
        self.requests.kept["r1"] = replace(self.stored, attempts=times)


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
    stage = Stage(change, target)

    verdict = await stage.executor.act(stage.request)

    assert verdict == Done(GOING, REACHED[change.verb], "corr-write")
    assert [(call.about, call.change) for call in stage.store.writes] == [
        (ref_of(target, PUBLISHED_ID), change)
    ]
    assert stage.store.rollouts[ref_of(target, DRAFT_ID)] == WAITING
    assert stage.stored.attempts == 1


async def test_a_halt_needs_one_store_request_when_all_is_well() -> None:
    stage = Stage(HALT)

    await stage.executor.act(stage.request)

    assert stage.store.names() == ["change_rollout"]


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
async def test_finalize_and_set_look_before_they_send(change: Change) -> None:
    stage = Stage(change)

    await stage.executor.act(stage.request)

    assert stage.store.names() == ["get_rollout", "change_rollout"]


async def test_the_attempt_is_noted_before_the_request_is_sent() -> None:
    stage = Stage(HALT)
    noted: list[int] = []
    stage.store.plan(
        "change_rollout",
        Step(meanwhile=lambda: noted.append(stage.stored.attempts)),
    )

    await stage.executor.act(stage.request)

    assert noted == [1]


@dataclass(frozen=True)
class RequestPage:
    """What happened before an attempt: how often, what is known of it, and acted."""

    attempts: int
    so_far: Inconclusive | None
    acted: bool


PASTS = {
    "first": RequestPage(0, None, acted=False),
    "after a limit": RequestPage(1, inconclusive(LIMITED, acted=False), acted=False),
    "after a cut": RequestPage(1, inconclusive(CUT, acted=True), acted=True),
    "after a crash": RequestPage(1, None, acted=True),
    "after a crash of a later one": RequestPage(
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
@pytest.mark.parametrize("past", PASTS)
@pytest.mark.parametrize(("name", "after_effect"), WRITES)
async def test_every_failure_of_a_write_is_judged_by_what_it_may_have_done(
    change: Change, past: str, name: str, *, after_effect: bool
) -> None:
    before, failure = PASTS[past], FAILURES[name]
    stage = Stage(change)
    stage.attempted(before.attempts)
    stage.store.plan("change_rollout", Step(failure, after_effect=after_effect))

    verdict = await stage.executor.act(stage.stored, before.so_far)

    attempts = before.attempts + 1
    acted = before.acted or failure.may_have_acted
    if name in SETTLED and not acted:
        assert verdict == SETTLED[name]
    else:
        assert verdict == inconclusive(failure, acted=acted, attempts=attempts)
    looked = change is not HALT or before.attempts > 0
    assert stage.store.names() == ["get_rollout"] * looked + ["change_rollout"]
    assert stage.stored.attempts == attempts


@by_verb
@pytest.mark.parametrize("past", ["after a cut", "after a crash"])
async def test_an_effect_whose_answer_was_lost_is_found_and_not_repeated(
    change: Change, past: str
) -> None:
    stage = Stage(change)
    stage.attempted()
    stage.becomes(REACHED[change.verb])

    verdict = await stage.executor.act(stage.stored, PASTS[past].so_far)

    assert verdict == Done(GOING, REACHED[change.verb], "corr-read")
    assert stage.store.names() == ["get_rollout"]


@by_verb
async def test_what_another_did_after_a_request_without_effect_is_not_claimed(
    change: Change,
) -> None:
    stage = Stage(change)
    stage.attempted()
    stage.becomes(REACHED[change.verb])

    verdict = await stage.executor.act(stage.stored, inconclusive(LIMITED, acted=False))

    assert verdict == AlreadyDone(REACHED[change.verb], "corr-read")
    assert stage.store.writes == []


@by_verb
@pytest.mark.parametrize("past", ["after a limit", "after a cut", "after a crash"])
async def test_a_request_without_effect_is_sent_again_after_a_look(
    change: Change, past: str
) -> None:
    stage = Stage(change)
    stage.attempted()

    verdict = await stage.executor.act(stage.stored, PASTS[past].so_far)

    assert verdict == Done(GOING, REACHED[change.verb], "corr-write")
    assert stage.store.names() == ["get_rollout", "change_rollout"]


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
@pytest.mark.parametrize("now", [OTHER_PERCENT, HALTED, PLAIN], ids=repr)
async def test_a_rollout_that_moved_is_left_alone(change: Change, now: Rollout) -> None:
    stage = Stage(change)
    stage.becomes(now)

    verdict = await stage.executor.act(stage.request)

    assert verdict == Moved(GOING, now, "corr-read")
    assert stage.store.writes == []


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
async def test_what_stands_already_is_not_sent(change: Change) -> None:
    stage = Stage(change)
    stage.becomes(REACHED[change.verb])

    verdict = await stage.executor.act(stage.request)

    assert verdict == AlreadyDone(REACHED[change.verb], "corr-read")
    assert stage.store.writes == []


async def test_a_brake_is_wanted_at_another_percentage_too() -> None:
    stage = Stage(HALT)
    stage.attempted()
    stage.becomes(OTHER_PERCENT)

    verdict = await stage.executor.act(stage.stored)

    assert verdict == Done(GOING, HALTED, "corr-write")


async def test_a_later_halt_leaves_a_finalized_rollout_alone() -> None:
    stage = Stage(HALT)
    stage.attempted()
    stage.becomes(FINAL)

    assert await stage.executor.act(stage.stored) == Moved(GOING, FINAL, "corr-read")
    assert stage.store.writes == []


READ_FAILURES = [LIMITED, AWAY, ODD, SIGNED_OUT, GONE, CONFLICT]


@by_verb
@pytest.mark.parametrize(
    "failure", READ_FAILURES, ids=lambda failure: failure.detail.code
)
async def test_without_a_look_nothing_is_sent_a_second_time(
    change: Change, failure: StoreError
) -> None:
    stage = Stage(change)
    stage.attempted()
    stage.store.plan("get_rollout", Step(failure))

    verdict = await stage.executor.act(stage.stored)

    assert isinstance(verdict, Inconclusive)
    assert (verdict.may_have_acted, verdict.attempts) == (True, 1)
    assert verdict.resend
    assert stage.store.writes == []


@pytest.mark.parametrize("change", [FINALIZE, SET], ids=lambda change: change.verb)
@pytest.mark.parametrize(
    "failure", READ_FAILURES, ids=lambda failure: failure.detail.code
)
async def test_a_first_look_that_fails_sends_nothing(
    change: Change, failure: StoreError
) -> None:
    stage = Stage(change)
    stage.store.plan("get_rollout", Step(failure))

    verdict = await stage.executor.act(stage.request)

    assert stage.store.writes == []
    if failure.transient:
        assert isinstance(verdict, Inconclusive)
        assert verdict.attempts == 0
        assert verdict.retry_after == (7.0 if failure is LIMITED else None)
    else:
        detail = failure.detail
        known = isinstance(failure, failures.NotFoundError | failures.RefusedError)
        assert verdict == (
            Refused(RefusalReason.NOT_OF_APP, None, detail, failure.correlation_id)
            if known
            else Unavailable(detail, failure.correlation_id)
        )


def unpublish(stage: Stage) -> None:
    ref = stage.request.snapshot.ref
    stage.store.submissions[ref] = Submission(PUBLISHED_ID, "Publishing")


def refuse(stage: Stage) -> None:
    stage.store.plan("change_rollout", Step(CONFLICT))


def refuse_all(failure: StoreError) -> Callable[[Stage], None]:
    def arrange(stage: Stage) -> None:
        refuse(stage)
        looks = () if stage.request.change is HALT else (Step(),)
        stage.store.plan("get_rollout", *looks, Step(failure))

    return arrange


def refused(reason: RefusalReason, now: Rollout | None) -> Refused:
    return Refused(reason, now, SAID_NO, "c9")


@by_verb
@pytest.mark.parametrize(
    ("arrange", "verdict"),
    [
        (unpublish, refused(RefusalReason.NOT_PUBLISHED, GOING)),
        (refuse, refused(RefusalReason.UNSUPPORTED, GOING)),
        (refuse_all(CONFLICT), refused(RefusalReason.NOT_OF_APP, None)),
        (refuse_all(GONE), refused(RefusalReason.NOT_OF_APP, None)),
    ],
    ids=["not published", "unsupported", "not of the app", "gone"],
)
async def test_the_cause_of_a_409_is_found_by_reading(
    change: Change, arrange: Callable[[Stage], None], verdict: Refused
) -> None:
    stage = Stage(change)
    arrange(stage)

    assert await stage.executor.act(stage.request) == verdict
    assert len(stage.store.writes) == 1
    assert stage.store.effects == 0


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
async def test_a_rollout_that_ended_between_look_and_request_says_how(
    change: Change, now: Rollout, reason: RefusalReason, *, acted: bool
) -> None:
    stage = Stage(change)
    if acted:
        stage.attempted()
    stage.store.plan("change_rollout", Step(meanwhile=lambda: stage.becomes(now)))

    verdict = await stage.executor.act(stage.stored)

    if now == REACHED[change.verb]:
        expected = Done(GOING, now, "c9") if acted else AlreadyDone(now, "c9")
        assert verdict == expected
    else:
        # An earlier write may have had an effect: "nothing was changed" cannot be said.
        said_no = refused(reason, now)
        assert verdict == (Moved(GOING, now, "c9") if acted else said_no)
    assert len(stage.store.writes) == 1


@by_verb
@pytest.mark.parametrize(
    "failure", [LIMITED, AWAY, SIGNED_OUT], ids=lambda failure: failure.detail.code
)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_409_is_never_sent_again_even_if_its_cause_cannot_be_read(
    change: Change, failure: StoreError, *, acted: bool
) -> None:
    stage = Stage(change)
    if acted:
        stage.attempted()
    looks = () if change is HALT and not acted else (Step(),)
    stage.store.plan("get_rollout", *looks, Step(failure), Step(failure))
    refuse(stage)

    first = await stage.executor.act(stage.stored)
    assert isinstance(first, Inconclusive)
    assert (first.detail, first.resend) == (SAID_NO, False)
    assert first.may_have_acted == acted
    second = await stage.executor.act(stage.stored, first)
    assert isinstance(second, Inconclusive)
    third = await stage.executor.act(stage.stored, second)

    assert third == refused(RefusalReason.UNSUPPORTED, GOING)
    assert len(stage.store.writes) == 1


async def test_a_halt_that_was_refused_does_not_claim_anothers_halt() -> None:
    stage = Stage(HALT)
    stage.becomes(HALTED)
    stage.store.plan("get_rollout", Step(LIMITED))

    first = await stage.executor.act(stage.stored)
    assert isinstance(first, Inconclusive)

    assert await stage.executor.act(stage.stored, first) == AlreadyDone(HALTED, "c9")


@by_verb
@pytest.mark.parametrize("way", ["not shown", "garbled", "signed out after a cut"])
async def test_what_the_store_took_is_looked_for_and_not_sent_again(
    change: Change, way: str
) -> None:
    stage = Stage(change)
    so_far: Inconclusive | None = None
    match way:
        case "not shown":
            stage.store.late = True
        case "garbled":
            stage.store.plan("change_rollout", Step(GARBLED))
        case _:
            stage.attempted()
            so_far = inconclusive(CUT, acted=True)
            stage.store.plan("change_rollout", Step(SIGNED_OUT))

    first = await stage.executor.act(stage.stored, so_far)
    assert isinstance(first, Inconclusive)
    assert (first.may_have_acted, first.resend) == (True, False)
    stage.store.plan("get_rollout", Step(), Step(LIMITED))
    second = await stage.executor.act(stage.stored, first)
    assert second == replace(first, retry_after=None)
    third = await stage.executor.act(stage.stored, first)
    assert third == replace(first, retry_after=7.0)
    assert isinstance(third, Inconclusive)

    stage.becomes(REACHED[change.verb])
    fourth = await stage.executor.act(stage.stored, third)

    assert fourth == Done(GOING, REACHED[change.verb], "corr-read")
    assert len(stage.store.writes) == 1


@by_verb
async def test_of_two_runners_at_one_point_one_sends(change: Change) -> None:
    stage = Stage(change)
    stale = stage.stored

    first = await stage.executor.act(stale)
    second = await stage.executor.act(stale)

    assert isinstance(first, Done)
    if change is HALT:
        assert isinstance(second, Inconclusive)
        assert second.detail.code is FailureCode.OVERTAKEN
        assert (second.may_have_acted, second.attempts) == (False, 0)
        third = await stage.executor.act(stage.stored, second)
        assert third == Done(GOING, HALTED, "corr-read")
    assert stage.store.effects == 1
    assert len(stage.store.writes) == 1


@by_verb
async def test_a_runner_that_was_frozen_after_its_note_looks_first(
    change: Change,
) -> None:
    stage = Stage(change)

    def freeze() -> None:
        stage.now += MAX_PAUSE_BEFORE_WRITE + 0.1

    stage.requests.after_note = freeze
    first = await stage.executor.act(stage.stored)
    assert isinstance(first, Inconclusive)
    assert first.detail.code is FailureCode.OVERTAKEN
    assert stage.store.writes == []
    stage.requests.after_note = None
    stage.store.calls.clear()

    second = await stage.executor.act(stage.stored, first)

    assert isinstance(second, Done)
    assert stage.store.names() == ["get_rollout", "change_rollout"]


async def test_a_note_that_took_just_not_too_long_is_good() -> None:
    stage = Stage(HALT)

    def dawdle() -> None:
        stage.now += MAX_PAUSE_BEFORE_WRITE

    stage.requests.after_note = dawdle

    assert isinstance(await stage.executor.act(stage.stored), Done)


async def test_nothing_is_sent_for_a_request_that_nobody_confirmed() -> None:
    stage = Stage(HALT)
    pending = replace(stage.request, state=RequestState.PENDING)
    stage.requests.kept["r1"] = pending

    verdict = await stage.executor.act(pending)

    assert isinstance(verdict, Inconclusive)
    assert stage.store.calls == []


@by_verb
async def test_at_the_end_of_patience_one_more_look_decides(change: Change) -> None:
    wanted = REACHED[change.verb]
    stage = Stage(change)
    stage.attempted()
    cut, limited = inconclusive(CUT, acted=True), inconclusive(LIMITED, acted=False)
    conclude = stage.executor.conclude

    assert await conclude(stage.stored, cut) == Unavailable(cut.detail, "c5")
    taken = replace(cut, resend=False)
    assert await conclude(stage.stored, taken) == Unknown(GOING, cut.detail, "c5")
    stage.becomes(wanted)
    assert await conclude(stage.stored, cut) == Done(GOING, wanted, "corr-read")
    assert await conclude(stage.stored, limited) == AlreadyDone(wanted, "corr-read")
    stage.becomes(PLAIN)
    assert await conclude(stage.stored, cut) == Moved(GOING, PLAIN, "corr-read")
    assert stage.store.writes == []


@by_verb
async def test_at_the_end_of_patience_silence_is_unknown_or_harmless(
    change: Change,
) -> None:
    stage = Stage(change)
    stage.attempted()
    stage.store.plan("get_rollout", *[Step(AWAY)] * 3)
    detail = FailureDetail(FailureCode.TIMEOUT)
    cut, limited = inconclusive(CUT, acted=True), inconclusive(LIMITED, acted=False)
    conclude = stage.executor.conclude

    assert await conclude(stage.stored, cut) == Unknown(GOING, detail, "c5")
    assert await conclude(stage.stored, limited) == Unavailable(detail, "c5")
    assert await conclude(stage.stored, replace(limited, attempts=0)) == Unknown(
        GOING, detail, "c5"
    )


async def test_a_request_that_was_never_sent_is_never_unknown() -> None:
    stage = Stage(HALT)
    stage.store.plan("get_rollout", Step(AWAY))
    alarmed = Inconclusive(
        FailureDetail(FailureCode.INTERNAL, {"reference": "a1b2"}), may_have_acted=True
    )

    assert isinstance(await stage.executor.conclude(stage.stored, alarmed), Unavailable)


@by_verb
async def test_an_unknown_is_followed_up_until_the_store_answers(
    change: Change,
) -> None:
    wanted = REACHED[change.verb]
    stage = Stage(change)
    stage.attempted()
    stage.store.plan("get_rollout", Step(AWAY), Step(SIGNED_OUT))
    follow_up = stage.executor.follow_up

    assert await follow_up(stage.stored) is None
    assert await follow_up(stage.stored) is None
    untouched = await follow_up(stage.stored)
    assert isinstance(untouched, Unavailable)
    assert untouched.detail.code is FailureCode.NO_EFFECT
    stage.becomes(wanted)
    assert await follow_up(stage.stored) == Done(GOING, wanted, "corr-read")
    stage.becomes(PLAIN)
    assert await follow_up(stage.stored) == Moved(GOING, PLAIN, "corr-read")
    assert stage.store.writes == []


@by_verb
async def test_what_the_store_took_is_never_said_to_have_had_no_effect(
    change: Change,
) -> None:
    stage = Stage(change)
    stage.attempted()
    detail = FailureDetail(FailureCode.NOT_SHOWN)
    told = replace(stage.stored, result=Unknown(GOING, detail))

    assert await stage.executor.follow_up(told) is None
    stage.becomes(REACHED[change.verb])
    assert isinstance(await stage.executor.follow_up(told), Done)


async def test_a_follow_up_claims_nothing_where_nothing_was_sent() -> None:
    stage = Stage(HALT)
    stage.becomes(HALTED)

    found = await stage.executor.follow_up(stage.stored)

    assert found == AlreadyDone(HALTED, "corr-read")


def test_a_click_that_nobody_carried_for_an_hour_is_not_carried_out() -> None:
    pressed = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    request = replace(asked(HALT), decided_at=pressed)
    late = pressed + OLDEST_CLICK + timedelta(seconds=1)

    assert too_old(request, pressed + OLDEST_CLICK) is None
    assert isinstance(too_old(request, late), Unavailable)
    assert too_old(replace(request, attempts=1), late) is None
    assert too_old(replace(request, decided_at=None), late) is None
