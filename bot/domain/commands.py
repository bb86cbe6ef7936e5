"""Grammar of `/rollout` and of a mention: the text of a command, parsed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby
from typing import Final

from bot.domain.submissions import named_store_id, store_id
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS, Verb

QUOTES: Final = "\"'`´“”„‟‘’‚‛«»‹›"
COMMAS: Final = ",;/，、；"
# What stands between the names of several apps.
JOINERS: Final = frozenset({"and", "&", "+", "und", "et", "и", "和", *COMMAS})
# In the place of an app: every alias of the channel whose rollout is in progress.
ALL: Final = frozenset(
    [
        "all",
        "everything",
        "*",
        "alle",
        "alles",
        "tout",
        "tous",
        "все",
        "всё",
        "全部",
        "所有",
    ]
)
_STRAIGHT: Final = str.maketrans("‘’‛´`", "'" * 5)
_ALIAS_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

# The words of each verb: its name, and what plainly means it. A card asks anyway.
_VERBS: Final = {
    word: verb for verb, rule in VERBS.items() for word in (verb.value, *rule.synonyms)
}
# An alias with such a name would be read as a part of the command. Those that were
# added by an earlier version still stand before the word.
_RESERVED: Final = frozenset({*ALL, *_VERBS, *JOINERS})
_HELP: Final = frozenset(
    [
        "help",
        "?",
        "-h",
        "--help",
        "/?",
        "hilfe",
        "aide",
        "ayuda",
        "ajuda",
        "aiuto",
        "hulp",
        "hjälp",
        "pomoc",
        "помощь",
        "справка",
        "帮助",
        "幫助",
        "ヘルプ",
        "도움말",
    ]
)
# What may stand before a command: kind words, and the command when it is pasted whole.
_SKIPPED: Final = frozenset({"please", "pls", "bitte", "/rollout", "rollout"})
_VERSION: Final = frozenset({"version", "-v", "--version"})
_HARMLESS: Final = ("help", "status", "history", "alias", "version", Verb.SET.value)

# What people type when they mean one of ours: answered with the right command. None of
# these leads to what ends or deletes something, and none acts by itself.
_MEANT: Final = {
    "percent": "set",
    "percentage": "set",
    "update": "set",
    "change": "set",
    "ramp": "set",
    "raise": "set",
    "increase": "set",
    "state": "status",
    "show": "status",
    "info": "status",
    "get": "status",
    "aliases": "alias list",
    "list": "alias list",
    "apps": "alias list",
    "add": "alias add",
    "log": "history",
    "audit": "history",
}
# What people hope for, and the Store does not have.
_IMPOSSIBLE: Final = {
    **dict.fromkeys(("pause", "hold", "freeze", "suspend"), Misuse.NO_PAUSE),
    **dict.fromkeys(("rollback", "roll-back", "revert"), Misuse.NO_ROLLBACK),
    **dict.fromkeys(
        ("resume", "undo", "unhalt", "un-halt", "restart", "continue"),
        Misuse.NO_WAY_BACK,
    ),
}
_ALIAS_ACTIONS: Final = ("add", "list", "remove")
_PUNCTUATION: Final = ".,:;!"
# How alike a word must be to be taken for a slip; `start` is not one of `status`.
_NEAR: Final = 0.8
# In a word of so few letters a missing one makes too many other words.
_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class AskHelp:
    """`help`, in whatever language, or nothing at all."""


@dataclass(frozen=True, slots=True)
class AskVersion:
    """`version`."""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """`status [APP…]`; without an app, all aliases of the channel."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskHistory:
    """`history [APP]`."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskChange:
    """A verb of the table, with the words behind it: APP, PERCENT, reason."""

    verb: Verb
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddAlias:
    """`alias add NAME STORE_ID [flight FLIGHT]`; `flight` is an id or a name."""

    name: str
    app_id: str
    flight: str | None = None


@dataclass(frozen=True, slots=True)
class ListAliases:
    """`alias list`."""


@dataclass(frozen=True, slots=True)
class RemoveAlias:
    """`alias remove NAME`."""

    name: str


OtherCommand = (
    AskHelp | AskVersion | AskStatus | AskHistory | AddAlias | ListAliases | RemoveAlias
)
Command = OtherCommand | AskChange


def parse(text: str) -> Command | Usage:
    """Return the command, or Usage: what is missing and, if known, what was meant."""
    words = tuple(word for raw in text.split() if (word := raw.strip(QUOTES)))
    while len(words) > 1 and words[0].lower() in _SKIPPED:
        words = words[1:]
    if not words:
        return AskHelp()
    verb, rest = words[0].lower(), words[1:]
    match verb:
        case _ if verb in _HELP:
            return AskHelp()
        case _ if verb in _VERSION:
            return AskVersion()
        case "status":
            return AskStatus(rest)
        case "history":
            return AskHistory(rest)
        case "alias":
            return _parse_alias(rest)
        case _ if verb in _VERBS:
            return AskChange(_VERBS[verb], rest)
        case _:
            return _unknown(words[0], rest)


def fold(text: str) -> str:
    """Fold what a phone's keyboard changes: case, blanks, and the kind of quotes."""
    words = (word.strip(QUOTES) for word in text.casefold().split())
    return " ".join(filter(None, words)).translate(_STRAIGHT)


