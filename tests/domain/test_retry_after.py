"""The Retry-After header, as Microsoft and Slack send it and as they do not."""

from typing import Any

import pytest

from bot.domain.retry_after import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"RETRY-AFTER": 0}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "٧"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": ""}, None),
        ({"date": "7"}, None),
        ({}, None),
    ],
)
def test_the_retry_after_header_is_read_in_seconds(
    headers: dict[str, Any], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds
