"""Another company's people see the channel's aliases, and no app by its Store ID."""

import pytest

from bot.domain.events import EventKind
from bot.domain.outcomes import Denial
from bot.domain.submissions import Target
from tests.fakes import MAIL, MAIN
from tests.slack.slack_harness import Bot
from tests.slack_users import ANN, GIL, IN_GAMES

SECRET = Target(MAIN, "9NPHOTO00002")
FLIGHT = Target(MAIN, MAIL.app_id, "43e448df-97c9-4a43-a0bc-2a445e736bcd")


@pytest.fixture(autouse=True)
def published(bot: Bot) -> None:
    bot.parts.store.publish(SECRET)


@pytest.mark.parametrize("text", ["status", "history", "status mail", "STATUS"])
@pytest.mark.parametrize("app", [SECRET.app_id, SECRET.app_id.lower()])
async def test_a_guest_reads_no_app_by_its_store_id(
    bot: Bot, text: str, app: str
) -> None:
    await bot.say(GIL, f"@Rollout {text} {app}", IN_GAMES)

    (told,) = bot.told(GIL, IN_GAMES)
    assert "have an alias in this channel" in told
    assert bot.parts.store.calls == []
    (refused,) = bot.parts.events.log
    assert refused.kind is EventKind.REFUSED
    assert refused.code == Denial.NOT_NAMED_HERE
    assert refused.target == SECRET


async def test_a_guest_gets_no_card_by_a_store_id_either(bot: Bot) -> None:
    await bot.say(GIL, f"@Rollout halt {SECRET.app_id}", IN_GAMES)

    assert "Only members" in bot.told(GIL, IN_GAMES)[0]
    assert bot.parts.store.calls == []


@pytest.mark.parametrize("text", ["status", "status mail", f"status {MAIL.app_id}"])
async def test_a_guest_sees_what_has_an_alias(bot: Bot, text: str) -> None:
    await bot.say(GIL, f"@Rollout {text}", IN_GAMES)

    assert "in progress at 25 %" in bot.told(GIL, IN_GAMES)[0]


async def test_a_member_reads_an_app_by_its_store_id(bot: Bot) -> None:
    await bot.say(ANN, f"/rollout status {SECRET.app_id}", IN_GAMES)

    assert "in progress at 25 %" in bot.told(ANN, IN_GAMES)[0]


async def test_a_guest_sees_the_history_of_the_channels_aliases_alone(bot: Bot) -> None:
    await bot.say(ANN, "/rollout halt mail crash on start", IN_GAMES)
    await bot.say(ANN, f"/rollout halt {SECRET.app_id} unannounced", IN_GAMES)

    await bot.say(GIL, "@Rollout history", IN_GAMES)
    await bot.say(ANN, "/rollout history", IN_GAMES)

    (seen,), (whole,) = bot.told(GIL, IN_GAMES), bot.told(ANN, IN_GAMES)
    assert "crash on start" in seen
    assert "unannounced" not in seen
    assert "unannounced" in whole
