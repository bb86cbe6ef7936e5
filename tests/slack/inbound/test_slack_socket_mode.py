"""The Socket Mode connection comes back by itself, and ends without losing an ack."""

import asyncio
import json
import logging
from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.client.identity import Identity, IdentityUnknown
from bot.slack.client.redaction import redacted_logger
from bot.slack.inbound.socket_mode import SocketConnection
from tests.slack.slack_harness import APP_TOKEN, Bot, up
from tests.slack_users import IN_MAIL, TEAM, labels


async def test_commands_clicks_and_mentions_come_by_socket(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)

    await bot.say("U0ANN", "/rollout halt mail")
    await bot.press("U0BEN", "Halt rollout")
    await bot.say("U0ANN", "@Rollout help")

    assert labels(bot.card()) == []
    assert [one.id for one in bot.started] == [bot.requests[0].id]
    assert len(bot.told("U0ANN")) == 1


async def test_slack_may_replace_the_connection(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)

    await bot.slack.socket_mode.disconnect("refresh_requested")
    await asyncio.sleep(0.05)
    await up(bot.slack, connection)

    await bot.say("U0ANN", "/rollout help")
    assert len(bot.told("U0ANN")) == 1


async def test_a_failed_handshake_does_not_end_the_connection_for_ever(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)
    bot.slack.arm("socket", "internal_error", times=2)

    await bot.slack.socket_mode.disconnect("refresh_requested")
    await asyncio.sleep(0.05)
    await up(bot.slack, connection)

    assert len(bot.slack.calls("apps.connections.open")) >= 3


async def test_before_slack_answers_nothing_is_connected(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.slack.arm("auth.test", "internal_error", times=1)
    identity = Identity(bot.client)
    connection = SocketConnection(bot.app, bot.client, identity, APP_TOKEN, 0.05)
    monkeypatch.setattr("bot.slack.client.identity._PAUSE", 0.01)

    assert not await connection.connected()
    await connection.start()
    assert not await connection.connected()
    await connection.close()
    assert not identity.known


@pytest.mark.parametrize(
    ("token", "said"),
    [("xapp-wrong", "SLACK_APP_TOKEN is refused"), (APP_TOKEN, "Socket Mode waits")],
)
async def test_a_connection_that_slack_does_not_open_is_told_in_few_sentences(
    bot: Bot,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    said: str,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("bot.slack.inbound.socket_mode._PAUSE", 0.01)
    if token == APP_TOKEN:
        bot.slack.arm("apps.connections.open", "internal_error", times=50)
    connection = SocketConnection(bot.app, bot.client, bot.identity, token, 0.05)

    await connection.start()
    try:
        async with asyncio.timeout(10):
            while len([m for m in caplog.messages if said in m]) < 3:
                await asyncio.sleep(0.01)
    finally:
        await connection.close()

    told = [r for r in caplog.records if r.name.startswith("bot.slack")]
    bad = [r for r in told if r.levelno > logging.INFO]
    assert all(said in r.getMessage() for r in bad)
    assert not [r for r in told if r.exc_info]
    assert ("connections:write" in caplog.text) == (token != APP_TOKEN)
    # Each pause is twice as long as the one before.
    assert len(bot.slack.calls("apps.connections.open")) < 10


async def test_a_connection_is_opened_again_sooner_than_slack_may_ask(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.inbound.socket_mode._PAUSE", 0.01)
    monkeypatch.setattr("bot.slack.inbound.socket_mode._LONGEST_PAUSE", 0.1)
    bot.slack.arm("apps.connections.open", "ratelimited", times=2, seconds=10.0**8)
    connection = SocketConnection(bot.app, bot.client, bot.identity, APP_TOKEN, 0.05)

    await connection.start()
    try:
        await up(bot.slack, connection)
        assert await connection.connected()
    finally:
        await connection.close()


async def test_a_connection_that_never_started_can_be_closed(bot: Bot) -> None:
    connection = SocketConnection(bot.app, bot.client, bot.identity, APP_TOKEN)

    await connection.close()

    assert not await connection.connected()


async def test_the_identity_is_asked_for_until_it_is_known(bot: Bot) -> None:
    bot.slack.arm("auth.test", "internal_error", times=2)
    identity = Identity(bot.client)

    await identity.learn_with_retry(pause=0.01)

    assert (identity.workspace, identity.user_id) == ("T0CONTOSO", "U0ROLLOUT")


def test_before_slack_answers_the_bot_does_not_know_itself(bot: Bot) -> None:
    with pytest.raises(IdentityUnknown):
        _ = Identity(bot.client).workspace


class Wire:
    """A connection on paper: it keeps what is sent, or breaks."""

    def __init__(self, *, broken: bool = False) -> None:
        self.sent: list[Any] = []
        self.broken = broken
        self.logger = logging.getLogger("tests.wire")

    async def send_socket_mode_response(self, response: Any) -> None:  # noqa: ANN401
        if self.broken:
            raise ConnectionResetError
        self.sent.append(response.to_dict())


async def _take(bot: Bot, wire: Wire, payload: dict[str, Any]) -> None:
    connection = SocketConnection(bot.app, bot.client, bot.identity, APP_TOKEN)
    request = SocketModeRequest(
        type="slash_commands", envelope_id="e1", payload=payload
    )
    await connection._on_request(wire, request)  # type: ignore[arg-type]


@pytest.mark.parametrize("payload", [{"team": 5}, {"type": "view_submission"}])
async def test_what_cannot_be_read_is_acked_and_left_out(
    bot: Bot, payload: dict[str, Any]
) -> None:
    wire = Wire()

    await _take(bot, wire, payload)

    assert wire.sent == [{"envelope_id": "e1"}]


async def test_an_ack_that_finds_no_connection_is_logged(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    payload = {
        "command": "/rollout",
        "user_id": "U0ANN",
        "channel_id": IN_MAIL,
        "team_id": TEAM,
    }

    await _take(bot, Wire(broken=True), payload)

    assert "an ack could not be sent: ConnectionResetError" in caplog.text


async def test_closing_waits_for_the_acks_of_what_was_taken(
    bot: Bot, connection: SocketConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await up(bot.slack, connection)
    await bot.say("U0ANN", "/rollout halt mail")
    taken, real = asyncio.Event(), bot.parts.requests.approve_request

    async def held(*click: Any, **check: Any) -> object:  # noqa: ANN401 - as it came
        taken.set()
        await asyncio.sleep(0.2)
        return await real(*click, **check)

    monkeypatch.setattr(bot.parts.requests, "approve_request", held)

    pressing = asyncio.create_task(
        bot.slack.press_label("U0BEN", IN_MAIL, "Halt rollout")
    )
    await asyncio.wait_for(taken.wait(), 30)
    await connection.close()

    await pressing
    await bot.quiet()
    assert [one.id for one in bot.started] == [bot.requests[0].id]


def test_the_log_never_shows_the_address_of_a_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = redacted_logger("bot.slack.test_of_addresses", logging.INFO)
    assert redacted_logger("bot.slack.test_of_addresses", logging.INFO) is logger

    with caplog.at_level(logging.DEBUG):
        try:
            json.loads("wss://slack/link?ticket=not-for-the-log")
        except ValueError:
            logger.exception("Failed to connect (%s)", "wss://slack/link?ticket=1")
        logger.debug("a whole body")
        logger.info("plain")

    assert "ticket" not in caplog.text
    assert "Failed to connect ((address) (JSONDecodeError)" in caplog.text
    assert "a whole body" not in caplog.text
    assert "plain" in caplog.text
