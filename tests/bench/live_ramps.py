"""Live ramps of a seeded database: each waits for its next step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, insert

from bot.db.plan_statements import PLANS
from bot.db.plans import plan_values
from bot.domain.plan_terms import DEFAULT_STEPS, PlanTerms
from bot.domain.plans import begun
from bot.domain.requests import Request
from bot.domain.schedule import Window
from tests.bench.signed import PERSON

_TERMS: Final = PlanTerms(DEFAULT_STEPS, Window("Europe/Berlin"))
_DAY: Final = timedelta(days=1)


def add_ramps(engine: Engine, requests: Sequence[Request], due: int) -> None:
    """Add a live ramp of each request's target; of so many the next step is due."""
    rows = []
    for number, request in enumerate(requests):
        at = request.asked_at - timedelta(minutes=1)
        ramp = replace(request, id=f"ramp{number:08d}", terms=_TERMS)
        plan = begun(ramp, PERSON, at)
        # Spread over the day that comes, as those of people are.
        later = at + _DAY * (number + 1) / len(requests) + timedelta(minutes=15)
        due_at = at if number < due else later
        rows.append(plan_values(replace(plan, gap_over_at=due_at, due_at=due_at)))
    with engine.begin() as connection:
        connection.execute(insert(PLANS), rows)
