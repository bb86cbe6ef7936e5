"""The card of a request, in every state that it can be in."""

from typing import Final, assert_never

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject

from bot.domain.operations import Waiting
from bot.domain.requests import Request, RequestState
from bot.domain.results import Result
from bot.slack.ids import CANCEL, CONFIRM, DECISION_BLOCK
from bot.slack.messages.blocks import (
    Message,
    bullets,
    button_label,
    context,
    fields,
    header,
    plain_object,
    section,
)
from bot.slack.messages.card_facts import (
    card_facts,
    press_line,
    reason_block,
    shown_now,
    versions,
    warnings,
)
from bot.slack.messages.escape import mention, plain
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import (
    at,
    at_second,
    confirmed_by,
    log_id,
    name,
    partner_center,
    plain_name,
    state,
    to_do,
    why_ended,
)
from bot.slack.messages.results import result_text
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import Dialog, facts, verb_text
from bot.slack.messages.verbs import texts_of

# https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
_MOST_TITLE: Final = 100
_MOST_QUESTION: Final = 300
_MOST_CHOICE: Final = 30


def card(t: Translator, request: Request) -> Message:
    """Draw the card of a request as the request stands now."""
    match request.state:
        case RequestState.PENDING:
            return _pending(t, request)
        case RequestState.CANCELLED:
            return _cancelled(t, request)
        case RequestState.EXPIRED:
            return _expired(t, request)
        case RequestState.AUTHORISED:
            if request.result is None:
                return _confirmed(t, request)
            return _finished(t, request, request.result)
    assert_never(request.state)


def waiting_card(t: Translator, request: Request, waiting: Waiting) -> Message:
    """Draw the card of a confirmed change that is not made yet: what holds, what to do.

    It is drawn when a wait begins, and when an attempt after it takes long.
    """
    change, link = request.change, t.gettext("Partner Center")
    link = partner_center(request.snapshot.ref, link)
    urgent = verb_text(t, texts_of(change).urgent, change, link=link)
    what = "\n".join(
        (
            f"{_what_holds(t, request, waiting)} {_when_again(t, waiting)}",
            urgent,
            failure_text(t, waiting.detail),
        )
    )
    return _under_way(t, request, what)


def closed_card(
    t: Translator, request: Request, headline: str, what: str, mark: str = ""
) -> Message:
    """Draw a card without buttons; the headline is one of the verb's."""
    change, snapshot = request.change, request.snapshot
    shown = verb_text(t, headline, change, app=plain_name(t, snapshot))
    text = verb_text(t, headline, change, app=name(t, snapshot))
    blocks = _frame(t, request, f"{mark}{shown}", what)
    return Message(f"{text} – {what}", (*blocks, context(log_id(t, request))))


def _pending(t: Translator, request: Request) -> Message:
    change, snapshot, texts = request.change, request.snapshot, texts_of(request.change)
    until = at(request.expires_at)
    text = verb_text(
        t,
        texts.asks,
        change,
        who=mention(t, request.asked_by),
        app=name(t, snapshot),
        state=state(t, snapshot.rollout),
        until=until,
    )
    time_limit = t.gettext("*Confirm until:* {until}", until=until)
    return Message(
        text,
        (
            header(verb_text(t, texts.question, change, app=plain_name(t, snapshot))),
            fields((*card_facts(t, request), time_limit)),
            *reason_block(t, request),
            bullets(warnings(t, request)),
            section(press_line(t, request)),
            _buttons(t, request),
            context(log_id(t, request)),
        ),
    )


def _confirmed(t: Translator, request: Request) -> Message:
    what = t.gettext(
        "The Store is being asked; the result will be posted in this thread."
    )
    return _under_way(t, request, what)


def _under_way(t: Translator, request: Request, what: str) -> Message:
    """Draw a card that is worked on: what holds comes first, who confirmed it last."""
    doing = texts_of(request.change).doing
    return closed_card(t, request, doing, f"{what}\n{_who_confirmed(t, request)}")


def _what_holds(t: Translator, request: Request, waiting: Waiting) -> str:
    change, snapshot, texts = request.change, request.snapshot, texts_of(request.change)
    if waiting.in_doubt:
        perhaps = verb_text(t, texts.perhaps, change)
        if waiting.seen is None or waiting.seen_at is None:
            return perhaps
        still = t.gettext(
            "At {time} the Store still showed: *{state}*.",
            time=at_second(waiting.seen_at),
            state=state(t, waiting.seen),
        )
        return f"{perhaps} {still}"
    shown = versions(t, snapshot.versions)
    return " ".join(facts(t, texts.not_yet, change, snapshot, versions=shown))


def _when_again(t: Translator, waiting: Waiting) -> str:
    time = at_second(waiting.at)
    if waiting.asking:
        return t.gettext("Asking the Store again since {time}.", time=time)
    if waiting.sends:
        return t.gettext("Next try {time}.", time=time)
    return t.gettext("I look again at {time}.", time=time)


def _cancelled(t: Translator, request: Request) -> Message:
    if ended := why_ended(t, request):
        return closed_card(t, request, texts_of(request.change).closed, ended)
    nothing = t.gettext("Nothing was changed.")
    what = f"{who_cancelled(t, request)} {nothing}"
    return closed_card(t, request, texts_of(request.change).cancelled, what)


def _expired(t: Translator, request: Request) -> Message:
    what = t.gettext(
        "Nobody confirmed this before {until}. Nothing was changed. Ask again if it is "
        "still wanted.",
        until=at(request.expires_at),
    )
    return closed_card(t, request, texts_of(request.change).expired, what)


def _finished(t: Translator, request: Request, ended: Result) -> Message:
    result = result_text(t, request, ended)
    headline = f"{result.mark} {result.headline}"
    blocks = _frame(t, request, headline, "\n".join(result.facts))
    small = " · ".join((confirmed_by(t, request), log_id(t, request)))
    return Message(result.text, (*blocks, context(small)))


def _frame(
    t: Translator, request: Request, headline: str, what: str
) -> tuple[Block, ...]:
    return (
        header(headline),
        section(what),
        fields(card_facts(t, request)),
        *reason_block(t, request),
    )


def _who_confirmed(t: Translator, request: Request) -> str:
    who = mention(t, request.decided_by)
    if request.decided_at is None:
        return t.gettext("{who} confirmed this.", who=who)
    time = at(request.decided_at)
    return t.gettext("{who} confirmed this, {time}.", who=who, time=time)


def who_cancelled(t: Translator, request: Request) -> str:
    """Return by whom a request was cancelled, and when, as a sentence."""
    if ended := why_ended(t, request):
        return ended
    if request.decided_by is None or request.decided_at is None:
        return t.gettext("Slack did not confirm this card, so it was taken back.")
    who, time = mention(t, request.decided_by), at(request.decided_at)
    return t.gettext("{who} cancelled this, {time}.", who=who, time=time)


def _buttons(t: Translator, request: Request) -> ActionsBlock:
    texts = texts_of(request.change)
    confirm = ButtonElement(
        text=button_label(to_do(t, request.change)),
        action_id=CONFIRM,
        value=request.id,
        style="danger" if texts.danger else "primary",
        confirm=_dialog(t, request, texts.dialog) if texts.dialog else None,
    )
    cancel = ButtonElement(
        text=button_label(t.gettext("Cancel")), action_id=CANCEL, value=request.id
    )
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
