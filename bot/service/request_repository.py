"""Port of the repository of requests: each decision about one is made once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.approval import CancelCheck, D, Judge
from bot.domain.plan_outcomes import PlanLives
from bot.domain.requests import EndReason, Person, Request
from bot.domain.submissions import Target


class RequestRepository(Protocol):
    """The requests. Each step that may happen only once is one transaction.

    Each writes the event of what it did in the same transaction. Every method raises
    StorageUnavailable; those that return a request raise UnreadableRecord too.
    """

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        ...

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, with its operation, or None."""
        ...

    async def get_request_of(self, operation_id: str) -> Request | None:
        """Return the request that authorised an operation, or None."""
        ...

    async def put_card(self, request_id: str, card: str) -> None:
        """Store the Slack timestamp of the request's card, unless one is stored."""
        ...

    async def approve_request(
        self,
        request_id: str,
        person: Person,
        card: str,
        now: datetime,
        *,
        judge: Judge[D],
    ) -> Request | D | PlanLives | None:
        """Add an approval to a request that is pending and in time; None elsewhere.

        The approval that completes the required number authorises the operation, or
        starts the ramp, in the same transaction: of two presses one wins. A ramp does
        not start beside another, which is returned then.

        `judge` is asked of the request and its approvals as they are stored, and again
        where they, or the rules, have changed before the approval is stored. `card` is
        the timestamp of the message that was clicked: it is kept where a crash had lost
        the card's own.
        """
        ...

    async def cancel_request(
        self,
        request_id: str,
        person: Person | None,
        card: str | None,
        now: datetime,
        *,
        check: CancelCheck[D] | None = None,
    ) -> Request | D | None:
        """Cancel a request that is pending and in time; None where it is not."""
        ...

    async def end_request(
        self, request_id: str, reason: EndReason, by: str | None, now: datetime
    ) -> Request | None:
        """End a request that is pending: nothing is left to confirm; None elsewhere."""
        ...

    async def open_requests(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Request]:
        """Return the pending requests of a target in all channels, the oldest first.

        One that a newer version of the bot has written in another way is left out.
        """
        ...

    async def open_under_rule(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[str]:
        """Return the ids of what waits under a rule, of an app and all its flights.

        They are sets and finalizes: a halt has no rule.
        """
        ...

    async def halted_by(self, request_id: str) -> str | None:
        """Return who has confirmed a halt of the app since this was asked for.

        None where nobody has, and once the halt has ended what it overtook.
        """
        ...

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not."""
        ...

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over."""
        ...

    async def close_card(self, request_id: str, now: datetime) -> None:
        """Record that a card shows that its request has ended, or its ramp begun."""
        ...

    async def unclosed_cards(self, before: datetime) -> Sequence[str]:
        """Return those whose cards do not show what was decided before then.

        They were cancelled or expired, or a ramp has begun.
        """
        ...
