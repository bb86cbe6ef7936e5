"""The repositories in memory, proved by the tests of the SQL ones in tests/db."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.domain.change_log import ChangeLog, Logged, read_changes
from bot.domain.events import ALIAS_KINDS, AliasChange, Event, EventKind, alias_changed
from bot.domain.history import HistoryPage, read_history
from bot.domain.policy_history import POLICY_KINDS
from bot.domain.release_channels import LET_IN
from bot.domain.requests import MOST_ALIASES, Alias, Place, RequestState
from bot.domain.rollout_changes import CHANGES
from bot.domain.submissions import Target
from bot.domain.subscriptions import SUBSCRIPTION_KINDS
from tests.fakes.languages import FakeLanguages
from tests.fakes.locks import FakeLocks
from tests.fakes.memory import Channel, Memory, Repository, channel_of
from tests.fakes.operations import FakeOperations
from tests.fakes.plans import FakePlans
from tests.fakes.policy import FakeProposals, FakeReleaseChannels
from tests.fakes.requests import CLOSED, FakeRequests
from tests.fakes.rules import FakeRules
from tests.fakes.samples import MAIL, NOON, PLACE
from tests.fakes.subscriptions import FakeSubscriptions

ENTRY_KINDS: Final = (
    ALIAS_KINDS
    | SUBSCRIPTION_KINDS
    | POLICY_KINDS
    | {EventKind.ASKED, EventKind.LANGUAGE_SET}
)


class FakeAliases(Repository):
    """The aliases of each channel."""

    def put(self, name: str, target: Target = MAIL, place: Place = PLACE) -> Alias:
        """Add an alias for a test to start from, in a channel that has the app."""
        alias = Alias(name, target, "Mail", None, "U1")
        self.memory.alias_times.setdefault((channel_of(place), name), NOON)
        self.memory.let_in(place, target, "U1", NOON)
        return self._channel(place).setdefault(name, alias)

    async def list_aliases(self, place: Place) -> Sequence[Alias]:
        """Return the channel's aliases, by name."""
        self.reach()
        return [alias for _, alias in sorted(self._channel(place).items())]

    async def channels_with(self, workspace: str, name: str) -> Sequence[str]:
        """Return the channels of a workspace that have an alias of that name."""
        self.reach()
        return sorted(
            channel
            for (home, channel), aliases in self.memory.aliases.items()
            if home == workspace and name in aliases
        )

    async def add_alias(
        self, place: Place, alias: Alias, now: datetime
    ) -> Alias | None:
        """Store the alias and its event, or return the one that has the name."""
        memory = self.reach()
        channel = self._channel(place)
        if alias.name in channel:
            return channel[alias.name]
        if len(channel) >= MOST_ALIASES:
            return None
        channel[alias.name] = alias
        memory.alias_times[channel_of(place), alias.name] = now
        memory.append(alias_changed(self._added(place, alias, now), place))
        return alias

    async def remove_alias(
        self, place: Place, name: str, actor: str, now: datetime
    ) -> Alias | None:
        """Remove the alias and return it; None where there was none."""
        memory = self.reach()
        alias = self._channel(place).pop(name, None)
        if alias is not None:
            change = AliasChange(EventKind.ALIAS_REMOVED, alias, now, actor)
            memory.append(alias_changed(change, place))
        return alias

    def _channel(self, place: Place) -> dict[str, Alias]:
        return self.memory.aliases.setdefault(channel_of(place), {})

    def _added(self, place: Place, alias: Alias, now: datetime) -> AliasChange:
        """Return the change: a name that pointed elsewhere before is re-pointed."""
        removed = [
            event.target
            for event in self.memory.events
            if event.kind is EventKind.ALIAS_REMOVED
            and event.place is not None
            and channel_of(event.place) == channel_of(place)
            and event.alias == alias.name
        ]
        if not removed or removed[-1] == alias.target:
            return AliasChange(EventKind.ALIAS_ADDED, alias, now, alias.added_by)
        return AliasChange(
            EventKind.ALIAS_REPOINTED, alias, now, alias.added_by, str(removed[-1])
        )