def _unknown(typed: str, rest: tuple[str, ...]) -> Usage:
    """Return what was meant; never a word of another meaning that ends or deletes."""
    if typed.lower() == "roll" and rest and rest[0].lower() == "back":
        typed, rest = f"{typed} {rest[0]}", rest[1:]
    word = typed.lower().strip(_PUNCTUATION).replace("roll back", "rollback")
    if word in _IMPOSSIBLE:
        app = next((w for each in rest if (w := each.lower()) not in _VERBS), None)
        return Usage(_IMPOSSIBLE[word], typed, app)
    meant = _MEANT.get(word) or _slip(word, (*_HARMLESS, *_VERBS))
    if meant is None:
        # A word that only resembles a command may have a meaning of its own.
        near = get_close_matches(word, _HARMLESS, n=1, cutoff=_NEAR)
        meant = near[0] if near else None
    hint = " ".join((meant, *rest)) if meant else None
    return Usage(Misuse.UNKNOWN_VERB, typed, hint)


def _slip(typed: str, words: Iterable[str]) -> str | None:
    """Return the word whose letters these are: swapped, doubled, or all but one.

    The first letter is the same: `post` is not a slip of `stop`.
    """
    for word in words:
        if typed[:1] != word[:1]:
            continue
        swapped = sorted(typed) == sorted(word)
        doubled = _single(typed) == _single(word)
        shorter = (word[:at] + word[at + 1 :] for at in range(1, len(word)))
        if swapped or doubled or (len(word) > _SHORT and typed in shorter):
            return word
    return None


def _single(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _parse_alias(words: Sequence[str]) -> Command | Usage:
    if not words:
        return ListAliases()
    action, rest = words[0].lower(), words[1:]
    match action:
        case "list":
            return ListAliases()
        case "remove" if rest:
            return RemoveAlias(rest[0].lower())
        case "add" if len(rest) > 1:
            return _parse_alias_add(rest)
        case "add" | "remove":
            return Usage(Misuse.ALIAS_SYNTAX, action)
        case "delete" | "rm":
            return Usage(Misuse.ALIAS_SYNTAX, action, " ".join(("alias remove", *rest)))
        case _:
            near = _slip(action, _ALIAS_ACTIONS)
            hint = " ".join(("alias", near, *rest)) if near else None
            return Usage(Misuse.ALIAS_SYNTAX, action, hint)


def _parse_alias_add(words: Sequence[str]) -> AddAlias | Usage:
    name, app = words[0].lower(), words[1]
    if not _ALIAS_NAME.fullmatch(name):
        return Usage(Misuse.BAD_ALIAS_NAME, words[0])
    if name in _RESERVED:
        return Usage(Misuse.RESERVED_ALIAS_NAME, words[0])
    app_id = named_store_id(app)
    if app_id is None:
        swapped = store_id(words[0])
        hint = f"alias add {app.lower()} {swapped}" if swapped else None
        return Usage(Misuse.BAD_STORE_ID, app, hint)
    if store_id(name) not in {None, app_id}:
        # Such an alias would stand before another app's Store ID.
        return Usage(Misuse.BAD_ALIAS_NAME, words[0])
    if len(words) == 2:  # noqa: PLR2004 - NAME and STORE_ID, and nothing behind them
        return AddAlias(name, app_id)
    flight = " ".join(words[3:])
    if words[2].lower() != "flight":
        slipped = flight and get_close_matches(words[2].lower(), ("flight",))
        meant = flight if slipped else " ".join(words[2:])
        hint = f"alias add {name} {app_id} flight {meant}"
        return Usage(Misuse.ALIAS_SYNTAX, words[2], hint)
    if not flight:
        return Usage(Misuse.ALIAS_SYNTAX, words[2])
    return AddAlias(name, app_id, flight)
