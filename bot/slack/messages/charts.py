"""Charts of the percentage of a rollout over time."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from slack_sdk.models.blocks import Block

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
    shown = {f"{at.astimezone(UTC):%b %d %H:%M}": share for at, share in points}
    if len(shown) < len(points):
        shown = {f"{at.astimezone(UTC):%b %d %H:%M:%S}": share for at, share in points}
    labels = _some(list(shown))
    if len(labels) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    data = [{"label": label, "value": round(shown[label], 2)} for label in labels]
    name = fit(t.gettext("Customers, %"), _MOST_LABEL)
    return ChartBlock(
        fit(t.gettext("Percentage over time"), _MOST_TITLE),
        {
            "type": "line",
            "series": [{"name": name, "data": data}],
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
