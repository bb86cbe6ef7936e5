"""What boards, Home and summaries say of a ramp."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.boards import Board
from bot.domain.events import EventKind
from bot.domain.home import HomeContent, OpenRollout
from bot.domain.locks import Lock, WeeklyWindow
from bot.domain.plan_changes import ended, held, paused, sent
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.ramp_course import RampCourse
from bot.domain.requests import Place
from bot.domain.rollout_changes import RolloutChange
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget
from bot.slack.ids import HeldRamp, held_of
from bot.slack.messages.boards import board_message
from bot.slack.messages.home import ReaderChannels, home_blocks
from bot.slack.messages.ramp_buttons import ramp_buttons
from bot.slack.messages.ramp_summary import ramp_summary
from tests.fakes.plans import ALWAYS, BERLIN, DAY, FRIDAY, TERMS, shown, started
from tests.slack_users import labels, texts
from tests.translators import ENGLISH

HOUR = timedelta(hours=1)
PLAN = started()
ONE_DONE = replace(PLAN, step=1, percentage=10.0, gap_over_at=FRIDAY, due_at=FRIDAY)
WATCHED = WatchedTarget(
    *(PLAN.ref.target, 1),
    Snapshot(PLAN.ref, "Mail", None, shown(10)),
    *(FRIDAY, FRIDAY, FRIDAY),
)


def board(plan: Plan | None, *locks: Lock) -> Board:
    place, began = Place("T1", "C1"), (FRIDAY, 5.0)
    return Board(
        *(1, place, PLAN.ref, "Mail", None, began, "1.0", True, WATCHED, FRIDAY),
        locks=locks,
        plan=plan,
    )


def board_text(plan: Plan | None, *locks: Lock) -> str:
    return texts(
        {"blocks": board_message(ENGLISH, board(plan, *locks), FRIDAY).rendered()}
    )


def lock(hours: float) -> Lock:
    """Return a lock of all apps that ends so many hours later."""
    until = FRIDAY + hours * HOUR
    return Lock(1, "T1", "C1", None, "freeze", "U1", FRIDAY, until)


def home_text(plan: Plan, *, waits: bool = False) -> str:
    content = HomeContent(
        open=(OpenRollout(WATCHED, ("C1",), plan),),
        follows=True,
        held=(plan,) if waits else (),
    )
    drawn = home_blocks(ENGLISH, content, ReaderChannels(1), {}, FRIDAY)
    return texts({"blocks": [block.to_dict() for block in drawn]})


def test_a_board_shows_which_steps_are_done_and_the_next_with_its_time() -> None:
    text = board_text(ONE_DONE)

    assert "📈 *Ramp*: ✓ 10 % → *25 %* → 50 % → 100 %" in text
    assert "⏭️ next step: 25 %, <!date^1795185000^" in text
    assert "ramp started by <@U1>, <!date^1795185000^" in text


def test_a_board_without_a_ramp_says_nothing_of_one() -> None:
    assert "amp" not in board_text(None)


def test_a_finalize_at_the_end_is_the_last_step_on_the_board() -> None:
    terms = PlanTerms((50.0, 100.0), ALWAYS, finalizes=True)
    plan = replace(started(terms), step=2, percentage=100.0)

    assert "✓ 50 % → ✓ 100 % → *finalize*" in board_text(plan)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (sent(ONE_DONE), "▶️ 25 % is being sent"),
        (replace(ONE_DONE, tries=1), "🔁 next step: 25 %, tried again"),
        (paused(ONE_DONE, "U2", FRIDAY), "⏸️ paused by <@U2>, "),
        (
            held(ONE_DONE, HoldReason.REFUSED, FRIDAY),
            "✋ waits for a person since ",
        ),
        (held(ONE_DONE, HoldReason.REFUSED, FRIDAY), "the Store refused its step"),
        (
            replace(started(BERLIN), gap_over_at=FRIDAY + 12 * HOUR),
            "when its window opens",
        ),
    ],
)
def test_a_board_and_home_say_what_the_ramp_waits_for(plan: Plan, words: str) -> None:
    assert words in board_text(plan)
    assert words in home_text(plan)


def test_a_lock_is_what_a_step_waits_for_only_where_it_holds_when_it_is_due() -> None:
    tomorrow = replace(ONE_DONE, due_at=FRIDAY + DAY)

    assert "🔒 next step: 25 %, locked until" in board_text(tomorrow, lock(30))
    over = board_text(tomorrow, lock(12))
    # The board says all the same that nobody can set it now.
    assert "🔒" in over
    assert "⏭️ next step: 25 %, " in over


def test_a_lock_of_every_week_is_shown_where_it_holds_when_the_step_is_due() -> None:
    weekend = WeeklyWindow(5, time(), 6, time(23), "UTC")
    saturday = replace(ONE_DONE, due_at=FRIDAY + DAY)
    weekly = replace(lock(0), ends_at=None, weekly=weekend)

    text = board_text(saturday, weekly)

    assert "🔒 next step: 25 %, locked until <!date^1795388400^" in text
    # Nobody is kept from anything today.
    assert text.count("🔒") == 1


def test_home_names_a_held_ramp_among_what_waits() -> None:
    text = home_text(held(ONE_DONE, HoldReason.LATE, FRIDAY), waits=True)

    waiting, rollouts = text.split("Open rollouts")
    assert "*Ramp of Mail*, at 10 %" in waiting
    assert "its step was due too long ago" in waiting
    assert "<#C1>" in waiting
    assert "`/rollout ramp 9NBLGGH4R315`" in waiting
    assert "No card waits" not in waiting
    assert "Ramp: ✋ waits for a person since" in rollouts


@pytest.mark.parametrize(
    ("plan", "buttons"),
    [
        (None, []),
        (ONE_DONE, ["Pause ramp"]),
        (paused(ONE_DONE, "U2", FRIDAY), ["Resume ramp", "Stop ramp"]),
        (held(ONE_DONE, HoldReason.LATE, FRIDAY), ["Go on from 10 %", "Stop ramp"]),
    ],
)
def test_below_halt_a_board_has_what_can_be_done_with_its_ramp(
    plan: Plan | None, buttons: list[str]
) -> None:
    drawn = board_message(ENGLISH, board(plan), FRIDAY).rendered()

    assert labels({"blocks": drawn}) == ["Halt…", "Set…", "Finalize…", *buttons]


def test_a_ramp_goes_on_from_nothing_where_the_rollout_is_not_in_progress() -> None:
    plan = held(ONE_DONE, HoldReason.NOT_IN_PROGRESS, FRIDAY)

    [stop] = ramp_buttons(ENGLISH, plan, None)

    assert stop.action_id == "ramp_stop"


@pytest.mark.parametrize("percentage", [5.0, 40.5, 100.0])
def test_each_button_names_the_ramp_and_what_was_shown(percentage: float) -> None:
    late = held(ONE_DONE, HoldReason.LATE, FRIDAY)
    ramp = HeldRamp(PLAN.id, PLAN.ref.target, percentage)

    for plan in (late, ONE_DONE, paused(ONE_DONE, "U1", FRIDAY)):
        for button in ramp_buttons(ENGLISH, plan, percentage):
            assert held_of(button.value) == ramp
    over = ended(ONE_DONE, PlanEnd.DONE, None, FRIDAY)
    assert ramp_buttons(ENGLISH, over, percentage) == ()


def raised(at: int, percentage: float) -> RolloutChange:
    kind, time = EventKind.PERCENTAGE_CHANGED, FRIDAY + at * DAY + HOUR
    return RolloutChange(kind, time, None, shown(percentage), "U1", by_bot=True)


def test_a_summary_says_how_far_the_ramp_came_and_draws_it_beside_its_plan() -> None:
    plan = replace(ended(PLAN, PlanEnd.STOPPED, "U2", FRIDAY + 2 * DAY), step=2)

    facts, chart = ramp_summary(
        ENGLISH, RampCourse(plan, (raised(0, 10), raised(1, 25)))
    )

    text = facts.to_dict()["elements"][0]["text"]
    assert "from 5 % to 25 % · ramp started by <@U1>, <!date^" in text
    drawn = chart.to_dict()
    assert drawn["title"] == "Planned and actual percentage"
    labels = ["Start", "Nov 20 14:30", "Nov 20 15:30"]
    labels += ["Nov 21 14:30", "Nov 21 15:30", "Nov 22 14:30"]
    assert drawn["chart"]["axis_config"]["categories"] == labels
    planned, actual = drawn["chart"]["series"]
    assert (planned["name"], actual["name"]) == ("Planned", "Actual")
    assert [one["label"] for one in planned["data"]] == labels
    assert [one["label"] for one in actual["data"]] == labels
    assert [one["value"] for one in planned["data"]] == [5, 10, 10, 25, 25, 50]
    assert [one["value"] for one in actual["data"]] == [5, 5, 10, 10, 25, 25]


def test_of_a_long_ramp_a_chart_has_twenty_points_from_the_start_to_the_end() -> None:
    terms = PlanTerms(tuple(range(6, 30, 2)), ALWAYS)
    times = [raised(number, 6 + 2 * number) for number in range(12)]
    plan = ended(started(terms), PlanEnd.DONE, None, times[-1].at)

    _, chart = ramp_summary(ENGLISH, RampCourse(plan, tuple(times)))

    for series in chart.to_dict()["chart"]["series"]:
        values = [one["value"] for one in series["data"]]
        assert len(values) == 20
        assert (values[0], values[-1]) == (5, 28)
        assert values == sorted(values)


def test_a_ramp_that_is_stopped_at_once_has_a_summary_too() -> None:
    plan = ended(started(TERMS), PlanEnd.STOPPED, "U1", FRIDAY)

    blocks = ramp_summary(ENGLISH, RampCourse(plan))

    assert "from 5 % to 5 %" in blocks[0].to_dict()["elements"][0]["text"]
