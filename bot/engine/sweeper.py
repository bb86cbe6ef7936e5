"""Periodically expire cards, restart stranded operations, prune old rows."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from dbos import DBOS, WorkflowStatus

from bot.domain.requests import UnreadableRecord
from bot.domain.results import Unknown
from bot.domain.storage import StorageUnavailable
from bot.engine import workflows
from bot.engine.jobs import BackgroundJobs
from bot.engine.runtime import Runtime
from bot.engine.starting import start_operation
from bot.engine.workflow_ids import (
    MOST_STARTS,
    all_ids,
    follow_up_turn,
    is_follow_up,
    subject_of,
)
from bot.engine.workflows import start_close_card
from bot.service.repositories import DeliveryRepository

# How long the engine's own rows are kept; the history is in a table of its own.
KEEP_WORKFLOWS: Final = timedelta(days=7)
# Slack repeats an event for some minutes.
KEEP_DELIVERIES: Final = timedelta(days=1)
# Their events are kept.
KEEP_NOTICES: Final = timedelta(days=30)
CLEAN_EVERY: Final = 3600.0
LONGEST_PAUSE: Final = 3600.0

_AT_ONCE: Final = 50
_PAGE: Final = 500
# Rows that are deleted by one statement.
_BATCH: Final = 300
_LIVE: Final = frozenset({"PENDING", "ENQUEUED"})
_TO_COME: Final = [*_LIVE, "DELAYED"]
_OVER: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_log = logging.getLogger("bot.engine")

T = TypeVar("T")


class Sweeper:
    """Finds, every few seconds, the work that was left behind by a crash or a bug."""

    def __init__(
        self, runtime: Runtime, deliveries: DeliveryRepository, executor_id: str
    ) -> None:
        self._runtime = runtime
        self._parts = runtime.dependencies
        self._deliveries = deliveries
        self._executor_id = executor_id
        self._missing: set[str] = set()
        self._jobs = BackgroundJobs(self._parts.jobs)

    async def run(self) -> None:
        """Sweep until cancelled."""
        try:
            await self._run()
        finally:
            await self._jobs.stop()

    async def _run(self) -> None:
        timing = self._parts.timing
        # Nothing of this process runs yet: what is decided and open was left behind.
        stranded_after, strays_at = 0.0, 0.0
        clean_at = time.monotonic() + timing.stranded_after
        jobs_at = time.monotonic() + timing.job_interval
        while True:
            if time.monotonic() >= jobs_at:
                jobs_at = time.monotonic() + timing.job_interval
                self._jobs.start()
            try:
                await self._expire()
                ours = await self._pending_here()
                await self._break_off_unknown(ours)
                await self._restart_stranded(stranded_after)
                if time.monotonic() >= strays_at:
                    strays_at = time.monotonic() + timing.stranded_after
                    await self._resume_missing(ours)
                if time.monotonic() >= clean_at:
                    clean_at = time.monotonic() + CLEAN_EVERY
                    await self.clean()
            except StorageUnavailable as reason:
                _log.warning("database unavailable, the next sweep retries: %s", reason)
            except Exception:  # noqa: BLE001 - the outermost boundary of a task that must not end
                _log.exception("a sweep failed, the next one retries")
            stranded_after = timing.stranded_after
            await asyncio.sleep(timing.sweep_interval)

    def start_jobs(self) -> None:
        """Look at once for what is due; what runs already is left alone."""
        self._jobs.start()

    async def clean(self) -> None:
        """Delete what nobody needs any more."""
        now = self._parts.clock()
        await self._deliveries.forget_deliveries(now - KEEP_DELIVERIES)
        await self._forget_workflows(now - KEEP_WORKFLOWS)
        await self._forget_requests(now - self._parts.keep_for)
        await self._parts.retention.forget_proposals(now - self._parts.keep_for)
        await self._parts.retention.forget_notices(now - KEEP_NOTICES)
        await self._forget_events(now)

    async def _forget_workflows(self, before: datetime) -> None:
        deleted = 0
        while True:
            over = await DBOS.list_workflows_async(
                status=_OVER,
                completed_before=before.isoformat(),
                load_input=False,
                load_output=False,
                limit=_PAGE,
            )
            if not over:
                break
            await DBOS.delete_workflows_async([each.workflow_id for each in over])
            deleted += len(over)
        if deleted:
            _log.info("deleted %d old workflows", deleted)

    async def _forget_requests(self, before: datetime) -> None:
        """Delete the requests and operations whose work was over before then."""
        to_come = await DBOS.list_workflows_async(
            status=_TO_COME, load_input=False, load_output=False
        )
        # A bot that stood still for as long still follows an Unknown up.
        open_ones = {subject_of(each.workflow_id) for each in to_come}
        deleted = 0
        while over := await self._parts.retention.list_over(before, _BATCH):
            ids = [one for one in over if one not in open_ones]
            if not ids:
                break
            await self._parts.retention.forget(ids)
            deleted += len(ids)
        if deleted:
            _log.info("deleted %d old requests and operations", deleted)

    async def _forget_events(self, now: datetime) -> None:
        keep_for = self._parts.keep_events_for
        if keep_for is None:
            return
        if deleted := await self._parts.retention.forget_events(now - keep_for):
            _log.info("deleted %d old events", deleted)

    async def _expire(self) -> None:
        now = self._parts.clock()
        for request_id in await self._parts.requests.overdue_requests(now):
            expiring = self._parts.requests.expire_request(request_id, now)
            if await _readable(request_id, expiring) is not None:
                _log.info("request %s: expired", request_id)
                await start_close_card(request_id, 0)

    async def _restart_stranded(self, stranded_after: float) -> None:
        """Start what was never started, and what the engine has given up."""
        since = self._parts.clock() - timedelta(seconds=stranded_after)
        here = {subject_of(name) for name in self._runtime.running.ids()}
        operations = await self._parts.operations.open_operations(since)
        cards = await self._parts.requests.unclosed_cards(since)
        left = [one for one in (*operations, *cards) if one not in here]
        for first in range(0, len(left), _AT_ONCE):
            await self._restart_some(left[first : first + _AT_ONCE], frozenset(cards))

    async def _restart_some(
        self, subjects: Sequence[str], cards: frozenset[str]
    ) -> None:
        known = await DBOS.list_workflows_async(
            workflow_ids=[name for one in subjects for name in all_ids(one)],
            load_input=False,
            load_output=False,
        )
        for subject in subjects:
            mine = [w for w in known if subject_of(w.workflow_id) == subject]
            starts = [w for w in mine if not is_follow_up(w.workflow_id)]
            if not self._may_start(mine, len(starts)):
                continue
            if starts:
                _log.error(
                    "%s: workflow failed (%s), start %d",
                    subject,
                    ", ".join(sorted({w.status for w in mine})),
                    len(starts) + 1,
                )
            if subject in cards:
                await start_close_card(subject, len(starts))
            else:
                await self._restart_operation(subject, len(starts))

    async def _restart_operation(self, operation_id: str, number: int) -> None:
        reading = self._parts.operations.get_operation(operation_id)
        operation = await _readable(operation_id, reading)
        if operation is not None:
            await start_operation(operation, number, self._parts.timing.plan)

    def _may_start(self, mine: Sequence[WorkflowStatus], starts: int) -> bool:
        if any(w.status in _LIVE for w in mine) or starts >= MOST_STARTS:
            return False
        # What was broken off for its name has not failed, and need not wait.
        failed = [w for w in mine if w.status != "CANCELLED"]
        if not starts or not failed:
            return True
        ended = max(w.updated_at or 0 for w in failed) / 1000
        stranded_after = self._parts.timing.stranded_after
        pause: float = min(stranded_after * 2 ** max(starts - 1, 0), LONGEST_PAUSE)
        return _age(self._parts.clock(), ended) > pause

    async def _pending_here(self) -> Sequence[WorkflowStatus]:
        """Return the workflows that are ours by the table."""
        return await DBOS.list_workflows_async(
            status="PENDING",
            executor_id=self._executor_id,
            load_input=False,
            load_output=False,
        )

    async def _break_off_unknown(self, ours: Sequence[WorkflowStatus]) -> None:
        """Break off workflows that this version of the bot does not know.

        Another version has started them, before a rollback or during a deploy, and we
        were given them by its end. They cannot run here: what they worked on is started
        again under a name that we know, and looks before it sends.
        """
        unknown = [one for one in ours if one.name not in workflows.NAMES]
        for one in unknown:
            _log.warning(
                "%s: unknown workflow %s is broken off", one.workflow_id, one.name
            )
            if is_follow_up(one.workflow_id):
                await self._follow_later(one.workflow_id)
        if unknown:
            await DBOS.cancel_workflows_async([one.workflow_id for one in unknown])

    async def _follow_later(self, name: str) -> None:
        """Leave the read of a follow-up to the one after it."""
        reading = self._parts.operations.get_operation(subject_of(name))
        operation = await _readable(name, reading)
        if operation is not None and isinstance(operation.result, Unknown):
            plan = self._parts.timing.plan.to_json()
            await workflows.follow_later(operation.id, follow_up_turn(name) + 1, plan)

    async def _resume_missing(self, ours: Sequence[WorkflowStatus]) -> None:
        """Resume workflows that are ours by the table, but do not run here.

        One that could not store its last step (a full disk) is such a one. It must be
        missing twice: a workflow is in the table before it runs.
        """
        known = {one.workflow_id for one in ours if one.name in workflows.NAMES}
        missing = known - self._runtime.running.ids()
        again, self._missing = missing & self._missing, missing
        if again:
            _log.warning("resumed %d workflows that had stopped", len(again))
            await DBOS.resume_workflows_async(sorted(again))


async def _readable(subject: str, reading: Awaitable[T | None]) -> T | None:
    """Return the record; None too where a newer bot wrote what this one cannot read.

    Such a one is left to the newer bot, and must not keep the others waiting.
    """
    try:
        return await reading
    except UnreadableRecord as odd:
        _log.error("%s is skipped, its record is unreadable: %s", subject, odd)
        return None


def _age(now: datetime, then: float) -> float:
    return now.timestamp() - then
