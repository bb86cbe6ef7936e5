"""Ports: what the service needs from the Store, the database, Slack and the engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.events import Event, HistoryPage
from bot.domain.failures import FailureDetail
from bot.domain.operations import Operation
from bot.domain.outcomes import NotAllowed
from bot.domain.requests import Alias, Person, Place, Request
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
        """Send one halt, finalize or set, once; return what the Store answered."""
        ...


# The Store of each account, by the account's name.
Stores = Mapping[str, Store]


class AliasRepository(Protocol):
    """The aliases of each channel. Every method raises StorageUnavailable."""

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        ...

    async def add_alias(self, place: Place, alias: Alias, now: datetime) -> Alias:
        """Store the alias and its event, or return the one that has the name."""
        ...

    async def remove_alias(
        self, place: Place, name: str, actor: str, now: datetime
    ) -> Alias | None:
        """Remove the alias and return it; None where there was none."""
        ...


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
        """Store the Slack timestamp of the request's card."""
        ...

    async def approve_request(
        self,
        request_id: str,
        person: Person,
        card: str,
        now: datetime,
        *,
        check: Callable[[Request], NotAllowed | None],
    ) -> Request | NotAllowed | None:
        """Add an approval to a request that is pending and in time; None elsewhere.

        The approval that completes the required number authorises the operation, in
        the same transaction: of two presses one wins. `check` is asked of the request
        as it is stored. `card` is the timestamp of the message that was clicked: it is
        kept where a crash had lost the card's own.
        """
        ...

    async def cancel_request(
        self,
        request_id: str,
        person: Person | None,
        card: str | None,
        now: datetime,
        *,
        check: Callable[[Request], NotAllowed | None] | None = None,
    ) -> Request | NotAllowed | None:
        """Cancel a request that is pending and in time; None where it is not."""
        ...

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not."""
        ...

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over."""
        ...

    async def close_card(self, request_id: str, now: datetime) -> None:
        """Record that the card of a cancelled or expired request shows its end."""
        ...

    async def unclosed_cards(self, before: datetime) -> Sequence[str]:
        """Return the requests cancelled or expired before then, cards not closed."""
        ...


class OperationRepository(Protocol):
    """The operations, with one transaction for each step that may happen only once.

    Every method raises StorageUnavailable; those that return an operation raise
    UnreadableRecord too.
    """

    async def get_operation(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands, or None."""
        ...

    async def begin_attempt(
        self, operation_id: str, earlier: int, now: datetime
    ) -> bool:
        """Record, before a write is sent, that it is.

        Counts the attempt and returns True only where exactly `earlier` attempts were
        recorded until now and the operation has no result, so that of two runners at
        the same point one may send.
        """
        ...

    async def finish_operation(
        self, operation_id: str, result: Result, now: datetime
    ) -> Operation:
        """Store the result and return the operation; a later truth replaces Unknown.

        Raises LookupError where there is no such operation.
        """
        ...

    async def close_operation(self, operation_id: str, now: datetime) -> None:
        """Record that Slack shows the result: no work is left for the operation."""
        ...

    async def open_operations(self, before: datetime) -> Sequence[str]:
        """Return the ids of operations authorised before then and not closed yet."""
        ...


class EventRepository(Protocol):
    """The append-only log of events. Every method raises StorageUnavailable."""

    async def add_event(self, event: Event) -> None:
        """Append one event that no other change brings with it."""
        ...

    async def list_history(
        self, place: Place, target: Target | None, limit: int
    ) -> HistoryPage:
        """Return the channel's last entries, newest first, of one target or of all."""
        ...


class DeliveryRepository(Protocol):
    """The Slack events that have been taken, so that a redelivered one does nothing."""

    async def first_delivery(
        self, workspace: str, event_id: str, now: datetime
    ) -> bool:
        """Store the event's id; False where it was stored before, by any replica."""
        ...

    async def forget_deliveries(self, before: datetime) -> None:
        """Delete the deliveries seen before then."""
        ...


@dataclass(frozen=True, slots=True)
class Repositories:
    """What the service stores and reads; one database has it all."""

    aliases: AliasRepository
    requests: RequestRepository
    events: EventRepository
    deliveries: DeliveryRepository


class OperationStarter(Protocol):
    """The durable engine: what is started comes to its end, whatever dies."""

    async def start_operation(self, operation: Operation) -> None:
        """Start the operation; return once it cannot be lost any more."""
        ...

    async def close_card(self, request_id: str) -> None:
        """Start to edit the card of a request that was cancelled or expired."""
        ...


class Notifier(Protocol):
    """Shows people how a request and its operation stand.

    Every method raises RetryableNotificationError or PermanentNotificationError, and
    StorageUnavailable where what is to be shown cannot be read.
    """

    async def update_closed_card(self, request_id: str) -> None:
        """Edit the card of a request that was cancelled or expired."""
        ...

    async def update_card(self, operation_id: str) -> None:
        """Edit the card of the operation's request into what the request is now."""
        ...

    async def show_waiting(
        self, operation_id: str, detail: FailureDetail, seconds: float
    ) -> None:
        """Show on the card what the operation waits for, and when it goes on."""
        ...

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        """Post the result in the card's thread.

        With `again` an earlier attempt may have posted it already, so the thread is
        searched for it first.
        """
        ...

    async def post_follow_up_ended(self, operation_id: str) -> None:
        """Post in the thread, once, that an Unknown is not followed up any more."""
        ...
