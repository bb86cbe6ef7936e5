"""The bot as a process of its own: nothing but the network joins it to its world."""

import asyncio
import signal
import socket
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from dotenv import dotenv_values

from bot import __version__
from bot.config import Settings
from bot.options import DRAIN_SECONDS
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.bot_process import (
    Running,
    bot_process,
    environment,
    run,
    started,
)
from tests.dialogues.conversation import HTTP, SOCKET
from tests.dialogues.forked_command import REPOSITORY
from tests.ports import free_port
from tests.slack_users import ANN, BEN, IN_MAIL, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What a bot in the sandbox needs.
SETTINGS = {
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_AUTHORITY_HOST",
    "STORE_API_URL",
    "DATABASE_URL",
}
MODES = {SOCKET: "Socket Mode", HTTP: "signed HTTP"}
DIALOGUE = [
    ("set mail 40 %", "Set to 40 %", "✅ Set to 40 %: Contoso Mail"),
    ("halt mail crash", "Cancel", "Cancelled: Halt rollout, Contoso Mail"),
    ("finalize mail", "Finalize rollout", "✅ Finalized: Contoso Mail"),
]


@pytest.mark.parametrize("way", [SOCKET, HTTP])
async def test_a_process_with_settings_alone_does_the_same(
    sandbox: Sandbox, tmp_path: Path, way: str
) -> None:
    sandbox.store.reset()
    slack = sandbox.slack
    slack.workspace.reset()
    env = environment(sandbox, tmp_path)
    if way == HTTP:
        del env["SLACK_APP_TOKEN"]
    async with bot_process(env, tmp_path, interpreter=True) as bot:
        if way == HTTP:
            await slack.delivery.use_http(f"http://127.0.0.1:{bot.port}/slack/events")
        assert await bot.get("/healthz") == (200, {"alive": True})
        well = (200, {"ready": True, "missing": [], "store": "ok"})
        assert await store_checked(bot) == well

        await slack.command(ANN, IN_MAIL, f"/rollout alias add mail {MAIL}")
        await slack.until(lambda: any(m["ephemeral"] for m in seen(sandbox)))
        for number, (typed, label, headline) in enumerate(DIALOGUE, 1):
            await slack.command(ANN, IN_MAIL, f"/rollout {typed}")
            await slack.until(lambda: len(cards(sandbox)) == number)  # noqa: B023
            await slack.press_label(BEN, IN_MAIL, label)
            await slack.until(lambda: headline in words(cards(sandbox)[-1]))  # noqa: B023
            assert labels(cards(sandbox)[-1]) == []
        await slack.until(lambda: len(cards(sandbox)[-1]["replies"]) == 1)

        assert [write.operation for write in sandbox.store.writes()] == [
            "set",
            "finalize",
        ]
        ended = await terminate(bot)
    await slack.delivery.use_socket()
    first = bot.log().splitlines()[0]
    assert first.endswith(
        f"bot: Rollout Bot {__version__} starts: {MODES[way]}, SQLite,"
        f" http://127.0.0.1:{bot.port}"
    )
    assert ended == 0
    assert "the bot has ended" in bot.log()
    assert "Traceback" not in bot.log()


