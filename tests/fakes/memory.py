"""The tables of the fake repositories, in memory, shared as those of one database."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.approval import Approval
from bot.domain.events import Event
from bot.domain.languages import Language
from bot.domain.locks import Lock
from bot.domain.operations import Operation
from bot.domain.proposals import Proposal
from bot.domain.release_channels import ReleaseChannel
from bot.domain.requests import Alias, Place, Request
from bot.domain.rules import RuleInForce
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription

Channel = tuple[str, str]
App = tuple[str, str, str]


@dataclass
class Memory:
    """What all repositories of one test store; `failure` is raised by each of them."""

    aliases: dict[Channel, dict[str, Alias]] = field(default_factory=dict)
    alias_times: dict[tuple[Channel, str], datetime] = field(default_factory=dict)
    languages: dict[Channel, Language | None] = field(default_factory=dict)
    subscriptions: dict[Channel, dict[Target, Subscription]] = field(
        default_factory=dict
    )
    rules: dict[tuple[str, Target | None], RuleInForce] = field(default_factory=dict)
    locks: list[Lock] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    approvals: dict[tuple[str, str, str], Approval] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    deliveries: dict[tuple[str, str], datetime] = field(default_factory=dict)
    release_channels: dict[App, dict[str, ReleaseChannel]] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    closed_cards: dict[str, datetime] = field(default_factory=dict)
    closed_operations: dict[str, datetime] = field(default_factory=dict)
    failure: Exception | None = None

    def append(self, event: Event) -> None:
        """Append an event, whose details become JSON values as in a database."""
        details = json.loads(json.dumps(dict(event.details)))
        self.events.append(replace(event, details=details))

    def let_in(self, place: Place, target: Target, by: str, at: datetime) -> None:
        """Let a channel have an app."""
        channels = self.release_channels.setdefault(app_of(place.workspace, target), {})
        channels.setdefault(place.channel, ReleaseChannel(place.channel, by, at))


@dataclass
class Repository:
    """A repository on a memory; it fails where a test wants it to."""

    memory: Memory = field(default_factory=Memory)

    def reach(self) -> Memory:
        """Return the memory, or raise the failure that a test has put into it."""
        if self.memory.failure is not None:
            raise self.memory.failure
        return self.memory


def channel_of(place: Place) -> Channel:
    """Return what identifies a channel: a thread is in its channel."""
    return place.workspace, place.channel


def app_of(workspace: str, target: Target) -> App:
    """Return what identifies an app: a flight is one of it."""
    return workspace, target.account, target.app_id
