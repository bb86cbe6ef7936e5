"""What Entra's refusals mean, from its own examples and code numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    FailureDetail,
    RateLimitedError,
    StoreError,
    UnavailableError,
)
from bot.store import sign_in
from tests.store.scripted_store import example


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("wrong-secret", FailureDetail(FailureCode.SECRET_WRONG)),
        ("expired-secret", FailureDetail(FailureCode.SECRET_EXPIRED)),
        ("tenant-not-found", FailureDetail(FailureCode.TENANT_UNKNOWN)),
        (
            "invalid-scope",
            FailureDetail(FailureCode.SIGN_IN_REFUSED, {"aadsts": "AADSTS70011"}),
        ),
    ],
)
def test_each_example_names_what_is_wrong(name: str, detail: FailureDetail) -> None:
    numbered = {
        "wrong-secret": "token-error-7000215-wrong-secret.json",
        "expired-secret": "token-error-7000222-expired-secret.json",
        "tenant-not-found": "token-error-90002-tenant-not-found.json",
        "invalid-scope": "token-error-invalid-scope.json",
    }
    response = json.loads(example(numbered[name]))

    failure = sign_in.error_of(response)

    assert isinstance(failure, AuthenticationError)
    assert failure.detail == detail
    assert failure.correlation_id == response["correlation_id"]
    assert not failure.may_have_acted
    assert "Trace ID" not in str(failure)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (7000215, FailureCode.SECRET_WRONG),
        (7000218, FailureCode.SECRET_WRONG),
        (50012, FailureCode.SECRET_WRONG),
        (7000222, FailureCode.SECRET_EXPIRED),
        (700016, FailureCode.CLIENT_UNKNOWN),
        (70001, FailureCode.CLIENT_UNKNOWN),
        (7000112, FailureCode.CLIENT_DISABLED),
        (90002, FailureCode.TENANT_UNKNOWN),
        (900023, FailureCode.TENANT_UNKNOWN),
        (500011, FailureCode.TENANT_NOT_LINKED),
        (53003, FailureCode.SIGN_IN_BLOCKED),
        (1234567, FailureCode.SIGN_IN_REFUSED),
    ],
)
def test_the_number_is_read_from_the_list_and_from_the_description(
    number: int, code: FailureCode
) -> None:
    listed = sign_in.error_of({"error": "x", "error_codes": [number]})
    told = sign_in.error_of(
        {"error": "x", "error_description": f"AADSTS{number}: and more"}
    )

    assert isinstance(listed, AuthenticationError)
    assert isinstance(told, AuthenticationError)
    assert listed.detail.code is code
    assert listed.detail == told.detail


def test_an_unknown_number_is_shown_because_it_can_be_looked_up() -> None:
    failure = sign_in.error_of({"error": "x", "error_codes": [1234567]})

    assert failure.detail.arguments == {"aadsts": "AADSTS1234567"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("invalid_client", FailureCode.SECRET_WRONG),
        ("unauthorized_client", FailureCode.CLIENT_UNKNOWN),
        ("invalid_grant", FailureCode.SIGN_IN_REFUSED),
        (None, FailureCode.SIGN_IN_REFUSED),
        (["invalid_client"], FailureCode.SIGN_IN_REFUSED),
    ],
)
def test_without_a_number_the_code_of_oauth_decides(
    error: object, code: FailureCode
) -> None:
    failure = sign_in.error_of({"error": error})

    assert isinstance(failure, AuthenticationError)
    assert failure.detail.code is code
    assert not failure.detail.arguments


@pytest.mark.parametrize("number", [90006, 90012, 90024, 90033])
def test_an_outage_of_entra_is_nobodys_mistake(number: int) -> None:
    failure = sign_in.error_of({"error": "x", "error_codes": [number]})

    assert isinstance(failure, UnavailableError)
    assert failure.detail.code is FailureCode.SIGN_IN_OUTAGE


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_an_outage_is_told_without_a_number_as_well(error: str) -> None:
    assert isinstance(sign_in.error_of({"error": error}), UnavailableError)


@pytest.mark.parametrize("number", [50196, 90055])
def test_too_many_sign_ins_are_a_limit(number: int) -> None:
    response = {"error": "temporarily_unavailable", "error_codes": [number]}

    assert isinstance(sign_in.error_of(response), RateLimitedError)


@given(
    st.dictionaries(
        st.sampled_from(
            ["error", "error_codes", "error_description", "correlation_id"]
        ),
        st.none()
        | st.integers()
        | st.text()
        | st.lists(st.integers() | st.text() | st.none()),
    )
)
def test_any_error_answer_becomes_a_failure(response: dict[str, object]) -> None:
    failure = sign_in.error_of(response)

    assert isinstance(failure, StoreError)
    assert all(value.isprintable() for value in failure.detail.arguments.values())
