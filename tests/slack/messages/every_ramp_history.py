"""Every entry of a ramp in the history: each step, each result, and each turn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.plan_events import SentStep
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.ramp_history import RampEvent, RampHistory, RampStep, RampTurn
from bot.domain.requests import RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason
from tests.slack.messages.every_notice import GOING
from tests.slack.messages.every_ramp import EVERY_TERMS, FRIDAY, request

_AWAY: Final = FailureDetail(FailureCode.TIMEOUT)
_SAID: Final = FailureDetail(FailureCode.CONFLICT, {"store_message": "Not now."})
RESULTS: Final[tuple[Result | None, ...]] = (
    None,
    Done(GOING, GOING),
    AlreadyDone(GOING),
    Moved(GOING, GOING),
    Refused(RefusalReason.NOT_IN_PROGRESS, GOING),
    Refused(RefusalReason.UNSUPPORTED, GOING, detail=_SAID),
    Unavailable(_AWAY),
    Unknown(GOING, _AWAY),
)


def every_ramp_history(text: str, word: str, person: str) -> Iterator[RampHistory]:
    """Return a ramp with each course: none, one event of each kind, and very many."""
    for terms in EVERY_TERMS:
        asked = request(text, word, person, terms, 0.0)
        started = asked.decided(RequestState.AUTHORISED, person, FRIDAY)
        course = (*_steps(terms), *_turns(text, person))
        yield RampHistory(started)
        yield RampHistory(replace(started, alone_reason=text), asked_here=False)
        yield RampHistory(replace(started, terms=None, reason=""), course[:1])
        yield RampHistory(started, course)
        for one in course:
            yield RampHistory(started, (one,))


def _steps(terms: PlanTerms) -> Iterator[RampEvent]:
    count = len(terms.changes)
    for result in RESULTS:
        for late in (None, timedelta(minutes=150)):
            for number in {1, count}:
                change = terms.changes[number - 1]
                sent = SentStep(number, count, late)
                yield RampStep(sent, change, 5.0, FRIDAY, result)


def _turns(text: str, person: str) -> Iterator[RampEvent]:
    yield RampTurn(EventKind.PLAN_PAUSED, FRIDAY, person, 10.0, reason=text)
    yield RampTurn(EventKind.PLAN_RESUMED, FRIDAY, person, 10.0)
    yield RampTurn(EventKind.PLAN_RESUMED, FRIDAY, person, 10.0, went_on=True)
    yield RampTurn(EventKind.PLAN_RESUMED, FRIDAY, None, 10.0, went_on=True)
    for reason in HoldReason:
        yield RampTurn(EventKind.PLAN_HELD, FRIDAY, None, 10.0, reason)
    for end in PlanEnd:
        yield RampTurn(EventKind.PLAN_ENDED, FRIDAY, person, 10.0, end, text)
