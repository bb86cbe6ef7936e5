"""Plans as people start them, for the tests of everything that works with one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import Plan, begun
from bot.domain.requests import Request
from bot.domain.rollout import IN_PROGRESS, Change, Rollout
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes.samples import ANN, MAIL, asked

# A Friday.
FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
DAY = timedelta(days=1)
STEPS = (10.0, 25.0, 50.0, 100.0)
ALWAYS = Window("UTC", EVERY_DAY, 0, 24 * 60)
TERMS = PlanTerms(STEPS, ALWAYS)
BERLIN = PlanTerms(STEPS, Window("Europe/Berlin"))


def shown(percentage: float, status: str = IN_PROGRESS) -> Rollout:
    """Return what the Store shows of a rollout."""
    return Rollout(True, percentage, status, "1152921505000000001")


def ramp_request(
    terms: PlanTerms = TERMS,
    target: Target = MAIL,
    name: str = "p1",
    at: datetime = FRIDAY,
) -> Request:
    """Return a pending request for a ramp from 5 %."""
    request = asked(Change(Verb.SET, terms.steps[0]), target=target, rollout=shown(5))
    return replace(
        request,
        id=name,
        asked_at=at,
        expires_at=at + timedelta(minutes=15),
        terms=terms,
    )


def started(
    terms: PlanTerms = TERMS,
    target: Target = MAIL,
    name: str = "p1",
    at: datetime = FRIDAY,
) -> Plan:
    """Return a ramp that was just started from 5 %."""
    return begun(ramp_request(terms, target, name, at), ANN.user_id, at)
