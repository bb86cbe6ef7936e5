"""What boards, charts and late notices say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.events import EventKind
from bot.domain.notices import Notice
from bot.domain.requests import Place
from bot.domain.rollout import IN_PROGRESS, STOPPED, Rollout
from bot.domain.rollout_changes import Point
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget, change_event
from bot.slack.messages.boards import board_message
from bot.slack.messages.charts import percentage_chart
from bot.slack.messages.notices import notice_message
from tests.slack.messages.every_board import every_board
from tests.slack.messages.every_notice import GOING, NOON, REF, TARGET
from tests.translators import ENGLISH

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def seen(percentage: float, status: str = IN_PROGRESS) -> Snapshot:
    return Snapshot(REF, "Mail", None, Rollout(True, percentage, status))


def notice(number: int, kind: EventKind, before: Snapshot, after: Snapshot) -> Notice:
    watched = WatchedTarget(TARGET, number, before, NOON)
    event = change_event(kind, watched, after, NOON + number * HOUR)
    return Notice(number, Place("T1", "C1"), event, "Mail")


def test_a_chart_has_each_point_once_under_its_time() -> None:
    chart = percentage_chart(ENGLISH, [(NOON, 10.0), (NOON + HOUR, 33.333)])

    assert chart is not None
    drawn = chart.to_dict()
    assert drawn["title"] == "Percentage over time"
    assert drawn["chart"]["axis_config"]["categories"] == [
        "Nov 20 12:00",
        "Nov 20 13:00",
    ]
    assert drawn["chart"]["series"] == [
        {
            "name": "Customers, %",
            "data": [
                {"label": "Nov 20 12:00", "value": 10.0},
                {"label": "Nov 20 13:00", "value": 33.33},
            ],
        }
    ]


def test_points_of_one_minute_are_told_apart_by_the_second() -> None:
    chart = percentage_chart(ENGLISH, [(NOON, 10.0), (NOON + SECOND, 20.0)])

    assert chart is not None
    labels = chart.to_dict()["chart"]["axis_config"]["categories"]
    assert labels == ["Nov 20 12:00:00", "Nov 20 12:00:01"]


@pytest.mark.parametrize("many", [20, 21, 39, 500])
def test_a_long_course_is_drawn_from_its_first_point_to_its_last(many: int) -> None:
    points = [(NOON + number * HOUR, float(number)) for number in range(many)]

    chart = percentage_chart(ENGLISH, points)

    assert chart is not None
    values = [one["value"] for one in chart.chart["series"][0]["data"]]
    assert len(values) == 20
    assert (values[0], values[-1]) == (0.0, many - 1)
    assert values == sorted(set(values))


@pytest.mark.parametrize("points", [[], [(NOON, 10.0)], [(NOON, 10.0), (NOON, 20.0)]])
def test_what_happened_at_one_time_has_no_chart(
    points: list[Point],
) -> None:
    assert percentage_chart(ENGLISH, points) is None


def test_a_board_says_how_old_its_knowledge_is() -> None:
    board = next(iter(every_board("Mail", "1", [GOING])))

    details = (
        board_message(ENGLISH, board, NOON).blocks[1].to_dict()["elements"][0]["text"]
    )

    assert "as of <!date^1795176000^{ago}|2026-11-20 12:00 UTC>" in details


def test_what_is_told_late_names_the_steps_in_their_order() -> None:
    first = notice(1, EventKind.PERCENTAGE_CHANGED, seen(10), seen(25))
    second = notice(2, EventKind.PERCENTAGE_CHANGED, seen(25), seen(40))
    halted = notice(3, EventKind.ROLLOUT_HALTED, seen(40), seen(0, STOPPED))

    going = notice_message(ENGLISH, replace(first, later=(second,)))
    over = notice_message(ENGLISH, replace(first, later=(second, halted)))

    flight = "*Mail, flight 7bfc11d5*"
    assert going.text == (f"{flight} is in progress at 40 % now: 10 % → 25 % → 40 %.")
    assert over.text == (f"🛑 {flight} is halted: 10 % → 25 % → 40 %, then halted.")


@pytest.mark.parametrize(
    ("operations", "authors"),
    [
        ((None, None), ", outside Rollout Bot."),
        (("o1", "o2"), ", by <@U0ANN>."),
        (("o1", None), ", by <@U0ANN> and outside Rollout Bot."),
    ],
)
def test_what_is_told_late_names_who_has_changed_it(
    operations: tuple[str | None, str | None], authors: str
) -> None:
    first, second = (
        replace(
            one,
            event=replace(
                one.event, operation_id=by, actor="U0ANN" if by is not None else None
            ),
        )
        for one, by in zip(
            (
                notice(1, EventKind.PERCENTAGE_CHANGED, seen(10), seen(25)),
                notice(2, EventKind.PERCENTAGE_CHANGED, seen(25), seen(40)),
            ),
            operations,
            strict=True,
        )
    )

    message = notice_message(ENGLISH, replace(first, later=(second,)))

    small = message.blocks[1].to_dict()["elements"][0]["text"]
    assert f"{authors} I could not post it here before; it may" in small


@pytest.mark.parametrize(
    ("by_bot", "kind", "broadcast"),
    [
        (True, EventKind.PERCENTAGE_CHANGED, False),
        (False, EventKind.PERCENTAGE_CHANGED, True),
        (True, EventKind.ROLLOUT_HALTED, True),
        (False, EventKind.ROLLOUT_HALTED, True),
    ],
)
def test_a_whole_channel_sees_what_concerns_it(
    kind: EventKind, *, by_bot: bool, broadcast: bool
) -> None:
    one = notice(1, kind, seen(10), seen(25))
    event = replace(one.event, operation_id="o1" if by_bot else None)
    one = replace(one, event=event)

    assert one.concerns_channel is broadcast
    told = replace(one, later=(notice(2, kind, seen(25), seen(30)),))
    assert told.concerns_channel