class FakeEvents(Repository):
    """The append-only log of events."""

    @property
    def log(self) -> list[Event]:
        """All events so far, the oldest first."""
        return self.memory.events

    async def add_event(self, event: Event) -> None:
        """Append one event that no other change brings with it."""
        self.reach().append(event)

    async def list_history(
        self, place: Place, target: Target | None, limit: int
    ) -> HistoryPage:
        """Return the channel's last entries, newest first, of one target or of all."""
        log = self.reach().events
        heads = [
            event
            for event in reversed(log)
            if event.kind in ENTRY_KINDS
            and (event.kind is not EventKind.CHANNEL_ADDED or event.code == LET_IN)
            and event.place is not None
            and channel_of(event.place) == channel_of(place)
            and target in {None, event.target}
        ]
        by_request: defaultdict[str, list[Event]] = defaultdict(list)
        for event in log:
            by_request[str(event.request_id)].append(event)
        return read_history(heads[:limit], by_request)

    async def list_changes(self, place: Place, target: Target, limit: int) -> ChangeLog:
        """Return the last changes of the target's rollouts, whoever made them.

        Nothing is watched in memory: there are no names, and no boards.
        """
        memory = self.reach()
        kinds = {*CHANGES, EventKind.ENDED}
        logged = [
            Logged(
                event,
                self._changed_by(event),
                asked_here=self._asked_at(event) == channel_of(place),
            )
            for event in reversed(memory.events)
            if event.unique_key and event.kind in kinds and event.target == target
        ]
        return ChangeLog(*read_changes(logged[:limit]))

    def _changed_by(self, event: Event) -> str | None:
        operation = self.memory.operations.get(event.operation_id or "")
        return operation.ref.submission_id if operation else None

    def _asked_at(self, event: Event) -> Channel | None:
        request = event.request_id or event.operation_id
        found = (
            channel_of(one.place)
            for one in self.memory.events
            if one.kind is EventKind.ASKED and one.place and one.request_id == request
        )
        return next(found, None)


class FakeDeliveries(Repository):
    """The Slack events that have been taken."""

    async def first_delivery(
        self, workspace: str, event_id: str, now: datetime
    ) -> bool:
        """Store the event's id; False where it was stored before."""
        deliveries = self.reach().deliveries
        first = (workspace, event_id) not in deliveries
        deliveries.setdefault((workspace, event_id), now)
        return first

    async def forget_deliveries(self, before: datetime) -> None:
        """Delete the deliveries seen before then."""
        memory = self.reach()
        memory.deliveries = {
            key: seen for key, seen in memory.deliveries.items() if seen >= before
        }


class FakeRetention(Repository):
    """What is over and may be deleted."""

    async def list_over(self, before: datetime, limit: int) -> Sequence[str]:
        """Return the ids whose work was over before then, at most `limit` of each kind.

        They are ids of operations, of requests that were cancelled or expired, and of
        plans.
        """
        memory = self.reach()
        operations = _oldest(memory.closed_operations, before)
        cards = _oldest(memory.closed_cards, before)
        shown = [one for one in cards if memory.requests[one].state in CLOSED]
        return [*operations[:limit], *shown[:limit]]

    async def forget(self, ids: Collection[str]) -> None:
        """Delete these operations and requests, with their approvals."""
        memory = self.reach()
        memory.approvals = {
            key: one for key, one in memory.approvals.items() if key[0] not in ids
        }
        for name in ids:
            memory.requests.pop(name, None)
            memory.operations.pop(name, None)
            memory.closed_cards.pop(name, None)
            memory.closed_operations.pop(name, None)

    async def forget_notices(self, before: datetime) -> None:
        """Do nothing: there are no notices in memory."""

    async def forget_proposals(self, before: datetime) -> None:
        """Delete the proposals that were decided, or expired, before then."""
        memory = self.reach()
        memory.proposals = {
            name: one
            for name, one in memory.proposals.items()
            if one.decided_at is None or one.decided_at >= before
        }

    async def forget_events(self, before: datetime) -> int:
        """Delete the events from before then that nothing reads; return how many."""
        memory = self.reach()
        kept = [
            event
            for event in memory.events
            if event.at >= before or self._in_use(event)
        ]
        deleted = len(memory.events) - len(kept)
        memory.events[:] = kept
        return deleted

    def _in_use(self, event: Event) -> bool:
        """Return whether open work has still to read the event; nothing is watched."""
        request = self.memory.requests.get(event.request_id or "")
        if request is not None and request.state is RequestState.PENDING:
            return True
        operation = event.operation_id or event.request_id or ""
        open_ones = self.memory.operations.keys() - self.memory.closed_operations.keys()
        return operation in open_ones


def _oldest(times: dict[str, datetime], before: datetime) -> list[str]:
    old = ((at, name) for name, at in times.items() if at < before)
    return [name for _, name in sorted(old)]


@dataclass
class FakeRepositories:
    """All repositories on one memory, in the shape of SqlRepositories."""

    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.aliases = FakeAliases(self.memory)
        self.languages = FakeLanguages(self.memory)
        self.subscriptions = FakeSubscriptions(self.memory)
        self.rules = FakeRules(self.memory)
        self.locks = FakeLocks(self.memory)
        self.requests = FakeRequests(self.memory)
        self.operations = FakeOperations(self.memory)
        self.events = FakeEvents(self.memory)
        self.deliveries = FakeDeliveries(self.memory)
        self.retention = FakeRetention(self.memory)
        self.release_channels = FakeReleaseChannels(self.memory)
        self.proposals = FakeProposals(self.memory)
        self.plans = FakePlans()
