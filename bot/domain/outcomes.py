"""Outcomes: the closed list of what a command or a click can be answered with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.approval import Uncounted
from bot.domain.channel_outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    AppGivenUp,
    ChannelLanguage,
    LetInAsked,
)
from bot.domain.history import Entry
from bot.domain.lock_outcomes import Locked, LockOutcome
from bot.domain.locks import HeldLock
from bot.domain.plan_outcomes import PlanAnswer, PlanLives
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.requests import Alias, Request
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import Change
from bot.domain.rollout_changes import Point
from bot.domain.rule_outcomes import Rules
from bot.domain.submissions import Snapshot, Target
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscriptions,
    Unsubscribed,
)
from bot.domain.usage import UnknownAlias, Usage


class Denial(StrEnum):
    """Why a person may not do something."""

    OTHER_WORKSPACE = "other_workspace"
    OTHER_MESSAGE = "other_message"
    LATE_PRESS = "late_press"
    UNKNOWN_WORKSPACE = "unknown_workspace"
    NOT_NAMED_HERE = "not_named_here"
    NOT_AN_ADMIN = "not_an_admin"
    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_LACKS_APP = "channel_lacks_app"
    NOT_YOUR_APP = "not_your_app"
    NOT_RELEASE_CHANNEL = "not_release_channel"


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The person may not do this.

    Where another channel may, `target` is what it is about, and `channels` are those of
    them that the person is in.
    """

    denial: Denial
    target: Target | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """What one target looked like `age` ago: a snapshot, or why there is none.

    `others` are the versions that others get. It was first seen so at `seen_since`, and
    a request of the channel brought it there at `changed_here`. `locks` hold it now.
    """

    alias: str | None
    target: Target
    seen: Snapshot | Refused | Unavailable
    age: timedelta = timedelta(0)
    others: tuple[str, ...] = ()
    seen_since: datetime | None = None
    changed_here: datetime | None = None
    locks: tuple[HeldLock, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one target, or of every alias; `more` were asked for than fit."""

    targets: tuple[TargetStatus, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmationNeeded:
    """A request was stored; its card is to be shown.

    It has `replaced` these requests, whose cards show what is no longer so.
    """

    request: Request
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardOpen:
    """A card for the same change waits in the channel: `request` is its request.

    `instead` is what would be stored where that card is not there any more.
    """

    request: Request
    instead: Request


@dataclass(frozen=True, slots=True)
class NothingToConfirm:
    """No card was made for this change: it is so already, or cannot be done now.

    `snapshot` is None where the target could not be read. `is_ramp` is whether the
    change is the last percentage of a ramp.
    """

    alias: str | None
    target: Target
    change: Change
    snapshot: Snapshot | None
    result: AlreadyDone | Refused | Unavailable
    is_ramp: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What `all` got no card for; `cards` is how many it got."""

    apps: tuple[NothingToConfirm, ...]
    cards: int


@dataclass(frozen=True, slots=True)
class Several:
    """What a command about several apps is answered with, beside their cards."""

    answers: tuple["CommandOutcome", ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """This press is recorded, and more people must approve the request.

    `uncounted` are earlier approvals that do not count any more.
    """

    request: Request
    uncounted: tuple[Uncounted, ...] = ()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """This click, and no other, confirmed the request."""

    request: Request


@dataclass(frozen=True, slots=True)
class Cancelled:
    """This click cancelled the request."""

    request: Request


@dataclass(frozen=True, slots=True)
class Expired:
    """The card's time is over; nothing was sent."""

    request: Request


@dataclass(frozen=True, slots=True)
class AlreadyHandled:
    """Somebody else, or an earlier click, decided this card."""

    request: Request


@dataclass(frozen=True, slots=True)
class Help:
    """How to use the bot, and the aliases of this channel."""

    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of the bot runs."""

    version: str


@dataclass(frozen=True, slots=True)
class History:
    """The last entries of this channel's log, newest first; `about` is what was asked.

    `unread` more were written by a newer version of the bot. `points` are the course of
    the percentage of the app that was asked about.
    """

    entries: tuple[Entry, ...]
    about: str | None = None
    unread: int = 0
    points: tuple[Point, ...] = ()


# What a command can be answered with.
CommandOutcome = (
    Usage
    | UnknownAlias
    | NotAllowed
    | Status
    | ConfirmationNeeded
    | CardOpen
    | NothingToConfirm
    | ReasonRequired
    | LeftOut
    | Several
    | Refused
    | Unavailable
    | Help
    | Version
    | Aliases
    | AliasAdded
    | AliasRemoved
    | AppGivenUp
    | LetInAsked
    | ChannelLanguage
    | Subscriptions
    | Subscribed
    | Unsubscribed
    | NotSubscribed
    | LockOutcome
    | PlanAnswer
    | History
    | Rules
)

# What a click can be answered with.
ClickOutcome = (
    Usage
    | NotAllowed
    | PressRefused
    | Locked
    | PlanLives
    | Approved
    | Confirmed
    | Cancelled
    | Expired
    | AlreadyHandled
)
