"""HTTP client of the benchmark: lean, on kept-alive connections, at set rates.

An HTTP library would cost the caller as much as the bot's ack costs the bot.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from tests.bench.peers import HOST

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(frozen=True, slots=True)
class Sent:
    """When a request was sent, and how many seconds its answer took."""

    at: float
    seconds: float


class NotAcked(Exception):
    """The answer was another than 200."""


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(_END)
        if not end or self._answer is None:
            return
        if len(body) >= _length(head):
            status = int(head.split(b" ", 2)[1])
            self._received, answer, self._answer = b"", self._answer, None
            answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    async def send(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Caller:
    """Connections to one server; a new one is opened where none is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []
        self._all: list[_Connection] = []

    async def open(self, number: int) -> None:
        """Have at least so many connections open and free."""
        while len(self._free) < number:
            self._free.append(await self._new())

    async def send(self, request: bytes) -> Sent:
        """Send one request. Raises NotAcked and OSError."""
        connection = self._free.pop() if self._free else await self._new()
        started = time.perf_counter()
        status = await connection.send(request)
        taken = time.perf_counter() - started
        self._free.append(connection)
        if status != HTTPStatus.OK:
            raise NotAcked(status)
        return Sent(started, taken)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._all:
            connection.close()

    async def _new(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, HOST, self._port)
        self._all.append(connection)
        return connection


async def one_at_a_time(
    caller: Caller,
    requests: Sequence[bytes],
    rest: Callable[[int], Awaitable[None]],
) -> list[Sent]:
    """Send each once the one before is answered and `rest`, given its place, ends."""
    sent = []
    for place, request in enumerate(requests):
        sent.append(await caller.send(request))
        await rest(place)
    return sent


async def steadily(
    caller: Caller, requests: Sequence[bytes], per_second: float
) -> list[Sent]:
    """Send at a fixed timing, whether or not the ones before are answered."""
    await caller.open(min(len(requests), 20))
    started = time.perf_counter()
    tasks = []
    for place, request in enumerate(requests):
        await asyncio.sleep(started + place / per_second - time.perf_counter())
        tasks.append(asyncio.create_task(caller.send(request)))
    return await asyncio.gather(*tasks)


async def at_once(
    caller: Caller, requests: Sequence[bytes], lanes: int
) -> tuple[list[Sent], float]:
    """Send as fast as `lanes` connections are answered; return the seconds as well."""
    await caller.open(lanes)
    waiting = iter(requests)
    sent: list[Sent] = []

    async def lane() -> None:
        for request in waiting:
            answered = await caller.send(request)
            sent.append(answered)

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    return sent, time.perf_counter() - started


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line.removeprefix(_LENGTH))
    return 0
