"""What is wrong with a command, and how it is typed, by what the trouble is about."""

from collections.abc import Sequence
from typing import Final, Literal, assert_never

from bot.domain.percentages import FULL
from bot.domain.ramp_commands import RAMP
from bot.domain.usage import Misuse, Usage
from bot.slack.messages.escape import code, escape
from bot.slack.messages.phrases import command, some_of
from bot.slack.messages.several import which_app
from bot.slack.messages.translator import Translator

WORD_LENGTH: Final = 60
ADD_ALIAS: Final = ("alias", "add", "NAME", "STORE_ID")
_ALIAS_LENGTH: Final = 40
_MOST_KNOWN: Final = 15
_EXAMPLE: Final = "mail"

AliasMisuse = Literal[
    Misuse.ALIAS_SYNTAX,
    Misuse.BAD_ALIAS_NAME,
    Misuse.RESERVED_ALIAS_NAME,
    Misuse.BAD_STORE_ID,
    Misuse.ALIAS_TAKEN,
    Misuse.TOO_MANY_ALIASES,
    Misuse.UNKNOWN_FLIGHT,
]
SubscriptionMisuse = Literal[
    Misuse.SUBSCRIBE_SYNTAX,
    Misuse.UNSUBSCRIBE_PART,
    Misuse.BAD_MENTION,
    Misuse.TOO_MANY_SUBSCRIPTIONS,
]
PercentageMisuse = Literal[
    Misuse.NO_PERCENTAGE,
    Misuse.BAD_PERCENTAGE,
    Misuse.ZERO_PERCENT,
    Misuse.OVER_100_PERCENT,
]
AppsMisuse = Literal[
    Misuse.NO_APP,
    Misuse.WHICH_APP,
    Misuse.ALL_OR_SOME,
    Misuse.NAME_EACH,
    Misuse.TOO_MANY_APPS,
    Misuse.TAKEN_AS_REASON,
]


def alias_misuse(t: Translator, wrong: Usage, misuse: AliasMisuse) -> str:
    """Return what is wrong with an alias, or of what it should name."""
    word = code(wrong.word, WORD_LENGTH)
    match misuse:
        case Misuse.UNKNOWN_FLIGHT:
            return t.gettext(
                "A flight has an alias of its own, and none of this channel names this "
                "flight. Add one with {command}.",
                command=command("alias add NAME", wrong.word, "flight FLIGHT"),
            )
        case Misuse.ALIAS_SYNTAX:
            return t.gettext(
                "Aliases are added with {add} or {add_flight}, and removed with "
                "{remove}.",
                add=command(*ADD_ALIAS),
                add_flight=command(*ADD_ALIAS, "flight", "FLIGHT"),
                remove=command("alias remove NAME"),
            )
        case Misuse.BAD_ALIAS_NAME:
            return t.gettext(
                "{word} cannot be an alias. An alias has up to 40 lowercase letters, "
                "digits, dots, dashes and underscores, and starts with a letter or a "
                "digit.",
                word=word,
            )
        case Misuse.RESERVED_ALIAS_NAME:
            return t.gettext(
                "{word} is a word of the commands, so it cannot be an alias. Please "
                "choose another one.",
                word=word,
            )
        case Misuse.BAD_STORE_ID:
            return t.gettext(
                "{word} is not a Store ID. That is twelve letters and digits, such as "
                "`9NBLGGH4R315`; Partner Center shows it under Product identity.",
                word=word,
            )
        case Misuse.ALIAS_TAKEN:
            return t.gettext(
                "This alias already names {app}. To name something else by it, remove "
                "it first: {command}.",
                app=escape(wrong.word, WORD_LENGTH),
                command=command(wrong.hint or "alias remove NAME"),
            )
        case Misuse.TOO_MANY_ALIASES:
            return t.gettext(
                "This channel has {count} aliases, and more is not possible. Remove "
                "one first: {command}.",
                count=escape(wrong.word, 20),
                command=command("alias remove NAME"),
            )
    assert_never(misuse)


