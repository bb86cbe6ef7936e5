"""The bot's own messages are searched for inside Slack's limits: one page of 15."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Request, RequestState
from bot.sandbox.slack import LocalSlack
from bot.slack.outbox.messenger import Messenger
from tests.fakes import Memory
from tests.slack.posted_cards import finished, posted, store
from tests.slack.sample_requests import request
from tests.slack_users import IN_MAIL, texts

# https://docs.slack.dev/apis/web-api/rate-limits
MOST = 15
LATER = timedelta(minutes=10)


async def chat(slack: LocalSlack, times: int, thread: str | None = None) -> None:
    for number in range(times):
        await slack.say("U0ANN", IN_MAIL, f"chat {number}", thread)


async def authorised(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> Request:
    """Return a halted request with 30 messages in its thread before the click."""
    card = await posted(messenger)
    await chat(slack, 30, card)
    later(slack)
    done, now = finished(card), datetime.now(UTC) + LATER
    assert done.operation is not None
    operation = replace(done.operation, authorised_at=now, finished_at=now)
    return store(memory, replace(done, operation=operation, decided_at=now))


def later(slack: LocalSlack) -> None:
    """Let what is posted from now on stand in Slack ten minutes later."""
    slack.workspace.messages._last_ts += int(LATER.total_seconds()) * 1_000_000


def found_in(slack: LocalSlack) -> list[dict[str, Any]]:
    methods = ("conversations.replies", "conversations.history")
    return [call.args for method in methods for call in slack.calls(method)]


async def test_a_result_is_found_after_a_long_talk_before_the_click(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = await authorised(messenger, memory, slack)
    await messenger.post_follow_up_ended(done.id)
    await messenger.post_follow_up_ended(done.id)
    await messenger.post_result(done.id, again=False)

    await messenger.post_result(done.id, again=True)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 32
    assert [int(args["limit"]) for args in found_in(slack)] == [MOST] * 3


async def test_a_thread_that_is_longer_is_not_read_further(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    await chat(slack, 40, done.card)

    await messenger.post_result(done.id, again=True)

    assert len(found_in(slack)) == 1
    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 41


async def test_a_card_is_found_by_the_time_at_which_it_was_asked_for(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    asked = replace(request(), asked_at=datetime.now(UTC))
    card = await messenger.post_card(asked)
    later(slack)
    await chat(slack, 30)
    expired = request(state=RequestState.EXPIRED)
    store(memory, replace(expired, asked_at=asked.asked_at))

    await messenger.update_closed_card(asked.id)

    (args,) = found_in(slack)
    assert int(args["limit"]) == MOST
    assert float(args["oldest"]) < asked.asked_at.timestamp() < float(args["latest"])
    assert "Expired" in texts(slack.seen("U0ANN", IN_MAIL)[0])
    assert slack.calls("chat.update")[0].args["ts"] == card


@pytest.mark.parametrize("wait", [11, 60])
async def test_a_result_is_posted_where_slack_asks_to_wait_too_long_before_a_search(
    messenger: Messenger, memory: Memory, slack: LocalSlack, wait: int
) -> None:
    done = store(memory, finished(await posted(messenger)))
    slack.arm("conversations.replies", "ratelimited", seconds=wait)

    async with asyncio.timeout(5):
        await messenger.post_result(done.id, again=True)

    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0]["replies"][0])


async def test_a_result_waits_for_a_search_that_slack_allows_soon(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    await messenger.post_result(done.id, again=False)
    slack.arm("conversations.replies", "ratelimited", seconds=0)

    await messenger.post_result(done.id, again=True)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 1


async def test_a_result_waits_while_slack_is_away(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    slack.arm("conversations.replies", "internal_error")

    with pytest.raises(RetryableNotificationError):
        await messenger.post_result(done.id, again=True)


@pytest.fixture
def refuse(
    client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Let something before Slack answer the calls of a method with 404."""
    elsewhere = AsyncWebClient(
        token=client.token,
        base_url=client.base_url.replace("/slack/api/", "/nowhere/"),
        session=client.session,
        retry_handlers=[],
    )

    async def fails(**_: object) -> object:
        return await elsewhere.api_call("conversations.any")

    return lambda method: monkeypatch.setattr(client, method, fails)


async def test_a_search_that_is_refused_for_good_does_not_keep_a_result_back(
    messenger: Messenger,
    memory: Memory,
    slack: LocalSlack,
    refuse: Callable[[str], None],
) -> None:
    done = store(memory, finished(await posted(messenger)))
    refuse("conversations_replies")

    await messenger.post_result(done.id, again=True)
    await messenger.post_follow_up_ended(done.id)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 2


async def test_a_card_that_cannot_be_searched_for_ever_is_given_up(
    messenger: Messenger, memory: Memory, refuse: Callable[[str], None]
) -> None:
    expired = store(memory, request(state=RequestState.EXPIRED))
    refuse("conversations_history")

    with pytest.raises(PermanentNotificationError, match="http_404"):
        await messenger.update_closed_card(expired.id)


async def test_a_result_that_is_refused_on_its_way_to_slack_is_posted_later(
    messenger: Messenger, memory: Memory, refuse: Callable[[str], None]
) -> None:
    # A search can be left out; what a person must see is not given up so soon.
    done = store(memory, finished(await posted(messenger)))
    refuse("chat_postMessage")

    with pytest.raises(RetryableNotificationError, match="HTTP 404"):
        await messenger.post_result(done.id, again=True)
