"""What `/metrics` shows of a halt, and when the README's alerts fire.

The rules are read from the README. A scrape before a staged fault and one after it are
evaluated by `tests/metrics/alert_rules.py`, not by a Prometheus.
"""

import asyncio
from dataclasses import replace

import aiohttp
import pytest
from sqlalchemy import text

from bot.domain.results import Done, Unknown
from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import FIRST_ID, MAIL
from tests.dialogues.conversation import DONE_WITHIN, FAST, HTTP, SOCKET, Conversation
from tests.dialogues.fault_harness import ALWAYS, at_the_write, card_for
from tests.dialogues.following import boards, reminders
from tests.metrics.alert_rules import Scrape, fires, read, rules
from tests.slack_users import BEN

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

FAILED, LATE_LOOKS, LATE_NOTICES = (
    "RolloutChangeFailed",
    "RolloutWatchingLate",
    "RolloutNoticesLate",
)
LOOKED_AT = text("SELECT 1 FROM observations WHERE looked_at IS NOT NULL")
HALTS = ("verb", "halt")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


async def scrape_text(chat: Conversation) -> str:
    address = f"http://127.0.0.1:{chat.bot.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        assert response.status == 200
        return await response.text()


async def scrape(chat: Conversation) -> Scrape:
    return read(await scrape_text(chat))


def value(found: Scrape, name: str, *labels: tuple[str, str]) -> float:
    return found.get((name, frozenset(labels)), 0.0)


def firing(before: Scrape, after: Scrape) -> set[str]:
    """Return the README's alerts that fire at the second scrape."""
    return {name for name, rule in rules().items() if fires(rule, before, after)}


async def until_firing(chat: Conversation, before: Scrape, alerts: set[str]) -> None:
    """Scrape until just these alerts fire."""
    async with asyncio.timeout(DONE_WITHIN):
        while firing(before, await scrape(chat)) != alerts:
            await asyncio.sleep(0.05)


def change_elsewhere(chat: Conversation, percentage: float) -> None:
    """Set the percentage in Partner Center."""
    submission = str(FIRST_ID + 102)
    chat.sandbox.store.change_in_partner_center("set", submission, percentage)


async def follow(chat: Conversation) -> None:
    """Name the app, and wait until the first look at it is stored.

    A clock that is set forward before that would put off the next look.
    """
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    async with asyncio.timeout(DONE_WITHIN):
        while not await chat.database.run(LOOKED_AT):
            await asyncio.sleep(0.01)
    await chat.until(lambda: bool(boards(chat)))


async def card_below_the_board(chat: Conversation) -> None:
    """Get a card once the channel has all that the bot posts by itself."""
    await follow(chat)
    await chat.until(lambda: bool(reminders(chat)))
    await card_for(chat, "halt")


def looks(chat: Conversation) -> int:
    """Return how often the rollout of the app was read."""
    path = f"/submissions/{FIRST_ID + 102}/packagerollout"
    return sum(path in entry.path for entry in chat.sandbox.store.requests)


async def test_a_halt_moves_the_counters(chat: Conversation) -> None:
    await card_below_the_board(chat)
    before = await scrape(chat)
    await chat.press(BEN, "Halt rollout")
    after = await scrape(chat)

    def grown(name: str, *labels: tuple[str, str]) -> float:
        return value(after, name, *labels) - value(before, name, *labels)

    assert isinstance((await chat.ending()).result, Done)
    assert grown("rollout_operations_total", HALTS, ("outcome", "done")) == 1
    assert grown("rollout_click_to_post_seconds_count") == 1
    assert 0 < grown("rollout_click_to_post_seconds_sum") < DONE_WITHIN
    sent = (("priority", "operation"), ("status", "200"))
    assert grown("rollout_store_requests_total", *sent) == 1
    posted = (("method", "chat.postMessage"), ("result", "ok"))
    assert grown("rollout_slack_calls_total", *posted) == 1
    edited = (("method", "chat.update"), ("result", "ok"))
    assert grown("rollout_slack_calls_total", *edited) >= 1
    assert value(after, "rollout_store_budget_remaining") < 10_000
    assert value(after, "rollout_database_up") == 1
    assert firing(before, after) == set()


async def test_a_scrape_is_no_work_of_the_bot_and_tells_no_secret(
    chat: Conversation,
) -> None:
    await card_below_the_board(chat)
    requests = len(chat.sandbox.store.requests)
    calls = len(chat.slack.calls("chat.postMessage"))

    found = await scrape_text(chat)

    assert chat.bot.idle
    assert len(chat.sandbox.store.requests) == requests
    assert len(chat.slack.calls("chat.postMessage")) == calls
    secrets = [
        chat.sandbox.settings[name]
        for name in (
            *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
            *("AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"),
        )
    ]
    for hidden in (*secrets, *chat.sandbox.store.tokens.to_json(), MAIL, BEN, "C0MAIL"):
        assert hidden not in found


async def test_what_slack_and_the_store_refuse_is_counted(chat: Conversation) -> None:
    await card_below_the_board(chat)
    before = await scrape(chat)
    chat.sandbox.store.arm("halt", Fault.UNAVAILABLE, 1)
    chat.slack.arm("chat.update", "ratelimited", seconds=1)
    await chat.press(BEN, "Halt rollout")
    after = await scrape(chat)

    for name, labels in (
        (
            "rollout_store_requests_total",
            (("priority", "operation"), ("status", "503")),
        ),
        (
            "rollout_slack_calls_total",
            (("method", "chat.update"), ("result", "rate_limited")),
        ),
    ):
        assert value(after, name, *labels) == value(before, name, *labels) + 1
    # Two requests went out, and the press had waited for the first.
    count = "rollout_click_to_post_seconds_count"
    assert value(after, count) == value(before, count) + 1


async def test_the_alert_of_a_failed_change_fires(chat: Conversation) -> None:
    await card_below_the_board(chat)
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, Fault.UNAVAILABLE)
    before = await scrape(chat)
    assert firing(before, before) == set()

    await chat.press(BEN, "Halt rollout")

    assert isinstance((await chat.ending()).result, Unknown)
    assert firing(before, await scrape(chat)) == {FAILED}


async def test_the_alert_of_late_looks_fires_while_the_store_refuses_them(
    chat: Conversation,
) -> None:
    await follow(chat)
    before = await scrape(chat)
    chat.sandbox.store.arm("read", Fault.LIMITED, ALWAYS)
    tried = looks(chat)

    chat.clock.forward(6)
    await chat.until(lambda: looks(chat) > tried)
    assert firing(before, await scrape(chat)) == set()
    tried = looks(chat)
    chat.clock.forward(16)
    await chat.until(lambda: looks(chat) > tried)
    await until_firing(chat, before, {LATE_LOOKS})

    chat.sandbox.store.clear_faults()
    chat.clock.forward(6)
    await until_firing(chat, before, set())


async def test_the_alert_of_late_notices_fires_while_slack_takes_none(
    chat: Conversation,
) -> None:
    await follow(chat)
    before = await scrape(chat)
    posted = len(chat.slack.calls("chat.postMessage"))
    chat.slack.arm("chat.postMessage", "internal_error", times=1000)
    change_elsewhere(chat, 40)

    chat.clock.forward(6)
    await chat.until(lambda: len(chat.slack.calls("chat.postMessage")) > posted)
    assert firing(before, await scrape(chat)) == set()
    chat.clock.forward(11)
    await until_firing(chat, before, {LATE_NOTICES})

    chat.slack.workspace.faults.clear()
    chat.clock.forward(6)
    await until_firing(chat, before, set())
