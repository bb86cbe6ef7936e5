"""Grammar of `/rollout` and of a mention: the text of a command, parsed."""

from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain import translated_words
from bot.domain.alias_commands import AliasCommand, parse_alias
from bot.domain.command_words import (
    HARMLESS,
    HELP,
    IMPOSSIBLE,
    MEANT,
    NEAR,
    PUNCTUATION,
    QUOTES,
    SKIPPED,
    VERB_WORDS,
    VERSION,
    slip,
)
from bot.domain.language_commands import (
    LANGUAGE_WORDS,
    AskLanguage,
    parse_language,
)
from bot.domain.lock_commands import LOCK, LOCKS, UNLOCK, LockCommand, parse_lock
from bot.domain.mentions import without_ids
from bot.domain.ramp_commands import RAMP_WORDS, AskRamp
from bot.domain.subscription_commands import (
    SUBSCRIBE_WORDS,
    UNSUBSCRIBE_WORDS,
    AskUnsubscribe,
    SubscriptionCommand,
    parse_subscribe,
)
from bot.domain.translated_words import split_chinese, without_accents
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb


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
class AskRules:
    """`rules [APP]`; without an app, those of the channel and the default."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskChange:
    """A verb of the table, with the words behind it: APP, PERCENT, reason."""

    verb: Verb
    words: tuple[str, ...]


OtherCommand = (
    AskHelp
    | AskVersion
    | AskStatus
    | AskHistory
    | AskRules
    | AliasCommand
    | SubscriptionCommand
    | LockCommand
    | AskLanguage
    | AskRamp
)
Command = OtherCommand | AskChange


def parse(text: str) -> Command | Usage:
    """Return the command, or Usage: what is missing and, if known, what was meant."""
    verb, *typed = _split(text) or [""]
    if verb.lower() in SUBSCRIBE_WORDS:
        return parse_subscribe(tuple(typed))
    if verb.lower() in UNSUBSCRIBE_WORDS:
        return AskUnsubscribe(tuple(typed))
    words = _split(without_ids(text))
    return _parse(words[0], words[1:]) if words else AskHelp()


def _split(text: str) -> tuple[str, ...]:
    """Return the words, without kind words before them."""
    words = tuple(word for raw in text.split() if (word := raw.strip(QUOTES)))
    while len(words) > 1 and words[0].lower() in SKIPPED:
        words = words[1:]
    return words


def _parse(typed: str, rest: tuple[str, ...]) -> Command | Usage:  # noqa: C901 - one arm each
    verb = typed.lower()
    match verb:
        case _ if verb in HELP:
            return AskHelp()
        case _ if verb in VERSION:
            return AskVersion()
        case "status":
            return AskStatus(rest)
        case "history":
            return AskHistory(rest)
        case "rules" | "rule":
            return AskRules(rest)
        case "alias":
            return parse_alias(rest)
        case _ if verb in {LOCK, UNLOCK, LOCKS}:
            return parse_lock(verb, rest)
        case _ if verb in LANGUAGE_WORDS:
            return parse_language(rest)
        case _ if verb in RAMP_WORDS:
            return AskRamp(rest)
        case _ if verb in VERB_WORDS:
            return AskChange(VERB_WORDS[verb], rest)
        case _:
            return _unknown(typed, rest)


def _unknown(typed: str, rest: tuple[str, ...]) -> Usage:
    """Return what was meant; never a word of another meaning that ends or deletes."""
    if typed.lower() == "roll" and rest and rest[0].lower() == "back":
        typed, rest = f"{typed} {rest[0]}", rest[1:]
    if (split := split_chinese(typed)) is not None:
        typed, rest = split[0], (split[1], *rest)
    word = typed.lower().strip(PUNCTUATION).replace("roll back", "rollback")
    bare = without_accents(word)
    impossible = IMPOSSIBLE.get(word) or translated_words.IMPOSSIBLE.get(bare)
    if impossible is not None:
        app = next((w for each in rest if (w := each.lower()) not in VERB_WORDS), None)
        return Usage(impossible, typed, app)
    meant = MEANT.get(word) or translated_words.COMMANDS.get(bare)
    meant = meant or slip(word, (*HARMLESS, *VERB_WORDS))
    if meant is None:
        # A word that only resembles a command may have a meaning of its own.
        near = get_close_matches(word, HARMLESS, n=1, cutoff=NEAR)
        meant = near[0] if near else None
    hint = " ".join((meant, *rest)) if meant else None
    return Usage(Misuse.UNKNOWN_VERB, typed, hint)
