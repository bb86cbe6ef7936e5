"""The buttons of a card, with Slack's own dialog where it asks twice."""

from typing import Final

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject

from bot.domain.requests import Request
from bot.slack.ids import CANCEL, CONFIRM, DECISION_BLOCK
from bot.slack.messages.blocks import button_label, plain_object
from bot.slack.messages.card_facts import shown_now
from bot.slack.messages.card_texts import button_name, card_text, card_texts
from bot.slack.messages.escape import plain
from bot.slack.messages.phrases import plain_name
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import Dialog

# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
_MOST_TITLE: Final = 100
_MOST_QUESTION: Final = 300
_MOST_CHOICE: Final = 30


def decision_buttons(t: Translator, request: Request) -> ActionsBlock:
    """Return the buttons that decide a request: Approve and Decline for another person.

    The asker may press them too: their own Decline cancels it.
    """
    texts, another = card_texts(request), request.needs_another
    yes = button_name(t, request)
    if another:
        yes = card_text(t, texts.approve, request)
    no = t.gettext("Decline") if another else t.gettext("Cancel")
    confirm = ButtonElement(
        text=button_label(yes),
        action_id=CONFIRM,
        value=request.id,
        style="danger" if texts.danger else "primary",
        confirm=_dialog(t, request, texts.dialog) if texts.dialog else None,
    )
    cancel = ButtonElement(text=button_label(no), action_id=CANCEL, value=request.id)
    return ActionsBlock(block_id=DECISION_BLOCK, elements=[confirm, cancel])


def _dialog(t: Translator, request: Request, dialog: Dialog) -> ConfirmObject:
    snapshot = request.snapshot
    flight = snapshot.ref.target.flight_id is not None
    question = card_text(
        t,
        dialog.flight_text if flight else dialog.text,
        request,
        now=shown_now(t, snapshot, plain),
    )
    title = card_text(t, dialog.title, request, app=plain_name(t, snapshot))
    return ConfirmObject(
        title=plain_object(title, _MOST_TITLE),
        text=plain_object(question, _MOST_QUESTION),
        confirm=plain_object(card_text(t, dialog.confirm, request), _MOST_CHOICE),
        deny=plain_object(card_text(t, dialog.deny, request), _MOST_CHOICE),
        style="danger",
    )
