"""What Entra's refusals mean, from its own examples and code numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import (
    AuthCause,
    AuthenticationError,
    RateLimitedError,
    StoreError,
    UnavailableError,
)
from bot.store import sign_in
from bot.store.messages import Words
from tests.store.scripted_store import example


@pytest.mark.parametrize(
    ("name", "cause", "setting"),
    [
        ("wrong-secret", AuthCause.SECRET, "AZURE_CLIENT_SECRET is wrong"),
        ("expired-secret", AuthCause.SECRET_EXPIRED, "AZURE_CLIENT_SECRET has expired"),
        ("tenant-not-found", AuthCause.TENANT, "AZURE_TENANT_ID is wrong"),
        ("invalid-scope", AuthCause.OTHER, "AADSTS70011"),
    ],
)
def test_each_example_names_what_is_wrong(
    name: str, cause: AuthCause, setting: str
) -> None:
    numbered = {
        "wrong-secret": "token-error-7000215-wrong-secret.json",
        "expired-secret": "token-error-7000222-expired-secret.json",
        "tenant-not-found": "token-error-90002-tenant-not-found.json",
        "invalid-scope": "token-error-invalid-scope.json",
    }
    response = json.loads(example(numbered[name]))

    failure = sign_in.refused(response)

    assert isinstance(failure, AuthenticationError)
    assert failure.cause is cause
    assert setting in failure.words
    assert failure.correlation_id == response["correlation_id"]
    assert not failure.may_have_acted
    assert "Trace ID" not in failure.words


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (7000215, AuthCause.SECRET),
        (7000218, AuthCause.SECRET),
        (50012, AuthCause.SECRET),
        (7000222, AuthCause.SECRET_EXPIRED),
        (700016, AuthCause.CLIENT),
        (70001, AuthCause.CLIENT),
        (7000112, AuthCause.CLIENT),
        (90002, AuthCause.TENANT),
        (900023, AuthCause.TENANT),
        (500011, AuthCause.TENANT),
        (53003, AuthCause.POLICY),
        (1234567, AuthCause.OTHER),
    ],
)
def test_the_number_is_read_from_the_list_and_from_the_description(
    number: int, cause: AuthCause
) -> None:
    listed = sign_in.refused({"error": "x", "error_codes": [number]})
    told = sign_in.refused(
        {"error": "x", "error_description": f"AADSTS{number}: and more"}
    )

    assert isinstance(listed, AuthenticationError)
    assert isinstance(told, AuthenticationError)
    assert listed.cause is told.cause is cause
    assert listed.words == told.words


def test_an_unknown_number_is_shown_because_it_can_be_looked_up() -> None:
    failure = sign_in.refused({"error": "x", "error_codes": [1234567]})

    assert "AADSTS1234567" in failure.words


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("invalid_client", AuthCause.SECRET),
        ("unauthorized_client", AuthCause.CLIENT),
        ("invalid_grant", AuthCause.OTHER),
        (None, AuthCause.OTHER),
        (["invalid_client"], AuthCause.OTHER),
    ],
)
def test_without_a_number_the_code_of_oauth_decides(
    error: object, cause: AuthCause
) -> None:
    failure = sign_in.refused({"error": error})

    assert isinstance(failure, AuthenticationError)
    assert failure.cause is cause


@pytest.mark.parametrize("number", [90006, 90012, 90024, 90033])
def test_an_outage_of_entra_is_nobodys_mistake(number: int) -> None:
    failure = sign_in.refused({"error": "x", "error_codes": [number]})

    assert isinstance(failure, UnavailableError)
    assert Words.SIGN_IN_BROKEN in failure.words


@pytest.mark.parametrize("error", ["temporarily_unavailable", "server_error"])
def test_an_outage_is_told_without_a_number_as_well(error: str) -> None:
    assert isinstance(sign_in.refused({"error": error}), UnavailableError)


@pytest.mark.parametrize("number", [50196, 90055])
def test_too_many_sign_ins_are_a_limit(number: int) -> None:
    response = {"error": "temporarily_unavailable", "error_codes": [number]}

    assert isinstance(sign_in.refused(response), RateLimitedError)


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
    failure = sign_in.refused(response)

    assert isinstance(failure, StoreError)
    assert failure.words.isprintable()
