"""How an operation ended: its headline, the facts, and what to do next."""

from dataclasses import dataclass
from typing import assert_never

from bot.domain.failures import FailureKind
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
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    command,
    name,
    partner_center,
    plain_name,
    state,
)
from bot.slack.messages.refusals import next_step, refused_facts, support_id
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import facts, verb_text
from bot.slack.messages.verbs import texts_of


@dataclass(frozen=True, slots=True)
class ResultText:
    """How a request ended: one headline, what is true now, and what to do next.

    `headline` is plain text; all else is safe mrkdwn. `proof` is the rollout as the
    Store returned it, `support` what Microsoft's support needs, where something failed.
    """

    mark: str
    headline: str
    text: str
    facts: tuple[str, ...]
    proof: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


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
            return _refused(t, request, result)
        case Unavailable():
            return _unavailable(t, request, result)
        case Unknown():
            return _unknown(t, request, result)
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
        _headline(t, request, texts_of(request.change).done),
        _text(t, request, texts_of(request.change).done, fact),
        (fact,),
        rollout_facts(t, result.after),
        _after(t, request),
    )


def _already(t: Translator, request: Request, result: AlreadyDone) -> ResultText:
    now = state(t, result.now)
    fact = t.gettext(
        "State: *{state}*. It was so already; this request changed nothing.", state=now
    )
    return ResultText(
        "ℹ️",
        _headline(t, request, texts_of(request.change).already),
        _text(t, request, texts_of(request.change).already, fact),
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
        _headline(t, request, texts_of(request.change).moved),
        _text(t, request, texts_of(request.change).moved, fact),
        (fact,),
        rollout_facts(t, result.now),
        (_after_move(t, request, result.now),),
        support_id(t, result.correlation_id),
    )


def _refused(t: Translator, request: Request, result: Refused) -> ResultText:
    why = refused_facts(t, result)
    return ResultText(
        "⛔",
        _headline(t, request, texts_of(request.change).refused),
        _text(t, request, texts_of(request.change).refused, why[0]),
        (t.gettext("The Store refused; nothing was changed."), *why),
        (),
        (next_step(t, result.reason),),
        support_id(t, result.correlation_id),
    )


def _unavailable(t: Translator, request: Request, result: Unavailable) -> ResultText:
    failure = failure_text(t, result.detail)
    return ResultText(
        "⛔",
        _headline(t, request, texts_of(request.change).failed),
        _text(t, request, texts_of(request.change).failed, failure),
        (t.gettext("*Nothing was changed.*"), failure),
        (),
        _next_tries(t, request, result),
        support_id(t, result.correlation_id),
    )


def _next_tries(
    t: Translator, request: Request, result: Unavailable
) -> tuple[str, ...]:
    """Return what to do now; trying again helps only where nobody must act first."""
    again, link = ask_again(request), _link(t, request)
    if result.detail.kind is FailureKind.ACTION_NEEDED:
        return (
            t.gettext("If it cannot wait, use {link} now.", link=link),
            t.gettext("Once that is mended, try again with {command}.", command=again),
        )
    return (
        t.gettext("Try again with {command}.", command=again),
        t.gettext("If it cannot wait, use {link}.", link=link),
    )


def _unknown(t: Translator, request: Request, result: Unknown) -> ResultText:
    failure = failure_text(t, result.detail)
    look = command("status", app_word(request))
    return ResultText(
        "❓",
        _headline(t, request, texts_of(request.change).unknown),
        _text(t, request, texts_of(request.change).unknown, failure),
        (
            t.gettext(
                "The request may have reached the Store, but its effect could not be "
                "seen: the rollout *may or may not* have been changed."
            ),
            failure,
            _last_seen(t, result.last),
        ),
        (),
        (
            t.gettext(
                "I go on looking for up to an hour, and correct this when I know."
            ),
            t.gettext(
                "To look yourself: {command}, or {link}.",
                command=look,
                link=_link(t, request),
            ),
        ),
        support_id(t, result.correlation_id),
    )


def _last_seen(t: Translator, last: Rollout | None) -> str:
    if last is None:
        return t.gettext("The Store showed nothing that could be read.")
    return t.gettext(
        "The last state seen: *{state}*. It may be from before the request.",
        state=state(t, last),
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


def _headline(t: Translator, request: Request, text: str) -> str:
    return verb_text(t, text, request.change, app=plain_name(t, request.snapshot))


def _text(t: Translator, request: Request, text: str, details: str) -> str:
    """Return the text of a notification: the headline, then the first details."""
    headline = verb_text(t, text, request.change, app=name(t, request.snapshot))
    return f"{headline} – {details}"


def _link(t: Translator, request: Request) -> str:
    return partner_center(request.snapshot.ref, t.gettext("Partner Center"))