@pytest.mark.skipif(sys.platform != "linux", reason="only there threads have heaps")
async def test_the_bots_threads_share_one_heap(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    async with bot_process(env, tmp_path, interpreter=True) as bot:
        threads, heaps = threads_and_heaps(Path(f"/proc/{bot.process.pid}"))

    assert threads > 4
    assert heaps == 0


def threads_and_heaps(process: Path) -> tuple[int, int]:
    """Count a process' threads, and the heaps that the C library made for them.

    Such a heap begins at a multiple of 64 MB, and has a part of it for use so far.
    https://sourceware.org/glibc/wiki/MallocInternals
    """
    size = 64 * 1024 * 1024
    maps = (process / "maps").read_text().splitlines()
    threads = len([*(process / "task").iterdir()])
    areas = [(*line.split()[0].split("-"), line.split()[1]) for line in maps]
    return threads, sum(
        int(start, 16) % size == 0 and (use, after) == ("rw-p", "---p")
        for (start, _, use), (_, _, after) in pairwise(areas)
    )


async def test_what_was_confirmed_before_a_kill_is_finished_after_the_restart(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.store.reset()
    slack = sandbox.slack
    slack.workspace.reset()
    sandbox.store.arm("halt", "slow", 1, 5)
    env = environment(sandbox, tmp_path)
    async with bot_process(env, tmp_path) as bot:
        await slack.command(ANN, IN_MAIL, f"/rollout halt {MAIL}")
        await slack.until(lambda: len(cards(sandbox)) == 1)
        await slack.press_label(BEN, IN_MAIL, "Halt rollout")
        await slack.until(lambda: len(sandbox.store.writes()) == 1)
        bot.process.kill()
        await bot.process.wait()
    async with bot_process(env, tmp_path):
        await slack.until(lambda: len(cards(sandbox)[-1]["replies"]) == 1, 15)

    assert "✅ Halted" in words(cards(sandbox)[-1])
    assert len(sandbox.store.writes()) == 1


async def test_what_runs_is_finished_before_the_process_ends(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.store.reset()
    slack = sandbox.slack
    slack.workspace.reset()
    sandbox.store.arm("halt", "slow", 1, 1)
    async with bot_process(environment(sandbox, tmp_path), tmp_path) as bot:
        await slack.command(ANN, IN_MAIL, f"/rollout halt {MAIL}")
        await slack.until(lambda: len(cards(sandbox)) == 1)
        await slack.press_label(BEN, IN_MAIL, "Halt rollout")
        await slack.until(lambda: len(sandbox.store.writes()) == 1)
        ended = await terminate(bot)

        assert ended == 0
        assert "✅ Halted" in words(cards(sandbox)[-1])
        assert len(cards(sandbox)[-1]["replies"]) == 1


@pytest.mark.parametrize("way", [SOCKET, HTTP])
async def test_a_bot_that_starts_before_slack_is_there_waits_and_says_so(
    sandbox: Sandbox, tmp_path: Path, way: str
) -> None:
    sandbox.slack.workspace.faults.arm("*", "downtime")
    env = environment(sandbox, tmp_path)
    if way == HTTP:
        del env["SLACK_APP_TOKEN"]
    async with bot_process(env, tmp_path, "/healthz") as bot:
        missing = ["the identity of the bot in Slack is not known yet"]
        status, answer = await bot.get("/readyz")
        assert (status, answer["ready"], answer["missing"]) == (503, False, missing)
        sandbox.slack.workspace.faults.clear()
        async with asyncio.timeout(60):
            while (await bot.get("/readyz"))[0] != 200:
                await asyncio.sleep(0.1)
    assert "Traceback" not in bot.log()


async def test_a_sign_in_that_fails_is_in_the_log_and_in_readyz_at_once(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path, AZURE_CLIENT_SECRET="not-a-secret")
    async with bot_process(env, tmp_path) as bot:
        status, answer = await store_checked(bot)

    # Nobody can halt, but a bot that is restarted for that would not sign in either.
    assert status == 200
    assert answer == {"ready": True, "missing": [], "store": "secret_wrong"}
    (line,) = [line for line in bot.log().splitlines() if "cannot be used" in line]
    assert " WARNING bot.store: " in line
    assert "AZURE_CLIENT_SECRET is wrong" in line


@pytest.mark.parametrize("more", [(), ("--without-bot",)])
async def test_the_sandbox_command_needs_no_settings_and_ends_when_asked(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    command = ("sandbox", "--port", "0", "--data", str(tmp_path / "kept"), *more)
    async with started(*command, env={}, folder=tmp_path, interpreter=True) as (
        process,
        line,
    ):
        if more:
            said = "# A bot of your own can use it with these settings:"
            assert line.strip() == said
        else:
            address = line.split()[-1]
            async with aiohttp.ClientSession(address) as session:
                answer = await session.get("sandbox/slack/state?as=U0ANN")
                assert answer.status == 200
                assert (await answer.json())["bot"]["id"] == "U0ROLLOUT"
        process.terminate()
        assert await process.wait() == 0


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({}, ""),
        ({"REQUESTS_CA_BUNDLE": "/other.pem"}, "REQUESTS_CA_BUNDLE"),
        (
            {"REQUESTS_CA_BUNDLE": "/other.pem", "SLACK_BOT_TOKEN": "xoxb-other"},
            "SLACK_BOT_TOKEN, REQUESTS_CA_BUNDLE",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-sandbox-not-a-secret"}, ""),
    ],
)
async def test_what_the_environment_sets_otherwise_is_said_beside_the_settings(
    tmp_path: Path, env: dict[str, str], named: str
) -> None:
    command = ("sandbox", "--port", "0", "--data", str(tmp_path / "kept"))
    async with started(*command, "--without-bot", env=env, folder=tmp_path) as (
        process,
        _,
    ):
        process.terminate()
        assert process.stdout is not None
        assert process.stderr is not None
        rest = (await process.stdout.read()).decode().splitlines()
        told = (await process.stderr.read()).decode()

    *settings, last = rest
    said = [line for line in settings if line.startswith("# ")]
    assert last.startswith("# Open http://127.0.0.1:")
    assert all("=" in line for line in settings if line not in said)
    assert [line.partition(" has ")[2].partition(" with ")[0] for line in said] == (
        [named] if named else []
    )
    assert all("win over .env" in line for line in said)
    assert "xoxb-other" not in str(rest) + told
    # The output is a file then; the person looks at the terminal.
    assert f"are up: open {last.split()[-1]}" in told
    assert ("win over .env" in told) is bool(named)
    assert named in told


async def test_what_the_sandbox_prints_is_a_file_of_settings_after_each_start(
    tmp_path: Path,
) -> None:
    port = free_port()
    command = ("sandbox", "--port", str(port), "--data", str(tmp_path / "kept"))
    files = []
    for _ in range(2):
        async with started(*command, "--without-bot", env={}, folder=tmp_path) as (
            process,
            first,
        ):
            process.terminate()
            assert process.stdout is not None
            printed = first + (await process.stdout.read()).decode()
        file = tmp_path / ".env"
        file.write_text(printed)
        files.append(dotenv_values(file))

    once, again = files
    assert once == again
    assert Settings.from_env({k: v or "" for k, v in once.items()})
    more = {"REQUESTS_CA_BUNDLE", "STORE_REQUESTS_PER_MINUTE"}
    assert set(once) == {*SETTINGS, *more}
    assert once["AZURE_AUTHORITY_HOST"] == f"https://127.0.0.1:{port + 1}"


async def test_a_taken_port_beside_the_page_is_named(tmp_path: Path) -> None:
    port = free_port()
    command = ("sandbox", "--port", str(port), "--data", str(tmp_path / "kept"))
    with socket.create_server(("127.0.0.1", port + 1)):
        ended = await run(*command, env={}, folder=tmp_path)

    assert ended.status == 1
    assert f"Port {port + 1} is taken" in ended.err
    assert "Traceback" not in ended.err


async def test_each_process_of_the_procfile_is_a_command_of_the_bot() -> None:
    lines = await asyncio.to_thread((REPOSITORY / "Procfile").read_text)

    assert dict(line.split(": ") for line in lines.splitlines()) == {
        "release": "python -m bot migrate",
        "web": "python -m bot",
        "worker": "python -m bot",
    }


async def test_a_second_sandbox_on_the_same_port_ends_with_a_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    port = sandbox.address.rstrip("/").rpartition(":")[2]
    ended = await run("sandbox", "--port", port, env={}, folder=tmp_path)

    assert ended.status == 1
    assert f"Port {port} is taken" in ended.err
    assert "Traceback" not in ended.err


async def test_a_second_process_on_the_same_file_ends_with_a_sentence(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    async with bot_process(env, tmp_path):
        second = await run(env={**env, "PORT": "0"}, folder=tmp_path)

    assert second.status == 1
    assert "Another process already runs the bot" in second.err
    assert "Traceback" not in second.err


def seen(sandbox: Sandbox) -> list[dict[str, Any]]:
    return sandbox.slack.seen(ANN, IN_MAIL)


def cards(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the bot's messages that all see, oldest first."""
    shown = sandbox.slack.seen(BEN, IN_MAIL)
    return [m for m in shown if m["bot"] and not m["ephemeral"]]


async def store_checked(bot: Running) -> tuple[int, dict[str, Any]]:
    """Return what /readyz answers once the Store was read."""
    async with asyncio.timeout(20):
        while (found := await bot.get("/readyz"))[1]["store"] == "unknown":
            await asyncio.sleep(0.05)
    return found


async def terminate(bot: Running) -> int:
    """Ask the process to end; gives its exit status."""
    bot.process.send_signal(signal.SIGTERM)
    # Sooner than its patience with work under way ends: it waits for nothing else.
    return await asyncio.wait_for(bot.process.wait(), DRAIN_SECONDS - 10)
