"""Whatever fails, crashes or interferes: one effect at most, and a true result."""

import asyncio
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Change, Rollout, achieved
from bot.domain.verbs import Phase, Verb
from bot.service import Inconclusive, OperationExecutor
from tests.fakes import (
    FINAL,
    GOING,
    HALTED,
    MAIN,
    NOON,
    Call,
    FakeOperations,
    FakeStore,
    Step,
    authorised,
    ref_of,
)

TRIES = 6

CHANGES = st.sampled_from(
    [Change(Verb.HALT), Change(Verb.FINALIZE), Change(Verb.SET, 40.0)]
)
WRITES = [
    Step(),
    Step(
        failures.RateLimitedError(
            FailureDetail(FailureCode.RATE_LIMITED), retry_after=1
        )
    ),
    Step(failures.UnavailableError(FailureDetail(FailureCode.NO_CONNECTION))),
    Step(
        failures.UnavailableError(
            FailureDetail(FailureCode.CONNECTION_LOST), may_have_acted=True
        )
    ),
    Step(
        failures.UnavailableError(
            FailureDetail(FailureCode.CONNECTION_LOST), may_have_acted=True
        ),
        after_effect=True,
    ),
    Step(
        failures.UnreadableError(
            FailureDetail(FailureCode.UNREADABLE), may_have_acted=True
        )
    ),
    Step(
        failures.UnreadableError(
            FailureDetail(FailureCode.UNREADABLE), may_have_acted=True
        ),
        after_effect=True,
    ),
    Step(failures.AuthenticationError(FailureDetail(FailureCode.TOKEN_REJECTED))),
    Step(failures.NotFoundError(FailureDetail(FailureCode.NOT_FOUND))),
    Step(failures.RefusedError(FailureDetail(FailureCode.CONFLICT))),
]
READS = [
    *[Step()] * 5,
    Step(failures.RateLimitedError(FailureDetail(FailureCode.RATE_LIMITED))),
    Step(failures.UnavailableError(FailureDetail(FailureCode.TIMEOUT))),
    Step(failures.AuthenticationError(FailureDetail(FailureCode.TOKEN_REJECTED))),
    Step(failures.UnreadableError(FailureDetail(FailureCode.UNREADABLE))),
]


@dataclass(frozen=True)
class Troubles:
    """What goes wrong: with each write, with each read, and when the process dies."""

    writes: list[Step]
    reads: list[Step]
    deaths: list[bool]


TROUBLES = st.builds(
    Troubles,
    st.lists(st.sampled_from(WRITES), max_size=8),
    st.lists(st.sampled_from(READS), max_size=8),
    st.lists(st.booleans(), max_size=TRIES),
)


def executed(store: FakeStore, change: Change, troubles: Troubles) -> Result:
    """Run one operation as the engine does: again after each death, then conclude."""
    operations = FakeOperations()
    store.publish()
    store.plan("change_rollout", *troubles.writes)
    store.plan("get_rollout", *troubles.reads)
    operations.kept["r1"] = authorised(change)
    executor = OperationExecutor({MAIN: store}, operations, lambda: NOON)
    dies = iter(troubles.deaths)

    async def run() -> Result:
        so_far: Inconclusive | None = None
        for _ in range(TRIES):
            found = await executor.execute(operations.kept["r1"], so_far)
            if next(dies, False):
                # The process died before it stored what it found.
                continue
            if not isinstance(found, Inconclusive):
                return found
            so_far = found
        last = so_far or Inconclusive(FailureDetail(FailureCode.TIMEOUT))
        return await executor.conclude(operations.kept["r1"], last)

    return asyncio.run(run())


def assert_careful(store: FakeStore, change: Change) -> None:
    """Between two writes a read must have shown that the wanted state is not there."""
    since: list[Call] = []
    written = False
    for call in store.calls:
        if call.change is None:
            since.append(call)
            continue
        shown = [read.shown for read in since if read.shown is not None]
        if written or change.verb is not Verb.HALT:
            assert shown
            assert not achieved(shown[-1], change)
        written, since = True, []


@given(
    CHANGES,
    TROUBLES,
)
@settings(max_examples=500, deadline=None)
def test_alone_with_a_failing_store_there_is_one_effect_and_the_result_is_true(
    change: Change, troubles: Troubles
) -> None:
    store = FakeStore()
    result = executed(store, change, troubles)

    now = store.rollouts[ref_of()]
    assert store.effects <= 1
    assert_careful(store, change)
    match result:
        case Done():
            assert (store.effects, result.after) == (1, now)
            assert achieved(now, change)
        case Unavailable() | Refused():
            assert (store.effects, now) == (0, GOING)
        case _:
            assert isinstance(result, Unknown)


@given(
    CHANGES,
    TROUBLES,
    st.sampled_from([HALTED, FINAL, replace(GOING, percentage=60.0)]),
    st.integers(0, 8),
)
@settings(max_examples=500, deadline=None)
def test_with_somebody_else_at_work_there_is_still_at_most_one_effect(
    change: Change,
    troubles: Troubles,
    theirs: Rollout,
    when: int,
) -> None:
    store = FakeStore()

    def interfere() -> None:
        if store.rollouts[ref_of()].phase is Phase.IN_PROGRESS:
            store.rollouts[ref_of()] = theirs

    steps = [*troubles.reads, *[Step()] * (when + 1 - len(troubles.reads))]
    steps[when] = replace(steps[when], meanwhile=interfere)
    result = executed(store, change, replace(troubles, reads=steps))

    now = store.rollouts[ref_of()]
    assert store.effects <= 1
    assert_careful(store, change)
    match result:
        case Done() | AlreadyDone():
            assert achieved(now, change)
        case Moved():
            assert not achieved(now, change)
        case _:
            assert isinstance(result, Refused | Unavailable | Unknown)
