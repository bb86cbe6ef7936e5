"""Opening what leads to Slack says nothing that looks like a mistake."""

import logging

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.client.clients import make_app
from bot.slack.client.identity import Identity


async def test_a_bot_token_in_the_environment_is_no_reason_for_a_warning(
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-a-real-token")
    caplog.set_level(logging.DEBUG, "bot.slack.bolt")

    app = make_app(client, Identity(client))
    app.logger.warning("something else")

    assert [record.getMessage() for record in caplog.records] == ["something else"]
