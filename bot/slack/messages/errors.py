"""The texts for what fails: the database, Slack itself, and what nobody foresaw."""

from typing import Final

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.outcomes import ClickOutcome, Confirmed
from bot.domain.verbs import Verb
from bot.slack.ids import BOT_NAME, LOST_ANSWER
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import code
from bot.slack.messages.phrases import partner_center
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import verb_text
from bot.slack.messages.verbs import texts_of

_MISSING_SCOPE: Final = "missing_scope"
_MAY_NOT_POST: Final = frozenset({"not_in_channel", "channel_not_found"})


def database_away(t: Translator) -> Message:
    """Draw that the database cannot be reached; nothing was sent."""
    return note(
        t.gettext(
            "I cannot reach my database just now, and sent nothing to the Store. "
            "Please try again in a minute."
        )
    )


def click_not_stored(t: Translator) -> Message:
    """Draw that a click may not have been stored."""
    return note(
        t.gettext(
            "My database did not answer, so I cannot tell whether your click was "
            "stored. If the card keeps its buttons, press again in a minute; it never "
            "acts twice."
        )
    )


def click_waits(t: Translator, decided: ClickOutcome) -> Message:
    """Draw that a click which is stored goes on later; where a halt can be made now."""
    waits = t.gettext(
        "I have your click, but whether it was carried out is *not known yet*: my "
        "database does not answer just now. I go on by myself as soon as it does, and "
        "the card will show how it ends."
    )
    match decided:
        case Confirmed(request=request) if request.change.verb is Verb.HALT:
            link = partner_center(request.snapshot.ref, t.gettext("Partner Center"))
            urgent = texts_of(request.change).urgent
            halt = verb_text(t, urgent, request.change, link=link)
            return note(f"{waits}\n{halt}")
        case _:
            return note(waits)


def unexpected_error(t: Translator, reference: str) -> Message:
    """Draw that an error which nobody foresaw is in the log under `reference`."""
    return note(
        t.gettext(
            "Something went wrong on my side; the log has it under {reference}. If you "
            "were changing a rollout, look at its state before you try again.",
            reference=code(reference),
        )
    )


def card_not_posted(
    t: Translator,
    reason: RetryableNotificationError | PermanentNotificationError,
    *,
    taken_back: bool = True,
) -> Message:
    """Draw why a card is not in the channel, and what to do.

    `taken_back` is False where the request still stands, or was decided already.
    """
    if isinstance(reason, RetryableNotificationError):
        return note(
            t.gettext(
                "Slack could not be reached or was too busy, so the card could not be "
                "posted. The request was cancelled and nothing was changed. Please ask "
                "again in a minute."
            )
        )
    if reason.code == LOST_ANSWER and not taken_back:
        return note(
            t.gettext(
                "Slack did not confirm that the card was posted, and I could not take "
                "the request back. If the card is there, it counts as usual; if none "
                "appears, nothing was changed: please ask again."
            )
        )
    if reason.code == _MISSING_SCOPE:
        return note(_scope_missing(t, reason.needed))
    return note(_channel_closed(t, reason.code))


def restarting(t: Translator) -> str:
    """Return the answer to a command that comes while the bot ends."""
    return t.gettext("I am being restarted. Please type the command again in a minute.")


def unreadable_command(t: Translator) -> str:
    """Return the answer to a command that does not say who asks, or where."""
    return t.gettext(
        "I cannot tell who asked this, or where. Please type the command again."
    )


def _scope_missing(t: Translator, needed: str) -> str:
    if not needed:
        return t.gettext(
            "The bot's Slack app lacks a scope, so the card could not be posted; the "
            "request was cancelled and nothing was changed. Whoever runs the bot finds "
            "out which one with {command}.",
            command=code("python -m bot doctor"),
        )
    return t.gettext(
        "The bot's Slack app lacks the scope {scope}, so the card could not be posted; "
        "the request was cancelled and nothing was changed. Whoever manages the app "
        "adds the scope in the app's settings (OAuth and permissions) and installs the "
        "app again; then please ask again.",
        scope=code(needed),
    )


def _channel_closed(t: Translator, slack_code: str) -> str:
    if slack_code in _MAY_NOT_POST:
        return t.gettext(
            "I cannot post in this channel, so nothing was done. Invite me with "
            "{command} and ask again; in a direct message I cannot work.",
            command=f"`/invite @{BOT_NAME}`",
        )
    if slack_code == LOST_ANSWER:
        return t.gettext(
            "Slack did not confirm that the card was posted, so the request was "
            "cancelled and nothing was changed. If a card does appear, it does "
            "nothing. Please ask again."
        )
    if slack_code == "is_archived":
        return t.gettext("This channel is archived, so nothing was done.")
    if "restricted" in slack_code:
        return t.gettext(
            "I may not post in this channel, so nothing was done. Ask an admin of the "
            "workspace to let apps post here."
        )
    return t.gettext(
        "Slack did not take the card ({code}), so the request was cancelled and "
        "nothing was changed.",
        code=code(slack_code),
    )
