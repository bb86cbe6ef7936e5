"""A ramp in the history: what was agreed, each step, and who has changed its course."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import History
from bot.domain.plan_events import SentStep
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.ramp_history import RampHistory, RampStep, RampTurn
from bot.domain.requests import RequestState
from bot.domain.results import Done, Refused
from bot.domain.rollout import Change, RefusalReason
from bot.domain.verbs import Verb
from bot.slack.messages.history import history
from tests.fakes.plans import BERLIN, FRIDAY, ramp_request, shown
from tests.slack_users import texts
from tests.translators import ENGLISH

HOUR = timedelta(hours=1)
ASKED = replace(ramp_request(BERLIN), reason="release 2.1", asked_by="U1")
STARTED = ASKED.decided(RequestState.AUTHORISED, "U2", FRIDAY)


def step(number: int, before: float, after: float, late: bool = False) -> RampStep:
    sent = SentStep(number, 4, 2 * HOUR if late else None)
    done = Done(shown(before), shown(after))
    return RampStep(sent, Change(Verb.SET, after), before, FRIDAY, done)


def turn(
    kind: EventKind,
    code: HoldReason | PlanEnd | None = None,
    reason: str = "",
    *,
    went_on: bool = False,
) -> RampTurn:
    actor = None if kind is EventKind.PLAN_HELD else "U3"
    return RampTurn(kind, FRIDAY, actor, 25.0, code, reason, went_on=went_on)


COURSE = (
    step(1, 5, 10),
    step(2, 10, 25, late=True),
    turn(EventKind.PLAN_PAUSED, reason="look at crashes"),
    turn(EventKind.PLAN_RESUMED),
    turn(EventKind.PLAN_HELD, HoldReason.CHANGED_ELSEWHERE),
    turn(EventKind.PLAN_RESUMED, went_on=True),
    turn(EventKind.PLAN_ENDED, PlanEnd.STOPPED, "enough"),
)


def drawn(*ramps: RampHistory) -> str:
    message = history(ENGLISH, History(ramps, None))
    return texts({"text": message.text, "blocks": message.rendered()})


def test_the_entry_of_a_ramp_has_its_terms_who_asked_who_started_it_and_why() -> None:
    text = drawn(RampHistory(STARTED))

    assert "*Ramp: 10 % → 25 % → 50 % → 100 %* – Mail" in text
    assert "<@U1> asked, " in text
    assert "<@U2> started it, " in text
    assert "1 day apart, Mon – Fri, 09:00 – 16:00 (`Europe/Berlin`)" in text
    assert "Why it was asked for: release 2.1" in text


def test_the_entry_of_a_ramp_that_its_asker_started_has_their_reason() -> None:
    own = replace(STARTED, decided_by=STARTED.asked_by)

    assert "Why: release 2.1" in drawn(RampHistory(own))


def test_a_notification_names_the_last_that_has_become_of_a_ramp() -> None:
    begun = history(ENGLISH, History((RampHistory(STARTED),), None))
    over = history(ENGLISH, History((RampHistory(STARTED, COURSE),), None))

    assert "The newest: a ramp of Mail was started." in begun.text
    assert "The newest: a ramp of Mail. " in over.text
    assert "<@U3> stopped the ramp." in over.text


def test_each_step_and_each_turn_is_a_line_in_its_order() -> None:
    text = drawn(RampHistory(STARTED, COURSE))

    lines = (
        "step 1 of 4, 10 %: in progress at 5 % → *in progress at 10 %*",
        "step 2 of 4, 25 %: in progress at 10 % → *in progress at 25 %* · 2 hours late",
        "⏸️ <@U3> paused it. Why: look at crashes",
        "▶️ <@U3> resumed it.",
        "✋ it waits for a person: the Store does not show 25 % any more",
        "▶️ <@U3> let it go on from 25 %.",
        "⏹️ <@U3> stopped the ramp. Why: enough",
    )
    places = [text.rindex(line) for line in lines]
    assert places == sorted(places)
    assert text.count("late") == 1


def test_of_very_many_lines_the_last_are_shown() -> None:
    text = drawn(RampHistory(STARTED, (*COURSE * 4, step(4, 50, 100))))

    assert "… 13 lines before" in text
    assert text.count("• ") == 16
    assert "step 4 of 4, 100 %" in text


def test_a_ramp_of_another_channel_says_so() -> None:
    text = drawn(RampHistory(STARTED, asked_here=False))

    assert "<@U1> asked in another channel, " in text


def test_who_started_a_ramp_alone_is_said_with_the_reason() -> None:
    alone = replace(STARTED, alone_reason="nobody was there")

    text = drawn(RampHistory(alone))

    assert "<@U2> did this *alone*, without a second person: nobody was there" in text


def test_a_ramp_without_steps_is_named_by_its_app_alone() -> None:
    text = drawn(RampHistory(replace(STARTED, terms=None)))

    assert "*Ramp* – Mail" in text
    assert "*Ramp: *" not in text


def test_what_the_store_refused_is_said_once() -> None:
    said = FailureDetail(FailureCode.CONFLICT, {"store_message": "Not now."})
    refused = Refused(RefusalReason.UNSUPPORTED, detail=said)

    text = drawn(RampHistory(STARTED, (replace(step(1, 5, 10), result=refused),)))

    assert "step 1 of 4, 10 %: the Store refused this" in text
    assert "refused: " not in text


def test_an_end_of_the_rollout_is_the_end_of_the_ramp() -> None:
    halted = turn(EventKind.PLAN_ENDED, PlanEnd.HALTED)

    text = drawn(RampHistory(STARTED, (halted,)))

    assert "⏹️ it has ended. <@U3> halted the rollout." in text
