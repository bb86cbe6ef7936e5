"""What is told of each call to Slack."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.sandbox.slack import LocalSlack
from bot.slack.client.calls import call
from bot.slack.client.clients import make_client
from tests.slack.slack_harness import BOT_TOKEN


@pytest.fixture
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def observed(
    slack_url: str, session: aiohttp.ClientSession, told: list[tuple[str, str]]
) -> AsyncWebClient:
    return make_client(
        BOT_TOKEN, f"{slack_url}/slack/api", session, lambda *call: told.append(call)
    )


async def test_a_call_that_slack_has_taken_is_ok(
    observed: AsyncWebClient, told: list[tuple[str, str]]
) -> None:
    await call(observed.auth_test)

    assert told == [("auth.test", "ok")]


@pytest.mark.parametrize(
    ("fault", "result"),
    [
        ("ratelimited", "rate_limited"),
        ("internal_error", "failed"),
        ("slow", "no_answer"),
        ("lost_answer", "no_answer"),
    ],
)
async def test_a_call_that_may_be_made_again_is_told_with_its_result(
    observed: AsyncWebClient,
    slack: LocalSlack,
    told: list[tuple[str, str]],
    fault: str,
    result: str,
) -> None:
    slack.arm("auth.test", fault, seconds=60)

    with pytest.raises(RetryableNotificationError):
        await call(observed.auth_test, timeout_seconds=0.5)

    assert told == [("auth.test", result)]


async def test_a_call_that_slack_will_never_take_is_refused(
    observed: AsyncWebClient, slack: LocalSlack, told: list[tuple[str, str]]
) -> None:
    slack.workspace.scopes.discard("chat:write")

    with pytest.raises(PermanentNotificationError):
        await call(observed.chat_postMessage, channel="C0MAIL", text="x")

    assert told == [("chat.postMessage", "refused")]
