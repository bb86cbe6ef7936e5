"""What is wrong with a command, and how to use the bot."""

from collections.abc import Sequence
from typing import assert_never

from bot.domain.outcomes import Denial, Misuse, NotAllowed, UnknownAlias, Usage
from bot.domain.requests import Alias
from bot.slack.ids import BOT_NAME, COMMAND
from bot.slack.messages.blocks import Message, bullets, context, header, section
from bot.slack.messages.escape import code, cut, escape
from bot.slack.messages.phrases import alias_name, command

_WORD_LENGTH = 60
_ALIAS_LENGTH = 40
_MOST_KNOWN = 15
_MOST_ALIASES = 6
_EXAMPLE = "mail"
_ALIAS_RULE = (
    "An alias has up to 40 small letters, digits, dots, dashes and underscores, and "
    "starts with a letter or a digit."
)
# These say what their hint says in a sentence of their own.
_HINT_TOLD = (Misuse.WHICH_APP, Misuse.ALIAS_TAKEN)
_ADD = ("alias", "add", _EXAMPLE, "9NBLGGH4R315")


def usage(wrong: Usage) -> Message:
    """Say what is wrong with the command, and what would be right."""
    text = _wrong(wrong)
    if wrong.hint and wrong.misuse not in _HINT_TOLD:
        text = f"{text} Did you mean {command(wrong.hint)}?"
    return note(text)


def unknown_alias(unknown: UnknownAlias) -> Message:
    """Say that the channel has no such alias, and which it has."""
    lead = f"This channel has no alias {code(unknown.name)}"
    add = command("alias", "add", "NAME", "STORE_ID")
    if not unknown.known:
        return note(f"{lead}; it has none at all yet. Add one with {add}.")
    names = _names(unknown.known)
    if unknown.near:
        return note(f"{lead}. Did you mean {names}?")
    return note(f"{lead}. It has {names}. A new one is added with {add}.")


def not_allowed(refused: NotAllowed) -> Message:
    """Say why a person may not do this, and who may."""
    match refused.denial:
        case Denial.OTHER_WORKSPACE:
            return note(
                "Only members of this channel's own workspace can do this; guests from "
                "other companies can look. Please ask a member to do it."
            )
    assert_never(refused.denial)


def guide(aliases: Sequence[Alias]) -> Message:
    """Explain the bot, with examples that use this channel's own aliases."""
    app = cut(aliases[0].name, _ALIAS_LENGTH) if aliases else _EXAMPLE
    lines = (
        f"{command('status')} – how all apps of this channel stand",
        f"{command('halt', app, 'crash on start')} – stop the rollout, for good",
        f"{command('set', app, '40%')} – give it to 40 % of the customers",
        f"{command('finalize', app)} – give it to all, for good",
        f"{command('history', app)} – who did what, when and why",
        f"{command(*_ADD)} – name an app for this channel",
        f"{command(*_ADD, 'flight', 'NAME')} – name one of its flights",
        f"{command('alias', 'list')} and {command('alias', 'remove', app)}",
    )
    return Message(
        f"How to use {COMMAND}: status, halt, set, finalize, history, alias.",
        (
            header("Steer Microsoft Store rollouts from here"),
            section(
                "Halt, finalize and set show a card first; nothing is sent to the "
                "Store before somebody presses its button."
            ),
            bullets(lines),
            section(_alias_lines(aliases)),
            context(
                f"In a thread, where Slack knows no commands, mention me instead: "
                f"{code(f'@{BOT_NAME} status {app}')}."
            ),
        ),
    )


def note(text: str) -> Message:
    """Return a message of one paragraph; the text must be safe mrkdwn."""
    return Message(text, (section(text),))


def _wrong(wrong: Usage) -> str:  # noqa: C901, PLR0912 - one arm each
    word = code(wrong.word, _WORD_LENGTH)
    match wrong.misuse:
        case Misuse.UNKNOWN_VERB:
            if wrong.hint:
                return f"I do not know {word}."
            return f"I do not know {word}. {command('help')} shows what I do."
        case Misuse.NO_WAY_BACK:
            return (
                f"The Store has no {word}: a halt and a finalize cannot be undone. "
                "To ship again, submit packages with a higher version number. A "
                f"rollout that is still open goes on with {command('set APP 40%')}."
            )
        case Misuse.NO_APP:
            add = command("alias", "add", "NAME", "STORE_ID")
            return (
                "Which app? Name it by an alias or by its Store ID. "
                f"An alias is added with {add}."
            )
        case Misuse.WHICH_APP:
            names = _names(tuple((wrong.hint or "").split()))
            return f"Which app? This channel has {names}."
        case Misuse.NO_PERCENTAGE:
            example = command("set", wrong.word or _EXAMPLE, "40%")
            return f"To which percentage? For example {example}."
        case Misuse.BAD_PERCENTAGE:
            return (
                f"{word} is no percentage. Write a number above 0 and up to 100, with "
                "two decimals at most, such as `40`, `40%` or `12.5`."
            )
        case Misuse.ZERO_PERCENT:
            return (
                "0 % is not a halt, and the Store has no rollout at 0 %. "
                f"To stop a rollout for good, use {command('halt', 'APP')}."
            )
        case Misuse.OVER_100_PERCENT:
            return (
                f"{word} is above 100 %. 100 % is the most, and is not finalized; "
                f"to end a rollout use {command('finalize', 'APP')}."
            )
        case Misuse.ALIAS_SYNTAX:
            return (
                f"Aliases are added with {command('alias add NAME STORE_ID')} or "
                f"{command('alias add NAME STORE_ID flight FLIGHT')}, and taken away "
                f"with {command('alias remove NAME')}."
            )
        case Misuse.BAD_ALIAS_NAME:
            return f"{word} cannot be an alias. {_ALIAS_RULE}"
        case Misuse.BAD_STORE_ID:
            return (
                f"{word} is no Store ID. That is twelve letters and digits, such as "
                "`9NBLGGH4R315`; Partner Center shows it under Product identity."
            )
        case Misuse.ALIAS_TAKEN:
            remove = command(wrong.hint or "alias remove NAME")
            return (
                f"This alias already names {escape(wrong.word, _WORD_LENGTH)}. "
                f"To name something else by it, take it away first: {remove}."
            )
        case Misuse.TOO_MANY_ALIASES:
            return (
                f"This channel has {escape(wrong.word, 20)} aliases, and more is not "
                f"possible. Take one away first: {command('alias remove NAME')}."
            )
        case Misuse.NO_SUCH_CARD:
            return (
                "I do not know this card any more, so nothing was done. "
                "Please ask again with a new command."
            )
    assert_never(wrong.misuse)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(code(name, _ALIAS_LENGTH) for name in names[:_MOST_KNOWN])
    hidden = len(names) - _MOST_KNOWN
    return f"{shown} and {hidden} more" if hidden > 0 else shown or "none yet"


def _alias_lines(aliases: Sequence[Alias]) -> str:
    if not aliases:
        return f"This channel has no alias yet. Add the first one: {command(*_ADD)}"
    shown = [
        f"{code(a.name, _ALIAS_LENGTH)} – {alias_name(a)}"
        for a in aliases[:_MOST_ALIASES]
    ]
    hidden = len(aliases) - _MOST_ALIASES
    more = [f"… and {hidden} more: {command('alias list')}"] if hidden > 0 else []
    return "\n".join(("*Aliases of this channel*", *shown, *more))
