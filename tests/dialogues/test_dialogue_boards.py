"""The board of an open rollout: posted once, kept up to date, closed in the end."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace

import pytest

from bot.engine import EngineTiming
from bot.sandbox.slack import chart_schema
from bot.sandbox.store.model import Rollout, RolloutStatus
from bot.sandbox.store.seed import FIRST_ID, MAIL, MAIL_INSIDERS
from bot.slack.ids import target_of
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import (
    MAIL_102,
    block_types,
    boards,
    change,
    follow,
    look,
    notices,
    shown,
    told,
)
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL_112 = str(FIRST_ID + 112)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the Store take a request for each of many changes."""
    return UNLIMITED


async def closed(chat: Conversation, channel: str = IN_MAIL) -> str:
    """Wait until the newest board is closed, and return what it shows."""
    chat.clock.forward(0.1)
    await chat.until(lambda: "actions" not in block_types(boards(chat, channel)[-1]))
    return shown(chat, channel)


async def test_a_board_shows_how_the_rollout_stands_and_what_can_be_done(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)

    [board] = boards(chat)
    text = shown(chat)
    assert "*Contoso Mail*\n▰▱▱▱▱▱▱▱▱▱ *in progress at 10 %*" in text
    assert f"submission `{MAIL_102}`" in text
    assert "seen so since <!date^" in text
    assert "{ago}|" in text
    assert f"draft `{FIRST_ID + 103}` waits behind it" in text
    [buttons] = [one for one in board.blocks or () if one["type"] == "actions"]
    assert [
        (one["text"]["text"], one["action_id"], "confirm" in one)
        for one in buttons["elements"]
    ] == [
        ("Halt…", "board_halt", False),
        ("Set…", "board_set", False),
        ("Finalize…", "board_finalize", False),
    ]
    for one in buttons["elements"]:
        target = target_of(one["value"])
        assert target is not None
        assert (target.account, target.app_id, target.flight_id) == ("main", MAIL, None)


async def test_a_press_on_a_board_makes_the_card_and_changes_nothing(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)

    await chat.press(BEN, "Halt…")

    assert chat.writes() == []
    assert "Halt rollout" in labels(chat.card())


