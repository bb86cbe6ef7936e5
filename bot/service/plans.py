"""Plans: carry out the steps of ramps that are due, and what their ends mean."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.domain import locks
from bot.domain.clock_check import is_clock_wrong
from bot.domain.due_steps import (
    ClaimedStep,
    DuePlan,
    End,
    Hold,
    Send,
    Wait,
    judge_rollout,
    judge_time,
)
from bot.domain.events import Event
from bot.domain.failures import StoreError
from bot.domain.operations import Operation
from bot.domain.plan_changes import (
    after_result,
    ended,
    held,
    postponed,
    reminded,
    sent,
    told,
    tried,
)
from bot.domain.plan_events import plan_changed, plan_still_held, step_sent
from bot.domain.plans import HoldReason, Plan, PlanState
from bot.domain.results import Result, Unavailable, Unknown, shown_rollout
from bot.domain.rollout import UNREAD, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.service.lock_repository import LockRepository
from bot.service.plan_repository import PlanRepository
from bot.service.ports import Stores

# What is looked at by one round; it waits for the Store, a few at a time.
_PLANS: Final = 50
_AT_ONCE: Final = 4
# The reads before it, and its operation.
_REQUESTS_OF_A_STEP: Final = 4
# Where the Store's limit has no room for a step, it is due again so much later.
_PAUSE: Final = timedelta(minutes=1)

_log = logging.getLogger("bot.service")


@dataclass(frozen=True, slots=True)
class Ramps:
    """Carries out what is due of all plans; nobody is asked again for a step.

    `start` is that of the durable engine: it returns once the operation cannot be lost.
    `spare` is how many requests to the Store the steps may take now.
    """

    stores: Stores
    plans: PlanRepository
    locks: LockRepository
    start: Callable[[Operation], Awaitable[None]]
    clock: Callable[[], datetime]
    spare: Callable[[], int] = lambda: _PLANS * _REQUESTS_OF_A_STEP

    async def go_on(self) -> None:
        """Do what is due of each plan, once. Raises StorageUnavailable."""
        due = await self.plans.due_plans(self.clock(), _PLANS)
        turns = asyncio.Semaphore(_AT_ONCE)
        # Many windows open at the same time: what people ask for then goes first.
        left = math.ceil(self.spare() / _REQUESTS_OF_A_STEP)
        steps = [one.plan.id for one in due if one.is_step]
        busy = frozenset(steps[left:])

        async def look(one: DuePlan) -> None:
            async with turns:
                if one.plan.id in busy:
                    later = postponed(one.plan, self.clock() + _PAUSE)
                    await self._save(one.plan, later)
                else:
                    await self._look(one)

        await asyncio.gather(*map(look, due))

    async def _look(self, due: DuePlan) -> None:
        plan = due.plan
        if plan.state is PlanState.ENDED:
            # A halt has ended it, and has left the telling to us.
            after = told(plan)
            await self.plans.save_plan(plan, after, plan_changed(after))
        elif plan.state is PlanState.HELD and isinstance(due.result, Unknown | None):
            await self._remind(plan)
        elif due.result is not None:
            await self._end_step(plan, due.result, due.finished_at or self.clock())
        else:
            await self._judge(plan)

    async def _end_step(self, plan: Plan, result: Result, at: datetime) -> None:
        after = after_result(plan, result, at)
        await self._save(plan, after, by=result, seen=shown_rollout(result))

    async def _remind(self, plan: Plan) -> None:
        """Remind of a plan that waits for a person, if it is time."""
        now = self.clock()
        after = reminded(plan, now)
        if after is not None:
            event = plan_still_held(after, now)
            if await self.plans.save_plan(plan, after, event):
                _log.info("plan %s is still held, and that is told", plan.id)

    async def _judge(self, plan: Plan) -> None:
        """Judge the step that is due; the Store is read where its time is right.

        Of a ramp that has just begun it is read even where its first step has to wait:
        the card may show what is no longer so.
        """
        waits, _ = await self._judge_time(plan)
        begins = plan.has_just_begun and isinstance(waits, Wait)
        if waits is not None and not begins:
            await self._wait(plan, waits)
            return
        seen = await self._seen(plan)
        if seen is None:
            return
        # To read may have taken long, or the process was frozen.
        waits, judged_locks = await self._judge_time(plan)
        now = self.clock()
        verdict = judge_rollout(plan, seen, now)
        match verdict:
            case Send() if waits is not None:
                await self._wait(plan, waits)
            case Send():
                operation = _operation(plan, verdict, seen, now)
                step = ClaimedStep(sent(plan), operation, judged_locks)
                await self._send(plan, step, step_sent(plan, operation, verdict.late))
            case Hold(reason):
                await self._save(plan, held(plan, reason, now), seen=seen.rollout)
            case End(end):
                await self._save(plan, ended(plan, end, None, now))
            case _:
                assert_never(verdict)

    async def _judge_time(
        self, plan: Plan
    ) -> tuple[Wait | Hold | None, tuple[int, ...]]:
        """Return why nothing is sent now, and the ids of the locks that were judged."""
        now = self.clock()
        workspace, target = plan.place.workspace, plan.ref.target
        known = await self.locks.locks_on(workspace, target, now)
        ends = [end for one in known if (end := locks.until(one, now)) is not None]
        waits = judge_time(plan, now, max(ends, default=None))
        return waits, tuple(one.id for one in known)

    async def _wait(self, plan: Plan, waits: Wait | Hold) -> None:
        if isinstance(waits, Wait):
            await self._save(plan, postponed(plan, waits.until))
        else:
            await self._save(plan, held(plan, waits.reason, self.clock()))

    async def _seen(self, plan: Plan) -> Snapshot | None:
        """Return what the Store shows now; None where the plan has to try again."""
        asked_at = self.clock()
        try:
            seen, date = await self._read(plan)
        except StoreError as failure:
            _log.info("plan %s: no step, %s", plan.id, failure.detail)
            nothing = Unavailable(failure.detail, failure.correlation_id)
            await self._save(plan, tried(plan, self.clock()), by=nothing)
            return None
        now = self.clock()
        if not is_clock_wrong(asked_at, now, date):
            return seen
        _log.error("plan %s: no step, our clock is not the Store's, %s", plan.id, date)
        await self._save(plan, tried(plan, now, HoldReason.WRONG_CLOCK))
        return None

    async def _read(self, plan: Plan) -> tuple[Snapshot, datetime | None]:
        """Read what is published now, its rollout, and the Store's date.

        Raises StoreError.
        """
        target = plan.ref.target
        store = self.stores[target.account]
        holder = (
            await store.get_app(target.app_id)
            if target.flight_id is None
            else await store.get_flight(target)
        )
        seen = Snapshot(plan.ref, plan.app_name, plan.flight_name, UNREAD)
        if holder.published_id != plan.ref.submission_id:
            ref = SubmissionRef(target, holder.published_id or "")
            return replace(seen, ref=ref), None
        reading = await store.get_rollout(plan.ref)
        return replace(seen, rollout=reading.rollout), reading.date

    async def _send(self, plan: Plan, step: ClaimedStep, event: Event) -> None:
        """Claim the step, and start its operation."""
        if await self.plans.claim_step(plan, step, event):
            _log.info("plan %s: step %d is sent", plan.id, plan.step + 1)
            await self.start(step.operation)

    async def _save(
        self,
        plan: Plan,
        after: Plan,
        *,
        seen: Rollout | None = None,
        by: Result | None = None,
    ) -> None:
        """Store what has become of a plan; where it has another state, that is told.

        The Store has shown `seen`, and an operation has ended `by` this result.
        """
        moved = (after.state, after.reason) != (plan.state, plan.reason)
        event = plan_changed(after, seen=seen, by=by) if moved else None
        if await self.plans.save_plan(plan, after, event) and moved:
            code = "" if after.reason is None else after.reason.value
            _log.info("plan %s is %s %s", plan.id, after.state, code)


def _operation(plan: Plan, step: Send, seen: Snapshot, at: datetime) -> Operation:
    """Return the operation of a step: the approval of the plan authorises it."""
    return Operation(
        id=plan.next_operation_id,
        ref=plan.ref,
        change=step.change,
        before=seen.rollout,
        authorised_by=plan.started_by,
        authorised_at=at,
        plan_id=plan.id,
    )
