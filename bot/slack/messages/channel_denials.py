"""Denials for where something was asked: the channel does not have the app."""

from typing import Final

from bot.domain.channel_outcomes import AppGivenUp, LetInAsked
from bot.domain.outcomes import (
    Denial,
    NotAllowed,
)
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import channel, code, escape
from bot.slack.messages.phrases import command, some_of
from bot.slack.messages.ramp_phrases import goes_on
from bot.slack.messages.translator import Translator

_MOST_CHANNELS: Final = 5


def channel_denial(t: Translator, refused: NotAllowed) -> str:
    """Return why nothing is changed or looked at from a channel, and what to do."""
    target = refused.target
    app_id = target.app_id if target else "STORE_ID"
    app, add = code(app_id), command("alias add", "NAME", app_id)
    if refused.denial is Denial.NOT_RELEASE_CHANNEL:
        return t.gettext(
            "In this channel no app can be named or changed: whoever runs the bot has "
            "set in which ones that is done ({setting}). Please ask there, or ask them "
            "to add this channel.",
            setting=code("RELEASE_CHANNELS"),
        )
    if refused.denial is Denial.NOT_YOUR_APP:
        return t.gettext(
            "Other channels control {app}, and only people who are in one of them can "
            "look at it from here. Ask there to be invited, or ask with {command} that "
            "this channel may control it too.",
            app=app,
            command=add,
        )
    if not refused.channels:
        return t.gettext(
            "This channel does not control {app}, so nothing was done. {command} names "
            "it here; where another channel has it, the people there are asked.",
            app=app,
            command=add,
        )
    shown = some_of(t, [channel(one) for one in refused.channels], _MOST_CHANNELS)
    return t.ngettext(
        "This channel does not control {app}, so nothing was done. You are in a "
        "channel that does: {channels}. Ask there, or type {command} here: then this "
        "channel controls it too, at once.",
        "This channel does not control {app}, so nothing was done. You are in channels "
        "that do: {channels}. Ask there, or type {command} here: then this channel "
        "controls it too, at once.",
        len(refused.channels),
        app=app,
        channels=shown,
        command=add,
    )


def let_in_asked(t: Translator, asked: LetInAsked) -> Message:
    """Return that those who control an app are asked to let this channel in."""
    name = asked.app_name
    app = escape(name) if name else code(asked.target.app_id)
    return note(
        t.gettext(
            "{app} is controlled from another channel, so nothing was done. I asked "
            "the people there whether this channel may control it too; you are told "
            "here what they decide. What cannot wait, somebody there has to do: they "
            "can halt it at any time.",
            app=app,
        )
    )


def app_given_up(t: Translator, given_up: AppGivenUp) -> Message:
    """Return that the channel has given an app up."""
    text = t.gettext(
        "This channel does not control {app} any more. The app itself is not touched.",
        app=code(given_up.target.app_id),
    )
    return note(" ".join((text, *goes_on(t, given_up.ramp))))
