"""What a channel reads of a ramp: each step once, and why a person has to decide."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import Event, EventKind, operation_ended
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notices import Notice
from bot.domain.operations import Operation
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.plan_changes import ended, gone_on, held, paused, reminded
from bot.domain.plan_events import (
    SentStep,
    plan_changed,
    plan_started,
    plan_still_held,
)
from bot.domain.plan_outcomes import PlanMoved
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.requests import Place
from bot.domain.results import Done, Refused, Result, Unavailable
from bot.domain.rollout import COMPLETE, STOPPED, Change, RefusalReason, Rollout
from bot.domain.verbs import Verb
from bot.slack.ids import HeldRamp, held_of, held_value
from bot.slack.messages.blocks import Message
from bot.slack.messages.held_ramps import held_ramp_answer
from bot.slack.messages.notices import notice_message
from tests.fakes.plans import BERLIN, DAY, FRIDAY, TERMS, shown, started
from tests.fakes.samples import BETA, MAIL
from tests.slack_users import texts
from tests.translators import ENGLISH

HERE = Place("T1", "C1")
PLAN = replace(started(BERLIN), step=1, percentage=10.0)
HELD = held(PLAN, HoldReason.CHANGED_ELSEWHERE, FRIDAY)


def notice(event: Event, plan: Plan | None = PLAN, **more: Any) -> Notice:  # noqa: ANN401 - fields of a notice
    return Notice(1, HERE, event, "Contoso Mail", plan=plan, **more)


def drawn(told: Notice) -> Message:
    return notice_message(ENGLISH, told)


def words(told: Notice) -> str:
    return texts({"blocks": drawn(told).rendered()})


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """Return the buttons of a message by their labels."""
    return {
        element["text"]["text"]: element
        for block in message.rendered()
        if block["type"] == "actions"
        for element in block["elements"]
    }


def step(
    change: Change, after: Rollout, sent: SentStep, plan: Plan | None = PLAN
) -> Notice:
    """Return the notice of a step that the Store has shown."""
    operation = Operation(
        *("o1", PLAN.ref, change, shown(5), "U1", FRIDAY), plan_id=PLAN.id
    )
    event = operation_ended(operation, Done(shown(5), after), FRIDAY)
    return notice(event, plan, step=sent)


def a_hold(
    plan: Plan = HELD, seen: Rollout | None = None, by: Result | None = None
) -> Notice:
    return notice(plan_changed(plan, seen=seen, by=by), plan)


def test_a_start_names_the_steps_their_times_who_and_why() -> None:
    told = notice(plan_started(replace(PLAN, start_reason="release <2.1>")))

    text = words(told)

    assert "▶️ <@U1> started a ramp of *Contoso Mail*: 10 % → 25 % → 50 %" in text
    assert "1 day apart, Mon – Fri, 09:00 – 16:00 (`Europe/Berlin`)" in text
    assert "Why it was asked for: release &lt;2.1&gt;" in text
    assert buttons(drawn(told)) == {}


def test_a_step_is_told_as_one_of_the_ramp_with_what_comes_next() -> None:
    text = words(step(Change(Verb.SET, 10.0), shown(10), SentStep(1, 4)))

    assert (
        "*Contoso Mail* is in progress at 10 % now: step 1 of 4 of the ramp that <@U1> "
        "started. It was in progress at 5 %." in text
    )
    # On Monday, when the window opens in Berlin.
    assert "next: 25 %, <!date^1795420800^" in text
    assert "late" not in text


def test_a_late_step_says_how_late_it_is_and_why() -> None:
    sent = SentStep(1, 4, timedelta(hours=2, minutes=30))

    text = words(step(Change(Verb.SET, 10.0), shown(10), sent))

    assert "sent 150 minutes late: I could not send it when it was due" in text


def test_the_last_step_says_that_it_is_the_last() -> None:
    over = ended(replace(PLAN, step=4), PlanEnd.DONE, None, FRIDAY)

    text = words(step(Change(Verb.SET, 100.0), shown(100), SentStep(4, 4), over))

    assert "this was the last step" in text
    finalized = step(Change(Verb.FINALIZE), shown(100, COMPLETE), SentStep(5, 5), over)
    assert "✅ *Contoso Mail* was finalized: step 5 of 5 of the ramp" in words(
        finalized
    )


@pytest.mark.parametrize(
    "plan",
    [None, paused(PLAN, "U2", FRIDAY), ended(PLAN, PlanEnd.HALTED, "U2", FRIDAY)],
)
def test_nothing_is_promised_after_a_step_of_a_ramp_that_stands_still(
    plan: Plan | None,
) -> None:
    text = words(step(Change(Verb.SET, 10.0), shown(10), SentStep(1, 4), plan))

    assert "next:" not in text


def test_a_pause_says_who_and_why_and_that_nothing_is_raised() -> None:
    still = paused(PLAN, "U2", FRIDAY)

    text = words(notice(plan_changed(still, "look at crashes"), still))

    assert "⏸️ <@U2> paused the ramp of *Contoso Mail* at 10 %." in text
    assert "Why: look at crashes" in text


def test_a_ramp_that_goes_on_says_who_lets_it_and_what_comes_next() -> None:
    on = gone_on(HELD, "U2", FRIDAY, 10.0)

    text = words(notice(plan_changed(on), on))

    assert "▶️ <@U2> lets the ramp of *Contoso Mail* go on from 10 %." in text
    assert "next step: 25 %" in text
    alone = replace(on, changed_by=None)
    assert "goes on by itself from 10 %" in words(notice(plan_changed(alone), None))


@pytest.mark.parametrize(
    ("end", "by", "sentence"),
    [
        (PlanEnd.DONE, None, "Every step of the ramp is done."),
        (PlanEnd.STOPPED, "U2", "<@U2> stopped the ramp."),
        (PlanEnd.HALTED, "U2", "<@U2> halted the rollout."),
        (PlanEnd.FINALIZED, "U2", "<@U2> finalized the rollout"),
        (PlanEnd.FOUND_HALTED, None, "The rollout was halted outside Rollout Bot"),
        (PlanEnd.FOUND_FINALIZED, None, "finalized outside Rollout Bot"),
        (PlanEnd.REPLACED, None, "A newer submission has taken the place"),
    ],
)
def test_an_end_says_how_and_how_far_the_ramp_has_come(
    end: PlanEnd, by: str | None, sentence: str
) -> None:
    over = ended(PLAN, end, by, FRIDAY)

    text = words(notice(plan_changed(over), over))

    assert "⏹️ The ramp of *Contoso Mail* has ended. " in text
    assert sentence in text
    assert "100 % is not finalized" not in text


def test_a_ramp_that_ends_at_100_says_that_this_is_not_finalized() -> None:
    full = replace(PLAN, step=4, percentage=100.0)
    over = ended(full, PlanEnd.DONE, None, FRIDAY)
    assert "100 % is not finalized" in words(notice(plan_changed(over), over))

    to_the_end = replace(over, terms=replace(TERMS, finalizes=True))
    assert "not finalized" not in words(notice(plan_changed(to_the_end), to_the_end))


def test_only_what_a_person_decides_is_shown_to_the_whole_channel() -> None:
    assert a_hold().concerns_channel
    assert notice(plan_still_held(HELD, FRIDAY), HELD).concerns_channel
    still = paused(PLAN, "U2", FRIDAY)
    for event in (plan_started(PLAN), plan_changed(still)):
        assert not notice(event).concerns_channel
    one = step(Change(Verb.SET, 10.0), shown(10), SentStep(1, 4))
    assert not one.concerns_channel


def test_a_hold_by_hand_names_the_percentage_that_the_store_shows() -> None:
    told = replace(a_hold(seen=shown(40)), mention="S012")

    message = drawn(told)

    assert message.text == (
        "<!subteam^S012> ✋ The ramp of *Contoso Mail* waits for a person: the Store "
        "does not show 10 % any more, the last percentage of the ramp."
    )
    text = words(told)
    assert "The Store shows: *in progress at 40 %*" in text
    assert "The next one, 50 %, is then sent at once, while its window" in text
    assert "until somebody decides; that does not halt the rollout." in text
    found = buttons(message)
    assert [*found] == ["Go on from 40 %", "Stop ramp", "Halt…"]
    ramp = HeldRamp("p1", MAIL, 40.0)
    assert held_of(found["Go on from 40 %"]["value"]) == ramp
    assert held_of(found["Stop ramp"]["value"]) == ramp


def test_a_step_whose_gap_is_over_comes_at_once_and_another_has_its_time() -> None:
    open_now = replace(PLAN, gap_over_at=FRIDAY)
    monday = replace(PLAN, gap_over_at=FRIDAY + 3 * DAY)
    reason = HoldReason.CHANGED_ELSEWHERE

    now = words(a_hold(held(open_now, reason, FRIDAY), seen=shown(40)))
    later = words(a_hold(held(monday, reason, FRIDAY), seen=shown(40)))

    assert "The next one, 50 %, is then sent at once" in now
    assert "The next one, 50 %, is then sent <!date" in later
    assert "at the earliest" in later


def test_what_was_seen_later_counts_for_the_buttons() -> None:
    told = a_hold(seen=shown(40))
    later = replace(told, seen=shown(45), seen_at=FRIDAY + DAY)
    before = replace(told, seen=shown(10), seen_at=FRIDAY - DAY)

    assert "Go on from 45 %" in buttons(drawn(later))
    assert "Go on from 40 %" in buttons(drawn(before))
    assert "Go on from 10 %" in buttons(drawn(replace(before, event=a_hold().event)))


def test_where_nothing_was_seen_the_ramp_may_go_on_from_its_last_step() -> None:
    late = held(PLAN, HoldReason.LATE, FRIDAY)

    told = a_hold(late)

    assert "its step was due too long ago, and I could not send it then" in words(told)
    assert "Go on from 10 %" in buttons(drawn(told))


def test_what_is_not_in_progress_cannot_go_on() -> None:
    odd = held(PLAN, HoldReason.NOT_IN_PROGRESS, FRIDAY)

    told = a_hold(odd, seen=shown(10, "PackageRolloutOdd"))

    assert [*buttons(drawn(told))] == ["Stop ramp"]


@pytest.mark.parametrize("status", [STOPPED, COMPLETE])
def test_what_is_over_is_not_offered_to_be_halted(status: str) -> None:
    odd = held(PLAN, HoldReason.CHANGED_ELSEWHERE, FRIDAY)
    over = shown(10, status)

    told = a_hold(odd, seen=over)
    later = replace(a_hold(odd, seen=shown(40)), seen=over, seen_at=FRIDAY + DAY)

    for message in (drawn(told), drawn(later)):
        assert [*buttons(message)] == ["Stop ramp"]


def test_above_the_last_step_going_on_is_the_end() -> None:
    text = words(a_hold(seen=shown(100)))

    assert "No step of the ramp is above that: to go on is to end it." in text


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            Refused(RefusalReason.NOT_OF_APP, shown(10)),
            "The submission does not belong to this app or flight any more.",
        ),
        (Unavailable(FailureDetail(FailureCode.TIMEOUT)), "did not answer"),
    ],
)
def test_a_hold_says_how_its_step_has_ended(result: Result, sentence: str) -> None:
    refused = held(PLAN, HoldReason.REFUSED, FRIDAY)

    assert sentence in words(a_hold(refused, by=result))


def test_a_reminder_says_since_when_the_ramp_waits() -> None:
    monday = reminded(HELD, FRIDAY + 3 * DAY)
    assert monday is not None

    told = notice(plan_still_held(monday, FRIDAY + 3 * DAY), monday)

    assert "✋ The ramp of *Contoso Mail* still waits for a person, since" in words(
        told
    )
    assert "Go on from 10 %" in buttons(drawn(told))


def test_who_started_the_ramp_is_told_directly_where_to_decide() -> None:
    event = replace(a_hold(seen=shown(40)).event, alias="mail")
    told = replace(notice(event, HELD), place=Place("T1", "U1"))
    assert told.direct

    text = words(told)

    assert "I could not post this in <#C1>" in text
    assert "`/rollout ramp mail`" in text
    # A press there would be refused: it is no channel of the app.
    assert buttons(drawn(told)) == {}


def test_a_press_that_came_too_late_gets_the_buttons_of_now() -> None:
    moved = PlanMoved(HELD, shown(45))

    assert "Go on from 45 %" in buttons(held_ramp_answer(ENGLISH, moved))
    halted = PlanMoved(HELD, shown(45, STOPPED))
    assert [*buttons(held_ramp_answer(ENGLISH, halted))] == ["Stop ramp"]
    odd = PlanMoved(HELD, shown(45, "PackageRolloutOdd"))
    assert [*buttons(held_ramp_answer(ENGLISH, odd))] == ["Stop ramp"]
    lowered = held_ramp_answer(ENGLISH, moved)
    assert [*buttons(lowered)] == ["Go on from 45 %", "Stop ramp", "Halt…"]
    denied = NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL)
    assert buttons(held_ramp_answer(ENGLISH, denied)) == {}


def test_a_reason_of_a_newer_bot_is_left_out_and_the_ways_on_stay() -> None:
    event = replace(plan_changed(HELD), code="by_a_newer_bot")

    told = notice(event, None)

    assert "waits for a person: –." in words(told)
    assert [*buttons(drawn(told))] == ["Stop ramp", "Halt…"]


@pytest.mark.parametrize("percentage", [0.5, 12.25, 40.0, 99.999, 100.0])
def test_a_button_names_its_ramp_and_percentage_exactly(percentage: float) -> None:
    for target in (MAIL, BETA):
        ramp = HeldRamp("a1b2_c-3", target, percentage)
        assert held_of(held_value(ramp)) == ramp


@pytest.mark.parametrize(
    "value", [None, 7, "", "p1", "p1 40", "p1 x main/9NBLGGH4R315/", "p1 40 main"]
)
def test_other_values_of_buttons_are_none_of_ours(value: object) -> None:
    assert held_of(value) is None


def test_an_event_kind_of_each_hold_is_its_own() -> None:
    assert a_hold().kind is EventKind.PLAN_HELD
    assert plan_still_held(HELD, FRIDAY).kind is EventKind.PLAN_STILL_HELD
