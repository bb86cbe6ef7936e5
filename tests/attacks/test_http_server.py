"""Unsigned and signed traffic at the port of a running bot."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from tests.attacks.http_target import HALF_A_HEAD, Target, nested, open_target, rest

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW_FILES: Final = 256
BODY: Final = b"x" * 1000
CHUNKED: Final = (
    b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    """A bot for all tests of the module, which may open few files."""
    folder = tmp_path_factory.mktemp("target")
    async with open_target(folder, files=FEW_FILES) as running:
        yield running


async def test_unfinished_headers_and_bodies_are_closed_within_seconds(
    target: Target,
) -> None:
    """Weakness 3: none was closed after 86 seconds."""
    began = time.monotonic()

    sent = (HALF_A_HEAD, b"", target.head(1000) + b"half a body")
    answers = await asyncio.gather(*map(target.exchange, sent))

    assert answers == [b"", b"", b""]
    assert time.monotonic() - began < 12


async def test_slow_senders_are_closed_though_they_go_on_sending(
    target: Target,
) -> None:
    """Weakness 3: a byte now and then kept a connection for ever."""

    async def trickle(start: bytes) -> None:
        reader, writer = await target.connect(start)
        closed = asyncio.create_task(rest(reader))
        async with asyncio.timeout(15):
            while not closed.done():
                writer.write(b"x")
                await asyncio.wait({closed}, timeout=0.5)

    await asyncio.gather(trickle(HALF_A_HEAD), trickle(target.head(1000)))


async def test_more_connections_than_files_do_not_keep_the_next_one_out(
    target: Target,
) -> None:
    """Weakness 3: 300 of them, with 256 files, kept health checks and clicks out."""
    lines = target.bot.log().count("\n")
    for _ in range(2 * FEW_FILES):
        await target.connect(HALF_A_HEAD)

    async with asyncio.timeout(3):
        assert (await target.bot.get("/healthz"))[0] == 200
        assert (await target.bot.get("/readyz"))[0] == 200
    assert await target.change(20) < 20
    assert target.bot.log().count("\n") - lines < 40
    await target.hang_up()


async def test_many_large_bodies_at_once_are_not_all_kept(target: Target) -> None:
    """Weakness 3: large bodies that are never finished do not fill the memory."""
    part = b"x" * 1_000_000
    held = await asyncio.gather(
        *(target.connect(target.head(len(part) + 1) + part) for _ in range(50))
    )

    async with asyncio.timeout(3):
        assert (await target.bot.get("/healthz"))[0] == 200
    ends = [asyncio.create_task(rest(reader)) for reader, _ in held]
    await asyncio.wait(ends, timeout=3)
    # 8 MB may wait for what is missing, until their time is over.
    assert sum(end.done() for end in ends) >= 40
    await asyncio.gather(*ends)
    await target.hang_up()


async def test_refused_signatures_write_a_few_lines_with_the_peer(
    target: Target,
) -> None:
    """Weakness 22: each of them wrote a line, and none named the sender."""
    before = len(target.bot.log().splitlines())

    for _ in range(100):
        status, _ = await target.post(BODY, {"X-Slack-Signature": "v0=wrong"})
        assert status == 401

    lines = target.bot.log().splitlines()[before:]
    assert 1 <= len(lines) <= 5
    assert all("127.0.0.1" in line and "wrong signature" in line for line in lines)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /healthz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"PUT /healthz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nExpect: x\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"nothing like HTTP\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: bot\r\n\r\n",
        CHUNKED + b"no length\r\n",
    ],
)
async def test_no_answer_names_a_version_of_the_software(
    target: Target, request_bytes: bytes
) -> None:
    """Weakness 22: the Server header named Python's and aiohttp's versions."""
    answer = await target.exchange(request_bytes)

    assert answer.startswith(b"HTTP/1.")
    assert b"aiohttp" not in answer
    assert b"Python" not in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nothing like HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: " + b"x" * 20_000 + b"\r\n\r\n",
        CHUNKED + b"no length\r\n",
        CHUNKED + b"5\r\nabcde\r\nno length\r\n",
    ],
)
async def test_malformed_http_is_answered_400_and_writes_nothing(
    target: Target, request_bytes: bytes
) -> None:
    """Weakness 3: each malformed request wrote a traceback."""
    before = target.bot.log()

    answer = await target.exchange(request_bytes)

    assert answer.split()[1] == b"400"
    assert target.bot.log() == before


@pytest.mark.parametrize("levels", [51, 200, 300, 900, 100_000])
async def test_a_deeply_nested_signed_payload_is_answered_400(
    target: Target, levels: int
) -> None:
    """Weakness 20: it was answered 500, with 1,300 lines of log."""
    before = target.bot.log()
    body = (
        nested(levels)
        if levels < 1000
        else b'{"event":' * levels + b"0" + b"}" * levels
    )

    status, words = await target.post(body)

    assert (status, json.loads(words)) == (
        400,
        {"error": "The body is not a payload that Slack sends."},
    )
    assert target.bot.log() == before


async def test_unfinished_requests_do_not_delay_the_end_of_the_process(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Weakness 9: with one unfinished unsigned request the bot ended after 63 s."""
    async with open_target(tmp_path_factory.mktemp("ending")) as target:
        process = target.bot.process
        unfinished = target.head(1000) + b"half a body"
        await target.connect(unfinished)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        ended = asyncio.create_task(process.wait())
        # For two seconds more the bot listens, so that /readyz can say that it ends.
        while not ended.done():
            with contextlib.suppress(OSError):
                await target.connect(unfinished)
            await asyncio.wait({ended}, timeout=0.2)
            assert time.monotonic() - began < 10

    assert process.returncode == 0
    assert "Traceback" not in target.bot.log()
