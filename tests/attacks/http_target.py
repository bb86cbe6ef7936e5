"""The attacked process: a real bot that takes signed HTTP, beside the sandbox."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.bot_process import Running, bot_process, environment
from tests.dialogues.conversation import open_sandbox
from tests.slack_users import ANN, BEN, IN_MAIL

PATH: Final = "/slack/events"
FORM: Final = "application/x-www-form-urlencoded"
HALF_A_HEAD: Final = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\n"
DONE_WITHIN: Final = 30.0


@dataclass
class Target:
    """A running bot, its Slack and its Store."""

    sandbox: Sandbox
    bot: Running
    secret: str
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the bot takes payloads."""
        return f"http://127.0.0.1:{self.bot.port}{PATH}"

    async def connect(
        self, data: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection and send something on it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.bot.port)
        self.opened.append(writer)
        writer.write(data)
        return reader, writer

    async def hang_up(self) -> None:
        """Close all connections of this object."""
        while self.opened:
            await close(self.opened.pop())

    async def exchange(self, data: bytes) -> bytes:
        """Send bytes; return all that comes back until the bot closes."""
        reader, _ = await self.connect(data)
        async with asyncio.timeout(DONE_WITHIN):
            return await rest(reader)

    def head(self, length: int, *more: str) -> bytes:
        """Return the headers of a request with a body of `length` bytes."""
        lines = (
            f"POST {PATH} HTTP/1.1",
            "Host: bot",
            f"Content-Type: {FORM}",
            f"Content-Length: {length}",
            *more,
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def signature(self, body: bytes) -> dict[str, str]:
        """Return the headers with which Slack would sign a body now."""
        timestamp = str(int(time.time()))
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }

    async def post(
        self, body: bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Post a body, signed unless headers are given."""
        headers = self.signature(body) if headers is None else headers
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def change(self, percent: int) -> float:
        """Set a rollout by a command and a click; return the seconds of the click.

        They end when the Store has been asked for the change.
        """
        slack, store = self.sandbox.slack, self.sandbox.store
        cards, writes = len(self.cards()), len(store.writes())
        await slack.command(ANN, IN_MAIL, f"/rollout set {MAIL} {percent}%")
        await slack.until(lambda: len(self.cards()) > cards, DONE_WITHIN)
        began = time.monotonic()
        await slack.press_label(BEN, IN_MAIL, f"Set to {percent} %")
        await slack.until(lambda: len(store.writes()) > writes, DONE_WITHIN)
        took = time.monotonic() - began
        await slack.until(lambda: bool(self.cards()[-1]["replies"]), DONE_WITHIN)
        return took

    def cards(self) -> list[dict[str, Any]]:
        """Return the cards in the channel, oldest first."""
        shown = self.sandbox.slack.seen(BEN, IN_MAIL)
        return [m for m in shown if m["bot"] and not m["ephemeral"]]


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return all that comes until the other side closes."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection that the other side may have broken."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def open_target(
    folder: Path, *, files: int | None = None, **more: str
) -> AsyncIterator[Target]:
    """Start a bot that may open so many files, with settings of its own."""
    sandbox = await open_sandbox()
    try:
        env = environment(sandbox, folder, **more)
        del env["SLACK_APP_TOKEN"]
        async with bot_process(env, folder, files=files) as bot:
            target = Target(sandbox, bot, env["SLACK_SIGNING_SECRET"])
            await sandbox.slack.delivery.use_http(target.url)
            try:
                yield target
            finally:
                await target.hang_up()
    finally:
        await sandbox.stop()


def nested(levels: int) -> bytes:
    """Return a payload with so many objects, each inside the one before."""
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"team": inner}
    return json.dumps({"type": "block_actions", **inner}).encode()
