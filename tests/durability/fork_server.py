"""Bot processes: started by a fork server, killed, frozen and woken by tests."""

import asyncio
import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.durability.bot_process import ARM

_NUMBERS: Final = count(1)
_POLL: Final = 0.02


@dataclass
class BotProcess:
    """A bot in a process of its own."""

    pid: int
    log: Path
    port_file: Path
    # The number of a process that has ended is soon another's: a run of all tests uses
    # up all the numbers there are. A descriptor stands for one process alone.
    # https://man7.org/linux/man-pages/man2/pidfd_open.2.html
    _descriptor: int | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open the process; it may have ended already."""
        try:
            self._descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            self._descriptor = None

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        if self._descriptor is None:
            return False
        ended = select.poll()
        ended.register(self._descriptor, select.POLLIN)
        if not ended.poll(0):
            return True
        os.close(self._descriptor)
        self._descriptor = None
        return False

    @property
    def frozen(self) -> bool:
        """Whether the process is stopped by a signal."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2]
        except FileNotFoundError:
            return False
        return self.alive and state.split()[0] == "T"

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it does."""
        try:
            return int(self.port_file.read_text() or 0)
        except FileNotFoundError:
            return 0

    @property
    def point_file(self) -> Path:
        """Where it reads which kill point to arm."""
        return self.port_file.with_suffix(".point")

    def log_text(self) -> str:
        """Return its log so far."""
        return self.log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where it has ended."""
        if self.alive and self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    async def arm(
        self, point: str, number: int = signal.SIGKILL, seconds: float = 60.0
    ) -> None:
        """Let it send itself a signal when it next comes to this point."""
        self.point_file.write_text(json.dumps([point, number]))
        self.send(ARM)
        async with asyncio.timeout(seconds):
            while self.point_file.exists():
                await asyncio.sleep(_POLL)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.send(signal.SIGKILL)

    async def gone(self, seconds: float = 60.0) -> None:
        """Wait until the process has ended."""
        async with asyncio.timeout(seconds):
            while self.alive:
                await asyncio.sleep(_POLL)

    async def up(self, seconds: float = 60.0) -> None:
        """Wait until it listens; raises RuntimeError with its log where it ended."""
        async with asyncio.timeout(seconds):
            while not self.port:
                if not self.alive:
                    raise RuntimeError(f"the bot ended:\n{self.log_text()}")
                await asyncio.sleep(_POLL)


class ForkServer:
    """Client of the fork server in bot_process.py; ends what was started by it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bots: list[BotProcess] = []
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("bot_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end_all()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def start(self, env: dict[str, str], **order: Any) -> BotProcess:  # noqa: ANN401 - JSON values
        """Start a bot with these settings; see bot_process.py for the orders."""
        number = next(_NUMBERS)
        port_file = self._folder / f"port{number}"
        log = self._folder / f"bot{number}.log"
        own = {"PORT_FILE": port_file, "POINT_FILE": port_file.with_suffix(".point")}
        files = {name: str(path) for name, path in own.items()}
        order |= {"env": env | files, "log": str(log)}
        if order.get("timing") is not None:
            order["timing"] = dataclasses.asdict(order["timing"])
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        bot = BotProcess(int(self._process.stdout.readline()), log, port_file)
        self._bots.append(bot)
        return bot

    def end_all(self) -> None:
        """Kill every bot that still runs."""
        while self._bots:
            self._bots.pop().kill()
