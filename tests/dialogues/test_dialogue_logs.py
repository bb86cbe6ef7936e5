"""The log: one request's whole story by one search for its id."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.dialogues.bot_process import bot_process, environment
from tests.slack_users import ANN, BEN, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="module")


def cards(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the bot's messages that all see, oldest first."""
    shown = sandbox.slack.seen(BEN, IN_MAIL)
    return [m for m in shown if m["bot"] and not m["ephemeral"]]


async def halt_through_a_kill(sandbox: Sandbox, folder: Path, form: str) -> list[str]:
    """Halt, kill the bot while the Store answers, start it again; return the log."""
    sandbox.store.reset()
    slack = sandbox.slack
    slack.workspace.reset()
    sandbox.store.arm("halt", "slow", 1, 5)
    env = environment(sandbox, folder, LOG_FORMAT=form)
    async with bot_process(env, folder) as bot:
        await slack.command(ANN, IN_MAIL, f"/rollout halt {MAIL} crash")
        await slack.until(lambda: len(cards(sandbox)) == 1)
        await slack.press_label(BEN, IN_MAIL, "Halt rollout")
        await slack.until(lambda: len(sandbox.store.writes()) == 1)
        bot.process.kill()
        await bot.process.wait()
    async with bot_process(env, folder) as again:
        await slack.until(lambda: len(cards(sandbox)[-1]["replies"]) == 1, 15)
        await slack.until(lambda: "is posted" in again.log())
    return [*bot.log().splitlines(), *again.log().splitlines()]


async def test_one_search_for_its_id_finds_all_of_a_halt_in_the_json_log(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    log = await halt_through_a_kill(sandbox, tmp_path, "json")

    asked = next(line for line in map(json.loads, log) if "verb" in line)
    story = [json.loads(line) for line in log if asked["request"] in line]
    told = [line["message"].replace(asked["request"], "ID") for line in story]
    for line in story:
        named = line["request"], line["verb"], line["target"]
        assert named == (asked["request"], "halt", MAIL), line
    assert all(line["user"] in {ANN, BEN} for line in story)
    (command,) = [line for line in story if line["message"].startswith("command of")]
    assert (command["user"], command["channel"]) == (ANN, IN_MAIL)
    assert command["outcome"] == "confirmation_needed"
    reads = [line for line in story if line["message"].startswith("GET ")]
    assert reads
    for line in reads:
        assert line["status"] == 200
        assert isinstance(line["milliseconds"], int)
        assert line["correlation"] in line["message"]
    (click,) = [line for line in story if "click of" in line["message"]]
    assert (click["user"], click["outcome"]) == (BEN, "confirmed")
    (posted,) = [line for line in story if line["message"].startswith("card of")]
    (resumed,) = [line for line in story if " goes on after " in line["message"]]
    assert resumed["message"].endswith("attempts sent so far: 1")
    (sent,) = [line for line in story if line["message"].startswith("attempt 1")]
    assert (sent["operation"], sent["attempt"]) == (asked["request"], 1)
    (ended,) = [line for line in story if " ended " in line["message"]]
    assert (ended["outcome"], ended["level"], ended["user"]) == ("done", "INFO", BEN)
    told_in_order = [command, posted, click, sent, resumed, ended]
    assert sorted(map(story.index, told_in_order)) == list(
        map(story.index, told_in_order)
    )
    assert told[-1] == "result:done of request ID is posted"


async def test_one_search_for_its_id_finds_all_of_a_halt_in_the_text_log(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    log = await halt_through_a_kill(sandbox, tmp_path, "text")

    (click,) = [line for line in log if "click of" in line]
    request = click.partition("request ")[2].partition(",")[0]
    story = [line for line in log if request in line]
    # The id is written once in a line, wherever it stands.
    assert all(line.count(request) == 1 for line in story)
    for part in ("command of", "GET app", "attempt 1", "ended done", "is posted"):
        assert any(part in line for line in story), part
