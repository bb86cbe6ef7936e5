"""What a person is told when the real msal brings no token, and what is never shown."""

import asyncio
import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from aiohttp import web

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    RateLimitedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.store import LocalStore
from bot.store import Tokens
from tests.store.authorities import (
    CLIENT,
    HOUR,
    SECRET,
    TENANT,
    discovery,
    failure_of,
    tokens_from,
    tokens_of,
)
from tests.store.scripted_store import ScriptedStore, example, reply

# The texts of these codes name AZURE_AUTHORITY_HOST.
NAMES_THE_HOST = (
    FailureCode.SIGN_IN_UNREACHABLE,
    FailureCode.SIGN_IN_UNTRUSTED,
    FailureCode.SIGN_IN_UNREADABLE,
)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client_secret": "wrong"}, FailureCode.SECRET_WRONG),
        ({"client_id": TENANT}, FailureCode.CLIENT_UNKNOWN),
        ({"tenant_id": CLIENT}, FailureCode.TENANT_UNKNOWN),
        ({"tenant_id": "no such/tenant"}, FailureCode.TENANT_UNKNOWN),
        ({"tenant_id": " "}, FailureCode.TENANT_UNKNOWN),
    ],
)
async def test_the_wrong_setting_is_named(
    authority: LocalAuthority, wrong: dict[str, str], code: FailureCode
) -> None:
    failure = await failure_of(tokens_of(authority, **wrong))

    assert isinstance(failure, AuthenticationError)
    assert failure.detail.code is code


async def test_an_expired_secret_is_told_from_a_wrong_one(
    tokens: Tokens, local_store: LocalStore
) -> None:
    local_store.arm("token", "expired_secret")

    failure = await failure_of(tokens)

    assert failure.detail.code is FailureCode.SECRET_EXPIRED
    assert failure.correlation_id


async def test_another_scope_is_refused_with_its_code(
    authority: LocalAuthority,
) -> None:
    failure = await failure_of(tokens_of(authority, scope="https://foo.example/x"))

    assert isinstance(failure, AuthenticationError)
    assert failure.detail.code is FailureCode.SIGN_IN_REFUSED
    assert failure.detail.arguments["aadsts"].startswith("AADSTS")


@pytest.mark.parametrize("status", ["400", "401"])
async def test_a_mended_secret_works_at_once(
    authority: LocalAuthority, local_store: LocalStore, status: str
) -> None:
    """msal itself would repeat a 400 for a minute."""
    local_store.switch(wrong_secret_status=status)
    tokens = tokens_of(authority, client_secret="new")
    failure = await failure_of(tokens)
    assert failure.detail.code is FailureCode.SECRET_WRONG

    authority.credentials = replace(authority.credentials, secret="new")

    assert await tokens.token()


async def test_a_mended_secret_works_at_once_after_a_token_has_ended(
    authority: LocalAuthority, local_store: LocalStore
) -> None:
    local_store.switch(wrong_secret_status="400")
    tokens = tokens_of(authority)
    first = await tokens.token()
    good = authority.credentials

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=HOUR)):
        authority.credentials = replace(good, secret="rotated")
        failure = await failure_of(tokens)
        authority.credentials = good

        assert failure.detail.code is FailureCode.SECRET_WRONG
        assert await tokens.token() != first


@pytest.mark.parametrize("operation", ["token", "discovery"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", UnavailableError),
        ("503", UnavailableError),
        ("504_without_effect", UnavailableError),
        ("429_without_retry_after", RateLimitedError),
        ("429_with_retry_after", RateLimitedError),
        ("reset_without_effect", UnavailableError),
        ("html_body", UnreadableError),
        ("empty_body", UnreadableError),
        ("truncated_body", UnreadableError),
        ("cut_body", UnavailableError),
    ],
)
async def test_each_bad_day_of_the_authority_passes(
    authority: LocalAuthority,
    local_store: LocalStore,
    operation: str,
    fault: str,
    kind: type[StoreError],
) -> None:
    local_store.arm(operation, fault, seconds=2)
    tokens = tokens_of(authority)

    failure = await failure_of(tokens)

    assert type(failure) is kind
    if isinstance(failure, RateLimitedError):
        assert failure.retry_after == (2 if fault == "429_with_retry_after" else None)
    assert await tokens.token()


