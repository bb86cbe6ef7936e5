"""Sandbox: killed and started again, it finishes a card, and keeps its time."""

import asyncio
import contextlib
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from bot.slack.ids import CONFIRM, DECISION_BLOCK
from tests.dialogues.forked_command import ForkedCommand, fork_command

ANN: Final = "U0ANN"
CHANNEL: Final = "C0MAIL"
_UP: Final = re.compile(r"open (http://\S+)")

Test = Callable[[dict[str, Any]], bool]


@dataclass
class Running:
    """A sandbox in a process of its own, used as its page uses it."""

    process: ForkedCommand
    base: str
    session: aiohttp.ClientSession

    async def post(self, path: str, **body: object) -> None:
        async with self.session.post(f"{self.base}sandbox/{path}", json=body) as answer:
            assert answer.ok, await answer.text()

    async def connected(self) -> None:
        """Wait until the bot hears what people do."""
        url = f"{self.base}sandbox/slack/state?as={ANN}"
        async with asyncio.timeout(60):
            while True:
                async with self.session.get(url) as answer:
                    if (await answer.json())["bot"]["connected"]:
                        return
                await asyncio.sleep(0.05)

    async def card(self, fits: Test, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for the newest message of the channel to look like that."""
        url = f"{self.base}sandbox/slack/state?as={ANN}"
        async with asyncio.timeout(seconds):
            while True:
                async with self.session.get(url) as answer:
                    messages = (await answer.json())["messages"][CHANNEL]
                if messages and fits(messages[-1]):
                    newest: dict[str, Any] = messages[-1]
                    return newest
                await asyncio.sleep(0.05)

    async def effects(self) -> int:
        """Return how many calls have changed something."""
        url = f"{self.base}sandbox/store/state?requests=100"
        async with self.session.get(url) as answer:
            requests = (await answer.json())["requests"]
        return sum(bool(request["effect"]) for request in requests)


async def test_the_sandbox_finishes_a_card_after_it_was_killed(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as first:
        await first.connected()
        command = {"as": ANN, "channel": CHANNEL, "text": "/rollout halt 9NMAIL000001"}
        await first.post("slack/command", **command)
        card = await first.card(lambda card: "actions" in str(card["blocks"]))
        await first.post("store/faults", operation="halt", fault="slow", seconds=60)
        button = {"block_id": DECISION_BLOCK, "action_id": CONFIRM, "ts": card["ts"]}
        await first.post("slack/press", **{"as": ANN, "channel": CHANNEL, **button})
        await first.card(lambda card: "Halting" in str(card["blocks"]))
        while not await first.effects():
            await asyncio.sleep(0.05)
        first.process.send_signal(signal.SIGKILL)

    async with sandbox(tmp_path) as second:
        card = await second.card(
            lambda card: "Confirmed by" in str(card["blocks"]) and bool(card["replies"])
        )
        effects = await second.effects()
        second.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.process.wait(), 60) == 0

    assert len(card["replies"]) == 1
    assert "✅" in str(card["blocks"]) or "Halted" in str(card["blocks"])
    # The effect was before the kill; the journal of calls does not outlive it.
    assert effects == 0


async def test_time_that_was_let_pass_expires_a_card_and_survives_a_restart(
    tmp_path: Path,
) -> None:
    async with sandbox(tmp_path) as first:
        await first.connected()
        command = {"as": ANN, "channel": CHANNEL, "text": "/rollout halt 9NMAIL000001"}
        await first.post("slack/command", **command)
        await first.card(lambda card: "actions" in str(card["blocks"]))
        await first.post("clock", minutes=60)
        expired = await first.card(lambda card: "actions" not in str(card["blocks"]))
        first.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(first.process.wait(), 60) == 0

    async with sandbox(tmp_path) as second:
        async with second.session.get(f"{second.base}sandbox/clock") as answer:
            clock = await answer.json()
        second.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.process.wait(), 60) == 0

    assert "expired" in str(expired["blocks"]).lower()
    assert clock["ahead_seconds"] == 3600


@contextlib.asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[Running]:
    """Run `python -m bot sandbox` for as long as the block lasts."""
    process = await fork_command(
        ("sandbox", "--data", str(folder / "data"), "--port", "0"),
        dict(os.environ),
        folder,
        stdout=PIPE,
        stderr=DEVNULL,
        limits={},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while not (found := _UP.search((await process.stdout.readline()).decode())):
                assert process.returncode is None
        async with aiohttp.ClientSession() as session:
            yield Running(process, found[1], session)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
