"""Commands about subscriptions: `subscribe`, `unsubscribe`, and the list of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bot.domain.app_names import (
    AmbiguousName,
    NamedApps,
    ResolvedTarget,
    Words,
    is_all,
    split_apps,
    unknown_app,
)
from bot.domain.command_words import JOINERS, slip
from bot.domain.mentions import group_id
from bot.domain.requests import Alias
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.watching import Topics

SUBSCRIBE: Final = "subscribe"
UNSUBSCRIBE: Final = "unsubscribe"
# What plainly means one of the two; either can be taken back.
SUBSCRIBE_WORDS: Final = frozenset({SUBSCRIBE, "follow", "watch"})
UNSUBSCRIBE_WORDS: Final = frozenset({UNSUBSCRIBE, "unfollow", "unwatch"})
# As a mention: from now on nobody is mentioned.
NOBODY: Final = ""

_TOPICS: Final = MappingProxyType(
    {
        "changes": Topics.CHANGES,
        "change": Topics.CHANGES,
        "attention": Topics.ATTENTION,
        "all": Topics.ALL,
        "everything": Topics.ALL,
    }
)
_OTHER_TOPIC: Final = MappingProxyType(
    {Topics.CHANGES: Topics.ATTENTION, Topics.ATTENTION: Topics.CHANGES}
)
_MENTION: Final = ("mention", "mentions", "mentioning", "ping")
_NO: Final = ("no", "without")
_NONE: Final = ("none", "nobody", "nothing", "off")
_FILLERS: Final = frozenset(
    {*JOINERS, "to", "from", "for", "of", "about", "with", "only", "just", "the"}
)
_FLIGHT: Final = "flight"
_LIST: Final = "list"
_PUNCTUATION: Final = ".,:;!"
_OPTIONS: Final = (*_TOPICS, *_MENTION)


@dataclass(frozen=True, slots=True)
class AskSubscribe:
    """`subscribe APP [changes|attention|all] [mention @group]`."""

    words: Words


@dataclass(frozen=True, slots=True)
class AskUnsubscribe:
    """`unsubscribe APP`."""

    words: Words = ()


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """`subscribe`, and nothing behind it."""


SubscriptionCommand = AskSubscribe | AskUnsubscribe | ListSubscriptions


@dataclass(frozen=True, slots=True)
class WantedSubscription:
    """What a command asks for; what it does not name is None.

    `flight` is an id or a name of a flight of the one app. `mention` is the id of a
    user group, or NOBODY.
    """

    apps: tuple[ResolvedTarget, ...]
    flight: str | None = None
    topics: Topics | None = None
    mention: str | None = None


@dataclass(slots=True)
class _Options:
    topics: Topics | None = None
    mention: str | None = None

    def add(self, topics: Topics) -> None:
        """Add a topic: two of them are all that there are."""
        both = self.topics not in {None, topics}
        self.topics = Topics.ALL if both else topics


def parse_subscribe(words: Words) -> AskSubscribe | ListSubscriptions:
    """Return the command; without an app it lists what the channel follows."""
    if not words or (len(words) == 1 and words[0].lower() == _LIST):
        return ListSubscriptions()
    return AskSubscribe(words)


def resolve_subscription(
    ask: AskSubscribe | AskUnsubscribe, named: Sequence[Alias], account: str
) -> WantedSubscription | UnknownAlias | Usage:
    """Read the apps and what follows them; `named` are the names known in the channel.

    The app may be left out where the channel has one.
    """
    verb = SUBSCRIBE if isinstance(ask, AskSubscribe) else UNSUBSCRIBE
    apps = _read_apps(verb, _behind_fillers(ask.words, named), named, account)
    if not isinstance(apps, NamedApps):
        return apps
    flight, rest = _read_flight(apps.rest)
    if flight == "" or (flight and len(apps.apps) > 1):
        return Usage(Misuse.SUBSCRIBE_SYNTAX, _FLIGHT)
    shown = ("all",) if is_all(ask.words) else tuple(app.word for app in apps.apps)
    about = " ".join((*shown, *((_FLIGHT, flight) if flight else ())))
    options = _read_options(rest, about)
    if isinstance(options, Usage):
        return options
    if isinstance(ask, AskUnsubscribe) and (left := _left(options, about)):
        return Usage(Misuse.UNSUBSCRIBE_PART, rest[0], left)
    return WantedSubscription(apps.apps, flight, options.topics, options.mention)


def _behind_fillers(words: Words, named: Sequence[Alias]) -> Words:
    """Return the words without a `to` or `from` that names no app."""
    names = {alias.name for alias in named}
    filler = words and words[0].lower() in {"to", "from"}
    return words[1:] if filler and words[0].lower() not in names else words


def _read_apps(
    verb: str, words: Words, named: Sequence[Alias], account: str
) -> NamedApps | UnknownAlias | Usage:
    found = split_apps(words, named, account, ends=_is_option)
    if isinstance(found, AmbiguousName):
        of_app = _before_flight(words, named, account)
        return of_app or _which(verb, found.aliases, found.rest)
    if found.unknown:
        return unknown_app(found.unknown, named)
    if found.apps:
        apps = {one.target: one for one in reversed(found.apps)}
        return NamedApps(tuple(apps.values())[::-1], found.rest)
    if words and not (is_all(words) or _is_option(words[0])):
        return unknown_app(words, named)
    apps = {a.target: ResolvedTarget(a.target, a.name) for a in reversed(named)}
    every = tuple(apps.values())[::-1]
    if not every:
        return Usage(Misuse.NO_APP, verb)
    if is_all(words):
        return NamedApps(every, words[1:])
    if len(every) == 1:
        return NamedApps(every, words, implied=True)
    return _which(verb, [alias.name for alias in named], words)


def _before_flight(
    words: Words, named: Sequence[Alias], account: str
) -> NamedApps | None:
    """Return the app before the word `flight`: what follows is no other's name."""
    lowered = [word.lower() for word in words]
    if _FLIGHT not in lowered[1:]:
        return None
    at = lowered.index(_FLIGHT, 1)
    found = split_apps(words[:at], named, account)
    if not isinstance(found, NamedApps) or not found.apps or found.rest:
        return None
    return replace(found, rest=words[at:])


