"""The command line: settings that are missing or wrong, `--help`, `migrate`."""

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import main
from bot.sandbox.server import Sandbox
from tests.dialogues.bot_process import environment, run
from tests.dialogues.forked_command import REPOSITORY

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUIRED = (
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
)
WRONG = {
    "SLACK_BOT_TOKEN": "xoxp-not-a-secret",
    "SLACK_APP_TOKEN": "app-not-a-secret",
    "SLACK_API_URL": "slack.example",
    "AZURE_TENANT_ID": "my tenant",
    "AZURE_AUTHORITY_HOST": "http://login.example",
    "STORE_API_URL": "ftp://store.example",
    "DATABASE_URL": "mysql://user:not-a-secret@db.example/rollout",
    "PORT": "70000",
    "CONFIRM_MINUTES": "soon",
    "LOG_LEVEL": "LOUD",
    "LOG_FORMAT": "xml",
}


async def test_every_missing_setting_is_named_in_one_message(tmp_path: Path) -> None:
    ended = await run(env={}, folder=tmp_path)

    assert ended.status == 2
    assert "The settings cannot be used:" in ended.err
    for name in REQUIRED:
        assert f"  - {name} is missing" in ended.err
    assert "Traceback" not in ended.err
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - at once, in an async test


async def test_every_wrong_setting_is_named_and_no_secret_is_shown(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path, **WRONG)
    ended = await run(env=env, folder=tmp_path)

    assert ended.status == 2
    for name in WRONG:
        assert f"  - {name} " in ended.err
    assert "not-a-secret" not in ended.err


async def test_settings_are_read_from_a_file_named_env(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    lines = [f"{name}={value}" for name, value in env.items()]
    (tmp_path / ".env").write_text("\n".join(lines))

    ended = await run("migrate", env={}, folder=tmp_path, interpreter=True)

    assert ended.status == 0
    assert "The database is up to date." in ended.out
    assert (tmp_path / "rollout.db").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((), "Without a command the bot runs"),
        (("sandbox",), "--port"),
        (("doctor",), "check settings, database, token, Slack and Store access"),
        (("migrate",), "migrate the database to the version"),
    ],
)
async def test_help_explains_each_command(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])

    assert ended.value.code == 0
    assert said in " ".join(capsys.readouterr().out.split())


async def test_the_version_is_one_option_away(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Rollout Bot {__version__}\n"


async def test_an_unknown_command_is_answered_with_the_usage(tmp_path: Path) -> None:
    ended = await run("halt", env={}, folder=tmp_path)

    assert ended.status == 2
    assert "usage: python -m bot" in ended.err


async def test_migrate_needs_no_other_setting_and_may_be_repeated(
    tmp_path: Path,
) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path / 'rollout.db'}"}
    for _ in range(2):
        ended = await run("migrate", env=env, folder=tmp_path)
        assert ended.status == 0

    with sqlite3.connect(tmp_path / "rollout.db") as database:
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    assert {"aliases", "requests", "deliveries"} <= names


async def test_migrate_logs_as_the_bot_does(tmp_path: Path) -> None:
    env = {"DATABASE_URL": f"sqlite:///{tmp_path / 'rollout.db'}"}
    ended = await run("migrate", env={**env, "LOG_FORMAT": "json"}, folder=tmp_path)

    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert "database migrated" in str(lines[-1])


async def test_migrate_says_what_is_wrong_with_its_one_setting(tmp_path: Path) -> None:
    ended = await run("migrate", env={"DATABASE_URL": "mysql://x"}, folder=tmp_path)

    assert ended.status == 2
    assert "  - DATABASE_URL must start with sqlite:///" in ended.err
    assert "missing" not in ended.err


async def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    url = "postgresql://bot:not-a-secret@127.0.0.1:9/rollout"
    env = environment(sandbox, tmp_path, DATABASE_URL=url)
    ended = await run(env=env, folder=tmp_path)

    assert ended.status == 1
    assert "The database cannot be used" in ended.err
    assert "Traceback" not in ended.err
    assert "not-a-secret" not in ended.err


async def test_a_port_that_is_taken_is_told_in_a_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    port = sandbox.address.rstrip("/").rpartition(":")[2]
    env = environment(sandbox, tmp_path, PORT=port)
    ended = await run(env=env, folder=tmp_path)

    assert ended.status == 1
    taken = f"Port {port} on 127.0.0.1 is taken by another program"
    assert f"{taken}. Stop that one, or set PORT to another number." in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1"])
async def test_a_host_that_is_not_this_machine_is_named_by_bot_and_doctor(
    sandbox: Sandbox, tmp_path: Path, host: str
) -> None:
    env = environment(sandbox, tmp_path, HOST=host, PORT="0")
    started = await run(env=env, folder=tmp_path)
    examined = await run("doctor", env=env, folder=tmp_path)

    assert (started.status, examined.status) == (1, 1)
    wrong = f"HOST names no address of this machine: {host}."
    assert wrong in started.err
    assert f"BAD  HTTP: {wrong}" in examined.out
    for text in (started.err, examined.out):
        assert "0.0.0.0" in text
        assert "Errno" not in text
        assert "Traceback" not in text


async def test_a_port_that_the_running_bot_has_is_no_problem_for_the_doctor(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    port = sandbox.address.rstrip("/").rpartition(":")[2]
    env = environment(sandbox, tmp_path, PORT=port)
    await run("migrate", env=env, folder=tmp_path)
    ended = await run("doctor", env=env, folder=tmp_path)

    assert (ended.status, ended.err) == (0, "")


async def test_a_folder_that_does_not_exist_is_named_by_bot_and_doctor(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "no" / "such"
    env = environment(sandbox, tmp_path, DATABASE_URL=f"sqlite:///{folder}/rollout.db")
    ended = [await run(c, env=env, folder=tmp_path) for c in ("migrate", "doctor")]
    ended.append(await run(env=env, folder=tmp_path))

    for each in ended:
        said = each.err + each.out
        assert each.status == 1
        assert f"the folder {folder} of DATABASE_URL does not exist" in said
        assert "mkdir -p" in said
        assert "server" not in said
        assert "Traceback" not in said


@pytest.mark.parametrize("command", ["doctor", "migrate"])
async def test_a_reader_that_goes_away_is_no_error(
    sandbox: Sandbox, tmp_path: Path, command: str
) -> None:
    env = environment(sandbox, tmp_path)
    process = await asyncio.create_subprocess_shell(
        f'"{sys.executable}" -m bot {command} | true',
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **env},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()

    assert "roken" not in err.decode()
