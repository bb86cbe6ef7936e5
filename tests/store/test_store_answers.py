"""What each answer of the Store means: data, or the failure of who must act."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    FailureDetail,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.domain.rollout import Rollout
from bot.store import errors, wire
from bot.store.wire import StoreResponse
from tests.store.scripted_store import EXAMPLES, example

ID = "9b0b3a1c-0000-4000-8000-000000000042"
HTML = b"<html><head><title>504 Gateway Time-out</title></head></html>"
# Every example that is the Store's answer to something other than a success.
REFUSALS = {
    "error-400-missing-packages.json": (400, RefusedError),
    "error-400-only-json-accepted.json": (400, RefusedError),
    "error-401-account-not-allowed.json": (401, AuthenticationError),
    "error-403-empty-body.txt": (403, AuthenticationError),
    "error-404-submission-not-found.json": (404, NotFoundError),
    "error-409-create-conflict.json": (409, RefusedError),
    "error-409-create-while-rollout-in-progress.json": (409, RefusedError),
    "error-409-delete-not-deletable.json": (409, RefusedError),
    "error-409-rollout-invalid-state.json": (409, RefusedError),
    "error-429-rate-limit.json": (429, RateLimitedError),
    "error-500-internal.json": (500, UnavailableError),
    "error-invalid-operation-not-created-through-api.json": (409, RefusedError),
}


def failure_of(
    status: int,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    write: bool = False,
) -> StoreError:
    response = StoreResponse(status, {"ms-correlationid": ID, **(headers or {})}, body)
    with pytest.raises(StoreError) as caught:
        errors.read_response(response, wire.decode_rollout, write=write)
    failure = caught.value
    assert failure.status == status
    assert failure.correlation_id == ID
    assert all(value.isprintable() for value in failure.detail.arguments.values())
    return failure


def test_a_success_gives_its_data() -> None:
    response = StoreResponse(200, {}, example("packagerollout-halt.json"))

    rollout = errors.read_response(response, wire.decode_rollout, write=True)

    assert rollout == Rollout(True, 0.0, "PackageRolloutStopped", "1212922684621243058")


def test_every_example_of_a_refusal_is_covered_here() -> None:
    assert set(REFUSALS) == {path.name for path in EXAMPLES.glob("error-*")}


@pytest.mark.parametrize(("name", "expected"), REFUSALS.items())
@pytest.mark.parametrize("write", [False, True])
def test_every_known_refusal_becomes_its_failure(
    name: str, expected: tuple[int, type[StoreError]], write: bool
) -> None:
    status, kind = expected

    failure = failure_of(status, example(name), write=write)

    assert type(failure) is kind
    assert failure.may_have_acted is (write and kind is UnavailableError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, UnreadableError),
        (302, UnreadableError),
        (307, UnreadableError),
        (400, RefusedError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (405, RefusedError),
        (407, UnavailableError),
        (408, UnavailableError),
        (409, RefusedError),
        (415, RefusedError),
        (429, RateLimitedError),
        (500, UnavailableError),
        (502, UnavailableError),
        (503, UnavailableError),
        (504, UnavailableError),
        (599, UnavailableError),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", HTML, b'{"code":"Inval', b"[]", b'"text"', b'{"message":{}}']
)
def test_the_status_decides_where_the_body_says_nothing(
    status: int, kind: type[StoreError], body: bytes
) -> None:
    assert type(failure_of(status, body)) is kind


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (302, FailureDetail(FailureCode.UNREADABLE, {"status": "302"})),
        (401, FailureDetail(FailureCode.TOKEN_REJECTED)),
        (404, FailureDetail(FailureCode.NOT_FOUND)),
        (407, FailureDetail(FailureCode.PROXY_SIGN_IN)),
        (408, FailureDetail(FailureCode.TIMEOUT)),
        (409, FailureDetail(FailureCode.CONFLICT)),
        (415, FailureDetail(FailureCode.BAD_REQUEST, {"status": "415"})),
        (503, FailureDetail(FailureCode.STORE_OUTAGE, {"status": "503"})),
    ],
)
def test_each_status_has_its_code_and_arguments(
    status: int, detail: FailureDetail
) -> None:
    assert failure_of(status).detail == detail


def test_a_bad_request_quotes_the_store_beside_its_status() -> None:
    detail = failure_of(400, b'{"message":"Only JSON."}').detail

    assert detail == FailureDetail(
        FailureCode.BAD_REQUEST, {"status": "400", "store_message": "Only JSON."}
    )


@pytest.mark.parametrize("status", [204, 302, 408, 500, 502, 503, 504])
def test_a_write_without_a_clear_answer_may_have_acted(status: int) -> None:
    failure = failure_of(status, HTML, write=True)

    assert failure.may_have_acted


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 409, 429])
def test_a_write_that_was_turned_away_has_not_acted(status: int) -> None:
    assert not failure_of(status, write=True).may_have_acted


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HTML,
        example("packagerollout-halt.json")[:60],
        b"{}",
        b"[]",
        b'{"isPackageRollout":true,"packageRolloutPercentage":NaN}',
        example("submission-commit.json"),
    ],
)
def test_a_success_that_cannot_be_read_may_have_been_carried_out(body: bytes) -> None:
    assert type(failure_of(200, body, write=True)) is UnreadableError
    assert failure_of(200, body, write=True).may_have_acted
    assert not failure_of(200, body, write=False).may_have_acted


def test_an_account_that_is_not_onboarded_is_told_from_a_bad_token() -> None:
    onboarding = failure_of(401, example("error-401-account-not-allowed.json"))
    token = failure_of(401)

    assert onboarding.detail == FailureDetail(FailureCode.ACCOUNT_NOT_ENABLED)
    assert token.detail == FailureDetail(FailureCode.TOKEN_REJECTED)


def test_an_empty_403_names_the_role() -> None:
    failure = failure_of(403)

    assert isinstance(failure, AuthenticationError)
    assert failure.detail == FailureDetail(FailureCode.NO_ACCESS)


def test_a_403_about_a_quota_is_a_limit_and_no_question_of_roles() -> None:
    said = "Out of call volume quota. Quota will be replenished in 10:32:12."
    body = json.dumps({"statusCode": 403, "message": said}).encode()

    failure = failure_of(403, body)

    assert isinstance(failure, RateLimitedError)
    assert failure.retry_after == 10 * 3600 + 32 * 60 + 12


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("-1", 14.0),
        ("soon", 14.0),
        ("nan", 14.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 14.0),
        ("9" * 400, 14.0),
        ("", 14.0),
    ],
)
def test_a_limit_says_how_long_to_wait(header: str, seconds: float) -> None:
    body = example("error-429-rate-limit.json")

    failure = failure_of(429, body, {"retry-after": header})

    assert isinstance(failure, RateLimitedError)
    assert failure.retry_after == seconds
    assert failure.detail == FailureDetail(
        FailureCode.RATE_LIMITED, {"seconds": f"{seconds:.0f}"}
    )


def test_a_limit_without_a_time_names_none() -> None:
    failure = failure_of(429, HTML)

    assert isinstance(failure, RateLimitedError)
    assert failure.retry_after is None
    assert failure.detail == FailureDetail(FailureCode.RATE_LIMITED)


def test_a_refusal_quotes_the_store_on_one_short_line() -> None:
    said = "Not\r\n  now.\u202e\x00 See https://store.example/a?sig=secret " + "x" * 300
    body = json.dumps({"message": said, "target": "secret", "data": ["secret"]})

    detail = failure_of(409, body.encode()).detail

    assert detail.code is FailureCode.CONFLICT
    [message] = detail.arguments.values()
    assert message.startswith("Not now. See … x")
    assert "secret" not in str(detail)
    assert message.endswith("x…")
    assert message.isprintable()
    assert len(message) == 201


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500, 503])
def test_nothing_else_of_a_body_is_shown(status: int) -> None:
    body = b'{"message":"word-of-theirs","fileUploadUrl":"https://x.example/?sig=s"}'

    failure = failure_of(status, body)

    assert "word-of-theirs" not in str(failure)
    assert "sig=" not in str(failure)


@pytest.mark.parametrize("value", ["", "two words", "x" * 101, "line\nbreak", "naïve"])
def test_a_correlation_id_that_is_none_is_left_out(value: str) -> None:
    assert errors.correlation_id({"ms-correlationid": value}) is None


@given(
    st.integers(min_value=200, max_value=599),
    st.binary() | st.text().map(str.encode),
    st.dictionaries(st.sampled_from(["retry-after", "ms-correlationid"]), st.text()),
    st.booleans(),
)
def test_any_answer_is_data_or_a_store_failure(
    status: int, body: bytes, headers: dict[str, str], write: bool
) -> None:
    with pytest.raises(StoreError) as caught:
        errors.read_response(
            StoreResponse(status, headers, body), wire.decode_rollout, write=write
        )

    assert all(value.isprintable() for value in caught.value.detail.arguments.values())