def _which(verb: str, names: Sequence[str], rest: Words) -> Usage:
    # A button stands for one word.
    words = [name for name in names if len(name.split()) == 1]
    return Usage(Misuse.WHICH_APP, verb, " ".join(words), rest)


def _read_flight(words: Words) -> tuple[str | None, Words]:
    """Return the flight, empty where its name is missing, and the rest."""
    if not words or words[0].lower() != _FLIGHT:
        return None, words
    length = 2
    while length < len(words) and not _is_option(words[length]):
        length += 1
    return " ".join(words[1:length]), words[length:]


def _read_options(words: Words, about: str) -> _Options | Usage:
    """Read topics and mention, in any order."""
    options, rest = _Options(), words
    while rest:
        word, group = _bare(rest[0]), _group(rest[0])
        if word in _TOPICS:
            options.add(_TOPICS[word])
        elif group is not None and options.mention in {None, group}:
            options.mention = group
        elif _ends_mention(rest):
            options.mention, rest = NOBODY, rest[1:]
        elif (whom := _no_group(rest)) is not None:
            return Usage(Misuse.BAD_MENTION, whom, f"{SUBSCRIBE} {about}")
        elif word not in _MENTION and word not in _FILLERS:
            return _not_an_option(rest, about)
        rest = rest[1:]
    return options


def _ends_mention(words: Words) -> bool:
    """Return whether the words begin with `mention none`, or `no mention`."""
    first, second = (_bare(word) for word in (*words[:2], "")[:2])
    if first in _NO:
        return second in _MENTION
    return first in _MENTION and second in _NONE


def _no_group(words: Words) -> str | None:
    """Return who is to be mentioned and is no group; empty where nobody is named."""
    if words[0].startswith("@"):
        return words[0]
    if _bare(words[0]) not in _MENTION:
        return None
    whom = (*words, "")[1]
    return None if _group(whom) else whom


def _not_an_option(rest: Words, about: str) -> Usage:
    word = _bare(rest[0])
    if word in _NONE:
        return Usage(Misuse.SUBSCRIBE_SYNTAX, rest[0], f"{UNSUBSCRIBE} {about}")
    near = slip(word, _OPTIONS)
    hint = " ".join((SUBSCRIBE, about, near, *rest[1:])) if near else None
    return Usage(Misuse.SUBSCRIBE_SYNTAX, rest[0], hint)


def _left(options: _Options, about: str) -> str | None:
    """Return the command that leaves what an `unsubscribe` of a part does not name."""
    other = _OTHER_TOPIC.get(options.topics) if options.topics else None
    if other is not None:
        return f"{SUBSCRIBE} {about} {other}"
    return None if options.mention is None else f"{SUBSCRIBE} {about} mention none"


def _is_option(word: str) -> bool:
    bare = _bare(word)
    begins_group = word.startswith("@") or _group(word) is not None
    return bare in _OPTIONS or bare in _NO or begins_group


def _group(word: str) -> str | None:
    return group_id(word.rstrip(_PUNCTUATION))


def _bare(word: str) -> str:
    return word.lower().strip(_PUNCTUATION)
