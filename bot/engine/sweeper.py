"""Find the work that was left behind, and clear away what is long over."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from dbos import DBOS, WorkflowStatus

from bot.domain.requests import Request, Unreadable
from bot.domain.storage import StorageUnavailable
from bot.engine import runtime as work
from bot.engine.runtime import Work
from bot.service.ports import Deliveries

# How long the engine's own rows are kept; the history has everything in its own table.
KEEP_WORKFLOWS: Final = timedelta(days=7)
# Slack repeats an event for some minutes.
KEEP_DELIVERIES: Final = timedelta(days=1)
CLEAN_EVERY: Final = 3600.0
# A bug that breaks a workflow off is given half a day to be mended, in growing pauses.
MOST_STARTS: Final = 20
LONGEST_PAUSE: Final = 3600.0

_AT_ONCE: Final = 50
_PAGE: Final = 500
_MOST_FOLLOW_UPS: Final = 20
_LIVE: Final = frozenset({"PENDING", "ENQUEUED"})
_OVER: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

_log = logging.getLogger("bot.engine")

Start = Callable[[Request, int], Awaitable[None]]


class Sweeper:
    """Looks, every few seconds, for what nobody else looks after.

    `start` carries a request; its number is 0 for the first time and counts the
    times that the engine gave the request's workflow up.
    """

    def __init__(
        self, work: Work, deliveries: Deliveries, executor: str, start: Start
    ) -> None:
        self._work = work
        self._deliveries = deliveries
        self._executor = executor
        self._start = start
        self._missing: set[str] = set()

    async def run(self) -> None:
        """Sweep until cancelled."""
        pace = self._work.pace
        # Nothing of this process runs yet: what is decided and open was left behind.
        stranded_for, strays_at, clean_at = 0.0, 0.0, time.monotonic() + pace.stranded
        while True:
            try:
                await self._expire()
                await self._take_up(stranded_for)
                if time.monotonic() >= strays_at:
                    strays_at = time.monotonic() + pace.stranded
                    await self._wake_strays()
                if time.monotonic() >= clean_at:
                    clean_at = time.monotonic() + CLEAN_EVERY
                    await self.clean()
            except StorageUnavailable as reason:
                _log.warning("the database is away, sweeping again later: %s", reason)
            except Exception:  # noqa: BLE001 - the outermost boundary of a task that must not end
                _log.exception("a sweep failed, the next one comes")
            stranded_for = pace.stranded
            await asyncio.sleep(pace.sweep)

    async def clean(self) -> None:
        """Delete the engine's rows and the deliveries that nobody needs any more."""
        now = self._work.clock()
        await self._deliveries.forget_deliveries(now - KEEP_DELIVERIES)
        deleted = 0
        while True:
            over = await DBOS.list_workflows_async(
                status=_OVER,
                completed_before=(now - KEEP_WORKFLOWS).isoformat(),
                load_input=False,
                load_output=False,
                limit=_PAGE,
            )
            if not over:
                break
            await DBOS.delete_workflows_async([each.workflow_id for each in over])
            deleted += len(over)
        if deleted:
            _log.info("%d old workflows were deleted", deleted)

    async def _expire(self) -> None:
        now = self._work.clock()
        for request_id in await self._work.requests.overdue_requests(now):
            expired = await _read(
                request_id, self._work.requests.expire_request(request_id, now)
            )
            if expired is not None:
                _log.info("request %s: expired", request_id)
                await self._start(expired, 0)

    async def _take_up(self, stranded_for: float) -> None:
        """Start what was never started, and what the engine has given up."""
        since = self._work.clock() - timedelta(seconds=stranded_for)
        here = {name.partition(":")[0] for name in work.running()}
        ids = await self._work.requests.stranded_requests(since)
        left = [request_id for request_id in ids if request_id not in here]
        for first in range(0, len(left), _AT_ONCE):
            await self._take_up_some(left[first : first + _AT_ONCE])

    async def _take_up_some(self, request_ids: Sequence[str]) -> None:
        known = await DBOS.list_workflows_async(
            workflow_ids=[name for one in request_ids for name in _names(one)],
            load_input=False,
            load_output=False,
        )
        for request_id in request_ids:
            mine = [w for w in known if w.workflow_id.partition(":")[0] == request_id]
            starts = [w for w in mine if ":follow:" not in w.workflow_id]
            if not self._may_start(mine, len(starts)):
                continue
            if starts:
                _log.error(
                    "request %s: its workflow broke off (%s), start %d",
                    request_id,
                    ", ".join(sorted({w.status for w in mine})),
                    len(starts) + 1,
                )
            request = await _read(
                request_id, self._work.requests.get_request(request_id)
            )
            if request is not None:
                await self._start(request, len(starts))

    def _may_start(self, mine: Sequence[WorkflowStatus], starts: int) -> bool:
        if any(w.status in _LIVE for w in mine) or starts >= MOST_STARTS:
            return False
        ended = max((w.updated_at or 0 for w in mine), default=0) / 1000
        pause = min(self._work.pace.stranded * 2 ** max(starts - 1, 0), LONGEST_PAUSE)
        return not starts or _age(self._work.clock(), ended) > pause

    async def _wake_strays(self) -> None:
        """Resume workflows that are ours by the table, but do not run here.

        One that could not write its last step down (a full disk) is such a one. It
        must be missing twice: a workflow is in the table before it runs.
        """
        ours = await DBOS.list_workflows_async(
            status="PENDING",
            executor_id=self._executor,
            load_input=False,
            load_output=False,
        )
        missing = {each.workflow_id for each in ours} - work.running()
        again, self._missing = missing & self._missing, missing
        if again:
            _log.warning("%d workflows had stopped without an end", len(again))
            await DBOS.resume_workflows_async(sorted(again))


def workflow_id(request_id: str, kind: str, number: int) -> str:
    """Name the workflow of a request; `number` counts its starts from 0."""
    name = f"{request_id}:{kind}" if kind else request_id
    return f"{name}:again{number}" if number else name


async def _read(request_id: str, reading: Awaitable[Request | None]) -> Request | None:
    """Return the request; None too where a newer bot wrote what this one cannot read.

    Such a one is left to the newer bot, and must not keep the others waiting.
    """
    try:
        return await reading
    except Unreadable as odd:
        _log.error("request %s cannot be read, and is left: %s", request_id, odd)
        return None


def _names(request_id: str) -> list[str]:
    names = [
        workflow_id(request_id, kind, number)
        for kind in ("", "close")
        for number in range(MOST_STARTS)
    ]
    follow_ups = range(_MOST_FOLLOW_UPS)
    return names + [f"{request_id}:follow:{turn}" for turn in follow_ups]


def _age(now: datetime, then: float) -> float:
    return now.timestamp() - then
