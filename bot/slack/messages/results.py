"""How an operation ended: its headline, the facts, and what to do next."""

from typing import assert_never

from bot.domain.requests import Request
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.verbs import VERBS, Phase
from bot.slack.messages.escape import code
from bot.slack.messages.failed_results import (
    refused_text,
    unavailable_text,
    unknown_text,
)
from bot.slack.messages.phrases import app_word, ask_again, at, command, state
from bot.slack.messages.refusals import (
    next_step,
    support_id,
)
from bot.slack.messages.result_text import ResultText, headline_of, text_of
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import facts
from bot.slack.messages.verbs import texts_of


def result_text(t: Translator, request: Request, result: Result) -> ResultText:
    """Return the text of a request's result."""
    match result:
        case Done():
            return _done(t, request, result)
        case AlreadyDone():
            return _already(t, request, result)
        case Moved():
            return _moved(t, request, result)
        case Refused():
            return refused_text(t, request, result)
        case Unavailable():
            return unavailable_text(t, request, result)
        case Unknown():
            return unknown_text(t, request, result)
    assert_never(result)


def rollout_facts(t: Translator, now: Rollout) -> tuple[str, ...]:
    """Return a rollout as the Store returned it, one line each."""
    fallback = now.fallback_submission_id
    percentage, status = t.percent(now.percentage), code(now.status)
    return (
        t.gettext("*Percentage:* {percentage}", percentage=percentage),
        t.gettext("*Status:* {status}", status=status),
        t.gettext("*Fallback submission:* {id}", id=code(fallback))
        if fallback
        else t.gettext("*Fallback submission:* none"),
    )


def known_before(request: Request, result: Done) -> Rollout | None:
    """Return the state before the change; None where only the card's is known."""
    seen = result.before_at
    newer = seen is not None and seen > request.asked_at
    return result.before if newer or VERBS[request.change.verb].reads_first else None


def _before(t: Translator, request: Request, result: Done) -> str:
    known, now = known_before(request, result), state(t, result.after)
    if known is not None and result.before_at is not None:
        return t.gettext(
            "Before: {before}, as of {time}. Now: *{now}*.",
            before=state(t, known),
            time=at(result.before_at),
            now=now,
        )
    if known is not None:
        before = state(t, known)
        return t.gettext("Before: {before}. Now: *{now}*.", before=before, now=now)
    shown = request.snapshot.rollout
    if shown.phase is not Phase.IN_PROGRESS:
        return t.gettext("The state before was not read. Now: *{now}*.", now=now)
    return t.gettext(
        "Now: *{now}*. The card was made at {percentage}; the percentage at the click "
        "was not read.",
        percentage=t.percent(shown.percentage),
        now=now,
    )


def _done(t: Translator, request: Request, result: Done) -> ResultText:
    fact = _before(t, request, result)
    return ResultText(
        "✅",
        headline_of(t, request, texts_of(request.change).done),
        text_of(t, request, texts_of(request.change).done, fact),
        (fact,),
        rollout_facts(t, result.after),
        _after(t, request),
    )


def _already(t: Translator, request: Request, result: AlreadyDone) -> ResultText:
    now = state(t, result.now)
    fact = t.gettext(
        "State: *{state}*. It was so already; nothing was changed now.", state=now
    )
    return ResultText(
        "ℹ️",
        headline_of(t, request, texts_of(request.change).already),
        text_of(t, request, texts_of(request.change).already, fact),
        (fact,),
        rollout_facts(t, result.now),
        _after(t, request),
    )


def _moved(t: Translator, request: Request, result: Moved) -> ResultText:
    sent = request.operation is not None and request.operation.attempts > 0
    before, now = state(t, result.before), state(t, result.now)
    if sent:
        fact = t.gettext(
            "The card showed: *{before}*. Now: *{now}*. Nothing more was sent.",
            before=before,
            now=now,
        )
    else:
        fact = t.gettext(
            "The card showed: *{before}*. Now: *{now}*. Nothing was sent.",
            before=before,
            now=now,
        )
    return ResultText(
        "⚠️",
        headline_of(t, request, texts_of(request.change).moved),
        text_of(t, request, texts_of(request.change).moved, fact),
        (fact,),
        rollout_facts(t, result.now),
        (_after_move(t, request, result.now),),
        # The id of a plain reading is of no use to the support: nothing failed.
        support_id(t, result.correlation_id) if sent else (),
    )


def _after(t: Translator, request: Request) -> tuple[str, ...]:
    """Return what to do once the change is made."""
    change, snapshot = request.change, request.snapshot
    finalize = command("finalize", app_word(request))
    return facts(t, texts_of(change).after, change, snapshot, finalize=finalize)


def _after_move(t: Translator, request: Request, now: Rollout) -> str:
    """Return what to do after a move: once it has ended, nothing can be asked again."""
    match now.phase:
        case Phase.STOPPED:
            return next_step(t, Refused(RefusalReason.STOPPED, now))
        case Phase.COMPLETE:
            return next_step(t, Refused(RefusalReason.COMPLETE, now))
        case _:
            return t.gettext(
                "Look at the new state; if it is still wanted, ask again with "
                "{command}.",
                command=ask_again(request),
            )
