"""Usage text: what is wrong with a command, and what would be right."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import channel, code, escape
from bot.slack.messages.phrases import command, some_of
from bot.slack.messages.several import which_app
from bot.slack.messages.translator import Translator

_WORD_LENGTH: Final = 60
_ALIAS_LENGTH: Final = 40
_MOST_KNOWN: Final = 15
_MOST_CHANNELS: Final = 5
_EXAMPLE: Final = "mail"
# These name what their hint says in a sentence of their own.
_NAMES_ITS_HINT: Final = (
    Misuse.ALIAS_TAKEN,
    Misuse.BAD_MENTION,
    Misuse.NO_PAUSE,
    Misuse.NO_ROLLBACK,
    Misuse.NO_WAY_BACK,
)
_ADD: Final = ("alias", "add", "NAME", "STORE_ID")


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
    name, add = code(unknown.name), command(*_ADD)
    names = _names(t, unknown.known)
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
        alias=_names(t, unknown.known),
        command=right,
    )


def _wrong(t: Translator, wrong: Usage) -> str:  # noqa: C901, PLR0912 - one arm each
    word = code(wrong.word, _WORD_LENGTH)
    match wrong.misuse:
        case Misuse.UNKNOWN_VERB if wrong.hint:
            return t.gettext("Unknown command: {word}.", word=word)
        case Misuse.UNKNOWN_VERB:
            return t.gettext(
                "Unknown command: {word}. {command} shows what I can do.",
                word=word,
                command=command("help"),
            )
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
                word=word,
                command=command("set", wrong.hint or "APP", "40%"),
            )
        case Misuse.NO_APP:
            return t.gettext(
                "Which app? Name it by an alias or by its Store ID. An alias is added "
                "with {command}.",
                command=command(*_ADD),
            )
        case Misuse.WHICH_APP:
            return which_app(t, wrong).text
        case Misuse.ALL_OR_SOME:
            return t.gettext(
                "`all` means every app of this channel whose rollout is in progress, "
                "and you named {names} too. Type {command} for all of them, or name "
                "each app that you mean.",
                names=_names(t, wrong.rest),
                command=command(wrong.word, "all"),
            )
        case Misuse.NAME_EACH:
            return t.gettext(
                "{command} cannot be undone, so it does not take `all`: name each app. "
                "This channel has {names}.",
                command=command(wrong.word),
                names=_names(t, wrong.rest),
            )
        case Misuse.TOO_MANY_APPS:
            return t.gettext(
                "I ask for at most {count} apps at once. Not among them: {names}. "
                "Name these in another command.",
                count=word,
                names=_names(t, wrong.rest),
            )
        case Misuse.TAKEN_AS_REASON:
            return t.gettext(
                "This is about {apps} alone: I took {word} as part of the reason. If "
                "it is an app that you mean, ask for that one by itself.",
                apps=_names(t, wrong.rest),
                word=word,
            )
        case Misuse.UNKNOWN_FLIGHT:
            return t.gettext(
                "A flight has an alias of its own, and none of this channel names this "
                "flight. Add one with {command}.",
                command=command("alias add NAME", wrong.word, "flight FLIGHT"),
            )
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
                "0 % is not a halt, and the Store has no rollout at 0 %. To stop a "
                "rollout for good, use {command}.",
                command=command("halt", "APP"),
            )
        case Misuse.OVER_100_PERCENT:
            return t.gettext(
                "{word} is above 100 %. 100 % is the most, and is not finalized; to "
                "end a rollout use {command}.",
                word=word,
                command=command("finalize", "APP"),
            )
        case Misuse.ALIAS_SYNTAX:
            return t.gettext(
                "Aliases are added with {add} or {add_flight}, and removed with "
                "{remove}.",
                add=command(*_ADD),
                add_flight=command(*_ADD, "flight", "FLIGHT"),
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
                app=escape(wrong.word, _WORD_LENGTH),
                command=command(wrong.hint or "alias remove NAME"),
            )
        case Misuse.TOO_MANY_ALIASES:
            return t.gettext(
                "This channel has {count} aliases, and more is not possible. Remove "
                "one first: {command}.",
                count=escape(wrong.word, 20),
                command=command("alias remove NAME"),
            )
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
        case Misuse.NO_SUCH_CARD:
            return t.gettext(
                "I do not know this card any more, so nothing was done. Please ask "
                "again with a new command."
            )
    assert_never(wrong.misuse)


def _names(t: Translator, names: Sequence[str]) -> str:
    return some_of(t, [code(name, _ALIAS_LENGTH) for name in names], _MOST_KNOWN)
