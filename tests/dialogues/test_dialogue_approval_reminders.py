"""What the thread of a card is reminded of that waits for another person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.rules import Rule, SecondPerson
from bot.sandbox.server import Sandbox
from bot.sandbox.slack.messages import Message
from bot.slack.ids import REMINDER_PART
from tests.dialogues.conversation import DONE_WITHIN, FAST, Conversation
from tests.dialogues.under_rules import MANAGERS, ask, in_one_time, new_url
from tests.slack_users import ANN, BEN, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTED = Rule(groups=(MANAGERS,), finalize=SecondPerson.YES, set=SecondPerson.YES)
_POLL = 0.01


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    sandbox: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Conversation]:
    """A bot that looks for what is due all the time; the clock decides what is."""
    url = new_url(sqlite_template, tmp_path_factory.mktemp("bot"))
    often = replace(FAST, job_interval=0.02)
    async with in_one_time(sandbox, url, often) as conversation:
        yield conversation


def reminders(chat: Conversation, card: dict[str, Any]) -> list[Message]:
    """Return the reminders in the thread of a card, the oldest first."""
    found = []
    for message in chat.slack.workspace.messages.everything():
        payload = (message.metadata or {}).get("event_payload", {})
        told = str(payload.get("part", "")).startswith(REMINDER_PART)
        if told and message.thread_ts == card["ts"]:
            found.append(message)
    return sorted(found, key=lambda message: message.ts)


def waiting(chat: Conversation) -> dict[str, Any]:
    """Return the newest card that waits for another person."""
    return [one for one in chat.cards() if "Needs one more" in words(one)][-1]


async def stored(chat: Conversation, card: dict[str, Any], times: int) -> None:
    """Wait until the database says how often the thread of a card was reminded."""
    async with asyncio.timeout(DONE_WITHIN):
        while await times_of(chat, card) != times:
            await asyncio.sleep(_POLL)


async def times_of(chat: Conversation, card: dict[str, Any]) -> int:
    """Return how often the thread of a card was reminded, by the database."""
    [one] = [one for one in await chat.requests() if one.card == card["ts"]]
    return one.reminders


async def another_round(chat: Conversation) -> None:
    """Wait until a card that was asked for after all others is reminded of."""
    await chat.say(ANN, "/rollout set mail 40% all is well")
    card = waiting(chat)
    chat.clock.forward(15.1)
    await stored(chat, card, 1)


async def test_the_thread_is_reminded_three_times_and_mentions_people_once(
    chat: Conversation,
) -> None:
    await ask(chat, LISTED)
    card = waiting(chat)
    chat.slack.pings.clear()
    for times, minutes in ((1, 15), (2, 45), (3, 180)):
        chat.clock.forward(minutes + 0.1)
        await stored(chat, card, times)
    told = reminders(chat, card)
    pings = [ping for ping in chat.slack.pings if ping.kind == "subteam"]
    chat.clock.forward(60)
    await another_round(chat)

    assert reminders(chat, card) == told
    assert len(told) == 3
    assert all("still needs one more person" in words(asdict(one)) for one in told)
    assert {ping.ts for ping in pings} == {told[0].ts}


async def test_what_was_missed_is_told_once(chat: Conversation) -> None:
    await ask(chat, LISTED)
    card = waiting(chat)
    chat.clock.forward(70)

    await stored(chat, card, 2)
    await another_round(chat)

    assert len(reminders(chat, card)) == 1


async def test_what_is_decided_is_not_reminded_of(chat: Conversation) -> None:
    await ask(chat, LISTED)
    card = waiting(chat)
    await chat.press(BEN, "Decline")
    chat.clock.forward(70)
    await another_round(chat)

    assert reminders(chat, card) == []


async def test_a_reminder_whose_answer_was_lost_is_not_posted_again(
    chat: Conversation,
) -> None:
    await ask(chat, LISTED)
    card = waiting(chat)
    chat.slack.arm("chat.postMessage", "lost_answer", times=1)
    chat.clock.forward(15.1)
    await chat.until(lambda: len(reminders(chat, card)) == 1)
    assert await times_of(chat, card) == 0
    # After a minute the thread is looked at.
    chat.clock.forward(1.1)
    await stored(chat, card, 1)

    assert len(reminders(chat, card)) == 1


async def test_a_reminder_waits_while_slack_is_away(chat: Conversation) -> None:
    await ask(chat, LISTED)
    card, posts = waiting(chat), len(chat.slack.calls("chat.postMessage"))
    chat.slack.arm("chat.postMessage", "internal_error", times=1)
    chat.clock.forward(15.1)
    await chat.until(lambda: len(chat.slack.calls("chat.postMessage")) > posts)
    assert reminders(chat, card) == []

    chat.clock.forward(1.1)
    await stored(chat, card, 1)

    assert len(reminders(chat, card)) == 1
