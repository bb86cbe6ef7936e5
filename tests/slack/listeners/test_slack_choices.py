"""The buttons under "Which app?": a card, an end of the bot, and an empty value."""

import logging

import pytest

from bot.domain.requests import Place
from tests.fakes import BETA
from tests.slack.slack_harness import Bot, untouched
from tests.slack_users import IN_MAIL, TEAM, labels

ASK = "/rollout halt"


@pytest.fixture
async def asked(bot: Bot) -> Bot:
    """A bot that has asked Ann which of two apps she means."""
    bot.parts.aliases.put("beta", BETA, Place(TEAM, IN_MAIL))
    bot.parts.store.publish(BETA)
    await bot.say("U0ANN", ASK)
    return bot


async def test_a_choice_becomes_a_card_and_the_question_goes(asked: Bot) -> None:
    await asked.press("U0ANN", "mail")

    assert labels(asked.card()) == ["Halt rollout", "Cancel"]
    assert asked.told("U0ANN") == []


async def test_a_choice_that_comes_while_the_bot_ends_is_to_be_made_again(
    asked: Bot,
) -> None:
    asked.tasks.close()

    await asked.press("U0ANN", "mail")

    assert asked.cards() == []
    question, told = asked.told("U0ANN")
    assert question.startswith("Which app?")
    assert told.startswith("I am being restarted.")


async def test_a_choice_without_a_command_is_dropped(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.slack")
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": "U0ANN", "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "1.1"},
        "actions": [{"action_id": "rollout_choose_0", "block_id": "b", "value": ""}],
    }

    await bot.slack.delivery.deliver_once("interactive", payload)
    await bot.quiet()

    assert untouched(bot)
    assert "a choice without person, channel or command is dropped" in caplog.text
