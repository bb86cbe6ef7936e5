"""Ramps on boards and on Home: what comes next, what waits, and how one went."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.plans import PlanEnd, PlanState
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.slack import chart_schema
from bot.sandbox.slack.messages import Message
from tests.dialogues.conversation import FAST, HTTP, UNLIMITED, Conversation
from tests.dialogues.following import MAIL_102, block_types, boards, notices, shown
from tests.dialogues.shared_clock import SharedClock
from tests.dialogues.test_dialogue_home import home, opened, shows
from tests.dialogues.test_dialogue_ramps import DAY, becomes, start
from tests.slack_users import ANN, BEN, IN_MAIL, labels

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [HTTP], indirect=True, scope="module"),
]

CHART = "data_visualization"


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the bot look as often as the clock lets it."""
    return UNLIMITED


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def clock(sandbox: Sandbox) -> SharedClock:
    """The Store's clock goes ahead with the bot's."""
    return SharedClock(sandbox.clock)


async def board_shows(chat: Conversation, words: str) -> str:
    """Let seconds pass until the board says the words, and return all that it says."""

    def is_shown() -> bool:
        chat.clock.forward(0.06)
        return words in shown(chat)

    await chat.until(is_shown)
    return shown(chat)


async def summary(chat: Conversation, words: str = "has ended") -> Message:
    """Wait until the thread tells how the ramp has ended, and return that message."""

    def found() -> list[Message]:
        return [one for one in notices(chat) if words in one.text]

    await chat.until(lambda: bool(found()))
    [message] = found()
    return message


def labels_of(chat: Conversation) -> list[str]:
    """Return the labels of the newest board's buttons."""
    return labels({"blocks": boards(chat)[-1].blocks or []})


def chart_of(message: Message) -> dict[str, Any]:
    """Return the values of a message's chart by the names of its lines."""
    [chart] = [one for one in message.blocks or () if one["type"] == CHART]
    return {
        line["name"]: [point["value"] for point in line["data"]]
        for line in chart["chart"]["series"]
    }


async def stop(chat: Conversation) -> None:
    await chat.say(BEN, "/rollout ramp mail stop")
    await becomes(chat, PlanState.ENDED, 1)


async def test_a_board_follows_the_ramp_from_step_to_step(chat: Conversation) -> None:
    await start(chat)
    text = await board_shows(chat, "📈 *Ramp*: ✓ 25 % → *50 %* → 100 %")
    assert "*in progress at 25 %*" in text
    assert "⏭️ next step: 50 %, <!date^" in text
    assert f"ramp started by <@{BEN}>, <!date^" in text

    chat.clock.forward(DAY)
    await becomes(chat, PlanState.RUNNING, 2)
    text = await board_shows(chat, "📈 *Ramp*: ✓ 25 % → ✓ 50 % → *100 %*")
    assert "*in progress at 50 %*" in text

    chat.clock.forward(DAY)
    await becomes(chat, PlanState.ENDED, 3)
    text = await board_shows(chat, "*in progress at 100 %*")
    await chat.until(lambda: "Ramp" not in shown(chat))


async def test_a_board_and_home_show_a_ramp_that_is_paused_and_resumed(
    chat: Conversation,
) -> None:
    await start(chat)
    await opened(chat)
    await shows(chat, "Ramp: ⏭️ next step: 50 %")

    await chat.say(BEN, "/rollout ramp mail pause")
    await board_shows(chat, f"⏸️ paused by <@{BEN}>, <!date^")
    await shows(chat, f"Ramp: ⏸️ paused by <@{BEN}>")

    await chat.say(BEN, "/rollout ramp mail resume")
    assert "⏸️" not in await board_shows(chat, "⏭️ next step: 50 %")


async def test_a_lock_that_holds_the_next_step_is_shown_until_it_is_lifted(
    chat: Conversation,
) -> None:
    await start(chat)

    await chat.say(BEN, "/rollout lock mail for 3d freeze")
    await board_shows(chat, "🔒 next step: 50 %, locked until <!date^")

    await chat.say(BEN, "/rollout unlock mail")
    assert "🔒" not in await board_shows(chat, "⏭️ next step: 50 %")


