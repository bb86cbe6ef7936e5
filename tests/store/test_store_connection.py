"""What a broken connection tells about a write: not sent, or perhaps carried out."""

import asyncio
import gzip
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bot.domain.failures import FailureCode, UnavailableError, UnreadableError
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Phase, Verb
from bot.sandbox.certificate import certificate
from bot.store import StoreClient, StoreTimeouts, open_session
from bot.store.connection import MOST_BYTES
from tests.store.scripted_store import (
    QUICK,
    Keys,
    ScriptedStore,
    cut_off,
    example,
    reply,
    reset,
    slow,
)

REF = SubmissionRef(Target("main", "9NBLGGH4R315"), "1152921504621086517")
HALT = Change(Verb.HALT)
HALTED = example("packagerollout-halt.json")
OK = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%s" % (
    len(HALTED),
    HALTED,
)


async def halt_fails(client: StoreClient) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        await client.change_rollout(REF, HALT)
    return caught.value


async def came_in(store: ScriptedStore) -> None:
    async with asyncio.timeout(30):
        while not store.calls:
            await asyncio.sleep(0.01)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def test_a_refused_connection_has_not_acted(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    address = f"http://127.0.0.1:{closed_port()}"

    failure = await halt_fails(StoreClient(session, keys, address, timeouts=QUICK))

    assert not failure.may_have_acted
    assert failure.detail.code is FailureCode.NO_CONNECTION


async def test_a_name_that_nobody_knows_has_not_acted(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    address = "https://store.invalid"

    failure = await halt_fails(StoreClient(session, keys, address, timeouts=QUICK))

    assert not failure.may_have_acted


async def test_an_address_that_is_none_has_not_acted(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    failure = await halt_fails(StoreClient(session, keys, "no-address"))

    assert not failure.may_have_acted


async def test_a_certificate_that_is_not_trusted_has_not_acted(
    session: aiohttp.ClientSession, keys: Keys, tmp_path: Path
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(tmp_path).server_file)

    async with raw_server(lambda _: None, context) as (address, requests):
        secure = address.replace("http:", "https:")
        failure = await halt_fails(StoreClient(session, keys, secure, timeouts=QUICK))

    assert not failure.may_have_acted
    assert not requests


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    client: StoreClient, store: ScriptedStore
) -> None:
    body = gzip.compress(b" " * (8 * MOST_BYTES), 1)
    store.will_reply(200, body, {"Content-Encoding": "gzip"})

    tracemalloc.start()
    failure = await halt_fails(client)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert failure.may_have_acted
    assert failure.detail.code is FailureCode.CONNECTION_LOST
    assert most < 4 * MOST_BYTES


async def test_many_reads_that_hang_leave_a_connection_to_a_halt(
    store: ScriptedStore, keys: Keys
) -> None:
    hanging = 100
    store.will(*[slow()] * hanging)
    store.will_reply(200, HALTED)

    async with open_session(store.address) as session:
        client = StoreClient(session, keys, store.address)
        apps = (f"9NBLGGH4R{number:03d}" for number in range(hanging))
        reads = [asyncio.create_task(client.get_app(app)) for app in apps]
        async with asyncio.timeout(30):
            while len(store.calls) < hanging:
                await asyncio.sleep(0.01)
        halted = await client.change_rollout(REF, HALT)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)

    assert halted.rollout.phase is Phase.STOPPED


async def test_cookies_are_not_collected_until_no_request_fits(
    store: ScriptedStore, keys: Keys
) -> None:
    for number in range(3):
        store.will_reply(200, HALTED, {"Set-Cookie": f"id{number}={'x' * 4000}"})
    # From a bare address aiohttp takes no cookie.
    address = store.address.replace("127.0.0.1", "localhost")

    async with open_session(address) as session:
        client = StoreClient(session, keys, address, timeouts=QUICK)
        for _ in range(3):
            await client.get_rollout(REF)

    assert all("Cookie" not in call.headers for call in store.calls)


async def test_a_proxy_that_lets_nothing_through_has_not_acted(keys: Keys) -> None:
    response = b"HTTP/1.1 407 Sign in first\r\nContent-Length: 0\r\n\r\n"

    async with (
        raw_server(lambda _: response) as (address, requests),
        aiohttp.ClientSession(proxy=address) as session,
    ):
        client = StoreClient(session, keys, "https://store.example", timeouts=QUICK)
        failure = await halt_fails(client)

    assert not failure.may_have_acted
    assert requests == ["CONNECT"]


async def test_no_free_connection_in_time_has_not_acted(
    keys: Keys, store: ScriptedStore
) -> None:
    store.will(slow())
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1)
    ) as session:
        patient = StoreClient(session, keys, store.address)
        hasty = StoreClient(
            session, keys, store.address, timeouts=StoreTimeouts(connect=0.1)
        )
        busy = asyncio.create_task(patient.get_app("9NBLGGH4R315"))
        await came_in(store)

        failure = await halt_fails(hasty)

        assert not failure.may_have_acted
        assert len(store.calls) == 1
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (reset(), FailureCode.CONNECTION_LOST),
        (cut_off(HALTED), FailureCode.CONNECTION_LOST),
    ],
)
async def test_a_request_that_went_out_may_have_acted(
    client: StoreClient, store: ScriptedStore, step: object, code: FailureCode
) -> None:
    store.will(step)  # type: ignore[arg-type]  # Parameters of tests are objects.

    failure = await halt_fails(client)

    assert failure.may_have_acted
    assert failure.detail.code is code
    assert len(store.calls) == 1


