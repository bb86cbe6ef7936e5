"""The form in which a percentage is typed, and what is said about it."""

from typing import Any, Final

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.domain.app_names import ResolvedTarget
from bot.domain.usage import Usage
from bot.domain.verbs import Verb
from bot.slack.ids import PERCENTAGE_BLOCK, REASON_BLOCK, SET_FORM, TYPED, form_subject
from bot.slack.messages.blocks import Message, note, plain_object, section
from bot.slack.messages.escape import as_plain, channel, code
from bot.slack.messages.phrases import command
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import usage

# https://docs.slack.dev/reference/views/modal-views
_MOST_TITLE: Final = 24
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_MOST_TYPED: Final = 3000
_MOST_LABEL: Final = 2000


def set_form(t: Translator, where: str, chosen: ResolvedTarget) -> dict[str, Any]:
    """Draw the form that asks for the percentage of a target, for a card in `where`."""
    about = t.gettext(
        "This makes a card for {app} in {channel}. Nothing is changed before somebody "
        "presses the button of the card.",
        app=code(chosen.word),
        channel=channel(where),
    )
    hint = t.gettext(
        "A number above 0 and up to 100, with two decimals at most, such as 40 or 12.5."
    )
    percentage = InputBlock(
        block_id=PERCENTAGE_BLOCK,
        label=plain_object(t.gettext("Percentage"), _MOST_LABEL),
        hint=plain_object(hint, _MOST_LABEL),
        element=PlainTextInputElement(action_id=TYPED, focus_on_load=True),
    )
    reason = InputBlock(
        block_id=REASON_BLOCK,
        label=plain_object(t.gettext("Reason"), _MOST_LABEL),
        element=PlainTextInputElement(action_id=TYPED, max_length=_MOST_TYPED),
        optional=True,
    )
    return View(
        type="modal",
        callback_id=SET_FORM,
        private_metadata=form_subject(where, chosen.target),
        title=plain_object(t.gettext("Set the percentage"), _MOST_TITLE),
        submit=plain_object(t.gettext("Make the card"), _MOST_TITLE),
        close=plain_object(t.gettext("Cancel"), _MOST_TITLE),
        blocks=[section(about), percentage, reason],
    ).to_dict()


def percentage_error(t: Translator, wrong: Usage) -> str:
    """Return what is wrong with a percentage, for the field that it was typed into."""
    return as_plain(usage(t, wrong).text)


def unreadable_form(t: Translator) -> str:
    """Return that a form does not say what it is about."""
    return as_plain(
        t.gettext(
            "I cannot tell which rollout this form is for, so nothing was done. Please "
            "close it, and type {command} in the channel.",
            command=command(Verb.SET, "APP", "40%"),
        )
    )


def form_not_taken(t: Translator) -> str:
    """Return the answer to a form that comes while the bot ends; it stays open."""
    return t.gettext("I am being restarted. Please submit the form again in a minute.")


def press_not_taken(t: Translator) -> Message:
    """Draw the answer to a press that comes while the bot ends."""
    return note(t.gettext("I am being restarted. Please press again in a minute."))


def form_not_opened(t: Translator, chosen: ResolvedTarget) -> Message:
    """Draw what to type where Slack did not open the form.

    A flight without an alias cannot be typed.
    """
    if chosen.alias is None and chosen.target.flight_id is not None:
        return note(
            t.gettext("Slack did not open the form in time. Please press again.")
        )
    return note(
        t.gettext(
            "Slack did not open the form in time. You can press again, or type "
            "{command} here.",
            command=command(Verb.SET, chosen.word, "40%"),
        )
    )


def answered_directly(t: Translator, where: str, message: Message) -> Message:
    """Draw an answer as a direct message: the channel does not take it."""
    about = t.gettext(
        "This is about what you asked for in {channel}, where I could not answer you.",
        channel=channel(where),
    )
    return Message(f"{about} {message.text}", (section(about), *message.blocks))