async def test_a_held_ramp_waits_on_the_board_and_for_its_people_on_home(
    chat: Conversation,
) -> None:
    await start(chat)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)

    chat.clock.forward(DAY)
    await becomes(chat, PlanState.HELD, 1)

    text = await board_shows(chat, "✋ waits for a person since <!date^")
    assert "the Store does not show 25 % any more" in text
    assert "*Ramp of Contoso Mail*, at 25 %" in await opened(chat)
    waiting, _ = home(chat).split("Open rollouts")
    assert f"<#{IN_MAIL}> · `/rollout ramp mail`" in waiting


async def test_the_end_of_a_ramp_is_a_summary_with_its_plan_and_its_course(
    chat: Conversation,
) -> None:
    await start(chat)
    chat.clock.forward(DAY)
    await becomes(chat, PlanState.RUNNING, 2)
    chat.clock.forward(DAY)
    await becomes(chat, PlanState.ENDED, 3)

    message = await summary(chat)

    assert message.thread_ts == boards(chat)[0].ts
    chart = chart_of(message)
    assert chart["Planned"] == chart["Actual"] == [10, 25, 50, 100]


async def test_a_halt_that_ends_a_ramp_brings_its_summary_too(
    chat: Conversation,
) -> None:
    await start(chat)
    await chat.say(ANN, "/rollout halt mail")
    await chat.press(BEN, "Halt rollout")
    await becomes(chat, PlanState.ENDED, 1)

    message = await summary(chat)

    assert f"<@{BEN}> halted the rollout" in message.text
    assert chart_of(message)["Actual"][-1] == 25


async def test_a_summary_comes_without_its_chart_where_slack_knows_none(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start(chat)
    monkeypatch.delitem(chart_schema._KINDS, "line")

    await stop(chat)

    message = await summary(chat)
    assert CHART not in block_types(message)
    assert "context" in block_types(message)
    assert f"<@{BEN}> stopped the ramp." in message.text


async def test_a_ramp_is_paused_and_resumed_and_stopped_by_the_buttons_of_its_board(
    chat: Conversation,
) -> None:
    await start(chat)
    await board_shows(chat, "⏭️ next step: 50 %")
    assert labels_of(chat) == ["Halt…", "Set…", "Finalize…", "Pause ramp"]

    await chat.press(ANN, "Pause ramp")
    await becomes(chat, PlanState.PAUSED, 1)
    await board_shows(chat, f"⏸️ paused by <@{ANN}>")
    assert labels_of(chat)[3:] == ["Resume ramp", "Stop ramp"]

    await chat.press(BEN, "Resume ramp")
    await becomes(chat, PlanState.RUNNING, 1)
    await board_shows(chat, "⏭️ next step: 50 %")

    await chat.press(ANN, "Pause ramp")
    await board_shows(chat, f"⏸️ paused by <@{ANN}>")
    await chat.press(BEN, "Stop ramp")
    over = await becomes(chat, PlanState.ENDED, 1)
    assert (over.reason, over.changed_by) == (PlanEnd.STOPPED, BEN)
    await chat.until(lambda: labels_of(chat) == ["Halt…", "Set…", "Finalize…"])
    assert len(chat.writes()) == 1


async def test_a_held_ramp_goes_on_from_its_board_and_the_board_says_so(
    chat: Conversation,
) -> None:
    await start(chat)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)
    chat.clock.forward(DAY)
    await becomes(chat, PlanState.HELD, 1)
    await board_shows(chat, "*in progress at 40 %*")
    await board_shows(chat, "✋ waits for a person")
    assert labels_of(chat)[3:] == ["Go on from 40 %", "Stop ramp"]

    await chat.press(ANN, "Go on from 40 %")

    # A day has passed since the last step, so that the next one is due at once.
    text = await board_shows(chat, "⏭️ next step: 100 %")
    assert "📈 *Ramp*: ✓ 25 % → ✓ 50 % → *100 %*" in text
    assert "✋" not in text
    assert labels_of(chat)[3:] == ["Pause ramp"]
