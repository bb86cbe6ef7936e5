"""State of the local Slack: it survives a kill, and 10,000 messages keep it fast."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.json_state import StateUnreadableError
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.rate_limit import RateLimit
from tests.sandbox.slack.local_slack_server import Serve

CHILD = """
import asyncio, pathlib, sys
from bot.sandbox.slack import LocalSlack

async def main():
    slack = LocalSlack(pathlib.Path(sys.argv[1]))
    ts = await slack.say("U0ANN", "C0MAIL", "before the kill")
    print(ts, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_killed_slack_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "slack.json"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHILD,
        str(file),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdout is not None
    ts = (await child.stdout.readline()).decode().strip()
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()

    again = LocalSlack(file)

    [message] = again.seen("U0BEN", "C0MAIL")
    assert (message["ts"], message["text"]) == (ts, "before the kill")
    assert await again.say("U0ANN", "C0MAIL", "after") > ts


async def test_the_whole_state_is_restored(
    serve: Serve, tmp_path: Path, buttons: list[dict[str, Any]]
) -> None:
    file = tmp_path / "slack.json"
    served = await serve(state_file=file)
    posted = await served.json("chat.postMessage", channel="C0MAIL", blocks=buttons)
    parent = posted.body["ts"]
    await served.json("chat.update", channel="C0MAIL", ts=parent, text="done")
    await served.slack.say("U0BEN", "C0MAIL", "a reply", parent)
    await served.json("chat.postEphemeral", channel="C0MAIL", user="U0ANN", text="psst")
    await served.json("chat.postMessage", channel="U0ANN", text="for you alone")
    await served.control("membership", channel="C0GENERAL", bot=True)
    await served.control("scopes", scopes=["chat:write"])
    await served.control("rate", per_second=None)
    await served.control("delivery", mode="http", url="http://127.0.0.1:9/")
    served.slack.arm("chat.update", "slow", times=2, seconds=3)
    served.slack.arm("*", "downtime")
    key = served.slack.workspace.response_urls.make("C0MAIL", "U0ANN")
    served.slack.workspace.changed()

    again = LocalSlack(file).workspace

    before = served.slack.workspace
    assert again.to_json() == before.to_json()
    assert again.faults.downtime is True
    assert again.response_urls.use(key).user == "U0ANN"
    assert LocalSlack(file).delivery.url == "http://127.0.0.1:9/"
    assert LocalSlack(file).seen("U0ANN", "C0MAIL") == served.slack.seen(
        "U0ANN", "C0MAIL"
    )
    assert LocalSlack(file).seen("U0ANN", "D0ANN")[0]["text"] == "for you alone"


async def test_a_channel_that_no_longer_exists_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "slack.json"
    slack = LocalSlack(file)
    await slack.say("U0ANN", "C0MAIL", "hi")
    file.write_text(file.read_text().replace("C0GENERAL", "C0CLOSED"))

    again = LocalSlack(file)

    assert set(again.workspace.directory.channels) == {"C0MAIL", "C0GAMES", "C0GENERAL"}
    assert again.seen("U0ANN", "C0MAIL")[0]["text"] == "hi"


@pytest.mark.parametrize("content", ["{}", '{"last_ts": 1, "messages": [{}]}'])
def test_a_state_of_another_format_is_an_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "slack.json"
    file.write_text(content)
    with pytest.raises(StateUnreadableError, match=r"slack\.json"):
        LocalSlack(file)


async def test_every_change_is_broadcast() -> None:
    broadcaster = Broadcaster()
    slack = LocalSlack(broadcaster=broadcaster, address="http://127.0.0.1:3333/")
    heard = broadcaster.subscribe()

    await slack.say("U0ANN", "C0MAIL", "hi")

    async with asyncio.timeout(30):
        assert await anext(heard) == "slack"
    assert slack.workspace.address == "http://127.0.0.1:3333"


async def test_of_ten_thousand_messages_the_newest_are_shown(serve: Serve) -> None:
    served = await serve(rate=RateLimit(None))
    for number in range(10_000):
        served.slack.workspace.post("C0MAIL", f"message {number}", None)

    await served.json("chat.postMessage", channel="C0MAIL", text="one more")
    shown = served.slack.seen("U0ANN", "C0MAIL")

    assert [each["text"] for each in shown[-2:]] == ["message 9999", "one more"]
    assert len(shown) == 200


async def test_old_ephemeral_messages_are_forgotten() -> None:
    slack = LocalSlack()
    for number in range(1001):
        slack.workspace.post("C0MAIL", f"{number}", None, seen_by="U0ANN")

    kept = slack.workspace.messages.ephemeral("C0MAIL")

    assert (len(kept), kept[0].text) == (1000, "1")
