"""Requests for ramps: read the rollout, drop what is reached, and store the request."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.log_fields import log_fields
from bot.domain.outcomes import CardOpen, ConfirmationNeeded, NothingToConfirm
from bot.domain.percentages import format_percentage
from bot.domain.plan_outcomes import PlanLives
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.ramp_commands import StartPlan
from bot.domain.reasons import shown
from bot.domain.requests import Asker, Request
from bot.domain.results import AlreadyDone
from bot.domain.rollout import Change
from bot.domain.rules import Rule
from bot.domain.targets import ResolvedChange
from bot.domain.verbs import Verb
from bot.service import open_cards
from bot.service.plan_repository import PlanRepository
from bot.service.preflight import check_change
from bot.service.readings import Readings
from bot.service.request_repository import RequestRepository
from bot.service.requests import LONGEST_REASON, WAIT_FOR_ANOTHER

# What asking for a ramp is answered with.
RampAnswer = (
    ConfirmationNeeded
    | CardOpen
    | NothingToConfirm
    | ReasonRequired
    | RefusedPlan
    | PlanLives
)


@dataclass(frozen=True, slots=True)
class RampRequests:
    """Asks for ramps; who may ask is decided before. Raises StorageUnavailable."""

    readings: Readings
    requests: RequestRepository
    plans: PlanRepository
    confirm_for: timedelta

    async def ask(self, wanted: StartPlan, asker: Asker, rule: Rule) -> RampAnswer:
        """Store a request for the ramp, or return why there is no card for it."""
        app, terms = wanted.app, wanted.typed.terms
        last = ResolvedChange(app, Change(Verb.SET, terms.steps[-1]), "")
        if rule.reason_required and not shown(wanted.typed.reason):
            return ReasonRequired(app, last.change, terms)
        live = await self.plans.live_plan(app.target)
        if live is not None:
            return PlanLives(live)
        request_id = uuid.uuid4().hex
        with log_fields(request=request_id, verb="ramp", target=str(app.target)):
            seen = await check_change(self.readings, last)
        if isinstance(seen, NothingToConfirm):
            if isinstance(seen.result, AlreadyDone):
                return _nothing_above(wanted, seen.result.now.percentage)
            return replace(seen, is_ramp=True)
        left = terms.above(seen.rollout.percentage)
        if not left.steps:
            return _nothing_above(wanted, seen.rollout.percentage)
        change = Change(Verb.SET, left.steps[0])
        request = Request(
            id=request_id,
            place=asker.place,
            change=change,
            snapshot=seen,
            asked_by=asker.person.user_id,
            reason=wanted.typed.reason[:LONGEST_REASON],
            asked_at=asker.at,
            expires_at=asker.at + self.confirm_for,
            alias=app.alias,
            rule=rule,
            terms=terms,
        )
        if request.needs_another:
            request = replace(request, expires_at=asker.at + WAIT_FOR_ANOTHER)
        serving, outdated = await open_cards.same_as(self.requests, request)
        if serving is not None:
            return CardOpen(serving, request)
        replaced = await open_cards.replace_with(self.requests, request, outdated)
        return ConfirmationNeeded(request, replaced)


def _nothing_above(wanted: StartPlan, percentage: float) -> RefusedPlan:
    word = format_percentage(percentage)
    return RefusedPlan(PlanRefusal.NOTHING_ABOVE, word, app=wanted.app.word)
