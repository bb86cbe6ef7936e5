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
from bot.domain.verbs import Phase
from bot.slack.messages.escape import code
from bot.slack.messages.failed_results import (
    refused_text,
    unavailable_text,
    unknown_text,
)
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    command,
    state,
)
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


def _done(t: Translator, request: Request, result: Done) -> ResultText:
    before, now = state(t, result.before), state(t, result.after)
    fact = t.gettext("Before: {before}. Now: *{now}*.", before=before, now=now)
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
    fact = t.gettext(
        "The card showed: *{before}*. Now: *{now}*. Nothing more was sent.",
        before=state(t, result.before),
        now=state(t, result.now),
    )
    return ResultText(
        "⚠️",
        headline_of(t, request, texts_of(request.change).moved),
        text_of(t, request, texts_of(request.change).moved, fact),
        (fact,),
        rollout_facts(t, result.now),
        (_after_move(t, request, result.now),),
        support_id(t, result.correlation_id),
    )


def _after(t: Translator, request: Request) -> tuple[str, ...]:
    """Return what to do once the change is made."""
    change, now = request.change, request.snapshot.rollout.percentage
    finalize = command("finalize", app_word(request))
    return facts(t, texts_of(change).after, change, now, finalize=finalize)


def _after_move(t: Translator, request: Request, now: Rollout) -> str:
    """Return what to do after a move: once it has ended, nothing can be asked again."""
    match now.phase:
        case Phase.STOPPED:
            return next_step(t, RefusalReason.STOPPED)
        case Phase.COMPLETE:
            return next_step(t, RefusalReason.COMPLETE)
        case _:
            return t.gettext(
                "Look at the new state; if it is still wanted, ask again with "
                "{command}.",
                command=ask_again(request),
            )
