"""Generated ramps: requests for them, plans in any state, answers about them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.domain.plan_outcomes import (
    NoPlan,
    PlanAnswer,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import PlanRefusal, PlanTerms, RefusedPlan
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState, begun
from bot.domain.ramp_commands import PlanAction
from bot.domain.requests import Request
from bot.domain.rollout import Change, Rollout
from bot.domain.schedule import Window
from bot.domain.verbs import Verb
from tests.slack.messages.every_ramp import OF_A_STEP
from tests.slack.slack_strategies import REQUESTS, ROLLOUTS, TARGETS, WORDS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TIMES = st.integers(0, 400 * 24 * 60).map(lambda late: NOON + timedelta(minutes=late))
TERMS = st.builds(
    PlanTerms,
    st.lists(st.integers(1, 10_000), min_size=1, max_size=12, unique=True).map(
        lambda hundredths: tuple(sorted(each / 100 for each in hundredths))
    ),
    st.builds(
        Window,
        st.sampled_from(["UTC", "America/Argentina/ComodRivadavia"]),
        st.frozensets(st.integers(0, 6), min_size=1),
        st.integers(0, 720),
        st.integers(721, 1440),
    ),
    st.integers(60, 43_200).map(lambda minutes: timedelta(minutes=minutes)),
    st.booleans(),
    st.booleans(),
)


def _ramp(request: Request, terms: PlanTerms, share: float, at: datetime) -> Request:
    """Turn a request into one for a ramp, from somewhere below its last step."""
    percentage = (terms.steps[-1] - 0.005) * share
    rollout = Rollout(True, percentage, "PackageRolloutInProgress")
    left = terms.above(percentage).steps
    return replace(
        request,
        change=Change(Verb.SET, left[0]),
        snapshot=replace(request.snapshot, rollout=rollout),
        terms=terms,
        asked_at=at,
        expires_at=at + timedelta(minutes=15),
        decided_at=None if request.decided_at is None else at,
        operation=None,
    )


def _plan(
    request: Request, state: PlanState, reason: HoldReason, end: PlanEnd, behind: float
) -> Plan:
    plan = begun(request, request.asked_by, request.asked_at)
    step = int(behind * len(plan.terms.changes))
    reasons: dict[PlanState, HoldReason | PlanEnd] = {PlanState.HELD: reason}
    why = {**reasons, PlanState.ENDED: end}.get(state)
    plan = replace(plan, step=step, state=state, reason=why, tries=step % 2)
    if state is not PlanState.RUNNING:
        return replace(plan, due_at=None)
    return replace(plan, operation_id="o1" if behind < 1 / 2 else None)


RAMP_REQUESTS = st.builds(_ramp, REQUESTS, TERMS, st.floats(0, 1), TIMES)
PLANS = st.builds(
    _plan,
    RAMP_REQUESTS,
    st.sampled_from(PlanState),
    st.sampled_from(HoldReason),
    st.sampled_from(PlanEnd),
    st.floats(0, 1, exclude_max=True),
)
REFUSED: st.SearchStrategy[PlanAnswer] = st.one_of(
    st.builds(
        RefusedPlan,
        st.sampled_from([one for one in PlanRefusal if one not in OF_A_STEP]),
        WORDS,
        st.one_of(st.none(), WORDS),
        WORDS,
    ),
    st.builds(
        RefusedPlan,
        st.sampled_from(OF_A_STEP),
        st.floats(0, 1e9).map(str),
        st.one_of(st.none(), WORDS),
        WORDS,
    ),
)
RAMP_ANSWERS: st.SearchStrategy[PlanAnswer] = st.one_of(
    REFUSED,
    st.builds(PlanLives, PLANS),
    st.builds(NoPlan, TARGETS, st.one_of(st.none(), WORDS)),
    st.builds(PlanChanged, PLANS),
    st.builds(PlanUnchanged, PLANS, st.sampled_from(PlanAction)),
    st.builds(PlanMoved, PLANS, ROLLOUTS),
    st.builds(
        Plans,
        st.lists(PLANS, max_size=2).map(lambda some: tuple(some * 20)[:40]),
        st.just(()),
        st.just(NOON),
    ),
    st.builds(lambda plan: Plans((plan,), (), NOON), PLANS),
)
