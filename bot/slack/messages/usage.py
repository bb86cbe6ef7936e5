"""Usage text: what is wrong with a command, and what would be right."""

from collections.abc import Sequence
from typing import Final, Literal, assert_never

from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import channel, code
from bot.slack.messages.languages import unknown_language
from bot.slack.messages.lock_misuses import lock_misuse
from bot.slack.messages.misuses import (
    ADD_ALIAS,
    WORD_LENGTH,
    alias_misuse,
    alias_names,
    apps_misuse,
    percentage_misuse,
    subscription_misuse,
)
from bot.slack.messages.phrases import command, some_of
from bot.slack.messages.several import which_app
from bot.slack.messages.translator import Translator

_MOST_CHANNELS: Final = 5
# These name what their hint says in a sentence of their own.
_NAMES_ITS_HINT: Final = (
    Misuse.ALIAS_TAKEN,
    Misuse.BAD_MENTION,
    Misuse.NO_PAUSE,
    Misuse.NO_ROLLBACK,
    Misuse.NO_WAY_BACK,
)


def usage(t: Translator, wrong: Usage) -> Message:
    """Explain what is wrong with the command, and what would be right."""
    if wrong.misuse is Misuse.WHICH_APP:
        return which_app(t, wrong)
    text = _wrong(t, wrong)
    if wrong.hint and wrong.misuse not in _NAMES_ITS_HINT:
        meant = t.gettext("Did you mean {command}?", command=command(wrong.hint))
        text = f"{text} {meant}"
    return note(text)


def unknown_alias(t: Translator, unknown: UnknownAlias) -> Message:
    """Explain that the channel has no such alias, and which it has."""
    name, add = code(unknown.name), command(*ADD_ALIAS)
    names = alias_names(t, unknown.known)
    if unknown.command is not None:
        return note(_not_named(t, name, unknown))
    if not unknown.known:
        text = t.gettext(
            "This channel has no alias {name}; it has none at all yet. An alias is "
            "known in the channel where it was added, and in no other. Add one here "
            "with {command}.",
            name=name,
            command=add,
        )
    elif unknown.near:
        text = t.gettext(
            "This channel has no alias {name}. Did you mean {names}?",
            name=name,
            names=names,
        )
    else:
        text = t.gettext(
            "This channel has no alias {name}. It has {names}. A new one is added with "
            "{command}.",
            name=name,
            names=names,
            command=add,
        )
    return note(text)


def known_elsewhere(t: Translator, name: str, channels: Sequence[str]) -> Message:
    """List the channels of the asker in which the alias is known."""
    return note(
        t.ngettext(
            "{name} is an alias in another channel that you are in: {channels}.",
            "{name} is an alias in other channels that you are in: {channels}.",
            len(channels),
            name=code(name),
            channels=some_of(t, [channel(one) for one in channels], _MOST_CHANNELS),
        )
    )


def _not_named(t: Translator, name: str, unknown: UnknownAlias) -> str:
    right = command(unknown.command or "")
    if unknown.near:
        return t.gettext(
            "I did not find an app {name} in this channel. Did you mean {command}?",
            name=name,
            command=right,
        )
    return t.gettext(
        "I did not find an app {name} in this channel; the app comes first. For "
        "{alias}, the only one here, type {command}.",
        name=name,
        alias=alias_names(t, unknown.known),
        command=right,
    )


def _wrong(t: Translator, wrong: Usage) -> str:  # noqa: C901 - one arm each
    word = code(wrong.word, WORD_LENGTH)
    match wrong.misuse:
        case Misuse.UNKNOWN_VERB if wrong.hint:
            return t.gettext("Unknown command: {word}.", word=word)
        case Misuse.UNKNOWN_VERB:
            return t.gettext(
                "Unknown command: {word}. {command} shows what I can do.",
                word=word,
                command=command("help"),
            )
        case Misuse.NO_PAUSE | Misuse.NO_ROLLBACK | Misuse.NO_WAY_BACK as misuse:
            return _impossible(t, wrong, misuse)
        case (
            Misuse.UNKNOWN_FLIGHT
            | Misuse.ALIAS_SYNTAX
            | Misuse.BAD_ALIAS_NAME
            | Misuse.RESERVED_ALIAS_NAME
            | Misuse.BAD_STORE_ID
            | Misuse.ALIAS_TAKEN
            | Misuse.TOO_MANY_ALIASES
        ) as misuse:
            return alias_misuse(t, wrong, misuse)
        case (
            Misuse.SUBSCRIBE_SYNTAX
            | Misuse.UNSUBSCRIBE_PART
            | Misuse.BAD_MENTION
            | Misuse.TOO_MANY_SUBSCRIPTIONS
        ) as misuse:
            return subscription_misuse(t, wrong, misuse)
        case (
            Misuse.LOCK_SYNTAX
            | Misuse.NO_LOCK_REASON
            | Misuse.BAD_LOCK_TIME
            | Misuse.BAD_LOCK_WINDOW
            | Misuse.EMPTY_LOCK_WINDOW
            | Misuse.LOCK_OVER
            | Misuse.LOCK_TOO_LONG
            | Misuse.TWO_LOCK_TIMES
            | Misuse.UNKNOWN_ZONE
            | Misuse.NO_UNLOCK_REASON
        ) as misuse:
            return lock_misuse(t, wrong, misuse)
        case (
            Misuse.NO_PERCENTAGE
            | Misuse.BAD_PERCENTAGE
            | Misuse.ZERO_PERCENT
            | Misuse.OVER_100_PERCENT
        ) as misuse:
            return percentage_misuse(t, wrong, misuse)
        case (
            Misuse.NO_APP
            | Misuse.WHICH_APP
            | Misuse.ALL_OR_SOME
            | Misuse.NAME_EACH
            | Misuse.TOO_MANY_APPS
            | Misuse.TAKEN_AS_REASON
        ) as misuse:
            return apps_misuse(t, wrong, misuse)
        case Misuse.UNKNOWN_LANGUAGE:
            return unknown_language(t, wrong.word)
        case Misuse.NO_SUCH_CARD:
            return t.gettext(
                "I do not know this card any more, so nothing was done. Please ask "
                "again with a new command."
            )
    assert_never(wrong.misuse)


def _impossible(
    t: Translator,
    wrong: Usage,
    misuse: Literal[Misuse.NO_PAUSE, Misuse.NO_ROLLBACK, Misuse.NO_WAY_BACK],
) -> str:
    """Return why the Store cannot do what was hoped for, and what it can."""
    match misuse:
        case Misuse.NO_PAUSE:
            return t.gettext(
                "The Store cannot pause a rollout, and a halt is final. To slow it "
                "down: {command}.",
                command=command("set", wrong.hint or "APP", "1%"),
            )
        case Misuse.NO_ROLLBACK:
            return t.gettext(
                "The Store cannot roll back: who has the packages keeps them. A halt "
                "keeps the others from getting them, and is final. To fix it, submit "
                "packages with a higher version number."
            )
        case Misuse.NO_WAY_BACK:
            return t.gettext(
                "The Store has no {word}: a halt and a finalize cannot be undone. To "
                "ship again, submit packages with a higher version number. A rollout "
                "that is still open goes on with {command}.",
                word=code(wrong.word, WORD_LENGTH),
                command=command("set", wrong.hint or "APP", "40%"),
            )
    assert_never(misuse)
