"""What is typed and pressed about ramps is answered with, and who may do it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.channel_outcomes import AliasRemoved, AppGivenUp, LetInAsked
from bot.domain.directory import Profile
from bot.domain.events import EventKind
from bot.domain.lock_outcomes import Locked, LockSet
from bot.domain.outcomes import (
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    Denial,
    NotAllowed,
    NothingToConfirm,
)
from bot.domain.permission import Action, Subject, authorize
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.ramp_commands import PlanAction
from bot.domain.requests import Alias, Person, Place
from bot.domain.results import Refused
from bot.domain.rollout import Change
from bot.domain.rules import NO_RULE, Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Verb
from tests.fakes import ANN, BETA, BOB, GUEST, MAIL, MAIN, NOON, PLACE
from tests.fakes.plans import started
from tests.service.service_harness import CARD, ServiceHarness

BERLIN = "Europe/Berlin"
OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
GAMES = Place("T1", "C9")
RAMP = "ramp mail 50 100"
STRANGER = NotAllowed(Denial.OTHER_WORKSPACE)


def run(
    harness: ServiceHarness, target: Target = MAIL, place: Place = PLACE, name: str = ""
) -> Plan:
    """Let a ramp of a target be under way."""
    plan = replace(started(target=target, name=name or f"p-{target}"), place=place)
    plan = replace(plan, percentage=25.0, step=2)
    harness.repositories.plans.kept[target] = plan
    return plan


def hold(harness: ServiceHarness) -> Plan:
    """Let a ramp be held."""
    plan = replace(
        run(harness), state=PlanState.HELD, reason=HoldReason.CHANGED_ELSEWHERE
    )
    harness.repositories.plans.kept[MAIL] = plan
    return plan


def state(harness: ServiceHarness) -> PlanState:
    return harness.repositories.plans.kept[MAIL].state


async def test_a_ramp_is_asked_for_in_the_time_zone_of_the_asker(
    harness: ServiceHarness,
) -> None:
    harness.directory.put(Profile(ANN.user_id, "Ann", BERLIN))

    answer = await harness.say(f"{RAMP} three days each")

    assert isinstance(answer, ConfirmationNeeded)
    request = answer.request
    assert request.terms is not None
    assert request.terms.steps == (50.0, 100.0)
    assert request.terms.window.zone == BERLIN
    assert not request.terms.zone_assumed
    assert request.reason == "three days each"
    assert request.rule == NO_RULE


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Town"])
async def test_without_the_askers_zone_it_is_utc_and_marked(
    harness: ServiceHarness, zone: str | None
) -> None:
    if zone is not None:
        harness.directory.put(Profile(ANN.user_id, "Ann", zone))

    answer = await harness.say(RAMP)

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.terms is not None
    assert answer.request.terms.window.zone == "UTC"
    assert answer.request.terms.zone_assumed


async def test_a_zone_that_is_typed_needs_no_lookup(harness: ServiceHarness) -> None:
    answer = await harness.say(f"{RAMP} zone Europe/Paris")

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.terms is not None
    assert answer.request.terms.window.zone == "Europe/Paris"
    assert not answer.request.terms.zone_assumed
    assert harness.directory.asked == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ramp mail 50 40", RefusedPlan(PlanRefusal.NOT_RISING, "40", "40 50", "mail")),
        ("ramp mial 50", UnknownAlias("mial", ("mail",), near=True)),
        (f"ramp {MAIL.app_id} flight x", Usage(Misuse.UNKNOWN_FLIGHT, MAIL.app_id)),
    ],
)
async def test_what_cannot_be_read_is_refused_before_anything_is_looked_up(
    harness: ServiceHarness, text: str, answer: CommandOutcome
) -> None:
    assert await harness.say(text) == answer
    assert harness.directory.asked == []
    assert harness.store.names() == []


async def test_a_press_starts_the_ramp_and_nothing_else(
    harness: ServiceHarness,
) -> None:
    request = await harness.ask(RAMP)

    confirmed = await harness.confirm(request, BOB)
    assert isinstance(confirmed, Confirmed)
    await harness.service.start(confirmed.request)

    assert harness.starter.begun_ramps == [request.id]
    assert harness.starter.started == []
    assert harness.starter.closed_cards == []


async def test_a_press_that_comes_late_starts_no_ramp(harness: ServiceHarness) -> None:
    request = await harness.ask(RAMP)
    pressed_at = harness.now - timedelta(seconds=16)

    refused = await harness.service.confirm(request.id, CARD, PLACE, BOB, pressed_at)

    assert refused == NotAllowed(Denial.LATE_PRESS)
    assert harness.requests.kept[request.id].is_pending(harness.now)


async def test_a_ramp_beside_another_is_refused(harness: ServiceHarness) -> None:
    plan = run(harness)

    assert await harness.say(RAMP) == PlanLives(plan)


@pytest.mark.parametrize("text", [RAMP, "ramp mail stop", "ramp mail pause"])
async def test_a_guest_may_only_look(harness: ServiceHarness, text: str) -> None:
    plan = run(harness)
    denied = authorize(GUEST, Action.ASK, Subject(PLACE, MAIL))
    assert denied is not None

    assert await harness.say(text, GUEST) == denied
    assert state(harness) is PlanState.RUNNING
    refused = harness.events_of(EventKind.REFUSED)
    assert [event.code for event in refused] == [denied.denial]
    shown = Plans((plan,), (), NOON)
    assert await harness.say("ramp mail", GUEST) == shown
    assert await harness.say("ramp", GUEST) == shown


async def test_a_guest_sees_no_ramp_of_an_app_without_an_alias_here(
    harness: ServiceHarness,
) -> None:
    run(harness, OTHER)
    await harness.say(f"subscribe {OTHER.app_id}")

    assert await harness.say("ramp", GUEST) == Plans((), (), NOON)
    denied = await harness.say(f"ramp {OTHER.app_id}", GUEST)
    assert denied == NotAllowed(Denial.NOT_NAMED_HERE)


async def test_ramps_are_listed_for_what_a_channel_names_follows_or_asked_for(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(OTHER)
    named = run(harness)
    flight = run(harness, BETA)
    elsewhere = run(harness, OTHER, GAMES)
    run(harness, Target(MAIN, "9NONE0000001"), GAMES)

    assert await harness.say("ramp") == Plans((named, flight), (), NOON)
    await harness.say(f"subscribe {OTHER.app_id}")
    listed = Plans((named, flight, elsewhere), (), NOON)
    assert await harness.say("ramps list") == listed
    await harness.say(f"unsubscribe {OTHER.app_id}")
    assert await harness.say("ramp") == Plans((named, flight), (), NOON)


async def test_an_app_of_others_is_not_looked_at(harness: ServiceHarness) -> None:
    run(harness)

    denied = await harness.say(f"ramp {MAIL.app_id}", BOB, GAMES)

    assert denied == NotAllowed(Denial.NOT_YOUR_APP, MAIL)
    assert await harness.say("ramp", BOB, GAMES) == Plans((), (), NOON)


async def test_a_ramp_is_shown_with_the_locks_that_hold_it(
    harness: ServiceHarness,
) -> None:
    plan = run(harness)
    await harness.say("alias add other 9WZDNCRFJ3TJ")
    assert await harness.say("ramp mail") == Plans((plan,), (), NOON)
    assert isinstance(await harness.say("lock mail freeze"), LockSet)

    answer = await harness.say("ramp mail")

    assert isinstance(answer, Plans)
    assert answer.plans == (plan,)
    assert [one.lock.reason for one in answer.locks] == ["freeze"]
    assert await harness.say("ramp") == answer


async def test_where_there_is_no_ramp_that_is_said(harness: ServiceHarness) -> None:
    for text in ("ramp mail", "ramp mail pause", "ramp mail stop"):
        assert await harness.say(text) == NoPlan(MAIL, "mail")


async def test_to_pause_an_app_is_to_pause_its_ramp_where_it_has_one(
    harness: ServiceHarness,
) -> None:
    impossible = Usage(Misuse.NO_PAUSE, "pause", "mail")
    assert await harness.say("pause mail") == impossible
    run(harness)

    for word, action in (("pause", "pause"), ("continue", "resume")):
        meant = Usage(Misuse.UNKNOWN_VERB, word, f"ramp mail {action}")
        assert await harness.say(f"{word} mail") == meant
    assert await harness.say("undo mail") == Usage(Misuse.NO_WAY_BACK, "undo", "mail")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [("pause", PlanState.PAUSED), ("stop no more needed", PlanState.ENDED)],
)
async def test_a_lock_holds_no_change_of_a_ramp_and_no_start_is_taken_under_one(
    harness: ServiceHarness, text: str, becomes: PlanState
) -> None:
    await harness.say("lock mail freeze")
    locked = await harness.say(RAMP)
    assert isinstance(locked, Locked)
    assert locked.verb is Verb.SET
    run(harness)

    answer = await harness.say(f"ramp mail {text}", BOB)

    assert isinstance(answer, PlanChanged)
    assert answer.plan.state is becomes
    assert answer.plan.changed_by == BOB.user_id


async def test_a_ramp_is_resumed_under_a_lock_as_its_steps_wait(
    harness: ServiceHarness,
) -> None:
    run(harness)
    await harness.say("ramp mail pause")
    await harness.say("lock mail freeze")

    answer = await harness.say("ramp mail resume")

    assert isinstance(answer, PlanChanged)
    assert state(harness) is PlanState.RUNNING
    assert await harness.say("ramp mail resume") == PlanUnchanged(
        answer.plan, PlanAction.RESUME
    )


async def test_another_channel_starts_no_ramp_and_changes_none(
    harness: ServiceHarness,
) -> None:
    plan = run(harness)
    asks = f"ramp {MAIL.app_id}"
    outside = NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL)
    assert await harness.say(f"{asks} pause", BOB, GAMES) == outside
    assert harness.repositories.plans.kept[MAIL] == plan
    # Whoever wants to change it may ask for that; to stop one nobody is asked.
    assert harness.repositories.proposals.kept == {}

    answer = await harness.say(f"{asks} 50", BOB, GAMES)
    assert answer == LetInAsked(MAIL, "Mail")

    inside = NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL, (PLACE.channel,))
    harness.directory.channels[PLACE.channel] = frozenset({ANN.user_id})
    assert await harness.say(f"{asks} 50", ANN, GAMES) == inside


async def test_what_the_settings_close_takes_no_command_about_ramps() -> None:
    harness = ServiceHarness(release_channels=frozenset({"C7"}))
    harness.store.publish(MAIL)
    harness.aliases.put("mail")
    run(harness)
    closed = NotAllowed(Denial.NOT_RELEASE_CHANNEL, MAIL)

    for text in (RAMP, "ramp mail pause"):
        assert await harness.say(text) == closed
    assert isinstance(await harness.say("ramp mail"), Plans)


@pytest.mark.parametrize(
    ("line", "rule", "waits"),
    [
        (RAMP, Rule(finalize=SecondPerson.YES), False),
        (f"{RAMP} then finalize", Rule(finalize=SecondPerson.YES), True),
        (RAMP, Rule(set=SecondPerson.YES), True),
        (f"{RAMP} then finalize", Rule(set=SecondPerson.YES), True),
    ],
)
async def test_a_ramp_that_finalizes_is_under_the_rules_of_both(
    harness: ServiceHarness, line: str, rule: Rule, *, waits: bool
) -> None:
    harness.repositories.rules.put("T1", MAIL, rule)

    answer = await harness.say(line)

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.rule == rule
    assert answer.request.needs_another is waits


async def test_a_rule_that_wants_a_reason_gets_one_before_there_is_a_card(
    harness: ServiceHarness,
) -> None:
    harness.repositories.rules.put("T1", MAIL, Rule(reason_required=True))

    answer = await harness.say(RAMP)

    assert isinstance(answer, ReasonRequired)
    assert answer.change == Change(Verb.SET, 100.0)
    assert answer.terms is not None
    assert answer.terms.steps == (50.0, 100.0)
    [refused] = harness.events_of(EventKind.REFUSED)
    assert (refused.code, refused.target) == ("reason_missing", MAIL)
    assert isinstance(await harness.say(f"{RAMP} it is time"), ConfirmationNeeded)


async def test_an_app_that_the_store_does_not_know_is_given_up(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say(f"ramp {OTHER.app_id} 50")

    assert isinstance(answer, NothingToConfirm)
    assert isinstance(answer.result, Refused)
    kept = harness.repositories.memory.release_channels
    assert all(PLACE.channel not in kept[key] for key in kept if OTHER.app_id in key)


async def test_who_waits_for_a_card_is_told_what_for() -> None:
    harness = ServiceHarness()
    harness.store.publish(MAIL)
    harness.aliases.put("mail")
    harness.store.reading = asyncio.Event()
    told: list[tuple[str, ...]] = []

    async def on_reading(apps: tuple[str, ...]) -> None:
        told.append(apps)
        assert harness.store.reading is not None
        harness.store.reading.set()

    service = harness.with_clock(lambda: NOON, notice_after=0.01)
    answers = [each async for each in service.answers(RAMP, PLACE, ANN, on_reading)]

    assert told == [("mail",)]
    assert [type(answer) for answer in answers] == [ConfirmationNeeded]


async def press(
    harness: ServiceHarness, action: PlanAction, plan: Plan, person: Person = BOB
) -> object:
    ramps = harness.service.ramps
    return await ramps.change(action, MAIL, plan.id, PLACE, person)


async def test_a_button_stops_the_ramp_that_it_shows_and_no_later_one(
    harness: ServiceHarness,
) -> None:
    plan = run(harness)

    assert await press(harness, PlanAction.STOP, replace(plan, id="p0")) == NoPlan(MAIL)
    assert await press(harness, PlanAction.STOP, plan, GUEST) == replace(
        STRANGER, target=None
    )
    stopped = await press(harness, PlanAction.STOP, plan)

    assert isinstance(stopped, PlanChanged)
    assert stopped.plan.reason is PlanEnd.STOPPED


async def test_a_held_ramp_goes_on_by_whoever_may_ask_for_a_change(
    harness: ServiceHarness,
) -> None:
    plan, ramps = hold(harness), harness.service.ramps

    async def go_on(person: Person, percentage: float) -> object:
        return await ramps.go_on(MAIL, plan.id, percentage, PLACE, person)

    assert await go_on(GUEST, 25.0) == STRANGER
    assert isinstance(await go_on(BOB, 40.0), PlanMoved)
    assert state(harness) is PlanState.HELD
    harness.now += timedelta(hours=1)
    changed = await go_on(BOB, 25.0)

    assert isinstance(changed, PlanChanged)
    assert (changed.plan.state, changed.plan.changed_by) == ("running", BOB.user_id)


async def test_an_alias_that_is_removed_leaves_its_ramp_and_names_it(
    harness: ServiceHarness,
) -> None:
    plan = run(harness)
    alias = Alias("mail", MAIL, "Mail", None, "U1")

    removed = await harness.say("alias remove mail")

    assert removed == AliasRemoved(alias, given_up=True, ramp=plan)
    assert harness.repositories.plans.kept[MAIL] == plan
    # The channel that has asked for it still lists it.
    assert await harness.say("ramp") == Plans((plan,), (), NOON)


async def test_an_app_that_is_given_up_by_its_store_id_names_its_ramp(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(OTHER)
    await harness.say(f"halt {OTHER.app_id}")
    plan = run(harness, OTHER)

    removed = await harness.say(f"alias remove {OTHER.app_id}")

    assert removed == AppGivenUp(OTHER, plan)