def subscription_misuse(t: Translator, wrong: Usage, misuse: SubscriptionMisuse) -> str:
    """Return what is wrong with what a channel is told."""
    word = code(wrong.word, WORD_LENGTH)
    match misuse:
        case Misuse.SUBSCRIBE_SYNTAX:
            return t.gettext(
                "A channel is told of an app with {subscribe}, and of a flight with "
                "{flight}. Behind that may stand `changes`, `attention` or `all`, and "
                "`mention` with one user group.",
                subscribe=command("subscribe APP"),
                flight=command("subscribe STORE_ID flight FLIGHT"),
            )
        case Misuse.UNSUBSCRIBE_PART:
            return t.gettext(
                "{command} ends all messages about an app, not {word} alone.",
                command=command("unsubscribe"),
                word=word,
            )
        case Misuse.BAD_MENTION:
            return t.gettext(
                "Only a user group of this workspace can be mentioned: no person, and "
                "not `@here` or `@channel`. Choose the group from the list that Slack "
                "opens while you type its name: {command}.",
                command=command(wrong.hint or "subscribe APP", "mention @group"),
            )
        case Misuse.TOO_MANY_SUBSCRIPTIONS:
            return t.gettext(
                "This channel follows {count} apps, and more is not possible. End one "
                "first: {command}.",
                count=escape(wrong.word, 20),
                command=command("unsubscribe APP"),
            )
    assert_never(misuse)


def percentage_misuse(t: Translator, wrong: Usage, misuse: PercentageMisuse) -> str:
    """Return what is wrong with a percentage."""
    word = code(wrong.word, WORD_LENGTH)
    match misuse:
        case Misuse.NO_PERCENTAGE:
            return t.gettext(
                "To which percentage? For example {command}.",
                command=command("set", wrong.word or _EXAMPLE, "40%"),
            )
        case Misuse.BAD_PERCENTAGE:
            return t.gettext(
                "{word} is not a percentage. Write a number above 0 and up to 100, "
                "with two decimals at most, such as `40`, `40%` or `12.5`.",
                word=word,
            )
        case Misuse.ZERO_PERCENT:
            return t.gettext(
                "{percentage} is not a halt, and the Store has no rollout at "
                "{percentage}. To stop a rollout for good, use {command}.",
                percentage=t.percent(0),
                command=command("halt", "APP"),
            )
        case Misuse.OVER_100_PERCENT:
            return t.gettext(
                "{word} is above {percentage}. {percentage} is the most, and is not "
                "finalized; to end a rollout use {command}.",
                percentage=t.percent(FULL),
                word=word,
                command=command("finalize", "APP"),
            )
    assert_never(misuse)


def apps_misuse(t: Translator, wrong: Usage, misuse: AppsMisuse) -> str:
    """Return what is wrong with which apps are meant."""
    word = code(wrong.word, WORD_LENGTH)
    match misuse:
        case Misuse.NO_APP:
            return t.gettext(
                "Which app? Name it by an alias or by its Store ID. An alias is added "
                "with {command}.",
                command=command(*ADD_ALIAS),
            )
        case Misuse.WHICH_APP:
            return which_app(t, wrong).text
        case Misuse.ALL_OR_SOME:
            return t.gettext(
                "`all` means every app of this channel whose rollout is in progress, "
                "and you named {names} too. Type {command} for all of them, or name "
                "each app that you mean.",
                names=alias_names(t, wrong.rest),
                command=command(wrong.word, "all"),
            )
        case Misuse.NAME_EACH if wrong.word == RAMP:
            return t.gettext(
                "A ramp is of one app, so each of them is asked for by itself: "
                "{names}.",
                names=alias_names(t, wrong.rest),
            )
        case Misuse.NAME_EACH:
            return t.gettext(
                "{command} cannot be undone, so it does not take `all`: name each app. "
                "This channel has {names}.",
                command=command(wrong.word),
                names=alias_names(t, wrong.rest),
            )
        case Misuse.TOO_MANY_APPS:
            return t.gettext(
                "I ask for at most {count} apps at once. Not among them: {names}. "
                "Name these in another command.",
                count=word,
                names=alias_names(t, wrong.rest),
            )
        case Misuse.TAKEN_AS_REASON:
            return t.gettext(
                "This is about {apps} alone: I took {word} as part of the reason. If "
                "it is an app that you mean, ask for that one by itself.",
                apps=alias_names(t, wrong.rest),
                word=word,
            )
    assert_never(misuse)


def alias_names(t: Translator, names: Sequence[str]) -> str:
    """List some names of apps, and how many more there are."""
    return some_of(t, [code(name, _ALIAS_LENGTH) for name in names], _MOST_KNOWN)
