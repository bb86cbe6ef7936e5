"""Resolve the words of a command to a target and a change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """A target, and the alias that named it (None where a Store ID did)."""

    target: Target
    alias: str | None


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
    """Read APP, PERCENT and reason.

    APP may be left out where the channel has one alias and nothing follows the verb;
    of a `set`, where the percentage does. Anything else might be another app's name.
    """
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
    """Split the words into the app and the rest."""
    words = ask.words
    first = resolve_target(words[0], aliases, account) if words else None
    if isinstance(first, ResolvedTarget):
        return first, words[1:]
    if first is not None and not _starts_with_percentage(ask):
        return replace(first, command=_with_app(ask, first, aliases))
    if first is not None:
        percentage, rest = _split_percentage(words)
        behind = resolve_target(rest[0], aliases, account) if rest else None
        if isinstance(behind, ResolvedTarget):
            app = behind.alias or behind.target.app_id
            return Usage(Misuse.NO_APP, percentage, f"{ask.verb} {app} {percentage}")
    if len(aliases) == 1:
        return ResolvedTarget(aliases[0].target, aliases[0].name), words
    known = " ".join(alias.name for alias in aliases)
    return Usage(Misuse.WHICH_APP if aliases else Misuse.NO_APP, ask.verb, known)


def _starts_with_percentage(ask: AskChange) -> bool:
    """Return whether it is a `set` with nothing before its percentage."""
    takes_percentage = VERBS[ask.verb].takes_percentage
    return takes_percentage and _is_percent(_split_percentage(ask.words)[0])


def _with_app(
    ask: AskChange, unknown: UnknownAlias, aliases: Sequence[Alias]
) -> str | None:
    """Return the command with the alias put in that may be meant; None for several."""
    words = ask.words[1:] if unknown.near else ask.words
    known = unknown.known if unknown.near else [alias.name for alias in aliases]
    if len(known) != 1:
        return None
    if VERBS[ask.verb].takes_percentage:
        words = next(
            (words[at:] for at, word in enumerate(words) if _is_percent(word)), ()
        )
    return " ".join((ask.verb, known[0], *words))


def _read_percentage(
    verb: Verb, chosen: ResolvedTarget, words: tuple[str, ...]
) -> ResolvedChange | Usage:
    word, rest = _split_percentage(words)
    if not word:
        return Usage(Misuse.NO_PERCENTAGE, chosen.alias or chosen.target.app_id)
    try:
        percentage = parse_percentage(word)
    except NotAPercentage:
        return Usage(Misuse.BAD_PERCENTAGE, word)
    if percentage == 0:
        return Usage(Misuse.ZERO_PERCENT, word)
    if percentage > FULL:
        return Usage(Misuse.OVER_100_PERCENT, word)
    return ResolvedChange(chosen, Change(verb, percentage), " ".join(rest))


def _split_percentage(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the word of the percentage, empty where there is none, and the rest."""
    if words and words[0].lower() in _FILLERS:
        words = words[1:]
    if not words:
        return "", ()
    signed = len(words) > 1 and words[1].lower() in _SIGNS
    return words[0], words[2 if signed else 1 :]


def _is_percent(word: str) -> bool:
    try:
        parse_percentage(word)
    except NotAPercentage:
        return False
    return True


def _near(name: str, aliases: Sequence[Alias]) -> tuple[str, ...]:
    names = [alias.name for alias in aliases]
    return tuple(get_close_matches(name, names, n=3, cutoff=0.6))
