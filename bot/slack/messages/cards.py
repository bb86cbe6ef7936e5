"""The card of a request, in every state that it can be in."""

from typing import Final, assert_never

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    PlainTextObject,
)

from bot.domain.failures import FailureDetail
from bot.domain.requests import Request, RequestState
from bot.domain.verbs import Verb
from bot.slack.ids import CANCEL, CONFIRM, DECISION_BLOCK
from bot.slack.messages.blocks import (
    Message,
    bullets,
    context,
    fields,
    header,
    section,
)
from bot.slack.messages.card_facts import card_facts, reason_block, warnings
from bot.slack.messages.escape import mention
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import (
    at,
    doing,
    name,
    percent,
    plain_name,
    state,
    to_do,
)
from bot.slack.messages.results import result_text

_CONFIRM_TEXT: Final = (
    "All customers get these packages, and the older ones end. This cannot be undone."
)


def card(request: Request) -> Message:
    """Return the card of a request as the request stands now."""
    match request.state:
        case RequestState.PENDING:
            return _pending(request)
        case RequestState.CANCELLED:
            return _cancelled(request)
        case RequestState.EXPIRED:
            return _expired(request)
        case RequestState.AUTHORISED:
            return _finished(request) if request.result else _confirmed(request)
    assert_never(request.state)


def waiting_card(request: Request, detail: FailureDetail, seconds: float) -> Message:
    """Draw the card of a confirmed request while the Store leaves it in doubt."""
    what = (
        f"Not certain yet: {failure_text(detail)} I look again in {seconds:.0f} "
        "seconds, and say that it is done only when the Store shows it."
    )
    return _under_way(request, what, f"{_confirmed_by(request)}\n{what}")


def _pending(request: Request) -> Message:
    change, snapshot = request.change, request.snapshot
    until = at(request.expires_at)
    question = f"{to_do(change)}? {plain_name(snapshot)}"
    text = (
        f"{mention(request.asked_by)} asks: {to_do(change)}, {name(snapshot)}, now "
        f"{state(snapshot.rollout)}. Confirm or cancel until {until}."
    )
    return Message(
        text,
        (
            header(question),
            fields((*card_facts(request), f"*Confirm until:* {until}")),
            *reason_block(request),
            bullets(warnings(request)),
            _buttons(request),
        ),
    )


def _confirmed(request: Request) -> Message:
    who = _confirmed_by(request)
    what = "The Store is being asked; the result will be posted in this thread."
    return _under_way(request, who, f"{who} {what}")


def _cancelled(request: Request) -> Message:
    headline = f"Cancelled: {to_do(request.change)}, {plain_name(request.snapshot)}"
    who = f"{mention(request.decided_by)} cancelled this{_when(request)}."
    if request.decided_by is None:
        who = f"This was cancelled{_when(request)}."
    text = f"Cancelled: {to_do(request.change)}, {name(request.snapshot)}. {who}"
    return Message(text, _frame(request, headline, f"{who} Nothing was changed."))


def _expired(request: Request) -> Message:
    headline = f"Expired: {to_do(request.change)}, {plain_name(request.snapshot)}"
    what = (
        f"Nobody confirmed this until {at(request.expires_at)}. Nothing was changed. "
        "Ask again if it is still wanted."
    )
    text = f"Expired: {to_do(request.change)}, {name(request.snapshot)}. {what}"
    return Message(text, _frame(request, headline, what))


def _finished(request: Request) -> Message:
    if request.result is None:
        return _confirmed(request)
    told = result_text(request, request.result)
    who = f"Confirmed by {mention(request.decided_by)}{_when(request)}."
    blocks = _frame(request, f"{told.mark} {told.headline}", "\n".join(told.facts))
    return Message(told.text, (*blocks, context(f"{who} Details are in the thread.")))


def _under_way(request: Request, told: str, shown: str) -> Message:
    headline = f"{doing(request.change)}… {plain_name(request.snapshot)}"
    text = f"{doing(request.change)}: {name(request.snapshot)}. {told}"
    return Message(text, _frame(request, headline, shown))


def _confirmed_by(request: Request) -> str:
    return f"{mention(request.decided_by)} confirmed this{_when(request)}."


def _frame(request: Request, headline: str, what: str) -> tuple[Block, ...]:
    return (
        header(headline),
        section(what),
        fields(card_facts(request)),
        *reason_block(request),
    )


def _buttons(request: Request) -> ActionsBlock:
    change = request.change
    confirm = ButtonElement(
        text=PlainTextObject(text=to_do(change), emoji=False),
        action_id=CONFIRM,
        value=request.id,
        style="primary" if change.verb is Verb.SET else "danger",
        confirm=_dialog(request) if change.verb is Verb.FINALIZE else None,
    )
    cancel = ButtonElement(
        text=PlainTextObject(text="Cancel", emoji=False),
        action_id=CANCEL,
        value=request.id,
    )
    return ActionsBlock(block_id=DECISION_BLOCK, elements=[confirm, cancel])


def _dialog(request: Request) -> ConfirmObject:
    now = percent(request.snapshot.rollout.percentage)
    what = f"{plain_name(request.snapshot)}, now at {now}. {_CONFIRM_TEXT}"
    return ConfirmObject(
        title=PlainTextObject(text="Finalize this rollout?", emoji=False),
        text=PlainTextObject(text=what, emoji=False),
        confirm=PlainTextObject(text="Finalize rollout", emoji=False),
        deny=PlainTextObject(text="Not yet", emoji=False),
        style="danger",
    )


def _when(request: Request) -> str:
    return f", {at(request.decided_at)}" if request.decided_at else ""
