"""A command that is delivered twice makes one card: once for each `trigger_id`."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.domain.storage import StorageUnavailable
from bot.slack.inbound.socket_mode import SocketConnection
from tests.slack.signed_requests import post
from tests.slack.slack_harness import Bot, fail, up
from tests.slack_users import ANN, IN_MAIL, TEAM

TRIGGER = "1800000000000.1.0f0f0f0f"
NO_ID = ("", "1.2\x00", "1" * 201, "1 2")


def command(trigger_id: str = TRIGGER, text: str = "halt mail") -> dict[str, Any]:
    return {
        "command": "/rollout",
        "text": text,
        "user_id": ANN,
        "channel_id": IN_MAIL,
        "team_id": TEAM,
        "trigger_id": trigger_id,
    }


async def send(bot: Bot, fields: dict[str, Any]) -> tuple[int, str]:
    return await post(bot, urlencode(fields).encode())


async def test_the_same_command_over_http_makes_one_card(bot: Bot) -> None:
    for _ in range(2):
        assert await send(bot, command()) == (200, "")
    await bot.quiet()

    assert len(bot.requests) == len(bot.cards()) == 1


async def test_the_same_command_at_the_same_moment_makes_one_card(bot: Bot) -> None:
    answers = await asyncio.gather(*(send(bot, command()) for _ in range(20)))
    await bot.quiet()

    assert set(answers) == {(200, "")}
    assert len(bot.requests) == len(bot.cards()) == 1


async def test_the_same_command_over_a_socket_makes_one_card(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)

    for _ in range(2):
        await bot.slack.delivery.deliver_once("slash_commands", command())
    await bot.quiet()

    assert len(bot.requests) == len(bot.cards()) == 1


async def test_a_command_that_is_typed_twice_is_answered_twice(bot: Bot) -> None:
    for trigger_id in (TRIGGER, "1800000000000.2.0f0f0f0f", *NO_ID, *NO_ID):
        await send(bot, command(trigger_id, "status mail"))
    await bot.quiet()

    assert len(bot.told(ANN)) == 2 + 2 * len(NO_ID)


async def test_the_same_question_is_answered_once(bot: Bot) -> None:
    for _ in range(2):
        await send(bot, command(text="status mail"))
    await bot.quiet()

    assert len(bot.told(ANN)) == 1


async def test_a_command_is_answered_where_its_delivery_cannot_be_stored(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, bot.parts.deliveries, "first_delivery")

    await send(bot, command())
    await bot.quiet()

    assert len(bot.cards()) == 1


async def test_the_ack_of_a_command_does_not_wait_for_the_database(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = asyncio.Event()

    async def hangs(*_: object) -> bool:
        await back.wait()
        raise StorageUnavailable("away")

    monkeypatch.setattr(bot.parts.deliveries, "first_delivery", hangs)

    async with asyncio.timeout(10):
        assert await send(bot, command()) == (200, "")
    assert bot.requests == []
    back.set()
    await bot.quiet()

    assert len(bot.cards()) == 1
