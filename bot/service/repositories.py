"""Ports of the repositories: what the service stores and reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.change_log import ChangeLog
from bot.domain.events import Event
from bot.domain.history import HistoryPage
from bot.domain.languages import Language
from bot.domain.operations import Operation
from bot.domain.requests import Alias, Asker, Place
from bot.domain.results import Result
from bot.domain.rules import RuleInForce
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription
from bot.service.lock_repository import LockRepository
from bot.service.plan_repository import PlanRepository
from bot.service.policy_repositories import (
    ProposalRepository,
    ReleaseChannelRepository,
)
from bot.service.request_repository import RequestRepository


class AliasRepository(Protocol):
    """The aliases of each channel. Every method raises StorageUnavailable."""

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        ...

    async def channels_with(self, workspace: str, name: str) -> Sequence[str]:
        """Return the channels of a workspace that have an alias of that name."""
        ...

    async def add_alias(
        self, place: Place, alias: Alias, now: datetime
    ) -> Alias | None:
        """Store the alias and its event, or return the one that has the name.

        Return None where the channel has as many aliases as it may have.
        """
        ...

    async def remove_alias(
        self, place: Place, name: str, actor: str, now: datetime
    ) -> Alias | None:
        """Remove the alias and return it; None where there was none."""
        ...


class LanguageRepository(Protocol):
    """The language of each channel. Every method raises StorageUnavailable."""

    async def list_languages(self) -> Mapping[tuple[str, str], Language | None]:
        """Return the languages by workspace and channel; None was offered alone."""
        ...

    async def set_language(self, language: Language, asker: Asker) -> Language | None:
        """Store the channel's language and the event; return the one before."""
        ...

    async def offer_language(self, place: Place) -> bool:
        """Record that one was offered; False where one was offered or set before."""
        ...


class SubscriptionRepository(Protocol):
    """What each channel is told about. Every method raises StorageUnavailable."""

    async def list_subscriptions(self, place: Place) -> Sequence[Subscription]:
        """Return what the channel follows, and what it is told nothing of, by name.

        What it has an alias for it follows, also before that is stored.
        """
        ...

    async def put_subscription(
        self, place: Place, before: Subscription | None, after: Subscription
    ) -> bool:
        """Store a subscription that somebody has changed, and its event.

        Return False where it is not any more as it was `before`.
        """
        ...

    async def remove_subscription(
        self, place: Place, before: Subscription, asker: Asker
    ) -> bool:
        """Remove a subscription, and store the event.

        Return False where it is not any more as it was `before`.
        """
        ...

    async def end_unnamed(self, place: Place) -> None:
        """End what the channel has followed by aliases that are gone."""
        ...


class RuleRepository(Protocol):
    """The rules of targets: raises StorageUnavailable and UnreadableRecord."""

    async def rule_in_force(self, workspace: str, target: Target | None) -> RuleInForce:
        """Return the rule of a target; of None that of the workspace's default."""
        ...


class OperationRepository(Protocol):
    """The operations, with one transaction for each step that may happen only once.

    Every method raises StorageUnavailable; those that return an operation raise
    UnreadableRecord too.
    """

    async def get_operation(self, operation_id: str) -> Operation | None:
        """Return the operation as it stands, or None."""
        ...

    async def begin_attempt(self, operation: Operation, now: datetime) -> bool:
        """Record, before a write is sent, that it is.

        Counts the attempt and returns True only where the operation still stands as
        it is given, with as many attempts and no result, so that of two runners at
        the same point one may send.
        """
        ...

    async def finish_operation(
        self, operation: Operation, result: Result, now: datetime
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

    async def list_changes(self, place: Place, target: Target, limit: int) -> ChangeLog:
        """Return the last changes of the target's rollouts, whoever made them.

        They say which of them a request of this channel has brought.
        """
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


class RetentionRepository(Protocol):
    """What is over and may be deleted. Every method raises StorageUnavailable."""

    async def list_over(self, before: datetime, limit: int) -> Sequence[str]:
        """Return the ids whose work was over before then, at most `limit` of each kind.

        They are ids of operations, of requests that were cancelled or expired, and of
        plans.
        """
        ...

    async def forget(self, ids: Collection[str]) -> None:
        """Delete these operations and requests, with their approvals."""
        ...

    async def forget_notices(self, before: datetime) -> None:
        """Delete the notices that were posted, or given up, before then."""
        ...

    async def forget_proposals(self, before: datetime) -> None:
        """Delete the proposals that were decided, or expired, before then."""
        ...

    async def forget_events(self, before: datetime) -> int:
        """Delete the events from before then that nothing reads; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Repositories:
    """What the service stores and reads; one database has it all."""

    aliases: AliasRepository
    subscriptions: SubscriptionRepository
    rules: RuleRepository
    locks: LockRepository
    requests: RequestRepository
    events: EventRepository
    deliveries: DeliveryRepository
    release_channels: ReleaseChannelRepository
    proposals: ProposalRepository
    plans: PlanRepository
