"""Who belongs to us: another company's people, and colleagues on Enterprise Grid.

On Enterprise Grid a click names one of the presser's workspaces, wherever they press:
https://github.com/slackapi/bolt-js/issues/1875
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.outcomes import Denial
from bot.sandbox.slack.directory import BOT_ID, Person, Team
from bot.slack.client.identity import Identity
from tests.fakes import MAIL
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot
from tests.slack_users import ANN, GIL, IN_GAMES, IN_MAIL, TEAM, labels, texts

ORGANISATION = "E0CONTOSO"
# A second workspace of the same organisation, and somebody in it.
LABS, LEE = "T0LABS", "U0LEE"
FABRIKAM = "T0FABRIKAM"
NOT_TOLD = "Slack did not tell me"


def click(bot: Bot, who: str, team: str, own: str, **message: object) -> dict[str, Any]:
    """Return a click on the newest card, in the workspace `team` as it says."""
    (pending,) = bot.requests
    card = bot.card(pending.place.channel)
    return {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": who, "team_id": own},
        "channel": {"id": pending.place.channel},
        "container": {
            "message_ts": card["ts"],
            "channel_id": pending.place.channel,
        },
        "message": {"ts": card["ts"], "bot_id": BOT_ID, **message},
        "actions": [
            {
                "action_id": "rollout_confirm",
                "block_id": "rollout_decision",
                "value": pending.id,
            }
        ],
    }


@pytest.fixture
async def grid(bot: Bot, identity: Identity) -> Bot:
    """Return a bot whose workspace is one of an Enterprise Grid organisation."""
    directory = bot.slack.workspace.directory
    directory.teams[TEAM] = replace(directory.home, organisation=ORGANISATION)
    directory.teams[LABS] = Team(LABS, "Labs", "labs", ORGANISATION)
    lee = Person(LEE, "lee", "Lee Park", LABS, "en-US", "Asia/Seoul")
    directory.people[LEE] = lee
    await identity.learn()
    for channel in (IN_MAIL, IN_GAMES):
        directory.channels[channel].members.add(LEE)
    return bot


def looked_up(bot: Bot) -> list[str]:
    return [call.args["user"] for call in bot.slack.calls("users.info")]


async def test_a_guests_click_that_names_the_guests_workspace_is_answered(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.say(ANN, "/rollout halt mail", IN_GAMES)

    assert await send(bot, click(bot, GIL, FABRIKAM, FABRIKAM)) == (200, "")
    await bot.quiet()

    assert "Only members" in bot.told(GIL, IN_GAMES)[0]
    assert bot.started == []
    (refused,) = (e for e in bot.parts.events.log if e.kind is EventKind.REFUSED)
    assert refused.details["team"] == FABRIKAM
    assert "is dropped" not in caplog.text


async def test_a_click_on_the_message_of_another_app_is_dropped(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.say(ANN, "/rollout halt mail", IN_GAMES)

    for message in ({"bot_id": "B0OTHER"}, {"bot_id": None}):
        assert await send(bot, click(bot, GIL, FABRIKAM, FABRIKAM, **message)) == (
            200,
            "",
        )
    await bot.quiet()

    assert bot.told(GIL, IN_GAMES) == []
    assert caplog.text.count("a payload of another workspace is dropped") == 1


@pytest.mark.parametrize("verb", ["halt mail", "finalize mail", "set mail 40"])
async def test_a_colleague_of_another_workspace_of_the_organisation_may_press(
    grid: Bot, verb: str
) -> None:
    await grid.say(ANN, f"/rollout {verb}")

    await grid.press(LEE, labels(grid.card())[0])

    assert len(grid.started) == 1
    assert grid.told(LEE) == []
    assert looked_up(grid) == [LEE]


async def test_a_colleague_of_the_same_workspace_is_never_looked_up(grid: Bot) -> None:
    await grid.say(ANN, "/rollout halt mail")
    await grid.press(ANN, "Halt rollout")

    assert len(grid.started) == 1
    assert looked_up(grid) == []


async def test_a_mention_of_a_colleague_of_another_workspace_makes_a_card(
    grid: Bot,
) -> None:
    await grid.say(LEE, "@Rollout halt mail", IN_GAMES)
    await grid.say(LEE, "@Rollout set mail 40", IN_GAMES)

    assert [labels(card)[0] for card in grid.cards(IN_GAMES)] == [
        "Halt rollout",
        "Set to 40 %",
    ]
    assert looked_up(grid) == [LEE]


async def test_a_person_who_comes_as_the_organisation_itself_is_a_colleague(
    grid: Bot,
) -> None:
    await grid.say(ANN, "/rollout halt mail")

    await send(grid, click(grid, LEE, TEAM, ORGANISATION))
    await grid.quiet()

    assert len(grid.started) == 1
    assert looked_up(grid) == []


async def test_another_companys_person_stays_a_guest_on_enterprise_grid(
    grid: Bot,
) -> None:
    await grid.say(ANN, "/rollout halt mail", IN_GAMES)

    for _ in range(3):
        await send(grid, click(grid, GIL, TEAM, FABRIKAM))
        await grid.quiet()

    assert all("Only members" in each for each in grid.told(GIL, IN_GAMES))
    assert grid.started == []
    assert looked_up(grid) == [GIL]


async def test_a_person_of_another_organisation_stays_a_guest(
    grid: Bot,
) -> None:
    teams = grid.slack.workspace.directory.teams
    teams[FABRIKAM] = replace(teams[FABRIKAM], organisation="E0OTHER")
    await grid.say(ANN, "/rollout halt mail", IN_GAMES)

    await send(grid, click(grid, GIL, TEAM, "E0OTHER"))
    await grid.quiet()

    assert "Only members" in grid.told(GIL, IN_GAMES)[0]
    assert grid.started == []


@pytest.mark.parametrize("trouble", ["scope", "internal_error", "ratelimited"])
async def test_a_halt_is_never_refused_because_slack_does_not_answer(
    grid: Bot, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    await grid.say(ANN, "/rollout halt mail")
    break_lookup(grid, trouble)

    await send(grid, click(grid, LEE, LABS, LABS))
    await grid.quiet()

    assert len(grid.started) == 1
    assert grid.told(LEE) == []
    assert "is not known" in caplog.text


async def test_a_halt_does_not_wait_for_a_slack_that_hangs(grid: Bot) -> None:
    await grid.say(ANN, "/rollout halt mail")
    grid.slack.arm("users.info", "slow", seconds=5)

    async with asyncio.timeout(4):
        await send(grid, click(grid, LEE, LABS, LABS))
        await grid.quiet()

    assert len(grid.started) == 1


@pytest.mark.parametrize("trouble", ["scope", "internal_error", "ratelimited"])
async def test_where_slack_does_not_answer_nobody_is_called_a_guest(
    grid: Bot, trouble: str
) -> None:
    await grid.say(ANN, "/rollout finalize mail")
    break_lookup(grid, trouble)

    await send(grid, click(grid, LEE, LABS, LABS))
    await grid.quiet()

    assert grid.started == []
    (told,) = grid.told(LEE)
    assert NOT_TOLD in told
    assert "`users:read`" in told
    assert "guest" not in told
    (refused,) = (e for e in grid.parts.events.log if e.kind is EventKind.REFUSED)
    assert refused.code == Denial.UNKNOWN_WORKSPACE


async def test_a_lookup_that_failed_is_made_again(grid: Bot) -> None:
    await grid.say(ANN, "/rollout finalize mail")
    break_lookup(grid, "internal_error")

    for _ in range(2):
        await send(grid, click(grid, LEE, LABS, LABS))
        await grid.quiet()

    assert len(grid.started) == 1


async def test_a_halt_by_somebody_unknown_can_be_asked_for(grid: Bot) -> None:
    break_lookup(grid, "scope")

    await grid.say(LEE, "@Rollout halt mail", IN_GAMES)
    await grid.say(LEE, "@Rollout finalize mail", IN_GAMES)

    (card,) = grid.cards(IN_GAMES)
    assert "Halt" in texts(card)
    assert NOT_TOLD in grid.told(LEE, IN_GAMES)[0]


async def test_without_enterprise_grid_nobody_is_looked_up(bot: Bot) -> None:
    await bot.say(ANN, "/rollout halt mail", IN_GAMES)
    await send(bot, click(bot, GIL, TEAM, FABRIKAM))
    await bot.say(GIL, "@Rollout halt mail", IN_GAMES)

    assert len(bot.told(GIL, IN_GAMES)) == 2
    assert looked_up(bot) == []


async def test_a_lookup_never_logs_more_than_ids(
    grid: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    await grid.say(LEE, "@Rollout status mail", IN_GAMES)

    assert "Lee Park" not in caplog.text


def break_lookup(bot: Bot, trouble: str) -> None:
    if trouble == "scope":
        bot.slack.workspace.scopes.discard("users:read")
    else:
        bot.slack.arm("users.info", trouble, seconds=60)


async def test_a_colleagues_form_is_taken_whichever_workspace_it_names(
    grid: Bot,
) -> None:
    grid.post_buttons(MAIL)
    await grid.press(LEE, "Set…")

    assert await grid.submit(LEE, "40") == {}

    (request,) = grid.requests
    assert request.asked_by == LEE
