"""The buttons of a board: a card each, for one who may ask, and never a write."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.outcomes import Denial
from bot.domain.requests import Place
from bot.domain.rollout import Rollout
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.sandbox.slack.directory import BOT_ID
from bot.slack.inbound.socket_mode import SocketConnection
from tests.fakes import BETA, FINAL, HALTED, MAIL, MAIN
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot, fail, untouched, up
from tests.slack_users import (
    ANN,
    BEN,
    BOARD_LABELS,
    GIL,
    IN_GAMES,
    IN_MAIL,
    TEAM,
    labels,
    texts,
)

CARDS = {Verb.HALT: "Halt rollout", Verb.FINALIZE: "Finalize rollout"}
TRIGGER = "1800000000000.1.0f0f0f0f"


def press(
    verb: str = "halt", value: object = f"{MAIN}/{MAIL.app_id}/", **changed: object
) -> dict[str, Any]:
    """Return a press by Ann, as Slack sends it, with the parts that are changed."""
    return {
        "type": "block_actions",
        "trigger_id": TRIGGER,
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "1.1", "channel_id": IN_MAIL},
        "message": {"ts": "1.1", "bot_id": BOT_ID},
        "actions": [{"action_id": f"board_{verb}", "block_id": "b", "value": value}],
        **changed,
    }


def asking(bot: Bot, channel: str = IN_MAIL) -> list[list[str]]:
    """Return the buttons of the channel's cards, without those of boards."""
    shown = [labels(card) for card in bot.cards(channel)]
    return [each for each in shown if each and each != [*BOARD_LABELS.values()]]


@pytest.mark.parametrize("verb", CARDS)
async def test_a_button_makes_one_card_and_nothing_else(bot: Bot, verb: Verb) -> None:
    bot.post_buttons(MAIL)

    await bot.press(ANN, BOARD_LABELS[verb])

    assert asking(bot) == [[CARDS[verb], "Cancel"]]
    (request,) = bot.requests
    assert (request.alias, request.asked_by, request.place) == (
        "mail",
        ANN,
        Place(TEAM, IN_MAIL),
    )
    assert request.card == bot.card()["ts"]
    assert bot.started == []
    assert bot.parts.store.effects == 0
    assert bot.told(ANN) == []


async def test_the_card_of_a_button_is_confirmed_as_any_other(bot: Bot) -> None:
    bot.post_buttons(MAIL)
    await bot.press(ANN, "Halt…")

    await bot.press(BEN, "Halt rollout")
    await bot.finish()

    assert bot.parts.store.effects == 1
    assert "✅ Halted: Contoso Mail" in texts(bot.card())


async def test_a_second_press_is_told_of_the_first_ones_card(bot: Bot) -> None:
    bot.post_buttons(MAIL)

    await bot.press(ANN, "Halt…")
    await bot.press(ANN, "Halt…")
    await bot.press(BEN, "Halt…")

    assert len(asking(bot)) == len(bot.requests) == 1
    for who in (ANN, BEN):
        assert "waiting for confirmation already" in bot.told(who)[0]


async def test_presses_at_the_same_moment_make_one_card(bot: Bot) -> None:
    board = bot.post_buttons(MAIL)

    people = [ANN, BEN, ANN, BEN]
    await asyncio.gather(*(bot.press_on(who, board, "Halt…") for who in people))
    await bot.quiet()

    assert len(asking(bot)) == len(bot.requests) == 1
    told = bot.told(ANN) + bot.told(BEN)
    assert len(told) == 3
    assert all("waiting for confirmation already" in text for text in told)


async def test_different_buttons_at_the_same_moment_make_a_card_each(bot: Bot) -> None:
    board = bot.post_buttons(MAIL)

    await asyncio.gather(
        bot.press_on(ANN, board, "Halt…"), bot.press_on(BEN, board, "Finalize…")
    )
    await bot.quiet()

    assert len(asking(bot)) == 2


async def test_the_card_is_in_the_channel_when_the_button_is_in_a_thread(
    bot: Bot,
) -> None:
    root = await bot.say(ANN, "the board's thread")
    reminder = bot.post_buttons(MAIL, thread=root)

    await bot.press_on(ANN, reminder, "Finalize…")
    await bot.quiet()

    assert asking(bot) == [["Finalize rollout", "Cancel"]]
    assert bot.requests[0].place.thread is None


