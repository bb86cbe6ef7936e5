"""Charts of the percentage of a rollout over time."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from slack_sdk.models.blocks import Block

from bot.domain.ramp_course import CoursePoint
from bot.domain.rollout_changes import Point
from bot.slack.messages.blocks import CHART
from bot.slack.messages.limits import fit
from bot.slack.messages.translator import Translator

_MOST_TITLE: Final = 50
_MOST_AXIS: Final = 50
_MOST_LABEL: Final = 20
_MOST_POINTS: Final = 20


class ChartBlock(Block):
    """The block of a chart, which the SDK has no class for."""

    type = CHART

    def __init__(self, title: str, chart: dict[str, Any]) -> None:
        super().__init__(type=self.type)
        self.title = title
        self.chart = chart

    def to_dict(self) -> dict[str, Any]:
        """Return the block as Slack takes it."""
        return {"type": self.type, "title": self.title, "chart": self.chart}


def percentage_chart(t: Translator, points: Sequence[Point]) -> ChartBlock | None:
    """Draw the percentage over time; None for less than two points in time.

    Slack takes labels of twenty characters, each once, and shows them in nobody's zone.
    Of too many points the first and the last are drawn, and some between them.
    """
    shown = {t.moment(at): share for at, share in points}
    if len(shown) < len(points):
        shown = {t.moment(at, "%H:%M:%S"): share for at, share in points}
    title, name = t.gettext("Percentage over time"), t.gettext("Customers, %")
    return _line_chart(t, title, {name: shown})


def course_chart(t: Translator, points: Sequence[CoursePoint]) -> ChartBlock | None:
    """Draw what was planned of a ramp, and its actual course; None for its start alone.

    The points are minutes apart, but the first step may come with the start.
    """
    labels = [
        fit(t.gettext("Start"), _MOST_LABEL),
        *(t.moment(one.at) for one in points[1:]),
    ]
    planned = dict(zip(labels, (one.planned for one in points), strict=True))
    actual = dict(zip(labels, (one.actual for one in points), strict=True))
    series = {t.gettext("Planned"): planned, t.gettext("Actual"): actual}
    return _line_chart(t, t.gettext("Planned and actual percentage"), series)


def _line_chart(
    t: Translator, title: str, series: Mapping[str, Mapping[str, float]]
) -> ChartBlock | None:
    """Draw lines by their names: values by labels, which are the same for all lines."""
    labels = _some([*next(iter(series.values()))])
    if len(labels) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    lines = [
        {
            "name": fit(name, _MOST_LABEL),
            "data": [{"label": one, "value": round(line[one], 2)} for one in labels],
        }
        for name, line in series.items()
    ]
    return ChartBlock(
        fit(title, _MOST_TITLE),
        {
            "type": "line",
            "series": lines,
            "axis_config": {
                "categories": labels,
                "x_label": fit(t.gettext("Time (UTC)"), _MOST_AXIS),
                "y_label": fit(t.gettext("Customers, %"), _MOST_AXIS),
            },
        },
    )


def _some(labels: list[str]) -> list[str]:
    """Return as many labels as a chart holds, evenly chosen."""
    if len(labels) <= _MOST_POINTS:
        return labels
    step = (len(labels) - 1) / (_MOST_POINTS - 1)
    return [labels[round(step * number)] for number in range(_MOST_POINTS)]
