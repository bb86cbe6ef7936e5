"""Approvals: what the press of a card's button does to its request."""

from typing import Final

from bot.domain.events import action_refused
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    Confirmed,
    Expired,
    Misuse,
    NotAllowed,
    Usage,
)
from bot.domain.permission import Action, Subject, authorize
from bot.domain.requests import Asker, Request, RequestState
from bot.service.repositories import EventRepository, RequestRepository

_OUTCOMES: Final[dict[RequestState, type[Approved | Confirmed | Cancelled]]] = {
    RequestState.PENDING: Approved,
    RequestState.AUTHORISED: Confirmed,
    RequestState.CANCELLED: Cancelled,
}


class Approvals:
    """The presses on cards. Every method raises StorageUnavailable."""

    def __init__(self, requests: RequestRepository, events: EventRepository) -> None:
        self._requests = requests
        self._events = events

    async def approve(self, request_id: str, card: str, presser: Asker) -> ClickOutcome:
        """Add the presser's approval; the last one needed authorises the operation."""
        found = await self._requests.approve_request(
            request_id,
            presser.person,
            card,
            presser.at,
            check=lambda request: _check(request, Action.APPROVE, presser),
        )
        return await self._outcome(found, Action.APPROVE, request_id, card, presser)

    async def cancel(self, request_id: str, card: str, presser: Asker) -> ClickOutcome:
        """Cancel the request, unless it was decided before."""
        found = await self._requests.cancel_request(
            request_id,
            presser.person,
            card,
            presser.at,
            check=lambda request: _check(request, Action.CANCEL, presser),
        )
        return await self._outcome(found, Action.CANCEL, request_id, card, presser)

    async def _outcome(
        self,
        found: Request | NotAllowed | None,
        action: Action,
        request_id: str,
        card: str,
        presser: Asker,
    ) -> ClickOutcome:
        if isinstance(found, Request):
            return _OUTCOMES[found.state](found)
        outcome = found or await self._too_late(request_id, card, action, presser)
        if isinstance(outcome, NotAllowed):
            await self._events.add_event(
                action_refused(action, outcome.denial, presser, request_id=request_id)
            )
        return outcome

    async def _too_late(
        self, request_id: str, card: str, action: Action, presser: Asker
    ) -> ClickOutcome:
        """Return why a press decided nothing; a card that ran out is expired by it.

        The time is that of the press: a clock that was set back meanwhile would find
        the card neither in time nor too late.
        """
        request = await self._requests.get_request(request_id)
        if request is None:
            return Usage(Misuse.NO_SUCH_CARD)
        denied = _check(request, action, presser)
        if denied is not None:
            return denied
        await self._requests.put_card(request_id, card)
        expired = await self._requests.expire_request(request_id, presser.at)
        request = expired or await self._requests.get_request(request_id) or request
        if request.state is RequestState.EXPIRED:
            return Expired(request)
        return AlreadyHandled(request)


def _check(request: Request, action: Action, presser: Asker) -> NotAllowed | None:
    subject = Subject(request.place, request.snapshot.ref.target)
    return authorize(presser.person, action, subject)
