"""Names of apps in a command: aliases, Store IDs, and the names that the bot shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Final

from bot.domain.command_words import ALL, COMMAS, JOINERS, QUOTES
from bot.domain.requests import Alias
from bot.domain.submissions import Target, named_store_id
from bot.domain.usage import UnknownAlias

_ENDS: Final = ".:!"
_PUNCTUATION: Final = f"{COMMAS}{_ENDS}"
_NO_QUOTES: Final = str.maketrans("", "", QUOTES)
# Every Store ID of an app begins so. A word of a reason may have twelve signs, too.
_FIRST_OF_STORE_ID: Final = "9"
# Behind one of these an app is named that is not meant.
NEGATIONS: Final = frozenset(
    [
        *("not", "no", "never", "but", "except", "without"),
        *("nicht", "kein", "außer", "pas", "sauf", "не", "кроме", "不", "除了"),
    ]
)
_NEAR: Final = 0.7
_VERY_NEAR: Final = 0.8
# A shorter word stands in too many names.
_LONG_WORD: Final = 3
# How many words are searched for an app that does not come first.
_LOOKED_AT: Final = 20

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """A target, and the alias that named it (None where nothing or a Store ID did)."""

    target: Target
    alias: str | None

    @property
    def word(self) -> str:
        """The words by which a command names it; a flight is never named as its app."""
        return self.alias or str(self.target)


@dataclass(frozen=True, slots=True)
class NamedApps:
    """The apps that leading words name, each once, and the words behind them.

    `unknown` words stand among them and name none. `joined` is whether a comma or an
    `and` stands before the rest, and `closed` whether a colon ends the apps. `implied`
    apps are named by no word: there is one in the channel.
    """

    apps: tuple[ResolvedTarget, ...]
    rest: Words
    unknown: Words = ()
    joined: bool = False
    closed: bool = False
    implied: bool = False


@dataclass(frozen=True, slots=True)
class AmbiguousName:
    """Leading words that may name any of several aliases.

    The rest are the apps that are named before them, and the words behind.
    """

    name: str
    aliases: tuple[str, ...]
    rest: Words


@dataclass(frozen=True, slots=True)
class _Match:
    apps: tuple[ResolvedTarget, ...]
    length: int


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
    return unknown_app((name,), aliases)


def split_apps(
    words: Words,
    aliases: Sequence[Alias],
    account: str,
    ends: Callable[[str], bool] = lambda _: False,
) -> NamedApps | AmbiguousName:
    """Split the words into the apps that the leading ones name, and the rest.

    The longest name counts. `ends` says of a word behind the first app that no app can
    stand there.
    """
    names = _displayed_names(aliases)
    apps: dict[ResolvedTarget, None] = {}
    unknown: list[str] = []
    joined, rest = False, words
    while rest and not (apps and ends(rest[0])):
        parts = rest if ends(rest[0]) else _split_at_comma(rest)
        begins = joined or not apps
        found = _match(parts, names, aliases, account, begins=begins)
        if found is not None and len(found.apps) > 1:
            name = " ".join(map(_bare, parts[: found.length]))
            meant = tuple(app.word for app in found.apps)
            before = tuple(app.word for app in apps)
            return AmbiguousName(name, meant, (*before, *parts[found.length :]))
        if found is not None:
            apps[found.apps[0]] = None
            joined, rest = _behind_joiners(parts, found.length)
            if parts[found.length - 1].endswith(":"):
                return NamedApps(tuple(apps), rest, tuple(unknown), closed=True)
            continue
        follows, behind = _behind_joiners(parts, 1)
        if not (begins and follows and behind) or (
            _match(behind, names, aliases, account, begins=True) is None
        ):
            break
        unknown.append(_bare(parts[0]))
        joined, rest = True, behind
    return NamedApps(tuple(apps), rest, tuple(unknown), joined)


def is_all(words: Words) -> bool:
    """Return whether the first word stands for every alias of the channel."""
    return bool(words) and (_bare(words[0]) in ALL or words[0] in ALL)


def unknown_app(words: Words, aliases: Sequence[Alias]) -> UnknownAlias:
    """Return that the first words name no app, and which are named nearly so."""
    names = [alias.name for alias in aliases]
    near = get_close_matches(words[0].lower(), names, n=3, cutoff=_NEAR)
    if near and words[0].lower() not in NEGATIONS:
        return UnknownAlias(words[0], tuple(near), near=True)
    for key, apps in _displayed_names(aliases).items():
        typed = " ".join(words[: len(key)])
        if SequenceMatcher(None, typed.casefold(), " ".join(key)).ratio() >= _VERY_NEAR:
            return UnknownAlias(typed, tuple(app.word for app in apps), near=True)
    bare = _bare(words[0])
    # The first word is often the maker's, which all names have in common.
    within = tuple(
        alias.name
        for alias in aliases
        if len(bare) > _LONG_WORD and bare in _key(tuple(_full_name(alias).split()))[1:]
    )
    return UnknownAlias(words[0], within or tuple(names), near=bool(within))


def named_within(
    words: Words, aliases: Sequence[Alias], account: str
) -> tuple[NamedApps, Words] | None:
    """Return the first apps that any of the words name, and the words before them."""
    for at in range(min(len(words), _LOOKED_AT)):
        named = split_apps(words[at:], aliases, account)
        if isinstance(named, NamedApps) and named.apps:
            return named, words[:at]
    return None


def other_app(
    words: Words, aliases: Sequence[Alias], besides: Sequence[ResolvedTarget]
) -> tuple[str, str] | None:
    """Return a word that names an app beside these, or begins the words and nearly so.

    Return its alias, too.
    """
    known = {one.target for one in besides}
    others = [alias for alias in aliases if alias.target not in known]
    for word in words[:_LOOKED_AT]:
        if _bare(word) in {alias.name for alias in others}:
            return word, _bare(word)
    unknown = unknown_app(words, others)
    near = unknown.near and len(unknown.name.split()) == 1 and len(unknown.known) == 1
    return (words[0], unknown.known[0]) if near else None


def _match(
    words: Words,
    names: dict[Words, tuple[ResolvedTarget, ...]],
    aliases: Sequence[Alias],
    account: str,
    *,
    begins: bool,
) -> _Match | None:
    """Return the app, or the apps, that the longest leading words name.

    Where they are a displayed name and the first of them is another app's alias, both
    may be meant.
    """
    bare = _bare(words[0])
    # An alias may end in a dot.
    exact = (words[0].lower(), bare)
    alias = next(
        (ResolvedTarget(a.target, a.name) for a in aliases if a.name in exact), None
    )
    longest = max(map(len, names), default=0)
    for length in range(min(len(words), longest), 1, -1):
        apps = names.get(_key(words[:length]))
        if apps is not None:
            other = alias is not None and alias.target not in {a.target for a in apps}
            return _Match((alias, *apps) if alias and other else apps, length)
    if alias is not None:
        return _Match((alias,), 1)
    # An address may end in a sign that would otherwise be punctuation.
    app_id = named_store_id(words[0]) or named_store_id(bare)
    if app_id is not None and (begins or app_id.startswith(_FIRST_OF_STORE_ID)):
        return _Match((ResolvedTarget(Target(account, app_id), None),), 1)
    apps = names.get((bare,))
    return None if apps is None else _Match(apps, 1)


def _displayed_names(
    aliases: Sequence[Alias],
) -> dict[Words, tuple[ResolvedTarget, ...]]:
    """Return the targets that each displayed name stands for, by its words."""
    found: dict[Words, dict[Target, ResolvedTarget]] = {}
    for alias in aliases:
        full = _full_name(alias)
        for name in {full, *_flight_names(alias, aliases)}:
            key = _key(tuple(name.split()))
            if any(key):
                app = ResolvedTarget(alias.target, alias.name)
                found.setdefault(key, {}).setdefault(alias.target, app)
    return {key: tuple(apps.values()) for key, apps in found.items()}


def _full_name(alias: Alias) -> str:
    """Return the name as the bot shows it: of a flight, with its app's."""
    flight = alias.flight_name or alias.target.flight_id
    return f"{alias.app_name}, flight {flight}" if flight else alias.app_name


