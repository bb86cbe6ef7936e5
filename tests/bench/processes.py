"""The bot, and a bare Bolt app, as processes of their own on a core of their own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
import psutil  # type: ignore[import-untyped]  # It ships no types.

from tests.bench.peers import HOST
from tests.ports import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
BOT: Final = ("-m", "bot")
BARE: Final = ("-m", "tests.bench.bare")

_POLL: Final = 0.005
_MEGABYTE: Final = 1_000_000


class Server:
    """A process that listens; `start` returns one that does."""

    def __init__(
        self, program: tuple[str, ...], env: Mapping[str, str], log: Path
    ) -> None:
        self.port = free_port()
        clean = {k: v for k, v in os.environ.items() if not _is_setting(k)}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, *program],
                # No .env of somebody's lies there.
                cwd=log.parent,
                env={
                    **clean,
                    **env,
                    "HOST": HOST,
                    "PORT": str(self.port),
                    "PYTHONPATH": str(ROOT),
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._seen = psutil.Process(self._process.pid)
        core = server_core()
        if core is not None:
            with suppress(psutil.Error):
                self._seen.cpu_affinity([core])
        self._log = log

    async def up(self, path: str, seconds: float = 60.0) -> None:
        """Wait until `path` is answered 200 (404 will do for the root)."""
        fine = {HTTPStatus.OK} | ({HTTPStatus.NOT_FOUND} if path == "/" else set())
        url = f"http://{HOST}:{self.port}{path}"
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while True:
                if self._process.poll() is not None:
                    raise RuntimeError(f"it ended:\n{self._log.read_text()[-3000:]}")
                with suppress(aiohttp.ClientError):
                    async with session.get(url) as answer:
                        if answer.status in fine:
                            return
                await asyncio.sleep(_POLL)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    @property
    def megabytes(self) -> float:
        """Its resident memory."""
        return float(self._seen.memory_info().rss / _MEGABYTE)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(10)

    def stop(self) -> None:
        """End it as a deploy would; the rest is not waited for."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


async def start(
    program: tuple[str, ...], env: Mapping[str, str], log: Path
) -> tuple[Server, float]:
    """Start one and wait until it is ready; return the seconds that it took."""
    started = time.perf_counter()
    server = Server(program, env, log)
    try:
        await server.up("/readyz" if program == BOT else "/")
    except BaseException:
        server.kill()
        raise
    return server, time.perf_counter() - started


def server_core() -> int | None:
    """The core for what is measured: the last one, where there are several."""
    cores = sorted(os.sched_getaffinity(0) | {*range(os.cpu_count() or 1)})
    return cores[-1] if len(cores) > 1 else None


def keep_off_the_servers_core() -> None:
    """Run this process, and all that it starts from now on, on the other cores."""
    core = server_core()
    if core is not None:
        os.sched_setaffinity(0, {*range(os.cpu_count() or 1)} - {core})


def _is_setting(name: str) -> bool:
    return name.startswith(("SLACK_", "AZURE_", "STORE_", "DATABASE_", "LOG_"))
