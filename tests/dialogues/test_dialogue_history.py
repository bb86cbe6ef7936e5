"""The history of a channel: its own requests, and what was changed elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from bot.engine import EngineTiming
from bot.sandbox.slack import chart_schema
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import MAIL_102, change, follow, look
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHART = "data_visualization"


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the Store take a request for each of many changes."""
    return UNLIMITED


async def history(
    chat: Conversation, text: str = "history mail", channel: str = IN_MAIL
) -> list[dict[str, Any]]:
    """Ask for a history, and return the blocks of the answer."""
    await chat.say(ANN, f"/rollout {text}", channel)
    answers = [one for one in chat.seen(ANN, channel) if one["ephemeral"]]
    return list(answers[-1]["blocks"])


def entries(blocks: list[dict[str, Any]]) -> list[str]:
    """Return the entries of a history, newest first."""
    return [one["text"]["text"] for one in blocks if one["type"] == "section"]


def drawn(blocks: list[dict[str, Any]]) -> list[float]:
    """Return the percentages of the one chart of a history."""
    [chart] = [one["chart"] for one in blocks if one["type"] == CHART]
    return [point["value"] for point in chart["series"][0]["data"]]


async def test_each_change_stands_in_history_once_wherever_it_was_made(
    chat: Conversation,
) -> None:
    chat.slack.invite(IN_GAMES)
    await follow(chat, IN_MAIL, IN_GAMES)
    await chat.say(ANN, "/rollout set mail 40%")
    await chat.press(BEN, "Set to 40 %")
    await change(chat, 55)
    await chat.say(ANN, "/rollout halt mail", IN_GAMES)
    await chat.press(ANN, "Halt rollout", IN_GAMES)
    await look(chat)

    here = entries(await history(chat))
    there = entries(await history(chat, "history", IN_GAMES))

    assert [entry.split("\n")[0] for entry in here] == [
        "🛑 Rollout halted: Contoso Mail. It was in progress at 55 %.",
        (
            "Percentage changed: Contoso Mail, in progress at 40 % → "
            "*in progress at 55 %*."
        ),
        "*Set to 40 %* – Contoso Mail",
        "Alias `mail` added: Contoso Mail.",
    ]
    assert here[0].split("\n")[1].startswith(f"<@{ANN}> in another channel, <!date^")
    assert here[1].split("\n")[1].startswith("Outside Rollout Bot, seen <!date^")
    assert IN_GAMES not in "".join(here)
    *there, let_in = there
    assert f"<@{BEN}> let this channel in, <!date^" in let_in
    assert [entry.split("\n")[0] for entry in there] == [
        "*Halt rollout* – Contoso Mail",
        here[1].split("\n")[0],
        (
            "Percentage changed: Contoso Mail, in progress at 10 % → "
            "*in progress at 40 %*."
        ),
        "Alias `mail` added: Contoso Mail.",
    ]
    assert there[2].split("\n")[1].startswith(f"<@{BEN}> in another channel, <!date^")
    assert IN_MAIL not in "".join(there)


async def test_the_history_of_one_app_has_the_chart_of_its_percentage(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    assert CHART not in [block["type"] for block in await history(chat)]
    await chat.say(ANN, "/rollout set mail 40%")
    await chat.press(BEN, "Set to 40 %")
    await change(chat, 55)

    assert drawn(await history(chat)) == [10, 40, 55]
    everything = await history(chat, "history")
    assert CHART not in [block["type"] for block in everything]


async def test_a_history_is_shown_without_the_chart_where_slack_refuses_it(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(chart_schema._KINDS, "line")
    await follow(chat, IN_MAIL)
    await change(chat, 40)

    for command in ("/rollout history mail", "@Rollout history mail"):
        await chat.say(ANN, command)
        answers = [one for one in chat.seen(ANN) if one["ephemeral"]]
        shown = [block["type"] for block in answers[-1]["blocks"]]
        assert shown == ["header", *["section"] * 2]
        assert "Percentage changed: Contoso Mail" in texts(answers[-1])
    assert len(answers) == 2


async def test_a_reminder_is_no_entry_of_the_history(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    await look(chat, 80 * 60)
    await look(chat)
    chat.sandbox.store.change_in_partner_center("finalize", MAIL_102)
    await look(chat)

    shown = entries(await history(chat))

    assert [entry.split(":")[0] for entry in shown] == [
        "✅ Rollout finalized",
        "Alias `mail` added",
    ]


async def test_an_app_that_nobody_follows_has_an_empty_history(
    chat: Conversation,
) -> None:
    assert entries(await history(chat, f"history {MAIL}")) == [
        f"Nobody has asked for anything of {MAIL} in this channel yet."
    ]
