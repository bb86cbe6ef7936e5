"""Charts are accepted as Slack documents them, and refused where they are malformed."""

import copy
from typing import Any

import pytest

from bot.sandbox.slack import blocks
from bot.sandbox.slack.errors import SlackError
from tests.sandbox.slack.local_slack_server import Served


def points(*values: object) -> list[dict[str, Any]]:
    return [{"label": f"day {n}", "value": value} for n, value in enumerate(values)]


def chart(kind: str = "line", **more: object) -> dict[str, Any]:
    return {
        "type": "data_visualization",
        "title": "Contoso Mail",
        "chart": {
            "type": kind,
            "series": [{"name": "percent", "data": points(10, 25.5)}],
            "axis_config": {"categories": ["day 0", "day 1"], "y_label": "%"},
            **more,
        },
    }


def pie(*values: object) -> dict[str, Any]:
    block = {"type": "pie", "segments": points(*values)}
    return {"type": "data_visualization", "title": "Shares", "chart": block}


CATEGORIES = [f"day {n}" for n in range(20)]
GOOD: dict[str, list[dict[str, Any]]] = {
    "a line": [chart()],
    "an area": [chart("area")],
    "two charts": [chart("bar"), pie(1, 2, 3)],
    "twenty points of six series": [
        chart(
            series=[{"name": f"s{n}", "data": points(*range(20))} for n in range(6)],
            axis_config={"categories": CATEGORIES},
        )
    ],
    "points in another order than the categories": [
        chart(series=[{"name": "a", "data": points(1, 2)[::-1]}])
    ],
}
BAD: dict[str, tuple[list[dict[str, Any]], str]] = {
    "three charts": ([chart()] * 3, "no more than 2 data_visualization blocks"),
    "a long title": ([{**chart(), "title": "x" * 51}], "/blocks/0/title"),
    "no title": ([{"type": "data_visualization", "chart": {}}], "title"),
    "an unknown kind": ([chart("scatter")], "unsupported type: scatter"),
    "no series": ([chart(series=[])], "/blocks/0/chart/series"),
    "seven series": (
        [chart(series=[{"name": f"{n}", "data": points(1, 2)} for n in range(7)])],
        "no more than 6 items",
    ),
    "two series of one name": (
        [chart(series=[{"name": "a", "data": points(1, 2)}] * 2)],
        "already exists: a",
    ),
    "twenty-one points": (
        [chart(series=[{"name": "a", "data": points(*range(21))}])],
        "no more than 20 items",
    ),
    "a long label": (
        [chart(axis_config={"categories": ["x" * 21, "day 1"]})],
        "/axis_config/categories/0",
    ),
    "a long axis label": (
        [chart(axis_config={"categories": ["day 0", "day 1"], "x_label": "x" * 51})],
        "x_label",
    ),
    "a label that is no category": (
        [chart(axis_config={"categories": ["day 0", "day 2"]})],
        "labels must match the categories",
    ),
    "a category without a point": (
        [chart(axis_config={"categories": ["day 0", "day 1", "day 2"]})],
        "labels must match the categories",
    ),
    "a category twice": (
        [chart(axis_config={"categories": ["day 0", "day 0"]})],
        "categories must be unique",
    ),
    "a value that is text": (
        [chart(series=[{"name": "a", "data": points("1", 2)}])],
        "must be a number",
    ),
    "a value that is no number": (
        [chart(series=[{"name": "a", "data": points(float("nan"), 2)}])],
        "must be a finite number",
    ),
    "a value that is true": (
        [chart(series=[{"name": "a", "data": points(True, 2)}])],
        "must be a number",
    ),
    "an unknown property": ([chart(colour="red")], "no additional property allowed"),
    "a pie with an empty piece": ([pie(1, 0)], "must be more than 0"),
    "a pie of seven": ([pie(*range(1, 8))], "no more than 6 items"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_chart_within_the_limits_is_taken(name: str) -> None:
    parsed = blocks.parse(copy.deepcopy(GOOD[name]))

    assert parsed is not None
    assert all(block["block_id"] for block in parsed)


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_chart_is_refused_with_the_reason(name: str) -> None:
    given, reason = BAD[name]

    with pytest.raises(SlackError) as refused:
        blocks.parse(copy.deepcopy(given))

    assert refused.value.error == "invalid_blocks"
    assert any(reason in error for error in refused.value.details["errors"])


async def test_a_chart_is_posted_and_read_back(served: Served) -> None:
    posted = await served.json(
        "chat.postMessage", channel="C0MAIL", text="25 %", blocks=[chart()]
    )
    (shown,) = served.slack.seen("U0ANN", "C0MAIL")

    assert posted.body["ok"] is True
    assert shown["blocks"][0]["chart"] == chart()["chart"]
