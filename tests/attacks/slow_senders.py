"""Attack by slow senders: `python -m tests.attacks.slow_senders [seconds]`.

A bot that may open 1,024 files gets 1,000 unfinished requests, again as soon as one is
closed: some that stop in the headers or in the body, some that go on with a byte a
second. Beside them come whole bodies of 1 MB. Meanwhile it is asked for its health,
and people go on pressing buttons. Its processor is shared with all of that.
"""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]  # It ships no types.

from tests.attacks.http_target import HALF_A_HEAD, Target, close, open_target

FILES: Final = 1_024
UNFINISHED: Final = 1_000
LARGE_AT_ONCE: Final = 4
MEGABYTE: Final = 1_000_000
# A sender that was closed comes back after so long.
RETURN_SECONDS: Final = 1.0
PROBES_BEFORE: Final = 20


@dataclass
class Report:
    """What was measured."""

    seconds: float
    opened: int = 0
    closed: int = 0
    large: int = 0
    failures: list[str] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    log_lines: int = 0

    @property
    def growth(self) -> float:
        """How many MB the memory has grown beyond its highest in the first quarter."""
        first = max(1, len(self.memory) // 4)
        return max(self.memory) - max(self.memory[:first])

    def __str__(self) -> str:
        """Write the figures, a line each."""
        return "\n".join(
            (
                f"seconds: {self.seconds:.0f}, probes that failed: {self.failures}",
                f"unfinished requests opened: {self.opened}, closed: {self.closed}",
                f"whole bodies of 1 MB refused: {self.large}",
                f"/healthz before: {_spread(self.before)}",
                f"/healthz: {_spread(self.health)}",
                f"/readyz: {_spread(self.ready)}",
                f"click → request to the Store: {_spread(self.clicks)}",
                f"memory before, in MB: {self.memory[0]:.0f}",
                f"memory at most: {max(self.memory):.0f}",
                f"growth after the first quarter of the time: {self.growth:.1f}",
                f"files open: at most {max(self.files)}",
                f"log lines of the attack: {self.log_lines}",
            )
        )


class Attack:
    """One attack on one bot."""

    def __init__(self, target: Target, seconds: float) -> None:
        self._target = target
        self._process = psutil.Process(target.bot.process.pid)
        self._end = 0.0
        self.report = Report(seconds)

    async def run(self) -> Report:
        """Attack, and measure meanwhile."""
        self._measure()
        for _ in range(PROBES_BEFORE):
            self.report.before.append(await _timed(self._target.bot.get("/healthz")))
        self._end = time.monotonic() + self.report.seconds
        lines = self._log_lines()
        senders = [
            asyncio.create_task(self._send_slowly(number))
            for number in range(UNFINISHED)
        ]
        senders += [
            asyncio.create_task(self._send_large()) for _ in range(LARGE_AT_ONCE)
        ]
        await asyncio.gather(
            self._repeat(self._ask_health, 0.25),
            self._repeat(self._ask_ready, 0.25),
            self._repeat(self._change, 0.5),
            self._repeat(self._look, 0.5),
        )
        for sender in senders:
            sender.cancel()
        ended = await asyncio.gather(*senders, return_exceptions=True)
        self.report.failures += [
            repr(error) for error in ended if isinstance(error, Exception)
        ]
        self.report.log_lines = self._log_lines() - lines
        return self.report

    def _log_lines(self) -> int:
        """Count all lines but those on the people's own changes, which are INFO."""
        lines = self._target.bot.log().splitlines()
        return len([line for line in lines if " INFO " not in line])

    async def _repeat(self, probe: Any, pause: float) -> None:  # noqa: ANN401
        number = 0
        while time.monotonic() < self._end:
            number += 1
            try:
                await probe(number)
            except Exception as error:  # noqa: BLE001 - each is a finding
                self.report.failures.append(f"{probe.__name__}: {error!r}")
            await asyncio.sleep(pause)

    async def _ask_health(self, _: int) -> None:
        self.report.health.append(await _timed(self._target.bot.get("/healthz")))

    async def _ask_ready(self, _: int) -> None:
        self.report.ready.append(await _timed(self._target.bot.get("/readyz")))

    async def _change(self, number: int) -> None:
        took = await self._target.change(10 + number % 80)
        self.report.clicks.append(took)

    async def _look(self, _: int) -> None:
        self._measure()

    def _measure(self) -> None:
        self.report.memory.append(self._process.memory_info().rss / 1e6)
        self.report.files.append(self._process.num_fds())

    async def _send_slowly(self, number: int) -> None:
        """Hold one unfinished request, and the next one when it is closed."""
        body = self._target.head(MEGABYTE) + b"x"
        start = (HALF_A_HEAD, body, HALF_A_HEAD, body, b"")[number % 5]
        trickles = number % 5 < 2
        # All at once in the first second, then each when it was closed.
        await asyncio.sleep(number / UNFINISHED)
        while True:
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self._target.bot.port
                )
            except OSError:
                await asyncio.sleep(0.1)
                continue
            self.report.opened += 1
            try:
                await _hold(reader, writer, start, trickles=trickles)
            except ConnectionError:
                pass
            finally:
                await close(writer)
            self.report.closed += 1
            await asyncio.sleep(RETURN_SECONDS)

    async def _send_large(self) -> None:
        """Send whole bodies of 1 MB with a signature of the right form."""
        signature = {
            "X-Slack-Request-Timestamp": str(int(time.time())),
            "X-Slack-Signature": f"v0={'0' * 64}",
        }
        while True:
            try:
                status, _ = await self._target.post(b"x" * MEGABYTE, signature)
                assert status == 401
                self.report.large += 1
            except OSError:
                # Other bodies were more than the bot keeps at a time.
                await asyncio.sleep(0.05)


async def _hold(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    start: bytes,
    *,
    trickles: bool,
) -> None:
    writer.write(start)
    closed = asyncio.create_task(reader.read())
    try:
        while not (await asyncio.wait({closed}, timeout=1.0))[0]:
            if trickles:
                writer.write(b"x")
                await writer.drain()
    finally:
        closed.cancel()
        await asyncio.gather(closed, return_exceptions=True)


async def _timed(asked: Coroutine[Any, Any, tuple[int, Any]]) -> float:
    began = time.monotonic()
    async with asyncio.timeout(5):
        status, _ = await asked
    assert status == 200, status
    return time.monotonic() - began


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "never"
    return (
        f"{len(seconds)} times, median {statistics.median(seconds) * 1000:.0f} ms,"
        f" longest {max(seconds) * 1000:.0f} ms"
    )


async def attack(folder: Path, seconds: float) -> Report:
    """Attack a bot of its own, for so many seconds."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with open_target(folder, files=FILES) as target:
        return await Attack(target, seconds).run()


def main(arguments: list[str]) -> None:
    """Attack for two minutes, or for as long as the command line says."""
    seconds = float(arguments[0]) if arguments else 120.0
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(attack(Path(folder), seconds))
    print(report)  # noqa: T201 - a command prints


if __name__ == "__main__":
    main(sys.argv[1:])
