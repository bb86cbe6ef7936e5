"""Grammar of `/rollout` and of a mention: the text of a command, parsed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.domain.outcomes import Misuse, Usage
from bot.domain.submissions import named_store_id, store_id
from bot.domain.verbs import VERBS, Verb

QUOTES: Final = "\"'`´“”„‟‘’‚‛«»‹›"
_ALIAS_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")

_COMMANDS: Final = ("help", "status", *Verb, "alias", "history")

# What people type when they mean one of ours. None of these acts by itself: a near
# miss is answered with the right command, so that nobody finalizes by "done".
_MEANT: Final = {
    "stop": "halt",
    "abort": "halt",
    "kill": "halt",
    "pause": "halt",
    "rollback": "halt",
    "finalise": "finalize",
    "finish": "finalize",
    "complete": "finalize",
    "end": "finalize",
    "done": "finalize",
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
    "remove": "alias remove",
    "log": "history",
    "audit": "history",
    "?": "help",
}
# What people hope for after a halt or a finalize, and the Store does not have.
_NO_WAY_BACK: Final = (
    "resume",
    "undo",
    "unhalt",
    "un-halt",
    "restart",
    "continue",
    "revert",
)
_ALIAS_ACTIONS: Final = ("add", "list", "remove")


@dataclass(frozen=True, slots=True)
class AskHelp:
    """`help`, or nothing at all."""


@dataclass(frozen=True, slots=True)
class AskStatus:
    """`status [APP…]`; without an app, all aliases of the channel."""

    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskHistory:
    """`history [APP]`."""

    app: str | None


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


Command = (
    AskHelp | AskStatus | AskHistory | AskChange | AddAlias | ListAliases | RemoveAlias
)


def parse(text: str) -> Command | Usage:
    """Return the command, or Usage: what is missing and, if known, what was meant."""
    words = tuple(word for raw in text.split() if (word := raw.strip(QUOTES)))
    if not words:
        return AskHelp()
    verb, rest = words[0].lower(), words[1:]
    match verb:
        case "help":
            return AskHelp()
        case "status":
            return AskStatus(tuple(word.lower() for word in rest))
        case "history":
            return AskHistory(rest[0].lower() if rest else None)
        case "alias":
            return _parse_alias(rest)
        case _ if verb in VERBS:
            return AskChange(Verb(verb), rest)
        case _:
            near = _nearest(verb)
            if near in _NO_WAY_BACK:
                return Usage(Misuse.NO_WAY_BACK, words[0])
            hint = " ".join((_MEANT.get(near, near), *rest)) if near else None
            return Usage(Misuse.UNKNOWN_VERB, words[0], hint)


def _nearest(verb: str) -> str | None:
    words = (*_COMMANDS, *_MEANT, *_NO_WAY_BACK)
    near = get_close_matches(verb, words, n=1, cutoff=0.7)
    return near[0] if near else None


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
            near = get_close_matches(action, _ALIAS_ACTIONS, n=1)
            hint = " ".join(("alias", near[0], *rest)) if near else None
            return Usage(Misuse.ALIAS_SYNTAX, action, hint)


def _parse_alias_add(words: Sequence[str]) -> AddAlias | Usage:
    name, app = words[0].lower(), words[1]
    if not _ALIAS_NAME.fullmatch(name):
        return Usage(Misuse.BAD_ALIAS_NAME, words[0])
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
