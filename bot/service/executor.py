"""Carry a confirmed request to the Store: send at most one effect, prove what is true.

act ── sent, and the answer shows the wanted state ──────────► Done
│  └─ the Store says no, found by reading why ──────────────► Refused, AlreadyDone
│  └─ surely not sent, and no use in trying again ──────────► Unavailable
├─ Unproved ── act again: read, and send only where the old state still stands and
│              the failure was a passing one
└─ patience over: conclude ──► Done, Moved, Unavailable, Unknown
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.domain import failures
from bot.domain.clock import monotonic
from bot.domain.failures import FailureCode, FailureDetail, FailureKind
from bot.domain.requests import Request
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import (
    Allowed,
    AlreadySatisfied,
    Phase,
    RefusalReason,
    Rejected,
    Verb,
    achieved,
    decide,
)
from bot.domain.submissions import PUBLISHED
from bot.service.attempt import (
    AttemptOutcome,
    Inconclusive,
    inconclusive,
    may_have_acted,
)
from bot.service.ports import Requests, Store
from bot.service.snapshots import outcome_of

# A process that was frozen between its note and its request must not send a request
# that another has long since decided about: it looks first instead.
MAX_PAUSE_BEFORE_WRITE: Final = 2.0

# A click that found nobody to carry it for so long is not carried out any more: who
# pressed it has helped themselves since, and knows nothing of what would happen now.
OLDEST_CLICK: Final = timedelta(hours=1)

_TOO_OLD: Final = FailureDetail(FailureCode.TOO_OLD)
_OVERTAKEN: Final = FailureDetail(FailureCode.OVERTAKEN)
_NO_EFFECT: Final = FailureDetail(FailureCode.NO_EFFECT)
_NOT_SHOWN: Final = FailureDetail(FailureCode.NOT_SHOWN)
# A 409 although the rollout is in progress: by whether the submission is published.
_REFUSED_IN_PROGRESS: Final = {
    False: RefusalReason.NOT_PUBLISHED,
    True: RefusalReason.UNSUPPORTED,
}


class OperationExecutor:
    """The steps between a confirmed click and its result; each may be repeated."""

    def __init__(
        self,
        store: Store,
        requests: Requests,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._requests = requests
        self._clock = clock

    async def act(
        self, request: Request, so_far: Inconclusive | None = None
    ) -> AttemptOutcome:
        """Send the change once, after a look wherever one is needed.

        The first attempt of a halt needs none: the submission is pinned, and the
        Store itself answers 409 where it is not in progress (promise 5). Everything
        else, and every later attempt, looks first (promise 3).
        """
        acted = may_have_acted(request, so_far)
        if so_far is not None and not so_far.resend:
            return await self._watch(request, so_far, acted=acted)
        if request.attempts > 0 or request.change.verb is not Verb.HALT:
            seen = await self._look(request, acted=acted)
            if seen is not None:
                return seen
        noted_from = self._clock()
        mine = await self._requests.begin_attempt(request.id, request.attempts)
        if not mine or self._clock() - noted_from > MAX_PAUSE_BEFORE_WRITE:
            # `attempts` stays behind the note, so that the next look counts it.
            return Inconclusive(_OVERTAKEN, acted, request.attempts)
        return await self._send(
            replace(request, attempts=request.attempts + 1), acted=acted
        )

    async def conclude(self, request: Request, so_far: Inconclusive) -> Result:
        """Say what is true when patience is over: look once more, send nothing."""
        acted, before = may_have_acted(request, so_far), request.snapshot.rollout
        match await self._look(request, acted=acted):
            case None if acted and not so_far.resend:
                # The Store took it: its effect may still come.
                return Unknown(before, so_far.detail, so_far.correlation_id)
            case None:
                return Unavailable(so_far.detail, so_far.correlation_id)
            case Inconclusive() as open_still if acted:
                return Unknown(before, open_still.detail, open_still.correlation_id)
            case Inconclusive() as untouched:
                return Unavailable(untouched.detail, untouched.correlation_id)
            case settled:
                return settled

    async def follow_up(self, request: Request) -> Result | None:
        """Look again after an Unknown; None while the truth is still out of reach.

        What the Store has taken without showing it may still come: an old state proves
        nothing then.
        """
        told = request.result
        taken = isinstance(told, Unknown) and told.detail.kind is FailureKind.NOT_SHOWN
        match await self._look(request, acted=request.attempts > 0):
            case None:
                return None if taken else Unavailable(_NO_EFFECT)
            case Inconclusive():
                return None
            case settled:
                return settled

    async def _look(self, request: Request, *, acted: bool) -> AttemptOutcome | None:
        """Read the rollout and judge it; None where the old state still stands."""
        before = request.snapshot.rollout
        try:
            reading = await self._store.get_rollout(request.snapshot.ref)
        except failures.StoreError as failure:
            if failure.transient or acted:
                return inconclusive(request, failure, acted=acted)
            return _explain_blind(failure)
        now, correlation_id = reading.rollout, reading.correlation_id
        if achieved(now, request.change):
            if acted:
                return Done(before, now, correlation_id)
            return AlreadyDone(now, correlation_id)
        # A brake is wanted at 20 % as much as at the 10 % that the card showed.
        brake = request.change.verb is Verb.HALT and now.phase is Phase.IN_PROGRESS
        if brake or now.same_as(before):
            return None
        return Moved(before, now, correlation_id)

    async def _watch(
        self, request: Request, so_far: Inconclusive, *, acted: bool
    ) -> AttemptOutcome:
        """Look again where nothing more may be sent."""
        if so_far.detail.kind is FailureKind.REFUSED:
            return await self._why(
                request, so_far.detail, so_far.correlation_id, acted=acted
            )
        seen = await self._look(request, acted=acted)
        if seen is None or isinstance(seen, Inconclusive):
            retry_after = seen.retry_after if seen else None
            return replace(
                so_far,
                may_have_acted=acted,
                attempts=request.attempts,
                retry_after=retry_after,
            )
        return seen

    async def _send(self, request: Request, *, acted: bool) -> AttemptOutcome:
        try:
            reading = await self._store.change_rollout(
                request.snapshot.ref, request.change
            )
        except failures.RefusedError as refused:
            return await self._why(
                request, refused.detail, refused.correlation_id, acted=acted
            )
        except failures.StoreError as failure:
            if failure.transient or failure.may_have_acted or acted:
                left = inconclusive(request, failure, acted=acted)
                return replace(left, resend=failure.transient)
            return outcome_of(failure)
        before, after = request.snapshot.rollout, reading.rollout
        if achieved(after, request.change):
            return Done(before, after, reading.correlation_id)
        return Inconclusive(
            _NOT_SHOWN, True, request.attempts, reading.correlation_id, resend=False
        )

    async def _why(
        self,
        request: Request,
        detail: FailureDetail,
        correlation_id: str | None,
        *,
        acted: bool,
    ) -> AttemptOutcome:
        """Find the cause of a 409 by reading: its causes share one status.

        The request is never sent again after it: only the reading is repeated.
        """
        ref, before = request.snapshot.ref, request.snapshot.rollout
        try:
            now = (await self._store.get_rollout(ref)).rollout
            decision = decide(now, request.change)
            match decision:
                case AlreadySatisfied() if acted:
                    return Done(before, now, correlation_id)
                case AlreadySatisfied():
                    return AlreadyDone(now, correlation_id)
                case Rejected() if acted:
                    return Moved(before, now, correlation_id)
                case Rejected(reason):
                    pass
                case Allowed():
                    submission = await self._store.get_submission(ref)
                    published = submission.status == PUBLISHED
                    reason = _REFUSED_IN_PROGRESS[published]
                case _:
                    assert_never(decision)
        except (failures.RefusedError, failures.NotFoundError):
            reason, now = RefusalReason.NOT_OF_APP, None
        except failures.StoreError as failure:
            left = inconclusive(request, failure, acted=acted)
            return replace(
                left, detail=detail, correlation_id=correlation_id, resend=False
            )
        return Refused(reason, now, detail, correlation_id)


def too_old(request: Request, now: datetime) -> Unavailable | None:
    """Say that a click is too old to be carried out, unless a write was started."""
    if request.attempts > 0 or request.decided_at is None:
        return None
    return Unavailable(_TOO_OLD) if now - request.decided_at > OLDEST_CLICK else None


def _explain_blind(failure: failures.StoreError) -> Refused | Unavailable:
    """Explain why a rollout that the card could show cannot be read any more.

    Reading works in every state of a rollout, so it is the submission that is gone.
    """
    found = outcome_of(failure)
    if isinstance(found, Refused):
        return replace(found, reason=RefusalReason.NOT_OF_APP)
    return found
