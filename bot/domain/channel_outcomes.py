"""Outcomes about a channel: its aliases, its language, and the apps that it has."""

from dataclasses import dataclass

from bot.domain.languages import Language
from bot.domain.plans import Plan
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Aliases:
    """The aliases of this channel, by name."""

    aliases: tuple[Alias, ...]


@dataclass(frozen=True, slots=True)
class AliasAdded:
    """The alias was checked against the Store and stored.

    `let_in` is whether the channel was let in to what others have.
    """

    alias: Alias
    published: bool
    let_in: bool = False


@dataclass(frozen=True, slots=True)
class AliasRemoved:
    """The alias is gone; `followed` is what the channel follows without it still.

    With its last alias the channel has `given_up` the app. Its `ramp` goes on.
    """

    alias: Alias
    followed: Subscription | None = None
    given_up: bool = False
    ramp: Plan | None = None


@dataclass(frozen=True, slots=True)
class AppGivenUp:
    """The channel has given up an app without an alias; its `ramp` goes on."""

    target: Target
    ramp: Plan | None = None


@dataclass(frozen=True, slots=True)
class LetInAsked:
    """Other channels have the app: they are asked to let this one in."""

    target: Target
    app_name: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelLanguage:
    """The channel's language, None where none was set; with `before` it was set now."""

    language: Language | None
    before: Language | None = None
