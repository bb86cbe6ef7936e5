"""The card of a request, in every state that it can be in."""

from collections.abc import Sequence
from typing import assert_never

from slack_sdk.models.blocks import Block

from bot.domain.locks import HeldLock
from bot.domain.operations import Waiting
from bot.domain.requests import Request, RequestState
from bot.domain.results import Result
from bot.slack.messages.approvers import (
    NO_NAMES,
    Names,
    alone_block,
    approver_blocks,
)
from bot.slack.messages.blocks import (
    Message,
    bullets,
    context,
    fields,
    header,
    section,
)
from bot.slack.messages.card_buttons import decision_buttons
from bot.slack.messages.card_facts import (
    card_facts,
    press_line,
    reason_block,
    versions,
    warnings,
)
from bot.slack.messages.card_texts import asked_for, card_text, card_texts
from bot.slack.messages.escape import mention
from bot.slack.messages.failures import failure_text
from bot.slack.messages.locks import lock_lines
from bot.slack.messages.phrases import (
    at,
    at_second,
    confirmed_by,
    done_alone,
    log_id,
    name,
    partner_center,
    plain_name,
    state,
    why_ended,
)
from bot.slack.messages.ramp_cards import ramp_blocks, ramp_started
from bot.slack.messages.results import result_text
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import facts, verb_text
from bot.slack.messages.verbs import texts_of


def card(t: Translator, request: Request, names: Names = NO_NAMES) -> Message:
    """Draw the card of a request as the request stands now.

    `names` are those of people whom it must not notify.
    """
    match request.state:
        case RequestState.PENDING:
            return _pending(t, request, names)
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


def locked_card(t: Translator, request: Request, locks: Sequence[HeldLock]) -> Message:
    """Draw a card that waits, with the locks that have held a press of it."""
    drawn = card(t, request)
    holding = section("\n".join(lock_lines(t, locks)))
    return Message(drawn.text, (*drawn.blocks[:1], holding, *drawn.blocks[1:]))


def closed_card(
    t: Translator, request: Request, headline: str, what: str, mark: str = ""
) -> Message:
    """Draw a card without buttons; the headline is one of its texts."""
    snapshot = request.snapshot
    shown = card_text(t, headline, request, app=plain_name(t, snapshot))
    text = card_text(t, headline, request, app=name(t, snapshot))
    blocks = _frame(t, request, f"{mark}{shown}", what)
    return Message(f"{text} – {what}", (*blocks, context(log_id(t, request))))


def _pending(t: Translator, request: Request, names: Names) -> Message:
    snapshot, texts = request.snapshot, card_texts(request)
    facts_shown = card_facts(t, request, decided=False)
    if not request.needs_another:
        until = at(request.expires_at)
        facts_shown += (t.gettext("*Confirm until:* {until}", until=until),)
    about = approver_blocks(t, request, names)
    question = card_text(t, texts.question, request, app=plain_name(t, snapshot))
    return Message(
        _asks(t, request),
        (
            header(question),
            # A phone shows the first lines.
            *(about if request.needs_another else ()),
            fields(facts_shown),
            *ramp_blocks(t, request),
            *reason_block(t, request),
            *(() if request.needs_another else about),
            bullets(warnings(t, request)),
            section(press_line(t, request)),
            decision_buttons(t, request),
            *alone_block(t, request),
            context(log_id(t, request)),
        ),
    )


def _asks(t: Translator, request: Request) -> str:
    """Return what a notification says: who asks for what, of what, until when."""
    snapshot = request.snapshot
    who, until = mention(t, request.asked_by), at(request.expires_at)
    app, now = name(t, snapshot), state(t, snapshot.rollout)
    if request.needs_another:
        return t.gettext(
            "{who} asks: {change}, {app}. Now: {state}. It needs one more person, not "
            "{who}, until {until}.",
            change=asked_for(t, request),
            who=who,
            app=app,
            state=now,
            until=until,
        )
    asks = card_texts(request).asks
    return card_text(t, asks, request, who=who, app=app, state=now, until=until)


def _confirmed(t: Translator, request: Request) -> Message:
    if request.terms is not None:
        lines = (ramp_started(t, request, request.terms), *done_alone(t, request))
        return closed_card(t, request, card_texts(request).doing, "\n".join(lines))
    what = t.gettext(
        "The Store is being asked; the result will be posted in this thread."
    )
    return _under_way(t, request, what)


def _under_way(t: Translator, request: Request, what: str) -> Message:
    """Draw a card that is worked on: what holds comes first, who confirmed it last."""
    doing = texts_of(request.change).doing
    lines = (what, _who_confirmed(t, request), *done_alone(t, request))
    return closed_card(t, request, doing, "\n".join(lines))


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
        return closed_card(t, request, card_texts(request).closed, ended)
    nothing = t.gettext("Nothing was changed.")
    what = f"{who_cancelled(t, request)} {nothing}"
    return closed_card(t, request, card_texts(request).cancelled, what)


def _expired(t: Translator, request: Request) -> Message:
    what = t.gettext(
        "Nobody confirmed this before {until}. Nothing was changed. Ask again if it is "
        "still wanted.",
        until=at(request.expires_at),
    )
    return closed_card(t, request, card_texts(request).expired, what)


def _finished(t: Translator, request: Request, ended: Result) -> Message:
    result = result_text(t, request, ended)
    headline = f"{result.mark} {result.headline}"
    what = "\n".join((*result.facts, *done_alone(t, request)))
    blocks = _frame(t, request, headline, what)
    small = " · ".join((confirmed_by(t, request), log_id(t, request)))
    return Message(result.text, (*blocks, context(small)))


def _frame(
    t: Translator, request: Request, headline: str, what: str
) -> tuple[Block, ...]:
    return (
        header(headline),
        section(what),
        fields(card_facts(t, request, decided=True)),
        *ramp_blocks(t, request),
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
    if request.was_declined:
        return t.gettext("{who} declined this, {time}.", who=who, time=time)
    return t.gettext("{who} cancelled this, {time}.", who=who, time=time)
