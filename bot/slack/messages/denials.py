"""Denials: why a person may not do something, and who may."""

from typing import assert_never

from bot.domain.outcomes import Denial, NotAllowed
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.channel_denials import channel_denial
from bot.slack.messages.escape import code
from bot.slack.messages.phrases import command
from bot.slack.messages.translator import Translator


def not_allowed(t: Translator, refused: NotAllowed) -> Message:
    """Explain why a person may not do this, and who may."""
    match refused.denial:
        case Denial.OTHER_WORKSPACE:
            return note(
                t.gettext(
                    "Only members of this channel's own workspace can do this; guests "
                    "from other companies can look. Please ask a member to do it."
                )
            )
        case Denial.OTHER_MESSAGE:
            return note(
                t.gettext(
                    "This button does not belong to the message that it was pressed "
                    "on, so nothing was done. Please ask again for a new card."
                )
            )
        case Denial.LATE_PRESS:
            return note(
                t.gettext(
                    "Your press reached me more than 15 seconds after you made it, so "
                    "nothing was sent: you may have acted another way since. If the "
                    "change is still wanted, please press again. If this stays so, the "
                    "clock of the machine that runs the bot is wrong."
                )
            )
        case Denial.NOT_AN_ADMIN:
            return note(
                t.gettext(
                    "The default holds for the apps of every channel, so only an admin "
                    "or owner of this Slack workspace can propose another one. An app "
                    "can have a rule of its own: {command}.",
                    command=command("rules", "APP"),
                )
            )
        case Denial.NOT_NAMED_HERE:
            return note(
                t.gettext(
                    "Guests from other companies can look at the apps that have an "
                    "alias in this channel, and at no other. Please ask a member to "
                    "look."
                )
            )
        case Denial.NOT_IN_CHANNEL:
            return note(
                t.gettext(
                    "Only people who are in this channel can decide this. Please join "
                    "it, or ask somebody who is in it."
                )
            )
        case (
            Denial.CHANNEL_LACKS_APP | Denial.NOT_YOUR_APP | Denial.NOT_RELEASE_CHANNEL
        ):
            return note(channel_denial(t, refused))
        case Denial.UNKNOWN_WORKSPACE:
            return note(
                t.gettext(
                    "Slack did not tell me whether you belong to this channel's own "
                    "organisation; until it does, you can look and halt. Please try "
                    "again in a minute. If this stays so, the bot's Slack app lacks "
                    "the scope {scope}: whoever manages the app adds it in the app's "
                    "settings (OAuth and permissions) and installs the app again.",
                    scope=code("users:read"),
                )
            )
    assert_never(refused.denial)
