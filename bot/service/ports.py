"""What the service needs from the Store, from the memory, from Slack and the engine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.failures import FailureDetail
from bot.domain.requests import Alias, Place, Request, RequestPage
from bot.domain.results import Result
from bot.domain.rollout import Change
from bot.domain.submissions import (
    App,
    Flight,
    Reading,
    Submission,
    SubmissionRef,
    Target,
)


class Store(Protocol):
    """The Microsoft Store submission API. Every method raises StoreError.

    Reads are retried a few times inside; writes are sent once (a 401 is replayed once
    with a new token, because the Store does nothing before it lets us in).
    """

    async def get_app(self, app_id: str) -> App:
        """Read one app."""
        ...

    async def get_flight(self, target: Target) -> Flight:
        """Read one flight; `target.flight_id` must be given."""
        ...

    async def list_flights(self, app_id: str) -> Sequence[Flight]:
        """Read all flights of an app, every page; empty where there is none."""
        ...

    async def get_submission(self, ref: SubmissionRef) -> Submission:
        """Read a submission's status and package versions."""
        ...

    async def get_rollout(self, ref: SubmissionRef) -> Reading:
        """Read a submission's rollout."""
        ...

    async def change_rollout(self, ref: SubmissionRef, change: Change) -> Reading:
        """Send one halt, finalize or set, once; gives what the Store returned."""
        ...


class Aliases(Protocol):
    """The aliases of each channel."""

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        ...

    async def add_alias(self, place: Place, alias: Alias) -> Alias:
        """Store the alias, or give the one that already has the name."""
        ...

    async def remove_alias(self, place: Place, name: str) -> Alias | None:
        """Take the alias away and give it, or None where there was none."""
        ...


class Requests(Protocol):
    """The requests, with one statement for each step that may happen only once."""

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        ...

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, or None."""
        ...

    async def put_card(self, request_id: str, card: str) -> None:
        """Note the Slack timestamp of the request's card."""
        ...

    async def confirm_request(
        self, request_id: str, user_id: str, card: str, now: datetime
    ) -> Request | None:
        """Claim a request that is pending and in time; None where it is not.

        `card` is the timestamp of the message that was clicked: it is kept where a
        crash had lost the card's own.
        """
        ...

    async def cancel_request(
        self, request_id: str, user_id: str | None, card: str | None, now: datetime
    ) -> Request | None:
        """Cancel a request that is pending and in time; None where it is not."""
        ...

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not."""
        ...

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over."""
        ...

    async def begin_attempt(self, request_id: str, earlier: int) -> bool:
        """Note, before a write is sent, that it is; one statement.

        Counts the attempt and gives True only where exactly `earlier` attempts were
        noted until now and the request is confirmed, so that of two runners at the
        same point one may send.
        """
        ...

    async def finish_request(
        self, request_id: str, result: Result, now: datetime
    ) -> Request:
        """Store the result of a confirmed request; a later truth replaces Unknown."""
        ...

    async def close_request(self, request_id: str, now: datetime) -> None:
        """Note that Slack shows how the request ended: no work is left for it."""
        ...

    async def stranded_requests(self, before: datetime) -> Sequence[str]:
        """Return the ids of requests decided before then and not closed yet."""
        ...

    async def list_requests(
        self, place: Place, target: Target | None, limit: int
    ) -> RequestPage:
        """Return the channel's last requests, newest first, of one target or of all.

        While a new version is rolled out, some may be of a kind that only it can read.
        """
        ...


class Deliveries(Protocol):
    """The Slack events that have been taken, so that a redelivered one does nothing."""

    async def first_delivery(self, event_id: str, now: datetime) -> bool:
        """Note the event; False where it was noted before, by any replica."""
        ...

    async def forget_deliveries(self, before: datetime) -> None:
        """Delete the deliveries seen before then."""
        ...


class OperationStarter(Protocol):
    """Carries a decided request to its end, whatever dies on the way."""

    async def start_operation(self, request: Request) -> None:
        """Start the work; returns once it cannot be lost any more."""
        ...


class Notifier(Protocol):
    """Shows people how a request stands."""

    async def show_card(self, request: Request) -> None:
        """Edit the request's card into what the request is now."""
        ...

    async def show_waiting(
        self, request: Request, detail: FailureDetail, seconds: float
    ) -> None:
        """Say on the card what the work waits for, and when it goes on."""
        ...

    async def post_result(self, request: Request, *, again: bool) -> None:
        """Post the result in the card's thread.

        With `again` an earlier attempt may have posted it already, so the thread is
        searched for it first.
        """
        ...

    async def post_given_up(self, request: Request) -> None:
        """Say in the thread, once, that an Unknown is not looked into any more."""
        ...