def _flight_names(alias: Alias, aliases: Sequence[Alias]) -> set[str]:
    """Return what else a flight is called: `mail flight Beta`, and `mail Beta`."""
    flight = alias.flight_name or alias.target.flight_id
    if not flight:
        return set()
    of_app = {a.name for a in aliases if a.target.app_id == alias.target.app_id}
    apps = {alias.app_name, *(of_app - {alias.name})}
    names = {f"{app} flight {flight}" for app in apps}
    if _bare(flight) not in {a.name for a in aliases}:
        names |= {f"{app} {flight}" for app in apps}
    return names


def _key(words: Words) -> Words:
    """Return the words of a name as they are compared; an inner comma is part of it."""
    kept = tuple(filter(None, map(_unquoted, words)))
    return (*kept[:-1], *map(_bare, kept[-1:]))


def _bare(word: str) -> str:
    return _unquoted(word).strip(_PUNCTUATION)


def _unquoted(word: str) -> str:
    return word.casefold().translate(_NO_QUOTES)


def _split_at_comma(words: Words) -> Words:
    """Split `mail,beta` into two words, but no address."""
    if "://" in words[0]:
        return words
    head, comma, tail = _partition(words[0])
    return (f"{head}{comma}", tail, *words[1:]) if head and tail else words


def _partition(word: str) -> tuple[str, str, str]:
    at = next((at for at, sign in enumerate(word) if sign in COMMAS), len(word))
    return word[:at], word[at : at + 1], word[at + 1 :]


def _behind_joiners(words: Words, length: int) -> tuple[bool, Words]:
    """Return whether the words are joined to what follows, and what that is."""
    joined, rest = words[length - 1][-1:] in COMMAS, words[length:]
    while rest and rest[0].lower() in JOINERS:
        joined, rest = True, rest[1:]
    return joined, rest
