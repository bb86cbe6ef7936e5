"""Time can be let pass in the sandbox: Slack, the Store and the bot notice it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.clock import SandboxClock
from bot.sandbox.json_state import StateUnreadableError
from bot.sandbox.server import Sandbox, start

DAY = timedelta(days=1)
NEARLY = timedelta(seconds=30)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    running = await start(None, 0, movable_clock=True)
    yield running
    await running.stop()


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.address) as session:
        yield session


def ahead(at: datetime) -> timedelta:
    """Return by how much a time is ahead of the real one."""
    return at - datetime.now(UTC)


async def test_the_clock_is_the_real_one_until_time_is_let_pass() -> None:
    clock = SandboxClock()
    assert abs(ahead(clock())) < NEARLY
    clock.advance(DAY)
    clock.advance(timedelta(minutes=15))
    assert abs(ahead(clock()) - DAY - timedelta(minutes=15)) < NEARLY


async def test_how_far_the_clock_is_ahead_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    SandboxClock(path).advance(DAY)
    assert SandboxClock(path).ahead == DAY

    path.write_text('{"ahead_seconds": "much"}')
    with pytest.raises(StateUnreadableError):
        SandboxClock(path)


async def test_a_fresh_start_is_at_the_real_time(tmp_path: Path) -> None:
    first = await start(tmp_path, 0)
    first.clock.advance(DAY)
    await first.stop()
    again = await start(tmp_path, 0)
    kept = again.clock.ahead
    await again.stop()
    fresh = await start(tmp_path, 0, fresh=True)
    await fresh.stop()

    assert kept == DAY
    assert fresh.clock.ahead == timedelta(0)


async def test_the_page_lets_time_pass_in_steps(
    sandbox: Sandbox, page: aiohttp.ClientSession
) -> None:
    changes = sandbox.broadcaster.count("clock")
    for minutes in (15, 60, 360, 1440):
        answer = await page.post("sandbox/clock", json={"minutes": minutes})
        assert answer.status == 200
    shown = await (await page.get("sandbox/clock")).json()

    assert shown["ahead_seconds"] == (15 + 60 + 360 + 1440) * 60
    assert abs(datetime.fromisoformat(shown["now"]) - sandbox.clock()) < NEARLY
    assert sandbox.broadcaster.count("clock") == changes + 4


@pytest.mark.parametrize(
    "body", ['{"minutes": 16}', '{"minutes": [1]}', "[]", "nought"]
)
async def test_no_other_step_is_taken(
    sandbox: Sandbox, page: aiohttp.ClientSession, body: str
) -> None:
    answer = await page.post("sandbox/clock", data=body)

    assert answer.status == 400
    assert "15, 60, 360, 1440" in (await answer.json())["error"]
    assert sandbox.clock.ahead == timedelta(0)


async def test_without_its_bot_the_sandbox_does_not_move_time() -> None:
    sandbox = await start(None, 0)
    async with aiohttp.ClientSession(sandbox.address) as page:
        answer = await page.post("sandbox/clock", json={"minutes": 15})
        shown = await (await page.get("sandbox/clock")).json()
    await sandbox.stop()

    assert answer.status == 400
    assert "without it" in (await answer.json())["error"]
    assert shown["movable"] is False
    assert sandbox.clock.ahead == timedelta(0)


async def test_slack_and_the_store_have_the_time_of_the_sandbox(
    sandbox: Sandbox, page: aiohttp.ClientSession
) -> None:
    web = AsyncWebClient(
        sandbox.settings["SLACK_BOT_TOKEN"],
        base_url=sandbox.settings["SLACK_API_URL"],
        session=page,
    )
    sandbox.clock.advance(DAY)
    posted = await web.chat_postMessage(channel="C0MAIL", text="hello")
    answer = await page.get("store/v1.0/my/applications")

    sent = datetime.fromtimestamp(float(str(posted["ts"])), UTC)
    assert abs(ahead(sent) - DAY) < NEARLY
    assert abs(ahead(parsedate_to_datetime(answer.headers["Date"])) - DAY) < NEARLY
    (entry,) = sandbox.store.requests
    assert abs(ahead(datetime.fromisoformat(entry.at)) - DAY) < NEARLY


async def test_a_response_url_expires_when_time_passes(
    sandbox: Sandbox, page: aiohttp.ClientSession
) -> None:
    key = sandbox.slack.workspace.response_urls.make("C0MAIL", "U0ANN")
    url = f"slack/response/{key}"
    before = await page.post(url, json={"text": "now"})
    sandbox.clock.advance(timedelta(hours=1))
    after = await page.post(url, json={"text": "later"})

    assert (before.status, after.status) == (200, 404)


async def test_the_stores_rate_limit_passes_with_the_time(
    sandbox: Sandbox, page: aiohttp.ClientSession
) -> None:
    sandbox.store.switch(rate_limit="20")
    token = sandbox.store.tokens.issue("https://manage.devcenter.microsoft.com")
    bearer = {"Authorization": f"Bearer {token}"}

    async def ask() -> int:
        return (await page.get("store/v1.0/my/applications", headers=bearer)).status

    assert {await ask() for _ in range(20)} == {200}
    assert await ask() == 429
    sandbox.clock.advance(timedelta(minutes=15))
    assert await ask() == 200
