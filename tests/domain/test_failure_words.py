"""What a failure tells about itself: a stable code, and whether waiting helps."""

import pytest

from bot.domain.failures import (
    AuthCause,
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.submissions import store_id


@pytest.mark.parametrize(
    ("failure", "code", "transient"),
    [
        (StoreError("x"), "store", False),
        (AuthenticationError("x", AuthCause.ROLE), "not_authenticated.role", False),
        (NotFoundError("x"), "not_found", False),
        (RefusedError("x"), "refused", False),
        (RateLimitedError("x", retry_after=7), "rate_limited", True),
        (UnavailableError("x"), "unavailable", True),
        (UnreadableError("x"), "unreadable", False),
    ],
)
def test_each_failure_has_its_code_and_knows_whether_it_passes(
    failure: StoreError, code: str, transient: bool
) -> None:
    assert (failure.code, failure.transient, str(failure)) == (code, transient, "x")


def test_what_slack_did_not_take_says_whether_waiting_helps() -> None:
    busy = RetryableNotificationError(
        "Slack is busy.", retry_after=30, may_have_arrived=True
    )

    assert (str(busy), busy.retry_after, busy.may_have_arrived) == (
        "Slack is busy.",
        30,
        True,
    )
    assert (
        str(PermanentNotificationError("channel_not_found"))
        == "Slack says channel_not_found"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9nblggh4r315", "9NBLGGH4R315"),
        ("photoseditor", None),
        ("9NBLGGH4R31", None),
        ("9NBLGGH4R3155", None),
        ("9NBLGGH4R31ß", None),
        ("٩NBLGGH4R315", None),
        ("", None),
    ],
)
def test_a_store_id_has_twelve_letters_and_digits_with_a_digit_among_them(
    text: str, found: str | None
) -> None:
    assert store_id(text) == found
