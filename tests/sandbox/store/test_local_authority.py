"""The local authority issues msal tokens that the Store accepts, or Entra's errors."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import msal
import pytest
import time_machine

from bot.sandbox import certificate as certificates
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.grants import Credentials
from bot.sandbox.store import LocalStore, seed

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

KNOWN = Credentials()
SCOPE = "https://manage.devcenter.microsoft.com/.default"
FORM = {
    "grant_type": "client_credentials",
    "client_id": KNOWN.client,
    "client_secret": KNOWN.secret,
    "scope": SCOPE,
}


@pytest.fixture
async def authority(store: LocalStore) -> AsyncIterator[LocalAuthority]:
    authority = LocalAuthority(store)
    await authority.start()
    yield authority
    await authority.stop()


@pytest.fixture
def ask(
    authority: LocalAuthority, session: aiohttp.ClientSession
) -> Callable[..., Awaitable[tuple[int, Any]]]:
    """Post a form to the token endpoint; None as a value omits the field."""
    trust = ssl.create_default_context(cafile=authority.ca_file)

    async def send(
        tenant: str = KNOWN.tenant, **changed: str | None
    ) -> tuple[int, Any]:
        form = {k: v for k, v in {**FORM, **changed}.items() if v is not None}
        url = f"{authority.address}/{tenant}/oauth2/v2.0/token"
        async with session.post(url, data=form, ssl=trust) as answer:
            return answer.status, await answer.json()

    return send


@pytest.fixture
def ask_v1(
    authority: LocalAuthority, session: aiohttp.ClientSession
) -> Callable[..., Awaitable[tuple[int, Any]]]:
    """Post a form to the first token endpoint, which takes a resource."""
    trust = ssl.create_default_context(cafile=authority.ca_file)
    known = {**FORM, "scope": None, "resource": SCOPE.removesuffix("/.default")}

    async def send(
        tenant: str = KNOWN.tenant, **changed: str | None
    ) -> tuple[int, Any]:
        form = {k: v for k, v in {**known, **changed}.items() if v is not None}
        url = f"{authority.address}/{tenant}/oauth2/token"
        async with session.post(url, data=form, ssl=trust) as answer:
            return answer.status, await answer.json()

    return send


Ask = Callable[..., Awaitable[tuple[int, Any]]]


def acquire(authority: LocalAuthority, **changed: str) -> dict[str, Any]:
    known = {"client": KNOWN.client, "tenant": KNOWN.tenant, "secret": KNOWN.secret}
    named = known | changed
    client = msal.ConfidentialClientApplication(
        named["client"],
        authority=f"{authority.address}/{named['tenant']}",
        client_credential=named["secret"],
        instance_discovery=False,
    )
    answer: dict[str, Any] = client.acquire_token_for_client([SCOPE])
    return answer


async def test_msal_gets_a_token_that_opens_the_store(
    authority: LocalAuthority, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_file))
    answer = await asyncio.to_thread(acquire, authority)
    header = {"Authorization": f"Bearer {answer['access_token']}"}

    assert answer["token_source"] == "identity_provider"
    assert answer["expires_in"] == 3599
    assert (await call("GET", f"applications/{seed.MAIL}", header))[0] == 200


async def test_msal_sees_a_wrong_secret_as_an_error_and_a_wrong_tenant_as_an_exception(
    authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_file))
    answer = await asyncio.to_thread(acquire, authority, secret="wrong-not-a-secret")
    other = "00000000-0000-4000-8000-00000000000f"

    assert answer["error"] == "invalid_client"
    assert answer["error_codes"] == [7000215]
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        await asyncio.to_thread(acquire, authority, tenant=other)


@pytest.mark.parametrize(
    ("changed", "status", "error", "code"),
    [
        ({"tenant": "nosuch.example"}, 400, "invalid_request", 90002),
        ({"client_id": "someone"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"resource": "https://x"}, 400, "invalid_request", 901002),
        ({"scope": "https://x.example/.default"}, 400, "invalid_scope", 70011),
        ({"scope": "https://x.example"}, 400, "invalid_scope", 1002012),
    ],
)
async def test_a_wrong_request_gets_entras_error(
    ask: Ask, changed: dict[str, str | None], status: int, error: str, code: int
) -> None:
    answered, body = await ask(**changed)

    assert (answered, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert "\r\nTrace ID: " in body["error_description"]


async def test_the_first_endpoint_answers_with_numbers_as_texts(
    ask_v1: Ask, example: Example, store: LocalStore
) -> None:
    status, body = await ask_v1()
    recorded = example("token-success-v1")

    assert status == 200
    assert set(body) == set(recorded)
    assert {type(value) for value in body.values()} == {str}
    assert (body["resource"], body["expires_in"]) == (recorded["resource"], "3599")
    lifetime = int(body["expires_on"]) - int(body["not_before"])
    assert lifetime == int(recorded["expires_on"]) - int(recorded["not_before"]) - 1
    assert store.tokens.accepts(f"Bearer {body['access_token']}")
    assert [one.operation for one in store.requests] == ["token"]


@pytest.mark.parametrize(
    ("changed", "status", "error", "code"),
    [
        ({"tenant": "nosuch.example"}, 400, "invalid_request", 90002),
        ({"client_id": "someone"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"resource": None}, 400, "invalid_request", 900144),
        ({"resource": "https://x.example"}, 400, "invalid_resource", 500011),
        ({"resource": SCOPE}, 400, "invalid_resource", 500011),
    ],
)
async def test_the_first_endpoint_refuses_as_the_second_does(
    ask_v1: Ask, changed: dict[str, str | None], status: int, error: str, code: int
) -> None:
    answered, body = await ask_v1(**changed)

    assert (answered, body["error"], body["error_codes"]) == (status, error, [code])


async def test_a_resource_with_a_slash_gets_a_token_that_does_not_open_the_store(
    ask_v1: Ask, store: LocalStore
) -> None:
    status, body = await ask_v1(resource="https://manage.devcenter.microsoft.com/")

    assert status == 200
    assert not store.tokens.accepts(f"Bearer {body['access_token']}")


async def test_a_fault_of_the_token_strikes_the_first_endpoint_too(
    ask_v1: Ask, store: LocalStore
) -> None:
    store.arm("token", "expired_secret")

    assert (await ask_v1())[1]["error_codes"] == [7000222]


async def test_an_error_has_the_recorded_fields_and_words(
    ask: Ask, example: Example
) -> None:
    _, wrong = await ask(client_secret="wrong")
    _, nowhere = await ask(tenant="nosuch.example")

    recorded = example("token-error-7000215-wrong-secret")
    assert set(wrong) == set(recorded)
    text = nowhere["error_description"].partition("\r\n")[0]
    other = example("token-error-90002-tenant-not-found")
    assert text == other["error_description"].partition("\r\n")[0]


async def test_a_wrong_secret_may_answer_400(ask: Ask, store: LocalStore) -> None:
    store.switch(wrong_secret_status="400")

    assert (await ask(client_secret="wrong"))[0] == 400


@pytest.mark.parametrize(
    "scope",
    [
        "https://manage.devcenter.microsoft.com//.default",
        "https://api.store.microsoft.com/.default",
    ],
)
async def test_a_token_for_another_audience_does_not_open_the_store(
    ask: Ask, call: Call, scope: str
) -> None:
    status, body = await ask(scope=scope)
    header = {"Authorization": f"Bearer {body['access_token']}"}

    assert status == 200
    assert (await call("GET", "applications", header))[0] == 401


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("401_once", 401, 7000215),
        ("expired_secret", 401, 7000222),
        ("503", 503, 90033),
        ("500", 500, 90033),
        ("429_with_retry_after", 429, 90055),
        ("429_without_retry_after", 429, 90055),
    ],
)
async def test_faults_of_the_token_endpoint_have_entras_errors(
    ask: Ask, store: LocalStore, fault: str, status: int, code: int
) -> None:
    store.arm("token", fault)
    struck = await ask()
    again = await ask()

    assert (struck[0], struck[1]["error_codes"]) == (status, [code])
    assert again[0] == 200


async def test_other_faults_reach_the_token_endpoint_and_the_discovery(
    ask: Ask, store: LocalStore, authority: LocalAuthority
) -> None:
    store.arm("token", "reset_without_effect")
    store.arm("discovery", "504_without_effect")
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask()
    trust = ssl.create_default_context(cafile=authority.ca_file)
    path = f"/{KNOWN.tenant}/v2.0/.well-known/openid-configuration"
    async with aiohttp.ClientSession(authority.address) as session:
        struck = await session.get(path, ssl=trust)
        whole = await session.get(path, ssl=trust)

        assert (struck.status, whole.status) == (504, 200)
        assert (await whole.json())["issuer"].startswith(authority.address)
    operations = [entry.operation for entry in store.requests]
    assert operations == ["token", "discovery", "discovery"]


def test_the_secret_is_marked_as_not_a_secret() -> None:
    assert KNOWN.secret.endswith("not-a-secret")


async def test_the_certificate_is_reused_until_it_expires(
    store: LocalStore, tmp_path: Path
) -> None:
    first = certificates.certificate(tmp_path / "tls")
    before = first.ca_file.read_bytes()
    again = certificates.certificate(tmp_path / "tls").ca_file.read_bytes()
    with time_machine.travel("2100-01-01T00:00:00Z"):
        aged = certificates.certificate(tmp_path / "tls").ca_file.read_bytes()
    authority = LocalAuthority(store, tmp_path / "tls")
    await authority.start()
    await authority.stop()

    assert before == again != aged
    assert authority.ca_file == first.ca_file
    assert first.server_file.stat().st_mode & 0o077 == 0


async def test_a_temporary_folder_is_removed_and_stopping_twice_is_allowed(
    store: LocalStore,
) -> None:
    authority = LocalAuthority(store)
    with pytest.raises(RuntimeError, match="has not been started"):
        assert authority.ca_file
    await authority.start()
    ca_file = authority.ca_file
    there = ca_file.exists()
    await authority.stop()
    await authority.stop()

    assert (there, ca_file.exists()) == (True, False)


async def test_a_taken_port_is_an_error_that_leaves_nothing_behind(
    store: LocalStore,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        authority = LocalAuthority(store)
        with pytest.raises(OSError, match="address already in use"):
            await authority.start(taken.getsockname()[1])

    assert authority._temporary is None
