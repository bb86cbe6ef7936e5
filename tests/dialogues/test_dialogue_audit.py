"""`audit export` as a process: what it writes, and one clear line for each trouble."""

import asyncio
import json
import os
import sqlite3
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from bot.db.migrate import locked_connection
from bot.db.versions import configuration
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.db.exported_events import engine_of, fill
from tests.dialogues.bot_process import Ended, bot_process, environment, run
from tests.dialogues.forked_command import REPOSITORY
from tests.dialogues.test_dialogue_logs import cards
from tests.slack_users import ANN, BEN, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="module")

FULL = Path("/dev/full")
# More than a pipe holds.
MANY = 2000


async def export(
    url: str, folder: Path, *options: str, limits: dict[str, int] | None = None
) -> Ended:
    """Export with nothing but the address of the database."""
    env = {"DATABASE_URL": url}
    return await run("audit", "export", *options, env=env, folder=folder, limits=limits)


async def through(shell: str, url: str, folder: Path) -> Ended:
    """Run the export in a shell: $EXPORT is the command."""
    words = f"{sys.executable} -m bot audit export"
    env = {
        "DATABASE_URL": url,
        "PYTHONPATH": str(REPOSITORY),
        "EXPORT": words,
        "PATH": os.environ["PATH"],
    }
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", shell, env=env, cwd=folder, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


def files(folder: Path) -> list[str]:
    """Return the files of a folder, but for the logs of SQLite."""
    return sorted(one.name for one in folder.iterdir() if "db-" not in one.name)


def filled(url: str) -> str:
    with engine_of(url) as engine:
        fill(engine, MANY)
    return url


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--format", "xml"], "argument --format: invalid choice: 'xml'"),
        (
            ["--since", "soon"],
            "argument --since: 'soon' is no date, no time",
        ),
        (["--until", "2026-02-30"], "argument --until: '2026-02-30' is no date"),
        (["--since", "7x"], "argument --since: '7x' is no date"),
        (["--since", "2d", "--until", "3d"], "--since must be before --until"),
    ],
)
async def test_what_cannot_be_understood_is_named_and_nothing_is_written(
    tmp_path: Path, options: list[str], line: str
) -> None:
    ended = await export("sqlite:///rollout.db", tmp_path, *options)

    assert ended.status == 2
    assert line in ended.err.splitlines()[-1]
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert files(tmp_path) == []


async def test_without_a_database_none_is_made(tmp_path: Path) -> None:
    ended = await export("sqlite:///rollout.db", tmp_path)
    away = await export("postgresql://bot@127.0.0.1:1/rollout", tmp_path)
    wrong = await export("mysql://host/name", tmp_path)

    assert (ended.status, away.status, wrong.status) == (1, 1, 2)
    first = ended.err.splitlines()[0]
    assert first == "The database cannot be used: there is no file rollout.db"
    assert away.err.startswith("The database cannot be used: ")
    assert "DATABASE_URL must start with sqlite:///" in wrong.err
    for one in (ended, away, wrong):
        assert "Traceback" not in one.err
        assert one.out == ""
    assert files(tmp_path) == []


async def test_an_older_schema_is_left_as_it_is(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    with locked_connection(migrated_sqlite_url) as connection:
        config = configuration()
        config.attributes["connection"] = connection
        await asyncio.to_thread(command.downgrade, config, "0003")

    ended = await export(migrated_sqlite_url, tmp_path, "--output", "events")

    assert ended.status == 1
    assert "is at version 0003; this bot needs version" in ended.err.splitlines()[0]
    assert "python -m bot migrate" in ended.err.splitlines()[0]
    assert files(tmp_path) == ["rollout.db"]


async def test_a_reader_that_stops_is_told_in_one_line(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    url = filled(migrated_sqlite_url)

    ended = await through("$EXPORT | head -1; exit ${PIPESTATUS[0]}", url, tmp_path)

    assert ended.status == 1
    assert json.loads(ended.out)["id"] == 1
    told = "The export is not complete: nobody reads what it writes any more\n"
    assert ended.err == told


async def test_a_full_disk_is_told_in_one_line(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    url = filled(migrated_sqlite_url)

    printed = await through("$EXPORT > /dev/full", url, tmp_path)
    written = await export(url, tmp_path, "--output", "/dev/full")

    for ended in (printed, written):
        assert ended.status == 1
        told = "The export is not complete: No space left on device"
        assert ended.err.startswith(told)
        assert ended.err.count("\n") == 1
    assert stat.S_ISCHR(FULL.stat().st_mode)  # noqa: ASYNC240 - it takes no time


async def test_a_file_is_replaced_only_by_a_whole_export(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    url = filled(migrated_sqlite_url)
    file = tmp_path / "events.jsonl"
    file.write_text("of last week")

    # No file may have more than a few blocks.
    few = {"RLIMIT_FSIZE": 100 * 1024}
    ended = await export(url, tmp_path, "--output", "events.jsonl", limits=few)
    assert ended.status == 1
    assert ended.err == "The export is not complete: File too large (events.jsonl)\n"
    assert file.read_text() == "of last week"

    folder = await export(url, tmp_path, "--output", str(tmp_path))
    missing = await export(url, tmp_path, "--output", "no/such/folder")
    assert (folder.status, missing.status) == (1, 1)
    assert "Is a directory" in folder.err
    assert "No such file or directory (no/such/folder)" in missing.err

    ended = await export(url, tmp_path, "--output", "events.jsonl")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err == f"Events exported: {MANY}\n"
    assert len(file.read_text().splitlines()) == MANY
    assert files(tmp_path) == ["events.jsonl", "rollout.db"]


async def test_an_export_while_the_bot_works_has_what_was_done_so_far(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.store.reset()
    slack = sandbox.slack
    slack.workspace.reset()
    env = environment(sandbox, tmp_path)

    async def exported() -> list[dict[str, Any]]:
        ended = await export(env["DATABASE_URL"], tmp_path)
        assert ended.status == 0, ended.err
        return [json.loads(line) for line in ended.out.splitlines()]

    async with bot_process(env, tmp_path) as bot:
        await slack.command(ANN, IN_MAIL, f"/rollout halt {MAIL} =1+1")
        await slack.until(lambda: bool(cards(sandbox)))
        asked = await exported()
        await slack.press_label(BEN, IN_MAIL, "Halt rollout")
        await slack.until(lambda: "is posted" in bot.log())
        await slack.until(lambda: "event=ended " in bot.log())
        events = await exported()

    assert [one["kind"] for one in asked] == ["channel_added", "asked"]
    kinds = ["channel_added", "asked", "approved", "started", "ended"]
    assert [one["kind"] for one in events] == kinds
    assert [one["actor"] for one in events] == [ANN, ANN, BEN, BEN, BEN]
    names = [one["details"].get("actor_name") for one in events]
    assert names[:3] == ["ann", "ann", "ben"]
    # A bot that goes on after a crash does not know it.
    assert set(names[3:]) <= {"ben", None}
    with sqlite3.connect(tmp_path / "rollout.db") as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (5,)
    lines = [one for one in bot.log().splitlines() if "bot.audit" in one]
    assert [kind for kind in kinds for one in lines if f"event={kind} " in one] == kinds
    assert len(lines) == len(kinds)
