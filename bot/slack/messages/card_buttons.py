"""The buttons of a card, with Slack's own dialog where it asks twice."""

from typing import Final

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject

from bot.domain.requests import Request
from bot.slack.ids import CANCEL, CONFIRM, DECISION_BLOCK
from bot.slack.messages.blocks import button_label, plain_object
from bot.slack.messages.card_facts import shown_now
from bot.slack.messages.escape import plain
from bot.slack.messages.phrases import plain_name, to_do
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import Dialog, verb_text
from bot.slack.messages.verbs import texts_of

# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
_MOST_TITLE: Final = 100
_MOST_QUESTION: Final = 300
_MOST_CHOICE: Final = 30


def decision_buttons(t: Translator, request: Request) -> ActionsBlock:
    """Return the buttons that decide a request: Approve and Decline for another person.

    The asker may press them too: their own Decline cancels it.
    """
    change, texts = request.change, texts_of(request.change)
    another = request.needs_another
    yes = verb_text(t, texts.approve, change) if another else to_do(t, change)
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
    question = verb_text(
        t,
        dialog.flight_text if flight else dialog.text,
        request.change,
        now=shown_now(t, snapshot, plain),
    )
    title = verb_text(t, dialog.title, request.change, app=plain_name(t, snapshot))
    return ConfirmObject(
        title=plain_object(title, _MOST_TITLE),
        text=plain_object(question, _MOST_QUESTION),
        confirm=plain_object(
            verb_text(t, dialog.confirm, request.change), _MOST_CHOICE
        ),
        deny=plain_object(verb_text(t, dialog.deny, request.change), _MOST_CHOICE),
        style="danger",
    )
