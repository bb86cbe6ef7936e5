"""The form in which an asker says why they do without a second person."""

from typing import Any, Final

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.domain.requests import Request
from bot.slack.ids import ALONE_FORM, REASON_BLOCK, TYPED, press_subject
from bot.slack.messages.blocks import plain_object, section
from bot.slack.messages.card_texts import asked_for, button_name
from bot.slack.messages.phrases import name, state
from bot.slack.messages.translator import Translator

# https://docs.slack.dev/reference/views/modal-views
_MOST_TITLE: Final = 24
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
_MOST_TYPED: Final = 3000
_MOST_LABEL: Final = 2000


def alone_form(t: Translator, request: Request, card: str) -> dict[str, Any]:
    """Draw the form for the reason; `card` is the message whose button was pressed."""
    about = t.gettext(
        "*{change}*, {app}. Now: {state}. Nobody else has approved this. Your reason "
        "stands in the result and in the history.",
        change=asked_for(t, request),
        app=name(t, request.snapshot),
        state=state(t, request.snapshot.rollout),
    )
    reason = InputBlock(
        block_id=REASON_BLOCK,
        label=plain_object(t.gettext("Why without a second person?"), _MOST_LABEL),
        element=PlainTextInputElement(
            action_id=TYPED, max_length=_MOST_TYPED, focus_on_load=True
        ),
    )
    return View(
        type="modal",
        callback_id=ALONE_FORM,
        private_metadata=press_subject(request, card),
        title=plain_object(t.gettext("Do it alone"), _MOST_TITLE),
        submit=plain_object(button_name(t, request), _MOST_TITLE),
        close=plain_object(t.gettext("Not yet"), _MOST_TITLE),
        blocks=[section(about), reason],
    ).to_dict()


def unreadable_alone_form(t: Translator) -> str:
    """Return that a form does not say which card it is about."""
    return t.gettext(
        "I cannot tell which card this form is for, so nothing was done. Please close "
        "it, and press the button of the card again."
    )


def reason_error(t: Translator) -> str:
    """Return what is wrong with a reason that says nothing, for its field."""
    return t.gettext("Please say why.")