@pytest.mark.parametrize("operation", ["token", "discovery"])
async def test_a_slow_answer_of_the_authority_is_not_waited_for(
    authority: LocalAuthority, local_store: LocalStore, operation: str
) -> None:
    local_store.arm(operation, "slow", seconds=2)
    tokens = tokens_of(authority, timeout=1.0)

    failure = await failure_of(tokens)

    assert type(failure) is UnavailableError
    assert await tokens.token()


async def test_an_authority_that_is_not_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"

    failure = await failure_of(Tokens(TENANT, CLIENT, SECRET, address, timeout=1.0))

    assert isinstance(failure, UnavailableError)
    assert failure.detail.code is FailureCode.SIGN_IN_UNREACHABLE


async def test_a_certificate_that_is_not_trusted_is_named(
    authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)

    failure = await failure_of(tokens_of(authority, ca_file=None))

    assert isinstance(failure, UnavailableError)
    assert failure.detail.code is FailureCode.SIGN_IN_UNTRUSTED


async def test_a_file_of_certificates_that_is_not_there_is_named(
    authority: LocalAuthority, tmp_path: Path
) -> None:
    failure = await failure_of(tokens_of(authority, ca_file=str(tmp_path / "none")))

    assert isinstance(failure, UnavailableError)
    assert failure.detail.code is FailureCode.SIGN_IN_UNTRUSTED


async def test_a_certificate_can_be_trusted_by_the_environment(
    authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca_file))

    assert await tokens_of(authority, ca_file=None).token()


@pytest.mark.parametrize("host", ["http://127.0.0.1:9", "", "login", "https://"])
async def test_an_authority_host_that_is_none_is_named(host: str) -> None:
    failure = await failure_of(Tokens(TENANT, CLIENT, SECRET, host))

    assert failure.detail.code in NAMES_THE_HOST


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'"token"',
        b"null",
        b'{"access_token":5}',
        b'{"access_token":""}',
        b'{"access_token":"two words"}',
        b'{"access_token":"split\\r\\nHost: elsewhere"}',
        b'{"access_token":"na\xc3\xafve"}',
        b'{"access_token":"x","expires_in":"never"}',
        b'{"access_token":"x","expires_in":1e999}',
        b'{"access_token":"x","expires_in":[]}',
        b'{"access_token":"x","client_info":7}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
@pytest.mark.usefixtures("quiet_memory")
async def test_an_answer_that_is_no_token_is_unreadable(
    odd: ScriptedStore, folder: Path, body: bytes
) -> None:
    odd.will_reply(200, discovery(odd))
    odd.will_reply(200, body)

    assert type(await failure_of(tokens_from(odd, folder))) is UnreadableError


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b'{"token_endpoint":"x"}'),
        (200, b'{"token_endpoint":7,"authorization_endpoint":7}'),
        (200, b"<html>"),
        (201, b"{}"),
        (204, b""),
        (302, b""),
    ],
)
async def test_a_discovery_that_is_none_is_unreadable(
    odd: ScriptedStore, folder: Path, status: int, body: bytes
) -> None:
    odd.will_reply(status, body, {"Location": "/elsewhere"})

    assert type(await failure_of(tokens_from(odd, folder))) is UnreadableError
    assert len(odd.calls) == 1


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9/x", "nowhere"])
async def test_a_secret_is_never_sent_without_tls(
    odd: ScriptedStore, folder: Path, endpoint: str
) -> None:
    odd.will_reply(200, discovery(odd, token_endpoint=endpoint))

    assert type(await failure_of(tokens_from(odd, folder))) is UnreadableError


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_secret_does_not_follow_a_redirect(
    odd: ScriptedStore, folder: Path, status: int
) -> None:
    odd.will_reply(200, discovery(odd))
    odd.will_reply(status, b"", {"Location": f"{odd.address}/elsewhere"})

    assert type(await failure_of(tokens_from(odd, folder))) is UnreadableError
    assert len(odd.calls) == 2


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("token-error-7000215-wrong-secret.json", 401, FailureCode.SECRET_WRONG),
        ("token-error-7000222-expired-secret.json", 401, FailureCode.SECRET_EXPIRED),
        ("token-error-90002-tenant-not-found.json", 400, FailureCode.TENANT_UNKNOWN),
        ("token-error-invalid-scope.json", 400, FailureCode.SIGN_IN_REFUSED),
    ],
)
async def test_every_example_of_a_token_error_is_understood_through_msal(
    odd: ScriptedStore, folder: Path, name: str, status: int, code: FailureCode
) -> None:
    odd.will_reply(200, discovery(odd))
    odd.will_reply(status, example(name))

    failure = await failure_of(tokens_from(odd, folder))

    assert failure.detail.code is code
    # msal would ask Microsoft about this host after a failure, were it not told not to.
    assert len(odd.calls) == 2


