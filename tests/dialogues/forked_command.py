"""Commands of the bot as processes that the fork server in command_server.py starts."""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Final

REPOSITORY: Final = Path(__file__).parents[2]
SERVER: Final = "tests.dialogues.command_server"


class ForkedCommand:
    """A command in a process of its own, used as asyncio's `Process` is.

    The fork server is its parent, and reports how it ends.
    """

    def __init__(self, pid: int, ended: asyncio.StreamReader) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._ending = asyncio.create_task(self._end(ended))

    async def wait(self) -> int:
        """Wait until it has ended; return its exit status."""
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait until it has ended; return what it has written and was not read yet."""
        out, err, _ = await asyncio.gather(
            _rest(self.stdout), _rest(self.stderr), self.wait()
        )
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal; nothing happens where it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    async def _end(self, ended: asyncio.StreamReader) -> int:
        self.returncode = int(await ended.readline())
        return self.returncode


async def fork_command(
    arguments: tuple[str, ...],
    env: Mapping[str, str],
    folder: Path,
    *,
    stdout: int | IO[str],
    stderr: int | IO[str],
    limits: Mapping[str, int],
) -> ForkedCommand:
    """Start a command with exactly this environment, in `folder`.

    `limits` are resource limits of the process, such as RLIMIT_NOFILE.
    """
    order = {
        "arguments": arguments,
        "env": dict(env),
        "folder": str(folder),
        "limits": dict(limits),
    }
    with contextlib.ExitStack() as stack:
        files = [_opened(one, stack) for one in (stdout, stderr)]
        ours, theirs = socket.socketpair()
        stack.enter_context(theirs)
        given = [theirs.fileno(), *(written for _, written in files)]
        socket.send_fds(_orders(), [json.dumps(order).encode()], given)
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    command = ForkedCommand(int(await reader.readline()), reader)
    command._ending.add_done_callback(lambda _: writer.close())
    command.stdout, command.stderr = [await _reader(read) for read, _ in files]
    return command


def _opened(target: int | IO[str], stack: contextlib.ExitStack) -> tuple[int, int]:
    """Return what to read from, or -1, and what to write to, closed by the stack."""
    if not isinstance(target, int):
        return -1, target.fileno()
    if target == DEVNULL:
        read, written = -1, os.open(os.devnull, os.O_WRONLY)
    else:
        assert target == PIPE
        read, written = os.pipe()
    stack.callback(os.close, written)
    return read, written


async def _reader(file: int) -> asyncio.StreamReader | None:
    if file < 0:
        return None
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(file, "rb")
    )
    return reader


async def _rest(reader: asyncio.StreamReader | None) -> bytes:
    return b"" if reader is None else await reader.read()


@cache
def _orders() -> socket.socket:
    """Start the fork server, once for all tests of this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # What an interpreter takes from its environment when it starts is as it would be
    # for a command of its own.
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", SERVER, str(theirs.fileno())],
            cwd=REPOSITORY,
            env={**kept, "PYTHONPATH": str(REPOSITORY)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours
