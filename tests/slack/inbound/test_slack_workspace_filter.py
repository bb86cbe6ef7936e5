"""A payload of another workspace is acked, dropped, and logged once."""

import logging
from typing import Any

import pytest

from bot.slack.client.identity import Identity
from bot.slack.inbound.socket_mode import SocketConnection
from bot.slack.inbound.workspaces import WorkspaceFilter
from tests.slack.signed_requests import post, send
from tests.slack.slack_harness import Bot, untouched, up
from tests.slack_users import IN_MAIL, TEAM

DROPPED = "a payload of another workspace is dropped; more are counted"
ELSEWHERE = "T0ELSEWHERE"


def command(team_id: str | None) -> dict[str, Any]:
    return {
        "command": "/rollout",
        "text": "halt mail",
        "user_id": "U0ANN",
        "channel_id": IN_MAIL,
        "team_id": team_id,
    }


def mention(team_id: str | None) -> dict[str, Any]:
    event = {
        "type": "app_mention",
        "user": "U0ANN",
        "team": TEAM,
        "channel": IN_MAIL,
        "text": "<@U0ROLLOUT> finalize mail",
        "ts": "1.1",
    }
    return {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": team_id,
        "event": event,
    }


def click(
    team_id: str | None, request_id: str = "r1", card: str = "1.1"
) -> dict[str, Any]:
    action = {
        "action_id": "rollout_confirm",
        "block_id": "rollout_decision",
        "value": request_id,
    }
    return {
        "type": "block_actions",
        "team": team_id and {"id": team_id},
        "user": {"id": "U0ANN", "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": card, "channel_id": IN_MAIL},
        "actions": [action],
    }


@pytest.mark.parametrize("team_id", [ELSEWHERE, None])
async def test_signed_http_acks_and_drops_what_is_for_another_workspace(
    bot: Bot, team_id: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.say("U0ANN", "/rollout halt mail")
    (pending,) = bot.requests
    before = seen_by(bot)

    for payload in (command(team_id), mention(team_id), click(team_id, pending.id)):
        assert await send(bot, payload) == (200, "")
    await bot.quiet()

    assert seen_by(bot) == before
    assert bot.requests == [pending]
    assert caplog.messages.count(DROPPED) == 1


async def test_a_command_in_a_form_is_dropped_too(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    form = b"command=%2Frollout&text=halt+mail&user_id=U0ANN&channel_id=C0MAIL"

    assert await post(bot, form + b"&team_id=T0ELSEWHERE") == (200, "")
    await bot.quiet()

    assert untouched(bot)
    assert caplog.messages.count(DROPPED) == 1


@pytest.mark.parametrize("team_id", [ELSEWHERE, None])
async def test_socket_mode_acks_and_drops_what_is_for_another_workspace(
    bot: Bot,
    connection: SocketConnection,
    team_id: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await up(bot.slack, connection)
    await bot.say("U0ANN", "/rollout halt mail")
    (pending,) = bot.requests
    before = seen_by(bot)

    deliver = bot.slack.delivery.deliver_once
    assert await deliver("slash_commands", command(team_id)) is None
    assert await deliver("interactive", click(team_id, pending.id)) is None
    bot.slack.delivery.deliver_event(mention(team_id))
    await bot.slack.settle()
    await bot.quiet()

    assert seen_by(bot) == before
    assert bot.requests == [pending]
    assert caplog.messages.count(DROPPED) == 1


async def test_the_same_payloads_of_the_bots_own_workspace_are_taken(bot: Bot) -> None:
    for payload in (command(TEAM), mention(TEAM)):
        assert await send(bot, payload) == (200, "")
        await bot.quiet()
    assert len(bot.requests) == len(bot.cards()) == 2
    first = bot.requests[0]

    assert await send(bot, click(TEAM, first.id, first.card or "")) == (200, "")
    await bot.quiet()

    assert [one.id for one in bot.started] == [bot.requests[0].id]
    assert {one.place.workspace for one in bot.requests} == {TEAM}


async def test_every_dropped_payload_is_counted_and_the_first_is_logged(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    own = WorkspaceFilter(identity)

    with caplog.at_level(logging.DEBUG):
        found = [own.accepts(command(team)) for team in (ELSEWHERE, TEAM, None, "")]

    assert found == [False, True, False, False]
    assert own.dropped == 3
    assert caplog.messages.count(DROPPED) == 1


@pytest.mark.parametrize(
    "body", [{"type": "url_verification", "challenge": "x"}, {"ssl_check": "1"}]
)
async def test_slacks_own_checks_name_no_workspace_and_are_taken(
    identity: Identity, body: dict[str, Any]
) -> None:
    own = WorkspaceFilter(identity)

    assert own.accepts(body)
    assert own.dropped == 0


def seen_by(bot: Bot) -> list[object]:
    """Return what a payload that is taken would change: reads, events, messages."""
    store, log = bot.parts.store.calls, bot.parts.events.log
    return [len(store), len(log), len(bot.started), bot.slack.calls()]
