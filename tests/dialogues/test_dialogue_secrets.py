"""After a run of everything, no secret stands anywhere: log, messages, database."""

import logging
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot.sandbox.server import Sandbox
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.resources import UPLOAD_PATH, UPLOAD_QUERY
from bot.sandbox.store.seed import MAIL, PHOTOS
from tests.dialogues.bot_process import bot_process, environment, run
from tests.dialogues.conversation import HTTP, SOCKET, conversing
from tests.slack_users import ANN, BEN, IN_GENERAL, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET_SETTINGS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "AZURE_CLIENT_SECRET",
)
# What stands before and behind the name in every upload address.
UPLOAD = (UPLOAD_PATH, UPLOAD_QUERY)


def secrets(sandbox: Sandbox) -> list[str]:
    """Return everything that must not leave the bot, access tokens included."""
    settings = [sandbox.settings[name] for name in SECRET_SETTINGS]
    tokens = list(sandbox.store.tokens.to_json())
    assert tokens
    return [*settings, *tokens, *UPLOAD]


async def everything(sandbox: Sandbox) -> None:
    """Do once all that can be done, with some of it failing."""
    slack, store = sandbox.slack, sandbox.store
    mail = store.slot(MAIL)
    # Any submission may carry an upload address; the sandbox's carry it as drafts.
    mail.pending = mail.published

    async def say(text: str, channel: str = IN_MAIL) -> None:
        before = shown(sandbox)
        await slack.command(ANN, channel, f"/rollout {text}")
        await slack.until(lambda: shown(sandbox) > before)

    async def press(label: str) -> None:
        before = shown(sandbox)
        await slack.press_label(BEN, IN_MAIL, label)
        await slack.until(lambda: shown(sandbox) > before)

    await say(f"alias add mail {MAIL}")
    await say(f"alias add ring {MAIL} flight Insiders")
    for text in ("help", "status", "history", "alias list", "nonsense", "halt nobody"):
        await say(text)
    await say("set mail 40%")
    await press("Set to 40 %")
    store.tokens.revoke_all()
    await say("halt mail")
    store.arm("halt", Fault.TIMEOUT_AFTER_EFFECT)
    await press("Halt rollout")
    await say("finalize ring")
    store.arm("finalize", Fault.FORBIDDEN)
    await press("Finalize rollout")
    store.tokens.revoke_all()
    store.arm("token", Fault.EXPIRED_SECRET)
    await say(f"status {PHOTOS}")
    await say(f"halt {PHOTOS}", IN_GENERAL)
    store.clear_faults()
    await say(f"halt {PHOTOS}", IN_GENERAL)
    await say("history")


def shown(sandbox: Sandbox) -> int:
    """Count all that the bot has ever shown to anybody."""
    return sum(message.bot for message in sandbox.slack.workspace.messages.everything())


def said(sandbox: Sandbox) -> str:
    """Return all that was ever shown to anybody in Slack."""
    return "\n".join(map(repr, sandbox.slack.workspace.messages.everything()))


def start_over(sandbox: Sandbox) -> None:
    sandbox.store.reset()
    sandbox.slack.workspace.reset()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("way", [SOCKET, HTTP])
async def test_a_process_that_logs_all_it_can_tells_no_secret(
    sandbox: Sandbox, tmp_path: Path, way: str, form: str
) -> None:
    start_over(sandbox)
    env = environment(sandbox, tmp_path, LOG_LEVEL="DEBUG", LOG_FORMAT=form)
    if way == HTTP:
        del env["SLACK_APP_TOKEN"]
    async with bot_process(env, tmp_path) as bot:
        if way == HTTP:
            url = f"http://127.0.0.1:{bot.port}/slack/events"
            await sandbox.slack.delivery.use_http(url)
        await everything(sandbox)
        exports = [await exported(env, tmp_path, form) for form in ("jsonl", "csv")]
        bot.process.terminate()
        assert await bot.process.wait() == 0
    await sandbox.slack.delivery.use_socket()

    log = bot.log()
    files = databases(tmp_path)
    assert "DEBUG" in log
    assert "Traceback" not in log
    assert b"Contoso Mail" in files
    for secret in secrets(sandbox):
        assert secret not in log
        assert secret not in said(sandbox)
        assert secret.encode() not in files
        assert not [one for one in exports if secret in one]


async def test_on_postgresql_no_table_and_no_log_record_holds_a_secret(
    sandbox: Sandbox,
    migrated_postgres_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start_over(sandbox)
    caplog.set_level(logging.DEBUG)
    async with conversing(sandbox, SOCKET, migrated_postgres_url) as chat:
        await everything(sandbox)
        await chat.quiet()
        rows = everything_in(migrated_postgres_url)
        rows += await exported({"DATABASE_URL": migrated_postgres_url}, tmp_path, "csv")

    assert any(entry.operation == "submission" for entry in sandbox.store.requests)
    assert "Contoso Mail" in rows
    log = "\n".join(map(caplog.handler.format, caplog.records))
    for secret in secrets(sandbox):
        assert secret not in rows
        assert secret not in said(sandbox)
        assert secret not in log


async def exported(env: Mapping[str, str], folder: Path, form: str) -> str:
    """Return the log of events as it is exported, with the names of the apps in it."""
    ended = await run("audit", "export", "--format", form, env=env, folder=folder)
    assert ended.status == 0, ended.err
    assert "Contoso Mail" in ended.out
    return ended.out


def databases(folder: Path) -> bytes:
    """Return all bytes of the databases in a folder, the engine's and the WALs too."""
    return b"".join(path.read_bytes() for path in folder.glob("*.db*"))


def everything_in(url: str) -> str:
    """Return every row of every table, the engine's too."""
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN (%s, %s)"
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = []
        for schema, table in connection.execute(tables, ("public", "dbos")).fetchall():
            name = sql.Identifier(schema, table)
            every = sql.SQL("SELECT t::text FROM {} t").format(name)
            found += [str(row[0]) for row in connection.execute(every).fetchall()]
    return "\n".join(found)
