"""Replies to the one who pressed the button of a card, where the card is none."""

from typing import assert_never

from bot.domain.lock_outcomes import Locked
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    Confirmed,
    Expired,
    NotAllowed,
)
from bot.domain.plan_outcomes import PlanLives
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import Request, RequestState
from bot.domain.usage import Usage
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.denials import not_allowed
from bot.slack.messages.escape import mention
from bot.slack.messages.locks import locked
from bot.slack.messages.phrases import at, why_ended
from bot.slack.messages.press_refusals import approved, press_refused
from bot.slack.messages.ramps import ramp_answer
from bot.slack.messages.results import result_text
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import usage


def decision_message(t: Translator, decided: ClickOutcome) -> Message | None:
    """Draw the reply to the one who pressed; None where the card is the reply."""
    match decided:
        case Confirmed() | Cancelled():
            return None
        case Approved():
            return approved(t, decided)
        case PressRefused():
            return press_refused(t, decided)
        case Locked():
            return locked(t, decided)
        case PlanLives():
            return ramp_answer(t, decided)
        case Expired():
            return note(_expired(t, decided.request))
        case AlreadyHandled():
            return note(_handled(t, decided.request))
        case NotAllowed():
            return not_allowed(t, decided)
        case Usage():
            return usage(t, decided)
    assert_never(decided)


def _expired(t: Translator, request: Request) -> str:
    return t.gettext(
        "This card expired, {time}. Your click did nothing; ask again if it is still "
        "wanted.",
        time=at(request.expires_at),
    )


def _handled(t: Translator, request: Request) -> str:
    if ended := why_ended(t, request):
        nothing = t.gettext("Your click did nothing.")
        return f"{ended} {nothing}"
    match request.state:
        case RequestState.AUTHORISED if request.result is not None:
            how = result_text(t, request, request.result).text
            rest = t.gettext(
                "Your click did nothing more. It has ended: {result}", result=how
            )
        case RequestState.AUTHORISED if request.terms is not None:
            rest = t.gettext("The ramp was started. Your click did nothing more.")
        case RequestState.AUTHORISED:
            rest = t.gettext("It is under way. Your click did nothing more.")
        case RequestState.CANCELLED:
            rest = t.gettext("Nothing was changed; ask again if it is still wanted.")
        case RequestState.EXPIRED:
            return _expired(t, request)
        case RequestState.PENDING:
            return t.gettext(
                "Your click could not be taken just now. Please press again."
            )
    return f"{_who_decided(t, request)} {rest}"


def _who_decided(t: Translator, request: Request) -> str:
    who = mention(t, request.decided_by)
    time = at(request.decided_at) if request.decided_at else "–"
    if request.was_declined:
        return t.gettext("{who} declined this already, {time}.", who=who, time=time)
    if request.state is RequestState.CANCELLED:
        return t.gettext("{who} cancelled this already, {time}.", who=who, time=time)
    return t.gettext("{who} confirmed this already, {time}.", who=who, time=time)
