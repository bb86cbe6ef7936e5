"""`python -m bot` as a process of its own, with nothing but its environment.

Most are forked from one process that has imported the bot; where a test asks for an
`interpreter` of its own, that is what an operating system would start.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import aiohttp

from bot.sandbox.server import Sandbox
from tests.dialogues.forked_command import REPOSITORY, ForkedCommand, fork_command
from tests.ports import free_port

_READY_WITHIN = 60.0


@dataclass
class Ended:
    """How a command ended: its exit status and all that it wrote."""

    status: int
    out: str
    err: str


@dataclass
class Running:
    """A bot that runs, and the port that it listens on."""

    process: Process | ForkedCommand
    port: int
    log_file: Path

    def log(self) -> str:
        """Return all that the bot has written to its log."""
        return self.log_file.read_text()

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask the bot over HTTP; gives the status and the JSON object."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.json()


def environment(sandbox: Sandbox, folder: Path, **more: str) -> dict[str, str]:
    """Return all that a bot needs to use the sandbox, with a database in `folder`."""
    url = f"sqlite:///{folder / 'rollout.db'}"
    ca_file = str(sandbox.ca_file)
    own = {"DATABASE_URL": url, "REQUESTS_CA_BUNDLE": ca_file, "HOST": "127.0.0.1"}
    return {**sandbox.settings, **own, **more}


async def run(
    *arguments: str,
    env: Mapping[str, str],
    folder: Path,
    seconds: float = 60,
    interpreter: bool = False,
    limits: Mapping[str, int] | None = None,
) -> Ended:
    """Run one command to its end, in `folder`, under resource limits where given."""
    start = _execute if interpreter else _start
    process = await start(arguments, env, folder, limits=limits)
    async with asyncio.timeout(seconds):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def bot_process(
    env: Mapping[str, str],
    folder: Path,
    path: str = "/readyz",
    *,
    files: int | None = None,
    interpreter: bool = False,
) -> AsyncIterator[Running]:
    """Run the bot until the block ends; the block begins once `path` answers 200.

    It may open no more than `files` files and connections, where that is given.
    """
    port, log_file = free_port(), folder / f"{uuid4().hex}.log"
    limits = {} if files is None else {"RLIMIT_NOFILE": files}
    start = _execute if interpreter else _start
    with log_file.open("w") as log:
        own = {**env, "PORT": str(port)}
        process = await start((), own, folder, log, limits=limits)
    running = Running(process, port, log_file)
    try:
        async with asyncio.timeout(_READY_WITHIN):
            while not await _is_well(running, path):
                assert process.returncode is None, running.log()
                await asyncio.sleep(0.05)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def started(
    *arguments: str, env: Mapping[str, str], folder: Path, interpreter: bool = False
) -> AsyncIterator[tuple[Process | ForkedCommand, str]]:
    """Start a command that goes on; gives it with the first line that it writes."""
    process = await (_execute if interpreter else _start)(arguments, env, folder)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_READY_WITHIN):
            line = await process.stdout.readline()
        yield process, line.decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _start(
    arguments: tuple[str, ...],
    env: Mapping[str, str],
    folder: Path,
    log: int | IO[str] = PIPE,
    *,
    limits: Mapping[str, int] | None = None,
) -> Process | ForkedCommand:
    return await fork_command(
        arguments,
        _whole(env),
        folder,
        stdout=PIPE if log == PIPE else DEVNULL,
        stderr=log,
        limits=limits or {},
    )


async def _execute(
    arguments: tuple[str, ...],
    env: Mapping[str, str],
    folder: Path,
    log: int | IO[str] = PIPE,
    *,
    limits: Mapping[str, int] | None = None,
) -> Process | ForkedCommand:
    assert not limits, "only a forked process is limited"
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        *arguments,
        env=_whole(env),
        cwd=folder,
        stdout=PIPE if log == PIPE else DEVNULL,
        stderr=log,
    )


def _whole(env: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **env}


async def _is_well(running: Running, path: str) -> bool:
    try:
        status, _ = await running.get(path)
    except (aiohttp.ClientError, json.JSONDecodeError):
        return False
    return status == 200
