"""Approvals: what the press of a card's button does to its request."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.domain.approval import (
    AloneReasonNeeded,
    Approval,
    Judgement,
    Overtaken,
    Uncounted,
    refusal_code,
)
from bot.domain.events import Event, action_refused
from bot.domain.lock_outcomes import LOCKED, Locked, lock_details
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    Confirmed,
    Denial,
    Expired,
    NotAllowed,
)
from bot.domain.permission import Action, Subject, authorize, presumed
from bot.domain.plan_outcomes import PLAN_CODES, PlanLives
from bot.domain.press_outcomes import PressRefused, refusal_details
from bot.domain.requests import (
    Asker,
    EndReason,
    Person,
    Place,
    Request,
    RequestState,
)
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS
from bot.service.judging import PressJudge
from bot.service.lock_judging import LockJudge
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import EventRepository
from bot.service.request_repository import RequestRepository

_OUTCOMES: Final[dict[RequestState, type[Approved | Confirmed | Cancelled]]] = {
    RequestState.PENDING: Approved,
    RequestState.AUTHORISED: Confirmed,
    RequestState.CANCELLED: Cancelled,
}


# Slack tells a person after three seconds that a press has failed; later they may have
# acted another way. A halt is sent all the same.
LATEST_PRESS: Final = timedelta(seconds=15)

Check = Callable[[Request], NotAllowed | None]
Refused = NotAllowed | PressRefused | Locked | PlanLives
Found = Request | Overtaken | Refused | None


class Approvals:
    """The presses on cards. Every method raises StorageUnavailable."""

    def __init__(  # noqa: PLR0913, PLR0917 - one part each
        self,
        requests: RequestRepository,
        events: EventRepository,
        judge: PressJudge,
        locks: LockJudge,
        clock: Callable[[], datetime],
        channels: ReleaseChannels,
    ) -> None:
        self._channels = channels
        self._requests = requests
        self._events = events
        self._judge = judge
        self._locks = locks
        self._clock = clock

    async def approve(
        self,
        request_id: str,
        card: str,
        presser: Asker,
        pressed_at: datetime | None = None,
        reason: str | None = None,
    ) -> ClickOutcome:
        """Add the presser's approval; the last one needed authorises the operation.

        `reason` is what an asker has said for doing it without another person.
        """
        since = pressed_at or presser.at
        uncounted: tuple[Uncounted, ...] = ()

        def check(request: Request) -> NotAllowed | None:
            person = presumed(presser.person, request.change.verb, presser.place)
            closed = self._closed(request)
            return _check(request, Action.APPROVE, person, presser.place, card, closed)

        def check_in_time(request: Request) -> NotAllowed | None:
            denied = check(request)
            if denied is not None or not VERBS[request.change.verb].reads_first:
                return denied
            late = self._clock() - since > LATEST_PRESS
            return NotAllowed(Denial.LATE_PRESS) if late else None

        async def judge(
            request: Request, stored: Sequence[Approval]
        ) -> Judgement | NotAllowed | PressRefused | Overtaken | Locked:
            nonlocal uncounted
            if (denied := check_in_time(request)) is not None:
                return denied
            judged, uncounted = await self._judge.judge(
                request, stored, presser, reason
            )
            # Slack may have been slow to say who pressed.
            if (denied := check_in_time(request)) is not None:
                return denied
            return await self._locks.judge(request, judged, presser)

        found: Found = await self._requests.approve_request(
            request_id, presser.person, card, presser.at, judge=judge
        )
        outcome = await self._outcome(
            found, Action.APPROVE, request_id, card, presser, check
        )
        if isinstance(outcome, Approved):
            return replace(outcome, uncounted=uncounted)
        return outcome

    async def cancel(self, request_id: str, card: str, presser: Asker) -> ClickOutcome:
        """Cancel the request, unless it was decided before.

        Where it needs another person, whoever may confirm it may decline it.
        """

        def check(request: Request) -> NotAllowed | None:
            person = presser.person
            return _check(request, Action.CANCEL, person, presser.place, card, None)

        async def may_cancel(request: Request) -> NotAllowed | PressRefused | None:
            denied = check(request)
            return denied or await self._judge.refuse_decline(request, presser)

        found: Found = await self._requests.cancel_request(
            request_id, presser.person, card, presser.at, check=may_cancel
        )
        return await self._outcome(
            found, Action.CANCEL, request_id, card, presser, check
        )

    def _closed(self, request: Request) -> Denial | None:
        """Return why nobody confirms anything in the request's channel."""
        if not request.channel_has_app:
            return Denial.CHANNEL_LACKS_APP
        return self._channels.closed(request.place)

    async def _outcome(  # noqa: PLR0913, PLR0917 - all that a press is
        self,
        found: Found,
        action: Action,
        request_id: str,
        card: str,
        presser: Asker,
        check: Check,
    ) -> ClickOutcome:
        if isinstance(found, Request):
            return _OUTCOMES[found.state](found)
        if isinstance(found, Overtaken):
            await self._requests.end_request(
                request_id, EndReason.OVERTAKEN, found.by, presser.at
            )
            found = None
        outcome = found or await self._too_late(request_id, card, presser.at, check)
        if isinstance(outcome, Refused):
            request = await self._requests.get_request(request_id)
            refused = _refused(outcome, action, presser, request)
            if refused is not None:
                await self._events.add_event(refused)
        return outcome

    async def _too_late(
        self, request_id: str, card: str, at: datetime, check: Check
    ) -> ClickOutcome:
        """Return why a press decided nothing; a card that ran out is expired by it.

        The time is that of the press: a clock that was set back meanwhile would find
        the card neither in time nor too late.
        """
        request = await self._requests.get_request(request_id)
        if request is None:
            return Usage(Misuse.NO_SUCH_CARD)
        denied = check(request)
        if denied is not None:
            return denied
        await self._requests.put_card(request_id, card)
        expired = await self._requests.expire_request(request_id, at)
        request = expired or await self._requests.get_request(request_id) or request
        if request.state is RequestState.EXPIRED:
            return Expired(request)
        return AlreadyHandled(request)


def _refused(
    refused: Refused,
    action: Action,
    presser: Asker,
    request: Request | None,
) -> Event | None:
    """Return the event of a press that is refused; None where it is not, after all."""
    details: dict[str, Any] = {}
    if isinstance(refused, NotAllowed):
        code = refused.denial.value
    elif isinstance(refused, Locked):
        code, details = LOCKED, lock_details(refused.locks)
    elif isinstance(refused, PlanLives):
        code, details = PLAN_CODES[PlanLives], {"plan": refused.plan.id}
    elif isinstance(refused.refusal, AloneReasonNeeded):
        # Nothing is refused: the form for the reason is opened.
        return None
    else:
        code, details = refusal_code(refused.refusal), refusal_details(refused)
    if request is None:
        return action_refused(action, code, presser, details=details)
    return action_refused(
        action,
        code,
        presser,
        target=request.snapshot.ref.target,
        request_id=request.id,
        details={"verb": request.change.verb.value, **details},
    )


def _check(  # noqa: PLR0913, PLR0917 - all that a press is
    request: Request,
    action: Action,
    person: Person,
    place: Place,
    card: str,
    closed: Denial | None,
) -> NotAllowed | None:
    """Return why this press may decide nothing: who pressed, or another message."""
    target = request.snapshot.ref.target
    subject = Subject(request.place, target, closed=closed)
    denied = authorize(person, action, subject)
    here = replace(place, thread=None) == replace(request.place, thread=None)
    if denied is None and not (here and request.card in {None, card}):
        return NotAllowed(Denial.OTHER_MESSAGE)
    return denied