async def test_a_board_follows_the_rollout_and_is_closed_with_a_summary_and_a_chart(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    await change(chat, 40)
    await chat.until(lambda: "40 %" in shown(chat) and "40 %" in shown(chat, IN_GAMES))

    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await look(chat)

    for channel in (IN_MAIL, IN_GAMES):
        text = await closed(chat, channel)
        assert (
            "🛑 The rollout of *Contoso Mail* was halted at 40 %, outside Rollout Bot."
        ) in text
        assert f"submission `{MAIL_102}` · From <!date^" in text
        [board] = boards(chat, channel)
        assert block_types(board) == ["section", "context", "data_visualization"]
        assert board.blocks is not None
        [series] = board.blocks[-1]["chart"]["series"]
        assert [point["value"] for point in series["data"]] == [10, 40, 40]


async def test_a_board_names_who_has_ended_the_rollout_with_the_bot(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await chat.say(ANN, "/rollout finalize mail")

    await chat.press(BEN, "Finalize rollout")

    assert (
        f"✅ The rollout of *Contoso Mail* was finalized at 10 % by <@{BEN}>."
    ) in await closed(chat)
    chart = (boards(chat)[0].blocks or [])[-1]["chart"]
    assert [one["value"] for one in chart["series"][0]["data"]] == [10, 100]


async def test_a_chart_that_slack_does_not_know_is_left_out(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(chart_schema._KINDS, "line")
    await follow(chat, IN_MAIL)
    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await look(chat)

    assert "was halted at 10 %" in await closed(chat)
    assert block_types(boards(chat)[0]) == ["section", "context"]


async def test_a_board_that_somebody_has_deleted_does_not_come_again(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    chat.slack.workspace.messages.remove(boards(chat)[0])

    await change(chat, 40)
    await chat.until(lambda: len(told(chat)) == 1)
    await change(chat, 50)
    await chat.until(lambda: len(told(chat)) == 2)

    assert boards(chat) == []
    assert [notice.thread_ts for notice in notices(chat)] == [None, None]


async def test_a_board_whose_answer_was_lost_is_posted_once(
    chat: Conversation,
) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    chat.slack.arm("chat.postMessage", "lost_answer")
    searches = len(chat.slack.calls("conversations.history"))
    await chat.until(lambda: bool(boards(chat)))
    chat.clock.forward(1)
    await chat.until(lambda: len(chat.slack.calls("conversations.history")) > searches)

    await change(chat, 40)
    await chat.until(lambda: "40 %" in shown(chat))

    assert len(boards(chat)) == 1


async def test_a_board_is_closed_where_the_alias_is_removed_and_comes_again_with_it(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await chat.say(BEN, "/rollout alias remove mail")

    assert "This channel no longer follows *Contoso Mail*." in await closed(chat)

    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    await chat.until(lambda: len(boards(chat)) == 2)
    assert "in progress at 10 %" in shown(chat)


async def test_what_slack_could_not_take_for_hours_is_one_message_for_each_rollout(
    chat: Conversation,
) -> None:
    insiders = f"/rollout alias add insiders {MAIL} flight {MAIL_INSIDERS}"
    await follow(chat, IN_MAIL, IN_GAMES)
    await chat.say(BEN, insiders)
    await chat.until(lambda: len(boards(chat)) == 2)
    chat.slack.arm("*", "downtime")
    for percentage in range(11, 36):
        chat.sandbox.store.change_in_partner_center("set", MAIL_112, 49 + percentage)
        await change(chat, percentage)
    chat.sandbox.store.change_in_partner_center("halt", MAIL_102)
    await look(chat)

    chat.slack.workspace.faults.clear()
    await retried(chat, lambda: len(told(chat)) >= 2 and bool(told(chat, IN_GAMES)))
    await retried(chat, lambda: "was halted at 35 %" in boards(chat)[0].text)
    await look_once_more(chat)

    here, there = told(chat), told(chat, IN_GAMES)
    assert len(here) == 2
    assert len(there) == 1
    for text in (there[0], next(one for one in here if "is halted" in one)):
        assert "🛑 *Contoso Mail* is halted: 10 % → … → 26 % → 27 %" in text
        assert "34 % → 35 %, then halted." in text
        assert "outside Rollout Bot. I could not post it here before; it" in text
    assert all(notice.broadcast for notice in notices(chat))


async def retried(chat: Conversation, true: Callable[[], bool]) -> None:
    """Let the longest pause between two posts pass, until something is true.

    A post that failed as Slack came back is tried again after another pause.
    """
    for _ in range(10):
        chat.clock.forward(6)
        with suppress(TimeoutError):
            return await chat.until(true, 5.0)
    raise AssertionError("it did not come")


async def look_once_more(chat: Conversation) -> None:
    """Let the bot do all that is due, by a command that it answers meanwhile."""
    await chat.say(BEN, "/rollout status")


async def test_two_rollouts_of_an_app_have_a_board_each(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    slot = chat.sandbox.store.slot(MAIL)
    assert slot.published is not None
    newer = deepcopy(slot.published)
    newer.id = str(FIRST_ID + 190)
    newer.rollout = Rollout(True, 5.0, RolloutStatus.IN_PROGRESS, MAIL_102)
    slot.older.append(slot.published)
    slot.published = newer

    chat.clock.forward(20)
    await chat.until(lambda: len(boards(chat)) == 2)
    chat.clock.forward(0.1)
    await chat.until(lambda: "actions" not in block_types(boards(chat)[0]))

    older, newest = boards(chat)
    assert (
        "A newer submission of *Contoso Mail* has taken the place of this one, which "
        "was at 10 %."
    ) in older.text
    assert "actions" in block_types(newest)
    assert "in progress at 5 %" in shown(chat)
    # The new board is what tells it.
    assert told(chat) == []
