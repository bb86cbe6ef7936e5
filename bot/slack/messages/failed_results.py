"""The texts of results that did not reach the wanted state."""

from bot.domain.failures import FailureKind
from bot.domain.requests import Request
from bot.domain.results import Refused, Unavailable, Unknown
from bot.domain.rollout import RefusalReason, Rollout
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    at,
    command,
    partner_center,
    state,
)
from bot.slack.messages.refusals import (
    how_it_stands,
    next_step,
    refused_facts,
    support_id,
)
from bot.slack.messages.result_text import ResultText, headline_of, text_of
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import verb_text
from bot.slack.messages.verbs import texts_of


def refused_text(t: Translator, request: Request, result: Refused) -> ResultText:
    """Return the text of a refusal."""
    why = refused_facts(t, result)
    return ResultText(
        "⛔",
        headline_of(t, request, texts_of(request.change).failed),
        text_of(t, request, texts_of(request.change).failed, " ".join(why)),
        (*why, t.gettext("Nothing was changed.")),
        (),
        (_way_on(t, request, result),),
        support_id(t, result.correlation_id),
    )


def _way_on(t: Translator, request: Request, result: Refused) -> str:
    if result.reason is not RefusalReason.UNSUPPORTED:
        return next_step(t, result)
    return _urgent(t, request)


def unavailable_text(
    t: Translator, request: Request, result: Unavailable
) -> ResultText:
    """Return the text of an operation that changed nothing."""
    stands, failure = _how_it_stands(t, request, result), failure_text(t, result.detail)
    nothing = t.gettext("Nothing was changed.")
    return ResultText(
        "⛔",
        headline_of(t, request, texts_of(request.change).failed),
        text_of(t, request, texts_of(request.change).failed, f"{stands} {failure}"),
        (stands, f"{failure} {nothing}", t.gettext("I have stopped trying.")),
        (),
        _next_tries(t, request, result),
        support_id(t, result.correlation_id),
    )


def _how_it_stands(t: Translator, request: Request, result: Unavailable) -> str:
    """Return what customers get now: that a halt has failed matters most."""
    if result.now is None:
        shown = request.snapshot
        return t.gettext(
            "The Store could not be read; the card showed: *{state}*, {time}.",
            state=state(t, shown.rollout),
            time=at(shown.as_of or request.asked_at),
        )
    return how_it_stands(t, result.now)


def _next_tries(
    t: Translator, request: Request, result: Unavailable
) -> tuple[str, ...]:
    """Return what to do now; trying again helps only where nobody must act first."""
    again, urgent = ask_again(request), _urgent(t, request)
    if result.detail.kind is FailureKind.ACTION_NEEDED:
        fixed = t.gettext(
            "Once that is fixed, try again with {command}.", command=again
        )
        return urgent, fixed
    return urgent, t.gettext("Try again with {command}.", command=again)


def unknown_text(t: Translator, request: Request, result: Unknown) -> ResultText:
    """Return the text of an operation of which nobody knows how it ended."""
    failure = failure_text(t, result.detail)
    change, look = request.change, command("status", app_word(request))
    perhaps = verb_text(t, texts_of(change).perhaps, change)
    return ResultText(
        "❓",
        headline_of(t, request, texts_of(request.change).unknown),
        text_of(t, request, texts_of(request.change).unknown, f"{perhaps} {failure}"),
        (
            perhaps,
            t.gettext(
                "The request may have reached the Store, but its effect could not be "
                "seen."
            ),
            failure,
            _last_seen(t, result.last),
        ),
        (),
        (
            _urgent(t, request),
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


def _urgent(t: Translator, request: Request) -> str:
    change = request.change
    return verb_text(t, texts_of(change).urgent, change, link=_link(t, request))


def _link(t: Translator, request: Request) -> str:
    return partner_center(request.snapshot.ref, t.gettext("Partner Center"))
