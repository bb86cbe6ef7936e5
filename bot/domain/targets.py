"""Resolve the words of a command to the changes that it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.app_names import (
    NEGATIONS,
    AmbiguousName,
    NamedApps,
    ResolvedTarget,
    Words,
    is_all,
    named_within,
    other_app,
    split_apps,
    unknown_app,
)
from bot.domain.commands import AskChange
from bot.domain.percentages import (
    FULL,
    FULL_WIDTH,
    PERCENT_SIGNS,
    NotAPercentage,
    format_percentage,
    parse_percentage,
)
from bot.domain.requests import Alias
from bot.domain.rollout import Change
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import VERBS, Verb

_FILLERS: Final = frozenset(
    ["to", "at", "=", "auf", "à", "a", "sur", "на", "до", "в", "到", "为", "至"]
)
_FLIGHT: Final = "flight"


@dataclass(frozen=True, slots=True)
class ResolvedChange:
    """What a `halt`, `finalize` or `set` asks for."""

    chosen: ResolvedTarget
    change: Change
    reason: str


@dataclass(frozen=True, slots=True)
class ResolvedChanges:
    """The changes that one command asks for, one for each target.

    `everything`: it asks for `all`, and means those in progress. `remarks` are about
    words that were typed and may mean other apps.
    """

    each: tuple[ResolvedChange, ...]
    everything: bool = False
    remarks: tuple[UnknownAlias | Usage, ...] = ()


def resolve_changes(
    ask: AskChange, aliases: Sequence[Alias], account: str
) -> ResolvedChanges | UnknownAlias | Usage:
    """Read the apps, PERCENT and reason.

    The app may be left out where the channel has one alias and nothing follows the
    verb; of a `set`, where the percentage does. Anything else might be another app's
    name.
    """
    takes_percentage = VERBS[ask.verb].takes_percentage
    named = split_apps(
        ask.words,
        aliases,
        account,
        ends=_is_percent if takes_percentage else lambda _: False,
    )
    if isinstance(named, AmbiguousName):
        names = " ".join(named.aliases)
        return Usage(Misuse.WHICH_APP, ask.verb, names, named.rest)
    everything = not named.apps and is_all(ask.words)
    found: NamedApps | UnknownAlias | Usage = named
    if everything:
        found = _all_apps(ask, aliases, account)
    elif not named.apps:
        found = _without_app(ask, aliases, account)
    if not isinstance(found, NamedApps):
        return found
    return _read_change(ask.verb, found, aliases, everything=everything)


def read_percentage(word: str, app: str) -> float | Usage:
    """Return the percentage that a rollout can be set to, or what is wrong with it.

    `app` is the word of the app, for the command that the answer shows.
    """
    if not word:
        return Usage(Misuse.NO_PERCENTAGE, app)
    try:
        percentage = parse_percentage(word)
    except NotAPercentage:
        return Usage(Misuse.BAD_PERCENTAGE, word)
    if percentage == 0:
        return Usage(Misuse.ZERO_PERCENT, word)
    if percentage > FULL:
        return Usage(Misuse.OVER_100_PERCENT, word)
    return percentage


def _all_apps(
    ask: AskChange, aliases: Sequence[Alias], account: str
) -> NamedApps | Usage:
    """Return every alias; not for a change that is asked about twice."""
    if aliases and VERBS[ask.verb].asks_twice:
        names = tuple(alias.name for alias in aliases)
        return Usage(Misuse.NAME_EACH, ask.verb, rest=names)
    behind = named_within(ask.words[1:], aliases, account)
    if behind is not None:
        # Those alone, those too, or all but those.
        return Usage(Misuse.ALL_OR_SOME, ask.verb, rest=_words(behind[0]))
    if not aliases:
        return Usage(Misuse.NO_APP, ask.verb, "")
    apps = {a.target: ResolvedTarget(a.target, a.name) for a in reversed(aliases)}
    return NamedApps(tuple(reversed(apps.values())), ask.words[1:])


def _without_app(
    ask: AskChange, aliases: Sequence[Alias], account: str
) -> NamedApps | UnknownAlias | Usage:
    """Return the only app of the channel where none is named and none can be meant."""
    words = ask.words
    if words and not _starts_with_percentage(ask):
        unknown = unknown_app(words, aliases)
        within = None if unknown.near else named_within(words, aliases, account)
        if within is not None:
            return _named_later(ask, *within)
        return replace(unknown, command=_with_app(ask, unknown, aliases))
    if words:
        percentage, rest = _split_percentage(words)
        behind = split_apps(rest, aliases, account)
        if isinstance(behind, NamedApps) and behind.apps:
            apps = " ".join(_words(behind))
            return Usage(Misuse.NO_APP, percentage, f"{ask.verb} {apps} {percentage}")
    if len(aliases) == 1:
        only = ResolvedTarget(aliases[0].target, aliases[0].name)
        return NamedApps((only,), words, implied=True)
    known = " ".join(alias.name for alias in aliases)
    misuse = Misuse.WHICH_APP if aliases else Misuse.NO_APP
    return Usage(misuse, ask.verb, known, words if aliases else ())


def _named_later(ask: AskChange, named: NamedApps, before: Words) -> UnknownAlias:
    """Return the command that begins with the apps; after a `not` there is none."""
    names, rest = _words(named), named.rest
    if VERBS[ask.verb].takes_percentage:
        percent = next((word for word in ask.words if _is_percent(word)), None)
        rest = (percent,) if percent else ()
    negated = any(word.lower() in NEGATIONS for word in before)
    command = None if negated else " ".join((ask.verb, *names, *rest))
    return UnknownAlias(ask.words[0], names, near=True, command=command)


def _starts_with_percentage(ask: AskChange) -> bool:
    """Return whether it is a `set` with nothing before its percentage."""
    takes_percentage = VERBS[ask.verb].takes_percentage
    return takes_percentage and _is_percent(_split_percentage(ask.words)[0])


def _with_app(
    ask: AskChange, unknown: UnknownAlias, aliases: Sequence[Alias]
) -> str | None:
    """Return the command with the alias put in that may be meant; None for several."""
    typed = len(unknown.name.split())
    words = ask.words[typed:] if unknown.near else ask.words
    known = unknown.known if unknown.near else [alias.name for alias in aliases]
    if len(known) != 1:
        return None
    if VERBS[ask.verb].takes_percentage:
        words = next(
            (words[at:] for at, word in enumerate(words) if _is_percent(word)), ()
        )
    return " ".join((ask.verb, known[0], *words))


def _read_change(
    verb: Verb,
    named: NamedApps,
    aliases: Sequence[Alias],
    *,
    everything: bool,
) -> ResolvedChanges | Usage:
    """Read what stands behind the apps."""
    unknown, rest, percentage = list(named.unknown), named.rest, None
    if rest and rest[0].lower() == _FLIGHT and not (named.closed or everything):
        return Usage(Misuse.UNKNOWN_FLIGHT, named.apps[-1].target.app_id)
    if VERBS[verb].takes_percentage:
        word, behind = _split_percentage(rest)
        again = _split_percentage(behind)
        if word[:1].isalpha() and _is_percent(again[0]):
            # Between the apps and the percentage nothing but an app can be meant.
            unknown.append(word)
            word, behind = again
        read = read_percentage(word, "all" if everything else named.apps[0].word)
        if isinstance(read, Usage):
            return read
        percentage, rest = read, behind
    change, reason = Change(verb, percentage), " ".join(rest)
    taken = _taken_as_reason(change, named, rest, aliases)
    return ResolvedChanges(
        tuple(
            ResolvedChange(app, change, reason)
            for app in {app.target: app for app in reversed(named.apps)}.values()
        )[::-1],
        everything,
        (*(_not_found(word, change, aliases) for word in unknown), *taken),
    )


def _not_found(word: str, change: Change, aliases: Sequence[Alias]) -> UnknownAlias:
    unknown = unknown_app((word,), aliases)
    if not unknown.near or len(unknown.known) > 1:
        return unknown
    return replace(unknown, command=_command(change, unknown.known[0]))


def _taken_as_reason(
    change: Change,
    named: NamedApps,
    reason: Words,
    aliases: Sequence[Alias],
) -> tuple[Usage, ...]:
    """Return a remark where the reason has a word that may be meant as an app."""
    if not reason or named.closed:
        return ()
    other = other_app(reason, aliases, named.apps)
    if other is not None:
        word, alias = other
        negated = any(before.lower() in NEGATIONS for before in reason)
        # Which percentage is meant for it is not known.
        doubtful = negated or change.percentage is not None
        command = None if doubtful else f"{change.verb} {alias}"
        return (Usage(Misuse.TAKEN_AS_REASON, word, command, _words(named)),)
    if named.implied or (named.joined and change.percentage is None):
        return (Usage(Misuse.TAKEN_AS_REASON, reason[0], None, _words(named)),)
    return ()


def _words(named: NamedApps) -> Words:
    return tuple(app.word for app in named.apps)


def _command(change: Change, app: str) -> str:
    percentage = change.percentage
    value = () if percentage is None else (f"{format_percentage(percentage)}%",)
    return " ".join((change.verb, app, *value))


def _split_percentage(words: Words) -> tuple[str, Words]:
    """Return the word of the percentage, empty where there is none, and the rest."""
    if words and words[0].lower() in _FILLERS:
        words = words[1:]
    if not words:
        return "", ()
    signed = len(words) > 1 and words[1].translate(FULL_WIDTH).lower() in PERCENT_SIGNS
    return words[0], words[2 if signed else 1 :]


def _is_percent(word: str) -> bool:
    try:
        parse_percentage(word)
    except NotAPercentage:
        return False
    return True
