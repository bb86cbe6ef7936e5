"""Views and charts that the tests of the page show."""

from typing import Any

DAYS = ["Mon", "Tue", "Wed", "Thu"]


def plain(text: str) -> dict[str, Any]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def chart(kind: str = "line") -> dict[str, Any]:
    """Return a chart of two series over four days."""

    def series(name: str, *values: float) -> dict[str, Any]:
        points = zip(DAYS, values, strict=True)
        return {"name": name, "data": [{"label": d, "value": v} for d, v in points]}

    return {
        "type": "data_visualization",
        "title": "Contoso Mail",
        "chart": {
            "type": kind,
            "series": [series("real", 5, 10, 10, 55.5), series("plan", 5, 10, 25, 50)],
            "axis_config": {"categories": DAYS, "x_label": "Day", "y_label": "%"},
        },
    }


def pie(*values: float) -> dict[str, Any]:
    """Return a pie of these values."""
    segments = [{"label": f"v{n}", "value": v} for n, v in enumerate(values, 1)]
    return {
        "type": "data_visualization",
        "title": "Versions",
        "chart": {"type": "pie", "segments": segments},
    }


def field(
    block_id: str, label: str, element: dict[str, Any], **more: object
) -> dict[str, Any]:
    """Return an input block."""
    element = {"action_id": "value", **element}
    block = {"type": "input", "block_id": block_id, "label": plain(label)}
    return {**block, "element": element, **more}


def options(*names: str) -> list[dict[str, Any]]:
    """Return options whose values are their names."""
    return [{"text": plain(name), "value": name} for name in names]


def modal(**more: object) -> dict[str, Any]:
    """Return a form with a field of each kind."""
    return {
        "type": "modal",
        "callback_id": "set",
        "title": plain("Set the percentage"),
        "submit": plain("Ask"),
        "close": plain("Not now"),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Contoso Mail*"}},
            field(
                "percent",
                "Percentage",
                {"type": "number_input", "is_decimal_allowed": True},
                hint=plain("Above 25, up to 100"),
            ),
            field(
                "reason",
                "Reason",
                {"type": "plain_text_input", "multiline": True},
                optional=True,
            ),
            field(
                "how",
                "How",
                {"type": "radio_buttons", "options": options("at once", "later")},
            ),
            field(
                "tell",
                "Tell",
                {"type": "checkboxes", "options": options("support", "sales")},
                optional=True,
            ),
            field(
                "app",
                "App",
                {"type": "static_select", "options": options("mail", "maps")},
            ),
            field("who", "Who", {"type": "users_select"}, optional=True),
            field("day", "Day", {"type": "datepicker"}, optional=True),
        ],
        **more,
    }


def home() -> dict[str, Any]:
    """Return a Home tab with a button."""
    button = {"type": "button", "action_id": "yes", "text": plain("Set…")}
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": plain("Open rollouts")},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "*Contoso Mail* 25 % <#C0MAIL>"},
                "accessory": button,
            },
            {"type": "divider"},
            {"type": "context", "elements": [plain("as of now")]},
        ],
    }
