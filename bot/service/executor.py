"""Executor of operations: send at most one effect, and prove what is true.

execute ── sent, and the answer shows the wanted state ─────────► Done
│  └─ the Store refuses, and a read shows why ─────────────────► Refused, AlreadyDone
│  └─ surely not sent, and a retry is of no use ───────────────► Unavailable
├─ Inconclusive ── execute again: read, and send only where the old state still stands
│                  and the failure was transient
└─ no retry is left: conclude ──► Done, Moved, Unavailable, Unknown
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain import failures
from bot.domain.clock import monotonic
from bot.domain.failures import FailureCode, FailureDetail, FailureKind
from bot.domain.log_fields import log_fields
from bot.domain.operations import Operation
from bot.domain.results import (
    AlreadyDone,
    Moved,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import (
    Allowed,
    Rollout,
    achieved,
    decide,
)
from bot.domain.submissions import Reading, Snapshot, SubmissionRef
from bot.domain.verbs import VERBS
from bot.service.attempt import (
    AttemptOutcome,
    Inconclusive,
    done,
    inconclusive,
    may_have_acted,
    unreadable_submission,
)
from bot.service.delay import left_behind, too_old
from bot.service.diagnosis import diagnose_refusal
from bot.service.ports import Store, Stores
from bot.service.repositories import OperationRepository
from bot.service.snapshots import outcome_of

# Seconds. A process that was frozen between recording an attempt and sending it must
# not send a request that another has decided about meanwhile: it reads first instead.
MAX_PAUSE_BEFORE_WRITE: Final = 2.0

_OVERTAKEN: Final = FailureDetail(FailureCode.OVERTAKEN)
_NO_EFFECT: Final = FailureDetail(FailureCode.NO_EFFECT)
_NOT_SHOWN: Final = FailureDetail(FailureCode.NOT_SHOWN)

# Takes what was read of a rollout, and returns what was known of it before.
Record = Callable[[SubmissionRef, Rollout | None], Snapshot | None]

_log = logging.getLogger("bot.service")


class OperationExecutor:
    """The steps between an authorised operation and its result; each may be repeated.

    `now` is the wall clock, `monotonic` measures seconds. `record` takes every rollout
    that was read, and None for what a failed write has left unknown.
    """

    def __init__(
        self,
        stores: Stores,
        operations: OperationRepository,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = monotonic,
        record: Record = lambda *_: None,
    ) -> None:
        self._stores = stores
        self._record = record
        self._operations = operations
        self._now = now
        self._monotonic = monotonic

    async def execute(
        self, operation: Operation, so_far: Inconclusive | None = None
    ) -> AttemptOutcome:
        """Send the change once, after reading the state wherever that is needed.

        The first attempt of a halt reads nothing: the submission is pinned, and the
        Store itself answers 409 where it is not in progress. Everything else, every
        later attempt and what was left behind reads first, so that nothing is sent
        twice.
        """
        left = so_far.left_behind if so_far else left_behind(operation, self._now())
        found = await self._execute(operation, so_far, left=left)
        if isinstance(found, Inconclusive):
            return replace(found, left_behind=left)
        return found

    async def _execute(
        self, operation: Operation, so_far: Inconclusive | None, *, left: bool
    ) -> AttemptOutcome:
        acted = left or may_have_acted(operation, so_far)
        if so_far is not None and not so_far.resend:
            return await self._read_only(operation, so_far, acted=acted)
        seen: AttemptOutcome | Rollout | None = None
        if left or operation.attempts > 0 or VERBS[operation.change.verb].reads_first:
            seen = await self._read_state(operation, acted=acted)
            if isinstance(seen, Rollout):
                seen = too_old(operation, self._now(), left=left) or seen
            if not isinstance(seen, Rollout):
                return seen
        seen_at, started = self._now(), self._monotonic()
        mine = await self._operations.begin_attempt(operation, self._now())
        if not mine or self._monotonic() - started > MAX_PAUSE_BEFORE_WRITE:
            # `attempts` stays behind the record, so that the next read counts it.
            return Inconclusive(_OVERTAKEN, acted, operation.attempts)
        found = await self._send(
            replace(operation, attempts=operation.attempts + 1), acted=acted
        )
        if isinstance(found, Inconclusive) and isinstance(seen, Rollout):
            return replace(found, seen=seen, seen_at=seen_at)
        return found

    async def conclude(self, operation: Operation, so_far: Inconclusive) -> Result:
        """Return what is true after the last retry: read once more, send nothing."""
        acted, before = may_have_acted(operation, so_far), operation.before
        match await self._read_state(operation, acted=acted):
            case Rollout() if acted and not so_far.resend:
                # The Store took it: its effect may still come.
                return Unknown(before, so_far.detail, so_far.correlation_id)
            case Rollout() as now:
                return Unavailable(so_far.detail, so_far.correlation_id, now)
            case Inconclusive() as open_still if acted:
                return Unknown(before, open_still.detail, open_still.correlation_id)
            case Inconclusive() as untouched:
                return Unavailable(untouched.detail, untouched.correlation_id)
            case settled:
                return settled

    async def follow_up(self, operation: Operation) -> Result | None:
        """Read again after an Unknown; None while the truth cannot be known.

        What the Store has taken without showing it may still come: an old state proves
        nothing then.
        """
        result = operation.result
        taken = (
            isinstance(result, Unknown) and result.detail.kind is FailureKind.NOT_SHOWN
        )
        match await self._read_state(operation, acted=True):
            case Rollout() as now:
                return None if taken else Unavailable(_NO_EFFECT, now=now)
            case Inconclusive():
                return None
            case settled:
                return settled

    async def _read_state(
        self, operation: Operation, *, acted: bool
    ) -> AttemptOutcome | Rollout:
        """Read the rollout and judge it; return it where the old state still stands."""
        before = operation.before
        try:
            reading = await self._store_of(operation).get_rollout(operation.ref)
        except failures.StoreError as failure:
            if failure.transient or acted:
                return inconclusive(operation, failure, acted=acted)
            return unreadable_submission(failure)
        known = self._record(operation.ref, reading.rollout)
        now, correlation_id = reading.rollout, reading.correlation_id
        if achieved(now, operation.change):
            if acted and operation.attempts > 0:
                return done(operation, reading, known)
            return AlreadyDone(now, correlation_id)
        # A halt is wanted at 20 % as much as at the 10 % that the card showed.
        wanted_anyway = not VERBS[operation.change.verb].reads_first
        allowed = isinstance(decide(now, operation.change), Allowed)
        if (wanted_anyway and allowed) or now.same_as(before):
            return now
        return Moved(before, now, correlation_id)

    async def _read_only(
        self, operation: Operation, so_far: Inconclusive, *, acted: bool
    ) -> AttemptOutcome:
        """Read again where nothing more may be sent."""
        if so_far.detail.kind is FailureKind.REFUSED:
            return await diagnose_refusal(
                self._store_of(operation),
                operation,
                so_far.detail,
                so_far.correlation_id,
                acted=acted,
            )
        seen = await self._read_state(operation, acted=acted)
        if isinstance(seen, Rollout | Inconclusive):
            shown = seen if isinstance(seen, Rollout) else None
            return replace(
                so_far,
                may_have_acted=acted,
                attempts=operation.attempts,
                retry_after=None if isinstance(seen, Rollout) else seen.retry_after,
                seen=shown or so_far.seen,
                seen_at=self._now() if shown else so_far.seen_at,
            )
        return seen

    def _store_of(self, operation: Operation) -> Store:
        return self._stores[operation.ref.target.account]

    async def _send(self, operation: Operation, *, acted: bool) -> AttemptOutcome:
        try:
            reading, known = await self._change_rollout(operation)
        except failures.RefusedError as refused:
            return await diagnose_refusal(
                self._store_of(operation),
                operation,
                refused.detail,
                refused.correlation_id,
                acted=acted,
            )
        except failures.StoreError as failure:
            if failure.transient or failure.may_have_acted or acted:
                left = inconclusive(operation, failure, acted=acted)
                return replace(left, resend=failure.transient)
            return outcome_of(failure)
        if achieved(reading.rollout, operation.change):
            return done(operation, reading, known)
        return Inconclusive(
            _NOT_SHOWN, True, operation.attempts, reading.correlation_id, resend=False
        )

    async def _change_rollout(
        self, operation: Operation
    ) -> tuple[Reading, Snapshot | None]:
        shown: Rollout | None = None
        try:
            with log_fields(attempt=operation.attempts):
                _log.info("attempt %d of %s", operation.attempts, operation.ref)
                reading = await self._store_of(operation).change_rollout(
                    operation.ref, operation.change
                )
            shown = reading.rollout
        finally:
            known = self._record(operation.ref, shown)
        return reading, known
