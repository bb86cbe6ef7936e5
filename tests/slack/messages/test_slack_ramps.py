"""The answers about ramps: what to type instead, where one stands, what has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.locks import HeldLock, Lock
from bot.domain.plan_changes import ended, gone_on, held, paused, resumed, sent
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanAnswer,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState, begun
from bot.domain.ramp_commands import AskRamp, PlanAction, resolve_ramp
from bot.domain.requests import Alias
from bot.domain.submissions import SubmissionRef, Target
from bot.slack.messages.ramp_phrases import standing
from bot.slack.messages.ramps import ramp_answer
from tests.slack.messages.every_ramp import FRIDAY, OF_A_STEP, TERMS, request
from tests.slack.sample_requests import HALTED, RUNNING
from tests.slack_users import labels, texts
from tests.translators import ENGLISH

APP = Target("main", "9NBLGGH4R315")
MAIL = Alias("mail", APP, "Contoso Mail")
HOUR = timedelta(hours=1)
MONDAY_9 = "<!date^1795420800^{date_long_pretty} {time}|2026-11-23 08:00 UTC>"


def plan() -> Plan:
    """Return a ramp of Contoso Mail that was started on Friday afternoon."""
    asked = request("Contoso Mail", "mail", "U0ANN", TERMS)
    app = replace(asked.snapshot, ref=SubmissionRef(APP, "1"), flight_name=None)
    why = replace(asked, snapshot=app, reason="release 1.4")
    return begun(why, "U0BEN", FRIDAY)


def after_a_step() -> Plan:
    """Return it after its first step, which the Store showed at once."""
    gap_over = FRIDAY + 24 * HOUR
    behind = replace(plan(), step=1, percentage=10.0, gap_over_at=gap_over)
    return replace(behind, due_at=FRIDAY + timedelta(days=2, hours=17, minutes=30))


def lock(hours: int = 90, target: Target | None = APP) -> HeldLock:
    until = FRIDAY + hours * HOUR
    kept = Lock(1, "T1", "C1", target, "freeze", "U0ANN", FRIDAY, until)
    return HeldLock(kept, until)


def told(answer: PlanAnswer) -> str:
    return texts({"blocks": ramp_answer(ENGLISH, answer).rendered()})


@pytest.mark.parametrize(
    ("typed", "why", "right"),
    [
        ("pausse", "I do not understand `pausse`", "mail pause"),
        (
            "foo-bar",
            "I do not understand `foo-bar`",
            "mail 10 25 50 100 every 1d",
        ),
        ("10 5 20", "above the one before, and 5 % is not", "mail 5 10 20"),
        ("0 10", "0 % is not a halt", "mail 10 25 50 100"),
        ("10 250", "250 % is above 100 %", "mail 10 25 50 100"),
        ("10.555 20", "two decimals at most", "mail 10 25 50 100"),
        (" ".join(map(str, range(1, 14))), "13 steps", "mail 10 25 50 100"),
        ("10 every", "Behind `every` I miss a time", "mail … every 1d"),
        ("10 every 10m", "an hour apart at least", "mail … every 1h"),
        ("10 every 40d", "30 days apart at most", "mail … every 30d"),
        ("10 days foo", "I found `foo`", "mail … days mon-fri"),
        ("10 hours 25", "I found `25`", "mail … hours 9-16"),
        ("10 hours 9-9", "do not come in the next 30 days", "mail … hours 9-16"),
        ("10 zone Berlin", "I found `Berlin`", "mail … zone Europe/Berlin"),
        ("10 zone Foo/Bar", "I found `Foo/Bar`", "mail … zone Europe/Berlin"),
        ("10 days", "I miss days of the week", "mail … days mon-fri"),
        ("10 hours", "I miss two times of a day", "mail … hours 9-16"),
        ("10 zone", "I miss a time zone", "mail … zone Europe/Berlin"),
        ("10 then", "I miss what comes after the last step", "mail … then hold"),
        ("10 20 then finalize", "only after 100 %", "mail 10 20 100 then finalize"),
        ("10 every 1d every 2d", "there twice", "mail 10 25 50 100 every 1d"),
    ],
)
def test_what_is_refused_is_answered_with_what_to_type(
    typed: str, why: str, right: str
) -> None:
    ask = AskRamp(("mail", *typed.split()))
    refused = resolve_ramp(ask, (MAIL,), "main", FRIDAY)
    assert isinstance(refused, RefusedPlan)

    assert why in told(refused)
    assert f"`/rollout ramp {right}" in told(refused)


def test_a_ramp_with_nothing_above_says_where_the_rollout_is() -> None:
    half = RefusedPlan(PlanRefusal.NOTHING_ABOVE, "50", app="mail")
    full = RefusedPlan(PlanRefusal.NOTHING_ABOVE, "100", app="mail")

    assert "at 50 % already" in told(half)
    assert "`/rollout ramp mail 100`" in told(half)
    assert "at 100 % already" in told(full)
    assert "`/rollout finalize mail`" in told(full)


@pytest.mark.parametrize("refusal", PlanRefusal)
def test_every_refusal_shows_a_command(refusal: PlanRefusal) -> None:
    word = "12" if refusal in OF_A_STEP else "*<@U0ANN>*"

    answer = told(RefusedPlan(refusal, word, app="mail"))

    assert "`/rollout ramp mail " in answer
    assert "<@U0ANN>" not in answer


def test_a_second_ramp_is_refused_with_where_the_first_one_stands() -> None:
    answer = told(PlanLives(after_a_step()))

    assert "*Contoso Mail* has a ramp already" in answer
    assert f"next step: 25 %, {MONDAY_9}" in answer
    assert "`/rollout ramp mail stop`" in answer


@pytest.mark.parametrize(("alias", "word"), [("mail", "mail"), (None, APP.app_id)])
def test_where_there_is_no_ramp_one_can_be_started(
    alias: str | None, word: str
) -> None:
    answer = told(NoPlan(APP, alias))

    assert f"`{word}` has no ramp that goes on" in answer
    assert f"`/rollout ramp {word} 10 25 50 100`" in answer


def test_a_paused_ramp_keeps_the_rest_of_its_gap() -> None:
    answer = told(PlanChanged(paused(after_a_step(), "U0ANN", FRIDAY + 3 * HOUR)))

    assert "The ramp of *Contoso Mail* is paused." in answer
    assert "21 hours, counts again from `/rollout ramp mail resume` on" in answer


def test_a_ramp_that_is_paused_after_its_gap_has_nothing_left_of_it() -> None:
    answer = told(PlanChanged(paused(after_a_step(), "U0ANN", FRIDAY + 30 * HOUR)))

    assert "It goes on with `/rollout ramp mail resume`." in answer
    assert "counts again" not in answer


def test_a_step_that_was_sent_before_a_pause_or_a_stop_is_named() -> None:
    under_way = sent(plan())

    for after in (
        paused(under_way, "U0ANN", FRIDAY),
        ended(under_way, PlanEnd.STOPPED, "U0ANN", FRIDAY),
    ):
        answer = told(PlanChanged(after))
        assert "Its step 10 % was sent before, and may still be made." in answer
        assert "nothing else was changed" not in answer


def test_a_resumed_ramp_says_when_its_next_step_comes() -> None:
    still = paused(after_a_step(), "U0ANN", FRIDAY + 3 * HOUR)

    answer = told(PlanChanged(resumed(still, "U0ANN", FRIDAY + 5 * HOUR)))

    assert "The ramp of *Contoso Mail* goes on from 10 %." in answer
    assert f"next step: 25 %, {MONDAY_9}" in answer


def test_a_stopped_ramp_leaves_the_rollout_as_it_is() -> None:
    answer = told(PlanChanged(ended(after_a_step(), PlanEnd.STOPPED, "U2", FRIDAY)))

    assert "The ramp of *Contoso Mail* is stopped." in answer
    assert "The rollout stays at 10 %; nothing else was changed." in answer


def test_a_held_ramp_goes_on_from_what_the_store_shows() -> None:
    waiting = held(after_a_step(), HoldReason.CHANGED_ELSEWHERE, FRIDAY)

    goes_on = told(PlanChanged(gone_on(waiting, "U0ANN", FRIDAY, 40.0)))
    over = told(PlanChanged(gone_on(waiting, "U0ANN", FRIDAY, 100.0)))

    assert "goes on from 40 %" in goes_on
    assert "next step: 50 %" in goes_on
    assert "The ramp of *Contoso Mail* is over. Every step" in over


def test_what_cannot_be_done_says_how_the_ramp_stands() -> None:
    running, waiting = after_a_step(), held(after_a_step(), HoldReason.LATE, FRIDAY)
    over = ended(running, PlanEnd.HALTED, "U0BEN", FRIDAY)

    goes_on = told(PlanUnchanged(running, PlanAction.RESUME))
    is_paused = told(
        PlanUnchanged(paused(running, "U2", FRIDAY), PlanAction.PAUSE),
    )
    is_held = told(PlanUnchanged(waiting, PlanAction.RESUME))
    has_ended = told(PlanUnchanged(over, PlanAction.RESUME))

    assert "goes on already: ⏭️ next step: 25 %" in goes_on
    assert "is paused already. It goes on with `/rollout ramp mail resume`" in is_paused
    assert "since its step was due too long ago" in is_held
    assert "`/rollout ramp mail stop` ends it" in is_held
    assert "<@U0BEN> halted the rollout." in has_ended


def test_a_button_that_shows_an_old_percentage_changes_nothing() -> None:
    waiting = held(after_a_step(), HoldReason.MOVED, FRIDAY)

    assert "shows *in progress at 25 %*" in told(PlanMoved(waiting, RUNNING))
    assert "shows *halted*" in told(PlanMoved(waiting, HALTED))
    assert "`/rollout ramp mail`" in told(PlanMoved(waiting, HALTED))


def test_a_channel_without_ramps_is_told_how_to_start_one() -> None:
    answer = told(Plans((), (), FRIDAY))

    assert "No ramp goes on here." in answer
    assert "`/rollout ramp APP 10 25 50 100`" in answer


def test_ramps_are_listed_with_how_far_they_are_and_what_they_wait_for() -> None:
    running = after_a_step()
    waiting = held(running, HoldReason.UNAVAILABLE, FRIDAY)

    message = ramp_answer(ENGLISH, Plans((running, waiting), (), FRIDAY))
    answer = texts({"blocks": message.rendered()})

    assert message.text == "2 ramps go on."
    assert "*Contoso Mail* (`mail`) · 1 of 4 steps, at *10 %*" in answer
    assert f"⏭️ next step: 25 %, {MONDAY_9}, when its window opens" in answer
    assert "the Store was not available, three times in a row" in answer


def test_one_ramp_is_shown_with_all_its_steps() -> None:
    answer = told(Plans((after_a_step(),), (), FRIDAY))

    for line in (
        "Ramp of Contoso Mail",
        "🏁 5 % · started <!date^1795185000^",
        "✅ 10 %",
        f"⏭️ 25 % · {MONDAY_9}",
        "▫️ 50 % · <!date^1795507200^",
        "▫️ 100 % · <!date^1795593600^",
        "Why it was asked for: release 1.4",
        "At least 1 day between two steps.",
        "Then it holds: nothing is finalized.",
        "`/rollout ramp mail pause` · `/rollout ramp mail stop`",
    ):
        assert line in answer


@pytest.mark.parametrize(
    ("ramp", "buttons"),
    [
        (after_a_step(), ["Pause ramp"]),
        (paused(after_a_step(), "U0ANN", FRIDAY), ["Resume ramp", "Stop ramp"]),
        (
            held(after_a_step(), HoldReason.LATE, FRIDAY),
            ["Go on from 10 %", "Stop ramp"],
        ),
    ],
    ids=["running", "paused", "held"],
)
def test_one_ramp_has_the_buttons_of_what_can_be_done_with_it(
    ramp: Plan, buttons: list[str]
) -> None:
    message = ramp_answer(ENGLISH, Plans((ramp,), (), FRIDAY))

    assert labels({"blocks": message.rendered()}) == buttons


def test_the_times_of_one_ramp_are_those_after_the_lock() -> None:
    answer = told(Plans((after_a_step(),), (lock(), lock(500, None)), FRIDAY))
    other = told(
        Plans((after_a_step(),), (lock(90, Target("main", "9NOTTHERE0001")),), FRIDAY)
    )

    assert "🔒 next step: 25 %, locked until <!date^1796985000^" in answer
    assert "⏭️ 25 % · <!date^1796985000^" in answer
    assert f"⏭️ 25 % · {MONDAY_9}" in other


def test_a_lock_that_is_over_before_the_step_does_not_hold_it() -> None:
    answer = told(Plans((after_a_step(),), (lock(24),), FRIDAY))

    assert f"⏭️ next step: 25 %, {MONDAY_9}, when its window opens" in answer


def test_a_step_that_is_under_way_is_shown_so() -> None:
    answer = told(Plans((sent(plan()),), (), FRIDAY))

    assert "▶️ 10 % · being sent" in answer
    assert f"▫️ 25 % · {MONDAY_9}" in answer


def test_a_ramp_that_stands_still_has_no_times() -> None:
    still = told(Plans((paused(after_a_step(), "U0ANN", FRIDAY),), (), FRIDAY))

    assert "⏭️ 25 %\n▫️ 50 %\n▫️ 100 %" in still
    assert "`/rollout ramp mail resume` · `/rollout ramp mail stop`" in still


def test_a_ramp_that_finalizes_shows_that_as_its_last_step() -> None:
    terms = replace(after_a_step().terms, finalizes=True)

    answer = told(Plans((replace(after_a_step(), terms=terms),), (), FRIDAY))

    assert "▫️ finalize · <!date^" in answer
    assert "Then the rollout is finalized." in answer


@pytest.mark.parametrize("state", [PlanState.RUNNING, PlanState.PAUSED, PlanState.HELD])
def test_many_ramps_fit_one_message(state: PlanState) -> None:
    long = replace(after_a_step(), app_name="W" * 300, state=state)

    message = ramp_answer(ENGLISH, Plans((long,) * 200, (), FRIDAY))

    assert len(message.rendered()) <= 50
    assert "more ramps" in texts({"blocks": message.rendered()})


def test_a_try_again_is_said_with_its_time() -> None:
    again = replace(plan(), tries=1, due_at=FRIDAY + HOUR / 4)

    assert "tried again <!date^1795185900^" in standing(ENGLISH, again)
