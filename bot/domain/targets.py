"""Resolve the words of a command to a target and a change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.domain.commands import AskChange
from bot.domain.outcomes import Misuse, UnknownAlias, Usage
from bot.domain.percentages import FULL, NotAPercentage, parse_percentage
from bot.domain.requests import Alias
from bot.domain.rollout import Change
from bot.domain.submissions import Target, named_store_id
from bot.domain.verbs import VERBS, Verb

_FILLERS = ("to", "at", "=")
_SIGNS = ("%", "percent")
# Store IDs begin with a 9; a word like this is one with a letter too few or too many.
_MISTYPED_STORE_ID = re.compile(r"9[A-Z0-9]{7,15}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """A target, and the alias that named it (None where a Store ID did).

    `inferred` is True where nobody named it: it is the channel's only one.
    """

    target: Target
    alias: str | None
    inferred: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ResolvedChange:
    """What a `halt`, `finalize` or `set` asks for."""

    chosen: ResolvedTarget
    change: Change
    reason: str


def resolve_target(
    name: str, aliases: Sequence[Alias], account: str
) -> ResolvedTarget | UnknownAlias:
    """Return the target of an alias of the channel, or of a Store ID of the account."""
    lowered = name.lower()
    for alias in aliases:
        if alias.name == lowered:
            return ResolvedTarget(alias.target, alias.name)
    app_id = named_store_id(name)
    if app_id is not None:
        return ResolvedTarget(Target(account, app_id), None)
    near = _near(lowered, aliases)
    return UnknownAlias(name, near or tuple(a.name for a in aliases), near=bool(near))


def resolve_change(
    ask: AskChange, aliases: Sequence[Alias], account: str
) -> ResolvedChange | UnknownAlias | Usage:
    """Read APP, PERCENT and reason; APP may be left out where there is one alias."""
    found = _app_of(ask, aliases, account)
    if not isinstance(found, tuple):
        return found
    chosen, rest = found
    if not VERBS[ask.verb].takes_percentage:
        return ResolvedChange(chosen, Change(ask.verb), " ".join(rest))
    return _read_percentage(ask.verb, chosen, rest)


def _app_of(
    ask: AskChange, aliases: Sequence[Alias], account: str
) -> tuple[ResolvedTarget, tuple[str, ...]] | UnknownAlias | Usage:
    """Split the words into the app and the rest.

    One word that is no alias is taken for a mistyped APP and not for a reason, and so
    is one that resembles an alias or a Store ID, or stands before the percentage: the
    wrong app must never get a card because somebody slipped on a phone.
    """
    words = ask.words
    only: ResolvedTarget | None = None
    if len(aliases) == 1:
        only = ResolvedTarget(aliases[0].target, aliases[0].name, inferred=True)
    bare_percent = (
        VERBS[ask.verb].takes_percentage and bool(words) and _is_percent(words[0])
    )
    first = resolve_target(words[0], aliases, account) if words else None
    if isinstance(first, ResolvedTarget):
        return first, words[1:]
    if first is None or bare_percent:
        if bare_percent and len(words) > 1:
            behind = resolve_target(words[1], aliases, account)
            if isinstance(behind, ResolvedTarget):
                return Usage(
                    Misuse.NO_APP, words[0], f"{ask.verb} {words[1].lower()} {words[0]}"
                )
        if only is not None:
            return only, words
        known = " ".join(alias.name for alias in aliases)
        return Usage(Misuse.WHICH_APP if aliases else Misuse.NO_APP, ask.verb, known)
    slipped = first.near or _MISTYPED_STORE_ID.fullmatch(words[0])
    if only is None or len(words) == 1 or slipped or _names_another(ask):
        return first
    return only, words


def _names_another(ask: AskChange) -> bool:
    """Return whether a `set` of at least two words has an app before its percentage."""
    if not VERBS[ask.verb].takes_percentage or ask.words[0].lower() in _FILLERS:
        return False
    return _is_percent(ask.words[1])


def _read_percentage(
    verb: Verb, chosen: ResolvedTarget, words: tuple[str, ...]
) -> ResolvedChange | Usage:
    if words and words[0].lower() in _FILLERS:
        words = words[1:]
    if not words:
        return Usage(Misuse.NO_PERCENTAGE, chosen.alias or chosen.target.app_id)
    try:
        percentage = parse_percentage(words[0])
    except NotAPercentage:
        return Usage(Misuse.BAD_PERCENTAGE, words[0])
    if percentage == 0:
        return Usage(Misuse.ZERO_PERCENT, words[0])
    if percentage > FULL:
        return Usage(Misuse.OVER_100_PERCENT, words[0])
    rest = words[1:]
    if rest and rest[0].lower() in _SIGNS:
        rest = rest[1:]
    return ResolvedChange(chosen, Change(verb, percentage), " ".join(rest))


def _is_percent(word: str) -> bool:
    try:
        parse_percentage(word)
    except NotAPercentage:
        return False
    return True


def _near(name: str, aliases: Sequence[Alias]) -> tuple[str, ...]:
    names = [alias.name for alias in aliases]
    return tuple(get_close_matches(name, names, n=3, cutoff=0.6))
