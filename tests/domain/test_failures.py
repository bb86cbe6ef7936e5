"""Failures: a stable code, its kind and arguments, and what helps against it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import (
    AuthenticationError,
    BudgetSpentError,
    FailureCode,
    FailureDetail,
    FailureKind,
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

DETAIL = FailureDetail(FailureCode.BAD_REQUEST, {"status": "400"})


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (StoreError(DETAIL), False),
        (AuthenticationError(DETAIL), False),
        (NotFoundError(DETAIL), False),
        (RefusedError(DETAIL), False),
        (RateLimitedError(DETAIL, retry_after=7), True),
        (BudgetSpentError(DETAIL), False),
        (UnavailableError(DETAIL), True),
        (UnreadableError(DETAIL), False),
    ],
)
def test_each_error_has_its_detail_and_knows_whether_it_is_transient(
    error: StoreError, transient: bool
) -> None:
    assert (error.detail, error.transient) == (DETAIL, transient)
    assert str(error) == "bad_request status='400'"
    assert error.retry_after == (7 if isinstance(error, RateLimitedError) else None)
    assert not error.may_have_acted


def test_a_detail_without_arguments_is_logged_as_its_code() -> None:
    assert str(FailureDetail(FailureCode.TIMEOUT)) == "timeout"


def test_the_codes_in_logs_and_history_stay_and_each_has_its_kind() -> None:
    assert {code.value: code.kind.value for code in FailureCode} == {
        "no_connection": "retry",
        "timeout": "retry",
        "connection_lost": "retry",
        "store_outage": "retry",
        "proxy_sign_in": "action_needed",
        "rate_limited": "retry",
        "request_budget": "retry",
        "unreadable": "internal",
        "not_found": "action_needed",
        "conflict": "refused",
        "bad_request": "refused",
        "account_not_enabled": "action_needed",
        "no_access": "action_needed",
        "token_rejected": "action_needed",
        "tenant_unknown": "action_needed",
        "tenant_not_linked": "action_needed",
        "client_unknown": "action_needed",
        "client_disabled": "action_needed",
        "secret_wrong": "action_needed",
        "secret_expired": "action_needed",
        "sign_in_blocked": "action_needed",
        "sign_in_refused": "action_needed",
        "sign_in_rate_limited": "retry",
        "sign_in_slow": "retry",
        "sign_in_outage": "retry",
        "sign_in_unreachable": "retry",
        "sign_in_untrusted": "action_needed",
        "sign_in_unreadable": "action_needed",
        "too_old": "retry",
        "step_late": "retry",
        "outdated": "internal",
        "overtaken": "retry",
        "no_effect": "retry",
        "not_shown": "not_shown",
        "internal": "internal",
        "unknown": "internal",
    }
    assert FailureDetail(FailureCode.NOT_SHOWN).kind is FailureKind.NOT_SHOWN


@given(st.sampled_from(FailureCode), st.dictionaries(st.text(), st.text()))
def test_a_detail_comes_back_from_json_as_it_was(
    code: FailureCode, arguments: dict[str, str]
) -> None:
    detail = FailureDetail(code, arguments)

    assert FailureDetail.from_json(json.loads(json.dumps(detail.to_json()))) == detail


def test_the_code_of_a_newer_version_is_unknown_and_keeps_its_word() -> None:
    detail = FailureDetail.from_json(
        {"code": "quota_of_tomorrow", "arguments": {"seconds": "7"}, "more": 1}
    )

    assert detail == FailureDetail(
        FailureCode.UNKNOWN, {"seconds": "7", "code": "quota_of_tomorrow"}
    )
    assert FailureDetail.from_json(detail.to_json()) == detail


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"code": "timeout"},
        {"arguments": {}},
        {"code": "timeout", "arguments": 7},
        {"code": "timeout", "arguments": "ab"},
        {"code": [], "arguments": {}},
    ],
)
def test_other_data_is_no_detail(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        FailureDetail.from_json(data)


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
