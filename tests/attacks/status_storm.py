"""Ten people type `status` every second while halts are asked for and pressed.

python -m tests.attacks.status_storm [SECONDS] [sqlite|postgresql]

The Store allows 20 requests a minute, the channel has 50 apps; with PostgreSQL two
replicas run.
"""

import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.db.migrate import migrate
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Target
from bot.engine import EngineTiming
from bot.sandbox.slack.errors import DeliveryError
from bot.sandbox.slack.messages import Message
from tests.durability.fork_server import ForkServer
from tests.durability.harness import ANN, CHANNEL, DurabilityHarness, open_harness
from tests.durability.postgres import postgres

APPS: Final = 50
PEOPLE: Final = 10
WORKSPACE: Final = "T0CONTOSO"
# Both read English, in which the answers are looked through.
DEE: Final = "U0DEE"
_MINUTE: Final = 60.0
_POLL: Final = 0.1
_ANSWERED_WITHIN: Final = 60.0


@dataclass
class StormReport:
    """What a storm has come to; times are in seconds."""

    typed: int = 0
    answered: int = 0
    without_age: int = 0
    cards: list[float] = field(default_factory=list)
    cards_missing: int = 0
    from_last_reading: int = 0
    posts: list[float] = field(default_factory=list)
    requests: int = 0
    most_429_a_minute: int = 0
    first_status: int = 0

    def __str__(self) -> str:
        """Show the figures on a few lines."""
        return (
            f"statuses typed {self.typed}, answered {self.answered}, "
            f"neither with an age nor live throughout {self.without_age}\n"
            f"cards: {len(self.cards)}, slowest {max(self.cards, default=0):.2f} s, "
            f"made from the last reading {self.from_last_reading}, "
            f"missing {self.cards_missing}\n"
            f"click → POST: {len(self.posts)}, slowest "
            f"{max(self.posts, default=0):.3f} s\n"
            f"requests {self.requests}, in the first status {self.first_status}, "
            f"answered 429 in the worst minute: {self.most_429_a_minute}"
        )


class Storm:
    """The people of one channel, and what they see."""

    def __init__(self, harness: DurabilityHarness) -> None:
        self._harness = harness
        self._answers: dict[str, Message] = {}
        self.report = StormReport()

    async def run(self, seconds: float, halts: int, seed: int = 1) -> StormReport:
        """Let everybody type and press for so long, and count."""
        apps = await self._name_apps()
        rng = random.Random(seed)  # noqa: S311 - no secret depends on it
        times = sorted(rng.uniform(0, seconds) for _ in range(halts))
        wanted = rng.sample(apps, halts)
        self._harness.sandbox.store.switch(rate_limit="20")
        watching = asyncio.create_task(self._watch())
        await self._first_status()
        await asyncio.gather(
            *(self._type(number, seconds) for number in range(PEOPLE)),
            *(self._halt(*one) for one in zip(wanted, times, strict=True)),
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ANSWERED_WITHIN):
                while len(self._answers) < self.report.typed:
                    await asyncio.sleep(_POLL)
        watching.cancel()
        self._count()
        return self.report

    async def _name_apps(self) -> list[str]:
        now, place = datetime.now(UTC), Place(WORKSPACE, CHANNEL)
        apps = self._harness.add_apps(APPS)
        for number, app_id in enumerate(apps):
            target = Target("main", app_id)
            alias = Alias(f"app{number:02d}", target, f"App {number}")
            await self._harness.repositories.aliases.add_alias(place, alias, now)
        return apps

    async def _first_status(self) -> None:
        await self._say(ANN, "status")
        async with asyncio.timeout(_ANSWERED_WITHIN):
            while not self._answers:
                await asyncio.sleep(_POLL)
        self.report.first_status = len(self._store_calls())

    async def _say(self, person: str, text: str) -> None:
        self.report.typed += 1
        # On a busy machine the ack may come too late; the bot has the command.
        with contextlib.suppress(DeliveryError):
            await self._harness.sandbox.slack.command(
                person, CHANNEL, f"/rollout {text}"
            )

    async def _type(self, number: int, seconds: float) -> None:
        await asyncio.sleep(number / PEOPLE)
        for _ in range(int(seconds)):
            typed = asyncio.create_task(self._say((ANN, DEE)[number % 2], "status"))
            await asyncio.sleep(1)
            await typed

    async def _halt(self, app_id: str, at: float) -> None:
        """Ask for a halt and press it; measure the card, and the way to the Store."""
        await asyncio.sleep(at)
        started = time.monotonic()
        try:
            async with asyncio.timeout(_MINUTE):
                request_id = await self._harness.ask(f"halt {app_id} storm")
        except TimeoutError:
            self.report.cards_missing += 1
            return
        self.report.cards.append(time.monotonic() - started)
        card = self._harness.cards()[request_id]
        self.report.from_last_reading += "could not be read" in str(card.blocks)
        pressed = datetime.now(UTC)
        await self._harness.click(request_id)
        async with asyncio.timeout(_MINUTE):
            while not (sent := self._halts_of(app_id)):
                await asyncio.sleep(_POLL)
        self.report.posts.append((sent[0] - pressed).total_seconds())

    def _halts_of(self, app_id: str) -> list[datetime]:
        return [
            datetime.fromisoformat(entry.at)
            for entry in self._harness.sandbox.store.writes()
            if f"/{app_id}/" in entry.path
        ]

    def _store_calls(self) -> list[tuple[float, int | None]]:
        return [
            (datetime.fromisoformat(entry.at).timestamp(), entry.status)
            for entry in self._harness.sandbox.store.requests
            if entry.path.startswith("/store/")
        ]

    async def _watch(self) -> None:
        """Collect the answers: Slack forgets old ephemeral messages."""
        messages = self._harness.sandbox.slack.workspace.messages
        while True:
            for message in messages.ephemeral(CHANNEL):
                if message.text.startswith("Rollouts: "):
                    self._answers.setdefault(message.ts, message)
            await asyncio.sleep(_POLL)

    def _count(self) -> None:
        report = self.report
        report.answered = len(self._answers)
        report.without_age = sum(
            "as of " not in str(each.blocks) and "Not read yet" not in str(each.blocks)
            for each in self._answers.values()
        )
        calls = self._store_calls()
        limited = [at for at, status in calls if status == 429]
        report.requests = len(calls)
        report.most_429_a_minute = max(
            (sum(at <= other < at + _MINUTE for other in limited) for at in limited),
            default=0,
        )


async def run_storm(
    database_url: str, fork_server: ForkServer, seconds: float, halts: int
) -> StormReport:
    """Run a storm on one bot, or on two replicas with PostgreSQL."""
    replicas = 2 if database_url.startswith("postgresql") else 1
    async with open_harness(database_url, fork_server) as harness:
        for _ in range(replicas):
            await harness.started(timing=EngineTiming())
        return await Storm(harness).run(seconds, halts)


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "postgresql":
        with postgres() as server:
            yield server.database()
        return
    url = f"sqlite:///{folder / 'rollout.db'}"
    migrate(url)
    yield url


def main(arguments: list[str]) -> None:
    """Run a storm and print its report."""
    seconds, kind = (*arguments, *("300", "sqlite")[len(arguments) :])
    with (
        tempfile.TemporaryDirectory() as folder,
        _database(kind, Path(folder)) as url,
        ForkServer(Path(folder)) as fork_server,
    ):
        halts = max(1, int(float(seconds)) // 15)
        report = asyncio.run(run_storm(url, fork_server, float(seconds), halts))
    print(report)  # noqa: T201 - a script's answer


if __name__ == "__main__":
    main(sys.argv[1:])