async def test_a_write_that_is_not_answered_in_time_may_have_acted_and_is_sent_once(
    hasty_client: StoreClient, store: ScriptedStore
) -> None:
    store.will(slow(), reply(200, HALTED))

    failure = await halt_fails(hasty_client)

    assert failure.may_have_acted
    assert failure.transient
    assert failure.detail.code is FailureCode.TIMEOUT
    assert len(store.calls) == 1


async def test_a_write_is_waited_for_longer_than_a_read(
    session: aiohttp.ClientSession, store: ScriptedStore, keys: Keys
) -> None:
    store.will(slow(0.5), slow(0.5))
    timeouts = StoreTimeouts(read=0.1, write=20.0, tries=1)
    client = StoreClient(session, keys, store.address, timeouts=timeouts)

    with pytest.raises(UnavailableError, match=FailureCode.TIMEOUT):
        await client.get_rollout(REF)
    with pytest.raises(UnreadableError):
        await client.change_rollout(REF, HALT)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_with_the_token_or_with_a_second_post(
    client: StoreClient, store: ScriptedStore, status: int
) -> None:
    store.will_reply(status, b"", {"Location": f"{store.address}/elsewhere"})

    with pytest.raises(UnreadableError) as caught:
        await client.change_rollout(REF, HALT)

    assert caught.value.may_have_acted
    assert len(store.calls) == 1


async def test_an_answer_that_is_no_http_may_have_acted(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    async with raw_server(lambda _: b"SSH-2.0-nonsense\r\n\r\n") as (address, requests):
        failure = await halt_fails(StoreClient(session, keys, address, timeouts=QUICK))

    assert failure.may_have_acted
    assert requests == ["POST"]


# A kept-alive connection: https://docs.aiohttp.org/en/stable/client_advanced.html


async def test_a_post_is_sent_once_when_the_server_leaves_a_kept_connection(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    async with raw_server(lambda count: OK if count == 1 else None) as served:
        address, requests = served
        client = StoreClient(session, keys, address, timeouts=QUICK)
        await client.change_rollout(REF, HALT)

        failure = await halt_fails(client)

    # The server had the second request before it left: only reading tells what it did.
    assert failure.may_have_acted
    assert requests == ["POST", "POST"]


async def test_aiohttp_repeats_a_get_by_itself_where_a_kept_connection_was_dead(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    async with raw_server(lambda count: None if count == 2 else OK) as served:
        address, requests = served
        timeouts = StoreTimeouts(tries=1)
        client = StoreClient(session, keys, address, timeouts=timeouts)
        await client.get_rollout(REF)

        reading = await client.get_rollout(REF)

    assert reading.rollout.phase is Phase.STOPPED
    assert requests == ["GET", "GET", "GET"]


async def test_a_connection_that_is_seen_to_be_closed_is_replaced_before_a_post(
    session: aiohttp.ClientSession, keys: Keys
) -> None:
    async with raw_server(lambda _: OK, hang_up_after_answer=True) as served:
        address, requests = served
        client = StoreClient(session, keys, address, timeouts=QUICK)
        await client.change_rollout(REF, HALT)
        await asyncio.sleep(0.05)

        await client.change_rollout(REF, HALT)

    assert requests == ["POST", "POST"]


async def test_giving_up_on_a_call_is_passed_on(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will(slow())
    task = asyncio.create_task(client.change_rollout(REF, HALT))
    await came_in(store)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@asynccontextmanager
async def raw_server(
    response: Callable[[int], bytes | None],
    context: ssl.SSLContext | None = None,
    *,
    hang_up_after_answer: bool = False,
) -> AsyncIterator[tuple[str, list[str]]]:
    """Serve bytes: `answer` gets the request's number and gives None to hang up.

    Yields the address and the methods of the requests that were read to their end.
    """
    requests: list[str] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while head := await read_head(reader):
            requests.append(head.split()[0].decode())
            body = response(len(requests))
            if body is None:
                break
            writer.write(body)
            await writer.drain()
            if hang_up_after_answer:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
        finally:
            for writer in writers:
                writer.transport.abort()
                with suppress(ConnectionError, ssl.SSLError):
                    await writer.wait_closed()


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """Read one request that has no body; empty where the client has gone."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