@pytest.mark.parametrize("verb", list(Verb))
async def test_a_guest_gets_neither_a_card_nor_a_form(bot: Bot, verb: Verb) -> None:
    bot.post_buttons(MAIL, IN_GAMES)

    await bot.press(GIL, BOARD_LABELS[verb], IN_GAMES)

    assert asking(bot, IN_GAMES) == []
    assert bot.slack.modal(GIL) is None
    assert "Only members" in bot.told(GIL, IN_GAMES)[0]
    (refused,) = bot.parts.events.log
    assert (refused.kind, refused.code) == (EventKind.REFUSED, Denial.OTHER_WORKSPACE)
    assert refused.target == MAIL
    assert bot.parts.store.calls == []


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("target", [BETA, Target("other", MAIL.app_id)])
async def test_a_button_is_no_way_to_an_app_that_the_channel_does_not_follow(
    bot: Bot, verb: Verb, target: Target
) -> None:
    bot.parts.store.publish(BETA)
    bot.post_buttons(target)

    await bot.press(ANN, BOARD_LABELS[verb])

    assert bot.requests == []
    assert bot.slack.modal(ANN) is None
    (told,) = bot.told(ANN)
    assert f"This channel has no alias `{target.app_id}`" in told
    assert bot.parts.store.calls == []


async def test_a_button_of_a_flight_asks_for_the_flight(bot: Bot) -> None:
    bot.parts.store.publish(BETA)
    bot.parts.aliases.put("beta", BETA, Place(TEAM, IN_MAIL))
    bot.post_buttons(BETA)

    await bot.press(ANN, "Halt…")

    (request,) = bot.requests
    assert request.snapshot.ref.target == BETA
    assert request.alias == "beta"


@pytest.mark.parametrize(
    ("rollout", "said"),
    [(HALTED, "already halted"), (FINAL, "this cannot be done")],
)
async def test_the_button_of_a_rollout_that_is_over_says_so(
    bot: Bot, rollout: Rollout, said: str
) -> None:
    bot.parts.store.publish(MAIL, rollout)
    bot.post_buttons(MAIL)

    await bot.press(ANN, "Halt…")

    assert bot.requests == []
    assert said in bot.told(ANN)[0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "x",
        "main/9N",
        "main//",
        "/x/",
        "main/9N//",
        ["main/9N/"],
        "a" * 2000,
    ],
)
@pytest.mark.parametrize("verb", list(Verb))
async def test_a_value_that_names_no_target_is_answered(
    bot: Bot, verb: Verb, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert await send(bot, press(verb, value)) == (200, "")
    await bot.quiet()

    assert bot.requests == []
    assert bot.slack.modal(ANN) is None
    assert "nothing was done" in bot.told(ANN)[0]
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_press_without_a_channel_is_dropped(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.slack")

    assert await send(bot, press(channel={}, container={})) == (200, "")
    await bot.quiet()

    assert untouched(bot)
    assert "a press of a board without person or channel is dropped" in caplog.text


async def test_a_verb_that_is_none_of_ours_is_taken_and_does_nothing(bot: Bot) -> None:
    assert await send(bot, press("explode")) == (200, "")
    await bot.quiet()

    assert untouched(bot)


async def test_the_second_delivery_of_a_press_does_nothing(bot: Bot) -> None:
    for _ in range(2):
        assert await send(bot, press()) == (200, "")
    await bot.quiet()

    assert len(asking(bot)) == 1
    assert bot.told(ANN) == []


async def test_a_press_that_comes_while_the_bot_ends_is_to_be_made_again(
    bot: Bot,
) -> None:
    bot.post_buttons(MAIL)
    bot.tasks.close()

    await bot.press(ANN, "Halt…")

    assert bot.requests == []
    assert "Please press again" in bot.told(ANN)[0]


@pytest.mark.parametrize("verb", list(Verb))
async def test_a_press_without_a_database_is_answered(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, verb: Verb
) -> None:
    bot.post_buttons(MAIL)
    fail(monkeypatch, bot.parts.repositories.subscriptions, "list_subscriptions")

    await bot.press(ANN, BOARD_LABELS[verb])

    assert bot.slack.modal(ANN) is None
    assert "cannot reach my database" in bot.told(ANN)[0]


async def test_a_press_over_a_socket_makes_a_card(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)
    bot.post_buttons(MAIL)

    await bot.press(ANN, "Finalize…")

    assert asking(bot) == [["Finalize rollout", "Cancel"]]


async def test_a_press_waits_for_nobody_who_asked_for_something_else(bot: Bot) -> None:
    bot.parts.store.reading = asyncio.Event()
    board = bot.post_buttons(MAIL)
    await bot.press_on(ANN, board, "Finalize…")

    await bot.press_on(BEN, board, "Set…")
    await bot.slack.until(lambda: bot.slack.modal(BEN) is not None)

    bot.parts.store.reading.set()
    await bot.quiet()
    assert len(asking(bot)) == 1


async def test_an_old_card_gives_way_to_that_of_a_button(bot: Bot) -> None:
    bot.post_buttons(MAIL)
    await bot.press(ANN, "Halt…")
    bot.clock.ahead += timedelta(hours=1)

    await bot.press(BEN, "Halt…")

    assert len(bot.requests) == 2
