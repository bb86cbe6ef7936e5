"""Operations left behind: more may have happened to one than is recorded of it.

It waited for more than a minute before its first attempt: after a crash, or because the
database was restored from a backup.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.results import AlreadyDone, Done, Moved, Result, Unavailable, Unknown
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from bot.service import OperationExecutor
from bot.service.attempt import Inconclusive
from bot.service.delay import LEFT_BEHIND_AFTER, OLDEST_CLICK
from tests.fakes import (
    FINAL,
    GOING,
    HALTED,
    MAIL,
    MAIN,
    FakeOperations,
    FakeStore,
    Step,
    authorised,
)

AWAY = UnavailableError(FailureDetail(FailureCode.STORE_OUTAGE))
MOMENT = timedelta(seconds=1)
LATE = LEFT_BEHIND_AFTER + MOMENT


class Late:
    """An operation that is executed some time after it was authorised."""

    def __init__(self, age: timedelta, change: Change | None = None) -> None:
        self.store = FakeStore()
        self.store.publish(MAIL)
        self.operation = authorised(change or Change(Verb.HALT))
        self.operations = FakeOperations()
        self.operations.kept[self.operation.id] = self.operation
        now = self.operation.authorised_at + age
        stores = {MAIN: self.store}
        self.executor = OperationExecutor(stores, self.operations, lambda: now)

    async def result(self) -> Result | Inconclusive:
        return await self.executor.execute(self.operation)


@pytest.mark.parametrize(
    ("age", "calls"),
    [
        (LEFT_BEHIND_AFTER, ["change_rollout"]),
        (LATE, ["get_rollout", "change_rollout"]),
    ],
)
async def test_a_halt_that_was_left_behind_reads_first(
    age: timedelta, calls: list[str]
) -> None:
    late = Late(age)

    assert isinstance(await late.result(), Done)

    assert late.store.names() == calls


@pytest.mark.parametrize("age", [LATE, OLDEST_CLICK + MOMENT])
async def test_what_the_store_shows_already_is_not_sent_again(age: timedelta) -> None:
    late = Late(age)
    late.store.rollouts[late.operation.ref] = HALTED

    assert await late.result() == AlreadyDone(HALTED, "corr-read")

    assert late.store.writes == []


@pytest.mark.parametrize("attempts", [0, 1])
async def test_a_step_of_a_ramp_that_was_left_behind_is_not_sent(attempts: int) -> None:
    late = Late(LATE, Change(Verb.SET, 40.0))
    late.operation = replace(late.operation, plan_id="p1", attempts=attempts)

    found = await late.result()

    assert isinstance(found, Unavailable)
    assert found.detail.code is FailureCode.STEP_LATE
    assert late.store.names() == ["get_rollout"]


@pytest.mark.parametrize(
    ("age", "kind"), [(LATE, Done), (OLDEST_CLICK + MOMENT, Unavailable)]
)
async def test_a_step_of_a_ramp_is_sent_again_while_its_bot_is_there(
    age: timedelta, kind: type[Result]
) -> None:
    late = Late(age, Change(Verb.SET, 40.0))
    late.operation = replace(late.operation, plan_id="p1", attempts=1)
    late.operations.kept[late.operation.id] = late.operation
    failed = Inconclusive(FailureDetail(FailureCode.STORE_OUTAGE), False, 1)

    assert isinstance(await late.executor.execute(late.operation, failed), kind)

    assert len(late.store.writes) == (kind is Done)


async def test_a_halt_that_is_too_old_is_told_what_has_changed_meanwhile() -> None:
    late = Late(OLDEST_CLICK + MOMENT)
    late.store.rollouts[late.operation.ref] = FINAL

    assert isinstance(await late.result(), Moved)


async def test_that_nothing_was_changed_is_said_once_the_store_shows_it() -> None:
    late = Late(OLDEST_CLICK + MOMENT)

    found = await late.result()

    assert isinstance(found, Unavailable)
    assert found.detail.code is FailureCode.TOO_OLD
    assert late.store.names() == ["get_rollout"]


@pytest.mark.parametrize("age", [LATE, OLDEST_CLICK + MOMENT])
async def test_while_the_store_shows_nothing_it_is_not_known(age: timedelta) -> None:
    late = Late(age)
    late.store.plan("get_rollout", *[Step(AWAY)] * 3)

    first = await late.result()
    assert isinstance(first, Inconclusive)
    second = await late.executor.execute(late.operation, first)
    assert isinstance(second, Inconclusive)

    assert (first.left_behind, second.left_behind) == (True, True)
    concluded = await late.executor.conclude(late.operation, second)
    assert isinstance(concluded, Unknown)
    assert late.store.writes == []
    told = replace(late.operation, result=concluded)
    assert isinstance(await late.executor.follow_up(told), Unavailable)


async def test_a_click_of_now_that_finds_no_store_has_changed_nothing() -> None:
    now = Late(timedelta(0), Change(Verb.FINALIZE))
    now.store.plan("get_rollout", *[Step(AWAY)] * 2)

    first = await now.result()
    assert isinstance(first, Inconclusive)

    assert not first.left_behind
    concluded = await now.executor.conclude(now.operation, first)
    assert isinstance(concluded, Unavailable)
    assert now.store.rollouts[now.operation.ref] == GOING
