"""Fields of a payload, read without relying on their types."""

import re
from typing import Any, Final

from bot.slack.inbound.shapes import Payload

# Slack's ids of a delivery are short and plain; what is not is no key of a table.
_DELIVERY_ID: Final = re.compile(r"[!-~]{1,200}")


def object_in(part: Payload, key: str) -> dict[str, Any]:
    """Return the object in a field; empty where there is none."""
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def text_in(part: Payload, key: str) -> str:
    """Return the text in a field; empty where there is none."""
    value = part.get(key)
    return value if isinstance(value, str) else ""


def first_text_in(part: Payload, *keys: str) -> str:
    """Return the first text that is not empty in any of the fields."""
    return next((text for key in keys if (text := text_in(part, key))), "")


def delivery_id(text: str) -> str:
    """Return the text where it can be the id of a delivery, and empty elsewhere."""
    return text if _DELIVERY_ID.fullmatch(text) else ""
