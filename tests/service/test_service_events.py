"""The log of events: what people do is written down, and can be read back from it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.events import Event, EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import Confirmed
from bot.domain.permission import Action
from bot.domain.requests import Person, Place, Request
from bot.domain.results import AlreadyDone, Done, Refused, Result, Unavailable, Unknown
from bot.domain.rollout import Change, RefusalReason
from bot.domain.rules import Rule, rule_from_json
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes import (
    ANN,
    BETA,
    BOB,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    NOON,
    PLACE,
    QUARTER,
    asked,
)
from tests.service.service_harness import CARD, ServiceHarness

THREAD = Place("T1", "C1", "1699.1")
CUT = FailureDetail(FailureCode.TIMEOUT)
LATER = NOON + timedelta(minutes=1)


def brief(event: Event) -> tuple[EventKind, str | None, Place | None, str | None]:
    """Return what every event must say: what, who, where and how it came out."""
    return event.kind, event.actor, event.place, event.code


async def test_a_confirmed_change_leaves_an_event_of_every_step(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask("halt mail crash on start", THREAD)
    harness.now = LATER
    confirmed = await harness.confirm(card, BOB)
    assert isinstance(confirmed, Confirmed)
    operation = harness.operations.kept[card.id]
    await harness.operations.begin_attempt(operation, LATER)
    done = Done(GOING, HALTED, "corr-1")
    await harness.operations.finish_operation(operation, done, LATER)

    log = harness.events.log
    assert [brief(event) for event in log] == [
        (EventKind.ASKED, "U1", THREAD, None),
        (EventKind.APPROVED, "U2", THREAD, None),
        (EventKind.STARTED, "U2", None, None),
        (EventKind.ENDED, "U2", None, "done"),
    ]
    assert [event.at for event in log] == [NOON, LATER, LATER, LATER]
    assert {event.request_id for event in log} == {card.id}
    assert [event.operation_id for event in log] == [None, None, card.id, card.id]
    assert {event.target for event in log} == {MAIL}
    assert [event.alias for event in log] == ["mail", "mail", None, None]
    assert [event.correlation_id for event in log] == [None, None, None, "corr-1"]
    assert log[0].details["reason"] == "crash on start"
    assert log[1].details == {"verb": "halt", "authorises": True}
    assert log[3].details["result"]["before"]["percentage"] == GOING.percentage
    assert log[3].details["result"]["after"]["percentage"] == HALTED.percentage


async def test_only_the_last_approval_says_that_it_authorises(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask_for_two()
    for person in (ANN, ANN, BOB):
        await harness.confirm(card, person)

    approved = harness.events_of(EventKind.APPROVED)
    assert [(event.actor, event.details) for event in approved] == [
        ("U1", {"verb": "halt", "authorises": False}),
        ("U2", {"verb": "halt", "authorises": True}),
    ]


async def test_a_corrected_unknown_leaves_both_results_in_the_log(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    await harness.confirm(card)
    finish, operation = (
        harness.operations.finish_operation,
        harness.operations.kept[card.id],
    )
    await finish(operation, Unknown(None, CUT, "corr-1"), NOON)
    await finish(operation, Done(GOING, HALTED, "corr-2"), LATER)
    await finish(operation, AlreadyDone(HALTED), LATER)

    ended = harness.events_of(EventKind.ENDED)
    assert [(event.code, event.correlation_id) for event in ended] == [
        ("unknown", "corr-1"),
        ("done", "corr-2"),
    ]


async def test_a_cancelled_and_an_expired_request_say_who_and_when(
    harness: ServiceHarness,
) -> None:
    cancelled, unseen, expired = [
        await harness.ask(text)
        for text in ("halt mail", "finalize mail", "set mail 40")
    ]
    await harness.cancel(cancelled, BOB)
    await harness.service.card_failed(unseen.id)
    harness.now += QUARTER
    await harness.confirm(expired, ANN)

    ends = harness.events.log[3:]
    assert [(*brief(event), event.request_id, event.at) for event in ends] == [
        (EventKind.CANCELLED, "U2", PLACE, None, cancelled.id, NOON),
        (EventKind.CANCELLED, None, PLACE, None, unseen.id, NOON),
        (EventKind.EXPIRED, None, PLACE, None, expired.id, NOON + QUARTER),
    ]
    assert {event.target for event in ends} == {MAIL}


async def test_an_alias_that_comes_goes_and_is_pointed_elsewhere_is_an_event(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    add = f"alias add beta {MAIL.app_id}"
    await harness.say(add, BOB, THREAD)
    await harness.say(add, ANN)
    await harness.say("alias remove beta", ANN)
    await harness.say("alias remove beta", ANN)
    await harness.say(add, BOB)
    await harness.say("alias remove beta", ANN)
    await harness.say(f"{add} flight beta ring", BOB)

    log = harness.events.log
    assert [(*brief(event), event.target) for event in log] == [
        (EventKind.ALIAS_ADDED, "U2", THREAD, None, MAIL),
        (EventKind.ALIAS_REMOVED, "U1", PLACE, None, MAIL),
        (EventKind.ALIAS_ADDED, "U2", PLACE, None, MAIL),
        (EventKind.ALIAS_REMOVED, "U1", PLACE, None, MAIL),
        (EventKind.ALIAS_REPOINTED, "U2", PLACE, None, BETA),
    ]
    assert {event.alias for event in log} == {"beta"}
    assert log[-1].details == {
        "app_name": "Mail",
        "flight_name": "Beta ring",
        "added_by": "U2",
        "before": str(MAIL),
    }


@pytest.mark.parametrize(
    ("text", "action", "target"),
    [
        ("halt mail", Action.ASK, MAIL),
        ("finalize mail", Action.ASK, MAIL),
        ("set mail 40", Action.ASK, MAIL),
        (f"alias add x {MAIL.app_id} flight y", Action.NAME_APPS, MAIL),
        ("alias remove mail", Action.NAME_APPS, MAIL),
        ("alias remove xyzzy", Action.NAME_APPS, None),
    ],
)
async def test_a_refused_command_is_an_event(
    harness: ServiceHarness, text: str, action: Action, target: Target | None
) -> None:
    await harness.say(text, GUEST)

    [event] = harness.events.log
    assert brief(event) == (EventKind.REFUSED, "U9", PLACE, "other_workspace")
    assert (event.at, event.target) == (NOON, target)
    assert event.details == {"action": action, "team": "T9"}


@pytest.mark.parametrize("late", [False, True])
async def test_a_refused_press_is_an_event_wherever_it_is_said_to_come_from(
    harness: ServiceHarness, late: bool
) -> None:
    card = await harness.ask()
    theirs = Place("T9", "C1")
    if late:
        harness.now += QUARTER

    await harness.service.confirm(card.id, CARD, theirs, GUEST)
    await harness.service.cancel(card.id, CARD, theirs, GUEST)

    refused = harness.events.log[1:]
    assert [(*brief(event), event.request_id) for event in refused] == [
        (EventKind.REFUSED, "U9", theirs, "other_workspace", card.id)
    ] * 2
    assert {event.target for event in refused} == {MAIL}
    assert [event.details for event in refused] == [
        {"action": action, "team": "T9", "verb": "halt"}
        for action in (Action.APPROVE, Action.CANCEL)
    ]


async def test_a_change_for_which_a_rule_wants_a_reason_is_an_event(
    harness: ServiceHarness,
) -> None:
    rule = Rule(reason_required=True)
    harness.repositories.rules.put(PLACE.workspace, MAIL, rule)

    await harness.say("finalize mail")

    [event] = harness.events.log
    assert brief(event) == (EventKind.REFUSED, "U1", PLACE, "reason_missing")
    assert event.target == MAIL
    assert event.details["verb"] == "finalize"
    assert rule_from_json(event.details["rule"]) == rule


@pytest.mark.parametrize(
    "text", ["", "status", "history", "alias list", "xyzzy", "halt xyzzy", "set mail"]
)
async def test_what_changes_nothing_leaves_no_event(
    harness: ServiceHarness, text: str
) -> None:
    await harness.say(text)

    assert harness.events.log == []


RESULTS: list[Result] = [
    Done(GOING, HALTED, "corr-1"),
    AlreadyDone(HALTED),
    Refused(RefusalReason.STOPPED, HALTED, CUT, "corr-1", ("a", "b")),
    Unavailable(CUT),
    Unknown(None, CUT),
    Unknown(GOING, CUT, "corr-1"),
]


@dataclass(frozen=True)
class Press:
    """Somebody presses a button of the card."""

    person: Person
    cancels: bool


@dataclass(frozen=True)
class Attempt:
    """A runner begins a write, after so many earlier ones."""

    earlier: int


@dataclass(frozen=True)
class Wait:
    """Time goes by."""

    minutes: int


Step = Press | Attempt | Wait | Result
STEPS = st.lists(
    st.builds(Press, st.sampled_from([ANN, BOB, GUEST]), st.just(False))
    | st.builds(Press, st.sampled_from([ANN, BOB, GUEST]), st.booleans())
    | st.builds(Attempt, st.integers(0, 2))
    | st.builds(Wait, st.sampled_from([1, 15]))
    | st.sampled_from(RESULTS),
    max_size=12,
)
CHANGES = st.sampled_from([Change(Verb.HALT), Change(Verb.SET, 40.0)])


async def take(harness: ServiceHarness, card: Request, step: Step) -> None:
    operations = harness.operations
    match step:
        case Press(person, cancels):
            await (harness.cancel if cancels else harness.confirm)(card, person)
        case Attempt(earlier):
            if card.id in operations.kept:
                stands = replace(operations.kept[card.id], attempts=earlier)
                await operations.begin_attempt(stands, harness.now)
        case Wait(minutes):
            harness.now += timedelta(minutes=minutes)
        case _:
            if card.id in operations.kept:
                operation = operations.kept[card.id]
                await operations.finish_operation(operation, step, harness.now)


@given(STEPS, CHANGES, st.integers(1, 2))
@settings(max_examples=500, deadline=None)
def test_the_history_read_from_events_is_the_request_as_stored(
    steps: list[Step], change: Change, approvals_required: int
) -> None:
    async def run() -> None:
        harness = ServiceHarness()
        card = asked(change, approvals_required=approvals_required)
        await harness.requests.add_request(card)
        for step in steps:
            await take(harness, card, step)
            stored = await harness.requests.get_request(card.id)
            page = await harness.events.list_history(PLACE, None, 10)
            assert stored is not None
            # Where the card stands is no event.
            assert page.entries == (replace(stored, card=None),)
            assert page.unread == 0

    asyncio.run(run())
