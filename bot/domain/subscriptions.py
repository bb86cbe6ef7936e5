"""Subscriptions: what a channel is told about a target, and what somebody changed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.requests import MOST_ALIASES, Alias, Asker, Place
from bot.domain.submissions import Target
from bot.domain.watching import Topics

MOST_SUBSCRIPTIONS: Final = MOST_ALIASES

SUBSCRIPTION_KINDS: Final = frozenset({EventKind.SUBSCRIBED, EventKind.UNSUBSCRIBED})


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a channel is told about a target, since when, and by whose wish.

    `by_alias`: it ends with the channel's last alias of the target; `alias` is the
    first of them. `mention` is the id of the user group that is mentioned where a
    person is needed. Slack has taken no message for the channel since `blocked_at`, for
    the reason `blocked_by`.
    """

    target: Target
    topics: Topics
    by_alias: bool
    added_by: str
    added_at: datetime
    mention: str | None = None
    app_name: str | None = None
    flight_name: str | None = None
    blocked_at: datetime | None = None
    blocked_by: str | None = None
    alias: str | None = None

    @property
    def word(self) -> str:
        """The words by which a command names it."""
        if self.alias is not None:
            return self.alias
        flight = self.flight_name or self.target.flight_id
        return f"{self.target.app_id} flight {flight}" if flight else self.target.app_id

    @property
    def sort_key(self) -> tuple[bool, str, str, str, str]:
        """Its place in a list: what has an alias first, each by its name."""
        name = self.alias or (self.app_name or "").casefold()
        target = self.target
        ids = target.account, target.app_id, target.flight_id or ""
        return self.alias is None, name, *ids

    def same_wish(self, other: "Subscription") -> bool:
        """Return whether the channel is told the same, and for as long."""
        mine = self.topics, self.mention, self.by_alias
        return mine == (other.topics, other.mention, other.by_alias)


@dataclass(frozen=True, slots=True)
class SubscriptionChange:
    """Somebody has changed what a channel is told about a target."""

    kind: EventKind
    target: Target
    topics: Topics
    at: datetime
    actor: str | None
    mention: str | None = None
    alias: str | None = None
    app_name: str | None = None
    flight_name: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What the channel follows, and what it has an alias for and is not told of."""

    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The channel follows a target; `before` is how it was, the same or None."""

    now: Subscription
    before: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The channel is told nothing more of a target; `already` it was not before."""

    before: Subscription
    already: bool = False


@dataclass(frozen=True, slots=True)
class NotSubscribed:
    """The channel does not follow what was named."""

    name: str


def subscribed(
    before: Subscription, topics: Topics | None, mention: str | None, asker: Asker
) -> Subscription:
    """Return the subscription that somebody wants; what is None stays as it is.

    Whoever asks for it wants it without an alias too. An empty `mention` ends it.
    """
    kept = Topics.ALL if before.topics is Topics.NONE else before.topics
    after = replace(
        before,
        topics=topics or kept,
        mention=before.mention if mention is None else mention or None,
        by_alias=False,
    )
    if after.same_wish(before):
        return before
    return replace(after, added_by=asker.person.user_id, added_at=asker.at)


def muted(before: Subscription, asker: Asker) -> Subscription:
    """Return what is left where an alias keeps the target in the channel: nothing."""
    return replace(
        before,
        topics=Topics.NONE,
        mention=None,
        by_alias=True,
        added_by=asker.person.user_id,
        added_at=asker.at,
    )


def as_name(subscription: Subscription) -> Alias:
    """Return the name by which a command can name what has no alias."""
    return Alias(
        subscription.word,
        subscription.target,
        subscription.app_name or subscription.target.app_id,
        subscription.flight_name,
    )


def subscription_changed(after: Subscription, place: Place) -> Event:
    """Return the event of a subscription that somebody has changed to this."""
    none = after.topics is Topics.NONE
    return Event(
        EventKind.UNSUBSCRIBED if none else EventKind.SUBSCRIBED,
        after.added_at,
        place,
        after.target,
        after.added_by,
        alias=after.alias,
        details={
            "topics": after.topics.value,
            "mention": after.mention,
            "app_name": after.app_name,
            "flight_name": after.flight_name,
        },
    )


def read_subscription_change(event: Event) -> SubscriptionChange:
    """Return the change of an event. Raises ValueError or KeyError."""
    if event.kind not in SUBSCRIPTION_KINDS or event.target is None:
        raise ValueError(f"{event.kind} is no change of a subscription")
    details = event.details
    return SubscriptionChange(
        event.kind,
        event.target,
        Topics(details["topics"]),
        event.at,
        event.actor,
        details["mention"],
        event.alias,
        details["app_name"],
        details["flight_name"],
    )
