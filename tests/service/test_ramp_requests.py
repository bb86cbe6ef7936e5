"""What is asked about ramps: a card, a refusal, or a change of one that goes on."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.db.session import Database
from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import Presser, TooEarly, judge
from bot.domain.directory import Profile
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.outcomes import CardOpen, ConfirmationNeeded, NothingToConfirm
from bot.domain.plan_changes import held
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanChanged,
    PlanLives,
    PlanMoved,
    PlanUnchanged,
)
from bot.domain.plan_terms import PlanRefusal, PlanTerms, RefusedPlan
from bot.domain.plans import HoldReason, PlanEnd, PlanState
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.ramp_commands import ChangePlan, PlanAction, StartPlan
from bot.domain.ramp_options import TypedPlan
from bot.domain.requests import Asker
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import STOPPED, Change, RefusalReason, Rollout
from bot.domain.rules import NO_RULE, Rule, RuleInForce, SecondPerson
from bot.domain.verbs import Verb
from bot.service.approvals import Approvals
from bot.service.judging import PressJudge
from bot.service.lock_judging import LockJudge
from bot.service.open_cards import same_as
from bot.service.plan_control import PlanControl
from bot.service.ramp_requests import RampAnswer, RampRequests
from bot.service.readings import Readings
from bot.service.release_channels import ReleaseChannels
from tests.fakes import Step
from tests.fakes.directory import FakeDirectory
from tests.fakes.observations import FakeObservations
from tests.fakes.plans import ALWAYS, FRIDAY, STEPS, TERMS, shown
from tests.fakes.samples import ANN, BOB, MAIL, MAIN, PLACE, ref_of
from tests.service.test_ramps import HOUR, Ramping

APP = ResolvedTarget(MAIL, "mail")
QUARTER = timedelta(minutes=15)
AWAY = UnavailableError(FailureDetail(FailureCode.TIMEOUT))
FINALIZING = replace(TERMS, finalizes=True)


class Asking(Ramping):
    """Ramps, and those who ask about them."""

    async def ask(
        self, terms: PlanTerms = TERMS, rule: Rule = NO_RULE, reason: str = ""
    ) -> RampAnswer:
        stores = {MAIN: self.store}
        readings = Readings(stores, stores, FakeObservations(), lambda: self.now)
        asking = RampRequests(
            readings, self.repositories.requests, self.repositories.plans, QUARTER
        )
        typed = StartPlan(APP, TypedPlan(terms, reason))
        return await asking.ask(typed, Asker(ANN, PLACE, self.now), rule)

    @property
    def approvals(self) -> Approvals:
        stored, directory = self.repositories, FakeDirectory()
        channels = ReleaseChannels(
            stored.release_channels, stored.proposals, stored.events, directory
        )
        return Approvals(
            stored.requests,
            stored.events,
            PressJudge(stored.requests, stored.rules, directory),
            LockJudge(stored.locks, lambda: self.now),
            lambda: self.now,
            channels,
        )

    @property
    def control(self) -> PlanControl:
        stores = {MAIN: self.store}
        return PlanControl(stores, self.repositories.plans, lambda: self.now)

    async def change(self, action: PlanAction, reason: str = "") -> object:
        return await self.control.change(ChangePlan(APP, action, reason), "U1")

    async def hold(self) -> None:
        await self.save(lambda plan: held(plan, HoldReason.CHANGED_ELSEWHERE, self.now))


@pytest.fixture
def asking(database: Database) -> Asking:
    return Asking(database)


async def test_a_ramp_is_asked_for_with_a_card(asking: Asking) -> None:
    answer = await asking.ask(reason="three days each")

    assert isinstance(answer, ConfirmationNeeded)
    request = answer.request
    assert (request.change, request.terms) == (Change(Verb.SET, 10.0), TERMS)
    assert (request.reason, request.alias) == ("three days each", "mail")
    assert request.expires_at == FRIDAY + QUARTER
    assert await asking.repositories.requests.get_request(request.id) == request
    await asking.press(request.id)
    assert (await asking.plan(request.id)).terms == TERMS


async def test_steps_that_are_reached_stay_on_the_card_and_not_in_the_ramp(
    asking: Asking,
) -> None:
    asking.store.rollouts[ref_of()] = shown(30)

    answer = await asking.ask()

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.change == Change(Verb.SET, 50.0)
    assert answer.request.terms is not None
    assert answer.request.terms.steps == STEPS
    await asking.press(answer.request.id)
    assert (await asking.plan(answer.request.id)).terms.steps == (50.0, 100.0)
    await asking.go_on()
    assert asking.raised == [50.0]


@pytest.mark.parametrize(
    ("terms", "percentage", "word"),
    [
        (PlanTerms((10.0, 25.0), ALWAYS), 40.0, "40"),
        (TERMS, 100.0, "100"),
        (FINALIZING, 100.0, "100"),
    ],
)
async def test_a_ramp_lowers_nothing(
    asking: Asking, terms: PlanTerms, percentage: float, word: str
) -> None:
    asking.store.rollouts[ref_of()] = shown(percentage)

    refused = RefusedPlan(PlanRefusal.NOTHING_ABOVE, word, app="mail")
    assert await asking.ask(terms) == refused


async def test_a_rollout_that_is_over_has_no_ramp(asking: Asking) -> None:
    asking.store.rollouts[ref_of()] = shown(5, STOPPED)

    answer = await asking.ask()

    assert isinstance(answer, NothingToConfirm)
    assert isinstance(answer.result, Refused)
    assert answer.result.reason is RefusalReason.STOPPED
    assert answer.is_ramp


async def test_a_second_ramp_is_refused_with_the_first(asking: Asking) -> None:
    await asking.begin()

    assert await asking.ask() == PlanLives(await asking.plan())
    assert asking.store.calls == []


async def test_a_press_that_would_start_a_second_ramp_is_refused_with_the_first(
    asking: Asking,
) -> None:
    waiting = await asking.ask()
    assert isinstance(waiting, ConfirmationNeeded)
    await asking.begin()
    presser = Asker(BOB, PLACE, asking.now)

    outcome = await asking.approvals.approve(waiting.request.id, "1700.1", presser)

    assert outcome == PlanLives(await asking.plan())
    left = await asking.repositories.requests.get_request(waiting.request.id)
    assert left is not None
    assert left.is_pending(asking.now)
    [refused] = await asking.events("refused")
    assert (refused["code"], refused["actor"]) == ("plan_lives", BOB.user_id)
    assert '"plan": "p1"' in str(refused["details"])


async def test_a_rule_may_want_a_reason(asking: Asking) -> None:
    rule = Rule(reason_required=True)

    refused = await asking.ask(rule=rule, reason=" ")
    assert isinstance(refused, ReasonRequired)
    assert refused.terms == TERMS
    assert isinstance(await asking.ask(rule=rule, reason="fixed"), ConfirmationNeeded)


async def test_a_ramp_that_finalizes_needs_who_a_finalize_needs(asking: Asking) -> None:
    rule = Rule(finalize=SecondPerson.YES)
    plain = await asking.ask(rule=rule)
    finalizing = await asking.ask(FINALIZING, rule)

    assert isinstance(plain, ConfirmationNeeded)
    assert isinstance(finalizing, ConfirmationNeeded)
    assert plain.request.expires_at == FRIDAY + QUARTER
    assert finalizing.request.expires_at == FRIDAY + 8 * HOUR
    assert (plain.request.needs_another, finalizing.request.needs_another) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("finalize", "of_set", "strictest"),
    [
        (SecondPerson.NO, SecondPerson.YES, SecondPerson.YES),
        (
            SecondPerson.ALONE_AFTER_1_HOUR,
            SecondPerson.NO,
            SecondPerson.ALONE_AFTER_1_HOUR,
        ),
        (
            SecondPerson.ALONE_AFTER_10_MINUTES,
            SecondPerson.ALONE_AFTER_1_HOUR,
            SecondPerson.ALONE_AFTER_1_HOUR,
        ),
        (SecondPerson.YES, SecondPerson.ALONE_AFTER_1_HOUR, SecondPerson.YES),
    ],
)
def test_of_two_rules_of_a_ramp_the_stricter_holds(
    finalize: SecondPerson, of_set: SecondPerson, strictest: SecondPerson
) -> None:
    rule = Rule(finalize=finalize, set=of_set)

    assert rule.second_person(Verb.SET, Verb.FINALIZE) is strictest


@pytest.mark.parametrize("terms", [FINALIZING, TERMS])
async def test_the_asker_of_a_ramp_that_finalizes_cannot_do_without_another(
    asking: Asking, terms: PlanTerms
) -> None:
    rule = Rule(finalize=SecondPerson.YES)
    answer = await asking.ask(terms, rule)
    assert isinstance(answer, ConfirmationNeeded)

    presser = Presser(ANN.user_id, Profile(ANN.user_id, "Ann"))
    verdict = judge(answer.request, RuleInForce(rule), presser, FRIDAY)

    assert isinstance(verdict, TooEarly) is terms.finalizes


async def test_a_card_of_one_change_does_not_serve_for_a_ramp(asking: Asking) -> None:
    first = await asking.ask()
    assert isinstance(first, ConfirmationNeeded)
    await asking.repositories.requests.put_card(first.request.id, "1.1")

    again = await asking.ask()
    other = await asking.ask(replace(TERMS, steps=(10.0, 100.0)))

    assert isinstance(again, CardOpen)
    assert again.request.id == first.request.id
    assert isinstance(other, ConfirmationNeeded)
    plain = replace(first.request, id="set", terms=None)
    serving, _ = await same_as(asking.repositories.requests, plain)
    assert serving is None


async def test_a_card_whose_percentage_has_changed_makes_room_for_a_new_one(
    asking: Asking,
) -> None:
    first = await asking.ask()
    assert isinstance(first, ConfirmationNeeded)
    await asking.repositories.requests.put_card(first.request.id, "1.1")
    # Its first step is reached meanwhile, so that the card begins with another one.
    asking.store.rollouts[ref_of()] = shown(12)

    again = await asking.ask()

    assert isinstance(again, ConfirmationNeeded)
    assert again.request.change == Change(Verb.SET, 25.0)
    assert again.replaced == (first.request.id,)


async def test_a_ramp_is_paused_resumed_and_stopped(asking: Asking) -> None:
    await asking.begin()

    paused = await asking.change(PlanAction.PAUSE, "crash seen")
    assert isinstance(paused, PlanChanged)
    assert (paused.plan.state, paused.plan.changed_by) == (PlanState.PAUSED, "U1")
    assert await asking.change(PlanAction.PAUSE) == PlanUnchanged(
        paused.plan, PlanAction.PAUSE
    )
    resumed = await asking.change(PlanAction.RESUME)
    assert isinstance(resumed, PlanChanged)
    assert await asking.change(PlanAction.RESUME) == PlanUnchanged(
        resumed.plan, PlanAction.RESUME
    )
    stopped = await asking.change(PlanAction.STOP)
    assert isinstance(stopped, PlanChanged)
    assert (stopped.plan.state, stopped.plan.reason) == (
        PlanState.ENDED,
        PlanEnd.STOPPED,
    )
    for action in PlanAction:
        assert await asking.change(action) == NoPlan(MAIL, "mail")

    [event] = await asking.events("plan_paused")
    assert event["actor"] == "U1"
    assert '"reason": "crash seen"' in str(event["details"])
    assert len(await asking.events("plan_resumed")) == 1
    assert len(await asking.events("plan_ended")) == 1


async def test_a_held_ramp_is_stopped_but_neither_paused_nor_resumed(
    asking: Asking,
) -> None:
    await asking.begin()
    await asking.hold()

    for action in (PlanAction.PAUSE, PlanAction.RESUME):
        assert isinstance(await asking.change(action), PlanUnchanged)
    assert isinstance(await asking.change(PlanAction.STOP), PlanChanged)


async def test_of_presses_at_the_same_time_each_is_answered_by_what_is(
    asking: Asking,
) -> None:
    await asking.begin()

    answers = await asyncio.gather(*(asking.change(PlanAction.PAUSE) for _ in range(5)))

    assert sum(isinstance(one, PlanChanged) for one in answers) == 1
    assert sum(isinstance(one, PlanUnchanged) for one in answers) == 4


async def test_a_held_ramp_goes_on_from_what_the_person_was_shown(
    asking: Asking,
) -> None:
    await asking.begin()
    await asking.hold()
    asking.store.rollouts[ref_of()] = shown(40)

    answer = await asking.control.go_on(MAIL, "p1", 40.0, "U1")
    await asking.go_on()

    assert isinstance(answer, PlanChanged)
    assert answer.plan.next_change == Change(Verb.SET, 50.0)
    assert asking.raised == [50.0]


@pytest.mark.parametrize("now", [shown(60), shown(40, STOPPED)])
async def test_a_held_ramp_does_not_go_on_from_anything_else(
    asking: Asking, now: Rollout
) -> None:
    await asking.begin()
    await asking.hold()
    plan = await asking.plan()
    asking.store.rollouts[ref_of()] = now

    assert await asking.control.go_on(MAIL, "p1", 40.0, "U1") == PlanMoved(plan, now)
    assert await asking.plan() == plan


async def test_what_is_not_held_does_not_go_on(asking: Asking) -> None:
    assert await asking.control.go_on(MAIL, "p1", 5.0, "U1") == NoPlan(MAIL)
    await asking.begin()
    plan = await asking.plan()

    unchanged = PlanUnchanged(plan, PlanAction.RESUME)
    assert await asking.control.go_on(MAIL, "p1", 5.0, "U1") == unchanged
    assert await asking.control.go_on(MAIL, "another", 5.0, "U1") == NoPlan(MAIL)
    assert asking.store.calls == []


async def test_without_the_store_a_held_ramp_stays_held(asking: Asking) -> None:
    await asking.begin()
    await asking.hold()
    asking.store.plan("get_rollout", Step(AWAY))

    answer = await asking.control.go_on(MAIL, "p1", 5.0, "U1")

    assert isinstance(answer, Unavailable)
    assert (await asking.plan()).state is PlanState.HELD


async def test_a_press_that_comes_too_late_changes_nothing(asking: Asking) -> None:
    await asking.begin()
    await asking.hold()
    reading = asking.store.reading = asyncio.Event()
    pressed = asyncio.create_task(asking.control.go_on(MAIL, "p1", 5.0, "U1"))
    while "get_rollout" not in asking.store.names():
        await asyncio.sleep(0)
    stopped = await asking.change(PlanAction.STOP)
    assert isinstance(stopped, PlanChanged)

    reading.set()

    assert isinstance(await pressed, PlanUnchanged)
    assert await asking.plan() == stopped.plan
