"""Clicks that are not what they seem: on another message, or minutes old."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.outcomes import Denial
from bot.domain.requests import RequestState
from bot.sandbox.slack.directory import BOT_ID
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, TEAM


def click(bot: Bot, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part
    """Return a press by Ben on the only card, with the parts that are changed."""
    (pending,) = bot.requests
    channel = changed.get("channel", pending.place.channel)
    message = changed.get("message", bot.card(pending.place.channel)["ts"])
    action = {
        "action_id": changed.get("action_id", "rollout_confirm"),
        "block_id": "rollout_decision",
        "value": pending.id,
    }
    if "pressed_at" in changed:
        action["action_ts"] = f"{changed['pressed_at'].timestamp():.6f}"
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": BEN, "team_id": TEAM},
        "channel": {"id": channel},
        "container": {"message_ts": message, "channel_id": channel},
        "message": {"ts": message, "bot_id": BOT_ID},
        "actions": [action],
    }


@pytest.mark.parametrize("action_id", ["rollout_confirm", "rollout_cancel"])
@pytest.mark.parametrize(
    "foreign", [{"channel": IN_MAIL}, {"message": "1700000000.000001"}]
)
async def test_a_click_from_another_message_decides_nothing_and_moves_no_card(
    bot: Bot, foreign: dict[str, str], action_id: str
) -> None:
    """Weakness 8."""
    await bot.say(ANN, "/rollout halt mail", IN_GAMES)
    (before,) = bot.requests

    await send(bot, click(bot, action_id=action_id, **foreign))
    await bot.quiet()

    (after,) = bot.requests
    assert after == before
    assert after.state is RequestState.PENDING
    assert bot.started == []
    told = bot.told(BEN, foreign.get("channel", IN_GAMES))
    assert "does not belong to the message" in told[0]
    [refused] = [one for one in bot.parts.events.log if one.kind is EventKind.REFUSED]
    assert refused.code == Denial.OTHER_MESSAGE


@pytest.mark.parametrize("text", ["finalize mail", "set mail 40"])
async def test_what_goes_forward_is_not_sent_for_a_press_that_came_late(
    bot: Bot, text: str
) -> None:
    """Weakness 10."""
    await bot.say(ANN, f"/rollout {text}", IN_GAMES)
    pressed_at = bot.clock() - timedelta(seconds=40)

    await send(bot, click(bot, pressed_at=pressed_at))
    await bot.quiet()

    assert bot.started == []
    assert "more than 15 seconds after you made it" in bot.told(BEN, IN_GAMES)[0]
    (waiting,) = bot.requests
    assert waiting.state is RequestState.PENDING

    await send(bot, click(bot, pressed_at=bot.clock() - timedelta(seconds=2)))
    await bot.quiet()
    assert len(bot.started) == 1


async def test_a_halt_is_sent_however_late_its_press_came(bot: Bot) -> None:
    """Weakness 10."""
    await bot.say(ANN, "/rollout halt mail", IN_GAMES)

    await send(bot, click(bot, pressed_at=bot.clock() - timedelta(minutes=5)))
    await bot.quiet()

    assert len(bot.started) == 1


@pytest.mark.parametrize("odd", ["", "soon", "1e9", "99999999999999.0", 7, None])
async def test_an_odd_time_of_a_press_is_not_believed(bot: Bot, odd: object) -> None:
    await bot.say(ANN, "/rollout set mail 40", IN_GAMES)
    body = click(bot)
    body["actions"][0]["action_ts"] = odd

    await send(bot, body)
    await bot.quiet()

    assert len(bot.started) == 1
