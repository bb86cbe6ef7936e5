"""The list of a channel's aliases."""

from typing import Final

from bot.domain.channel_outcomes import Aliases
from bot.domain.requests import Alias
from bot.slack.messages.blocks import Message, line_listing, note
from bot.slack.messages.escape import code, mention
from bot.slack.messages.phrases import alias_name, command
from bot.slack.messages.translator import Translator

_MOST_IN_TEXT: Final = 5
# An alias, or an id of the Store.
_ID_LENGTH: Final = 40


def alias_list(t: Translator, answer: Aliases) -> Message:
    """Show the aliases of the channel."""
    if not answer.aliases:
        return no_alias(t)
    names = [code(alias.name) for alias in answer.aliases[:_MOST_IN_TEXT]]
    count, hidden = len(answer.aliases), len(answer.aliases) - _MOST_IN_TEXT
    text = t.ngettext(
        "Aliases of this channel, {count} in all: {names}.",
        "Aliases of this channel, {count} in all: {names}.",
        count,
        names=t.listed((*names, *(["…"] if hidden > 0 else []))),
    )
    return line_listing(
        t.gettext("Aliases of this channel"),
        text,
        (
            [alias_line(t, alias) for alias in answer.aliases],
            [_short_alias_line(alias) for alias in answer.aliases],
        ),
        lambda hidden: t.ngettext(
            "… and {count} more alias.", "… and {count} more aliases.", hidden
        ),
    )


def alias_line(t: Translator, alias: Alias) -> str:
    """Show one alias: what it names, and who added it."""
    target = alias.target
    flight = f" {code(target.flight_id)}" if target.flight_id else ""
    line = (
        f"*{code(alias.name)}* – {alias_name(t, alias)} {code(target.app_id)}{flight}"
    )
    if not alias.added_by:
        return line
    who = mention(t, alias.added_by)
    return t.gettext("{alias}, added by {who}", alias=line, who=who)


def _short_alias_line(alias: Alias) -> str:
    """Show what an alias names by its ids alone: those are never long."""
    target = alias.target
    flight = f" {code(target.flight_id, _ID_LENGTH)}" if target.flight_id else ""
    word = code(alias.name, _ID_LENGTH)
    return f"*{word}* – {code(target.app_id, _ID_LENGTH)}{flight}"


def no_alias(t: Translator) -> Message:
    """Explain aliases to a channel that has none."""
    return note(
        t.gettext(
            "This channel has no alias yet, so there is no app to show. Add one with "
            "{command}, with the Store ID that Partner Center shows; {help} says more.",
            command=command("alias", "add", "mail", "9NBLGGH4R315"),
            help=command("help"),
        )
    )
