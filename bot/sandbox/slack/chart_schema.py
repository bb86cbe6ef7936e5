"""Schema of the data_visualization block: line, bar, area and pie charts.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
"""

from collections.abc import Iterator
from typing import Final

from bot.sandbox.slack.element_schema import ID
from bot.sandbox.slack.validators import (
    ObjectValidator,
    Validator,
    error_message,
    items,
    number,
    string,
    typed,
    unique,
)

MAX_SERIES: Final = 6
MAX_POINTS: Final = 20

_LABEL: Final = string(20, 1)
_POINT: Final = ObjectValidator({"label": _LABEL, "value": number()})
_SEGMENT: Final = ObjectValidator({"label": _LABEL, "value": number(above=0)})
_SERIES: Final = ObjectValidator({"name": _LABEL, "data": items(_POINT, MAX_POINTS)})
_AXIS: Final = ObjectValidator(
    {"categories": items(_LABEL, MAX_POINTS)},
    {"x_label": string(50), "y_label": string(50)},
)
_PLOT: Final = ObjectValidator(
    {"series": unique("name", items(_SERIES, MAX_SERIES)), "axis_config": _AXIS}
)


def _plot(value: object, at: str) -> Iterator[str]:
    """Validate a chart with axes; every series has every category once."""
    errors = list(_PLOT(value, at))
    yield from errors
    if errors or not isinstance(value, dict):
        return
    categories = value["axis_config"]["categories"]
    if len(set(categories)) < len(categories):
        yield error_message("categories must be unique", f"{at}/axis_config/categories")
    for index, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            where = f"{at}/series/{index}/data"
            yield error_message("labels must match the categories", where)


_KINDS: Final[dict[str, Validator]] = {
    "line": _plot,
    "bar": _plot,
    "area": _plot,
    "pie": ObjectValidator({"segments": items(_SEGMENT, MAX_SERIES)}),
}
CHART: Final = ObjectValidator(
    {"title": string(50, 1), "chart": typed(_KINDS)}, {"block_id": ID}
)