@pytest.mark.parametrize("name", ["token-success-v1.json", "token-success-v2.json"])
async def test_both_forms_of_a_token_are_taken(
    odd: ScriptedStore, folder: Path, name: str
) -> None:
    odd.will_reply(200, discovery(odd))
    odd.will_reply(200, example(name))

    assert (
        await tokens_from(odd, folder).token()
        == (json.loads(example(name))["access_token"])
    )
    form = odd.calls[1].body.decode()
    assert "grant_type=client_credentials" in form
    assert "scope=https%3A%2F%2Fmanage.devcenter.microsoft.com%2F.default" in form
    assert "client_secret=not-a-secret%26%3D%2B+%C3%BC" in form


async def test_an_answer_that_drips_in_is_too_late(
    odd: ScriptedStore, folder: Path
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(20):
            await response.write(b" ")
            await asyncio.sleep(0.03)
        return response

    odd.will(drip)

    failure = await failure_of(tokens_from(odd, folder, timeout=0.05))

    assert failure.detail.code is FailureCode.SIGN_IN_UNREACHABLE


async def test_an_answer_that_never_ends_is_not_read_for_ever(
    odd: ScriptedStore, folder: Path
) -> None:
    ended = asyncio.Event()

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 10_000)
        finally:
            ended.set()

    odd.will(flood)

    failure = await failure_of(tokens_from(odd, folder))

    assert failure.detail.code is FailureCode.SIGN_IN_UNREADABLE
    async with asyncio.timeout(10):
        await ended.wait()


async def test_answers_that_drip_in_take_no_thread_from_others(
    odd: ScriptedStore, folder: Path
) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        while not request.transport.is_closing():
            request.transport.write(b"H")
            await asyncio.sleep(0.03)
        return web.Response()

    odd.will(drip)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))

    await failure_of(tokens_from(odd, folder, timeout=0.1))

    async with asyncio.timeout(5):
        assert await asyncio.to_thread(int) == 0


# Secrets.


async def test_neither_token_nor_secret_is_ever_shown(
    odd: ScriptedStore,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    odd.will(
        reply(200, discovery(odd)),
        reply(200, b'{"access_token":"first-token","expires_in":3600}'),
        reply(200, discovery(odd)),
        reply(200, b'{"access_token":"second-token","expi'),
        reply(200, discovery(odd)),
        reply(401, example("token-error-7000215-wrong-secret.json")),
    )
    tokens = tokens_from(odd, folder)

    first = await tokens.token()
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            await tokens.renew(first)
        assert "token" not in str(caught.value)

    assert "signed in with Microsoft Entra" in caplog.text
    for shown in (caplog.text, repr(tokens), str(tokens)):
        for secret in (SECRET, "not-a-secret", "first-token", "second-token"):
            assert secret not in shown
