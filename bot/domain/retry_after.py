"""The Retry-After header: how many seconds a server asks its client to wait.

Microsoft and Slack send seconds. The header's other form, a date, is not used by
either, and a wrong clock would make it a long wait: it counts as absent.
https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_NAME: Final = "retry-after"
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def retry_after(headers: Mapping[str, Any]) -> float | None:
    """Return the seconds that the header names, or None where it names none."""
    values = (value for name, value in headers.items() if name.lower() == _NAME)
    text = str(next(values, "")).strip()
    return float(text) if _SECONDS.fullmatch(text) else None
