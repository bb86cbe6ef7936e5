"""Ports: what the service needs from the Store, the engine and Slack."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.domain.directory import Profile, UserGroup
from bot.domain.operations import Operation, Waiting
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

    async def list_apps(self) -> Sequence[App]:
        """Read all apps of the account, or as many as the request budget allows."""
        ...

    async def list_apps_page(self, number: int) -> Sequence[App]:
        """Read one page of the list of apps, a hundred of them; empty after the last.

        `number` counts from 0.
        """
        ...

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


class Directory(Protocol):
    """People, user groups and members of channels; kept for a minute.

    Every method raises LookupFailed where Slack does not say.
    """

    async def profile(self, workspace: str, user_id: str) -> Profile:
        """Return what Slack knows of a person."""
        ...

    async def groups(self, workspace: str) -> Sequence[UserGroup]:
        """Return the user groups of the workspace that are not switched off."""
        ...

    async def group_members(self, workspace: str, group_id: str) -> frozenset[str]:
        """Return the ids of the people in a user group; empty where it has none."""
        ...

    async def is_in_channel(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether a person is a member of a channel."""
        ...

    async def warm(
        self,
        workspace: str,
        *,
        people: Iterable[str] = (),
        groups: Iterable[str] = (),
        channels: Iterable[str] = (),
    ) -> None:
        """Look all of these up at once, so that who asks next does not wait.

        It raises nothing: a failure is left to whoever asks.
        """
        ...


class OperationStarter(Protocol):
    """The durable engine: what is started comes to its end, whatever dies."""

    async def start_operation(self, operation: Operation) -> None:
        """Start the operation; return once it cannot be lost any more."""
        ...

    async def close_card(self, request_id: str) -> None:
        """Start to edit the card of a request that was cancelled or expired."""
        ...

    async def start_ramp(self, request_id: str) -> None:
        """Start to edit the card of a ramp that has begun, and look for due steps."""
        ...


class Notifier(Protocol):
    """Shows people how a request and its operation stand.

    Every method raises RetryableNotificationError or PermanentNotificationError, and
    StorageUnavailable where what is to be shown cannot be read.
    """

    async def update_closed_card(self, request_id: str) -> None:
        """Edit the card of a request that has ended, or of a ramp that has begun."""
        ...

    async def update_card(self, operation_id: str) -> None:
        """Edit the card of the operation's request into what the request is now."""
        ...

    async def show_waiting(self, operation_id: str, waiting: Waiting) -> None:
        """Show on the card that the change is not made, and when it goes on."""
        ...

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        """Post the result in the card's thread.

        With `again` an earlier attempt may have posted it already, so the thread is
        searched for it first.
        """
        ...

    async def is_settled(self, operation_id: str) -> bool:
        """Return whether the card's thread shows how the operation ended, for good.

        False where that cannot be read.
        """
        ...

    async def post_follow_up_ended(self, operation_id: str) -> None:
        """Post in the thread, once, that an Unknown is not followed up any more."""
        ...
