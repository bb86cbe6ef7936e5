"""Commands about aliases: `alias add`, `alias list` and `alias remove`, parsed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.domain.command_words import RESERVED, slip
from bot.domain.submissions import named_store_id, store_id
from bot.domain.usage import Misuse, Usage

_ALIAS_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_ALIAS_ACTIONS: Final = ("add", "list", "remove")


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


AliasCommand = AddAlias | ListAliases | RemoveAlias


def parse_alias(words: Sequence[str]) -> AliasCommand | Usage:
    """Return the command about aliases, or what it lacks; the bare word lists them."""
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
            near = slip(action, _ALIAS_ACTIONS)
            hint = " ".join(("alias", near, *rest)) if near else None
            return Usage(Misuse.ALIAS_SYNTAX, action, hint)


def _parse_alias_add(words: Sequence[str]) -> AddAlias | Usage:
    name, app = words[0].lower(), words[1]
    if not _ALIAS_NAME.fullmatch(name):
        return Usage(Misuse.BAD_ALIAS_NAME, words[0])
    if name in RESERVED:
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
