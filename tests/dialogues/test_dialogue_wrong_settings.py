"""Each setting wrong in each way: the bot and the doctor name it and the cure."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from dotenv import dotenv_values

from bot.config import BadSettings, Settings
from bot.doctor import examine
from bot.sandbox.server import Sandbox
from tests.dialogues.bot_process import bot_process, environment, run
from tests.dialogues.forked_command import REPOSITORY
from tests.dialogues.wrong_settings import MISSING, WrongSetting, wrong_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What may be left empty, and means its default then.
OPTIONAL = {
    *("SLACK_APP_TOKEN", "SLACK_API_URL", "AZURE_AUTHORITY_HOST", "STORE_API_URL"),
    *("STORE_REQUESTS_PER_MINUTE", "DATABASE_URL", "HOST", "PORT", "CONFIRM_MINUTES"),
    *("RETENTION_DAYS", "EVENT_RETENTION_DAYS", "RELEASE_CHANNELS"),
    *("LOG_LEVEL", "LOG_FORMAT"),
}
# The names of settings, by how they begin: a test for each.
GROUPS = (
    ("SLACK",),
    ("AZURE", "STORE", "REQUESTS"),
    ("DATABASE",),
    ("HOST", "PORT", "CONFIRM", "RETENTION", "EVENT", "RELEASE", "LOG"),
)


def environment_of(
    sandbox: Sandbox, folder: Path, wrong: WrongSetting
) -> dict[str, str]:
    """Return settings of which no other is wrong."""
    env = environment(sandbox, folder, PORT="0")
    if wrong.name == "SLACK_SIGNING_SECRET":
        # With an app token nothing is signed.
        del env["SLACK_APP_TOKEN"]
    env[wrong.name] = wrong.value
    return {name: value for name, value in env.items() if value != MISSING}


async def said_by_the_bot(
    env: dict[str, str], folder: Path, wrong: WrongSetting
) -> str:
    """Start the bot and return what it says until it ends, or names what is wrong."""
    try:
        Settings.from_env(env)
    except BadSettings as bad:
        return str(bad)
    if not wrong.runs:
        ended = await run(env=env, folder=folder)
        assert ended.status == 1
        assert "Traceback" not in ended.err
        return ended.err
    assert wrong.bot is not None
    async with bot_process(env, folder, "/healthz") as bot, asyncio.timeout(30):
        while wrong.bot not in bot.log():
            if wrong.name == "SLACK_SIGNING_SECRET":
                await send_signed_with_another_secret(bot.port)
            await asyncio.sleep(0.05)
        assert bot.process.returncode is None
        assert "Traceback" not in bot.log()
        return bot.log()


async def send_signed_with_another_secret(port: int) -> None:
    """Send a command with a signature that does not fit, as Slack would."""
    url = f"http://127.0.0.1:{port}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data={"payload": "{}"}) as answer,
    ):
        assert answer.status == 401


async def said_by_the_doctor(env: dict[str, str]) -> str:
    """Return the doctor's report."""
    lines: list[str] = []
    await examine(env, lines.append)
    return "\n".join(lines)


@pytest.mark.parametrize("names", GROUPS)
async def test_whatever_is_wrong_is_named_with_its_cure(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
) -> None:
    every = wrong_settings(sandbox, tmp_path)
    for number, wrong in enumerate(x for x in every if x.name.startswith(names)):
        folder = tmp_path / str(number)
        folder.mkdir()
        env = environment_of(sandbox, folder, wrong)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_file))
        if wrong.name == "REQUESTS_CA_BUNDLE":
            monkeypatch.delenv("REQUESTS_CA_BUNDLE")

        if wrong.bot is not None:
            assert wrong.bot in await said_by_the_bot(env, folder, wrong), wrong
        report = await said_by_the_doctor(env)
        if wrong.doctor is not None:
            assert wrong.doctor in report, wrong
        for line in report.splitlines():
            assert "Traceback" not in line


async def test_what_is_optional_may_be_left_empty(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    env = environment(sandbox, tmp_path)
    for name in OPTIONAL:
        assert Settings.from_env({**env, name: "", "SLACK_SIGNING_SECRET": "it"})


async def test_the_table_has_every_setting_of_the_example(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    named = {wrong.name for wrong in wrong_settings(sandbox, tmp_path)}

    assert set(dotenv_values(REPOSITORY / ".env.example")) <= named
    assert all(name.startswith(sum(GROUPS, ())) for name in named)
