"""What channels are told of a ramp, and how a person decides where it waits for one."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from bot.domain.plans import HoldReason, PlanEnd, PlanState
from bot.engine import EngineTiming
from bot.sandbox.server import Sandbox
from bot.sandbox.slack.messages import Message
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import (
    DONE_WITHIN,
    FAST,
    HTTP,
    UNLIMITED,
    Conversation,
)
from tests.dialogues.following import (
    MAIL_102,
    all_told,
    boards,
    follow,
    look,
    notices,
    reminded,
)
from tests.dialogues.shared_clock import SharedClock
from tests.dialogues.test_dialogue_ramps import (
    ANY_TIME,
    DAY,
    answer,
    becomes,
    newest,
    percentages,
    press_start,
    start,
)
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, labels, words

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [HTTP], indirect=True, scope="module"),
]

_POLL = 0.01


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def clock(sandbox: Sandbox) -> SharedClock:
    """The Store's clock goes ahead with the bot's."""
    return SharedClock(sandbox.clock)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


def of_ramp(chat: Conversation, channel: str = IN_MAIL) -> list[Message]:
    """Return what a channel is told of a ramp: nothing of its rollout alone."""
    return [one for one in notices(chat, channel) if "ramp" in text_of(one)]


def text_of(message: Message) -> str:
    return words(asdict(message))


async def told_of(chat: Conversation, said: str, channel: str = IN_MAIL) -> Message:
    """Wait until a channel was told this, once."""
    found: list[Message] = []

    def is_told() -> bool:
        found[:] = [one for one in of_ramp(chat, channel) if said in text_of(one)]
        return bool(found)

    await chat.until(is_told)
    [message] = found
    return message


def buttons(message: Message) -> list[str]:
    return labels({"blocks": message.blocks or []})


def as_card(message: Message) -> dict[str, Any]:
    return {"ts": message.ts, "blocks": message.blocks}


async def press_below(
    chat: Conversation, message: Message, label: str, who: str = ANN
) -> str:
    """Press a button of a message, and return what this person alone is told."""
    before = len(chat.told(who))
    await chat.press_on(who, as_card(message), label)
    await chat.quiet()
    await chat.until(lambda: len(chat.told(who)) > before)
    return chat.told(who)[-1]


async def hold_at(chat: Conversation, percentage: float = 40) -> Message:
    """Start a ramp, change the percentage by hand, and wait until the ramp is held."""
    await follow(chat, IN_MAIL)
    await start(chat)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, percentage)
    chat.clock.forward(DAY)
    held = await becomes(chat, PlanState.HELD, 1)
    assert held.reason is HoldReason.CHANGED_ELSEWHERE
    return await told_of(chat, "waits for a person")


async def test_a_start_and_each_step_are_told_once_in_the_threads_of_the_boards(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL, IN_GAMES)
    await start(chat)

    for channel in (IN_MAIL, IN_GAMES):
        step = await told_of(chat, "step 1 of 3 of the ramp", channel)
        assert "started. It was in progress at 10 %." in text_of(step)
        assert "next: 50 %, " in text_of(step)
        assert step.thread_ts == boards(chat, channel)[-1].ts
        assert not step.broadcast
    started = await told_of(chat, "started a ramp of", IN_GAMES)
    assert f"<@{BEN}> started a ramp of *Contoso Mail*: 25 % → 50 % → 100 %" in text_of(
        started
    )
    # The channel in which it was asked for has the card.
    assert not [one for one in of_ramp(chat) if "started a ramp" in text_of(one)]

    for number in (2, 3):
        chat.clock.forward(DAY)
        await told_of(chat, f"step {number} of 3 of the ramp")
    await told_of(chat, "The ramp of *Contoso Mail* has ended")
    await all_told(chat)

    for channel, more in ((IN_MAIL, 0), (IN_GAMES, 1)):
        assert len(of_ramp(chat, channel)) == 3 + 1 + more
        # And nothing tells of the same change a second time.
        assert not [
            one
            for one in notices(chat, channel)
            if "set by" in text_of(one) or "outside Rollout Bot" in text_of(one)
        ]


async def test_a_step_that_comes_late_says_so(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    await start(chat)

    chat.clock.forward(DAY + 120)
    await becomes(chat, PlanState.RUNNING, 2)

    step = await told_of(chat, "step 2 of 3 of the ramp")
    assert "late: I could not send it when it was due" in text_of(step)
    assert percentages(chat) == [25, 50]


async def test_a_pause_a_resume_and_a_stop_are_told_with_who_and_why(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await start(chat)

    for line, said in (
        ("mail pause look at crashes", "paused the ramp of *Contoso Mail* at 25 %"),
        ("mail resume", "lets the ramp of *Contoso Mail* go on from 25 %"),
        ("mail stop enough", "stopped the ramp"),
    ):
        await chat.say(ANN, f"/rollout ramp {line}")
        message = await told_of(chat, said)
        assert f"<@{ANN}>" in text_of(message)
        assert not message.broadcast
    assert "Why: look at crashes" in text_of(await told_of(chat, "paused the ramp"))
    assert "Why: enough" in text_of(await told_of(chat, "stopped the ramp"))


async def test_a_halt_tells_that_the_ramp_has_ended(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    await start(chat)

    await chat.say(ANN, "/rollout halt mail")
    await chat.press(BEN, "Halt rollout")
    await becomes(chat, PlanState.ENDED, 1)

    ended = await told_of(chat, "has ended")
    assert f"<@{BEN}> halted the rollout." in text_of(ended)


async def test_a_held_ramp_is_shown_to_the_channel_and_goes_on_from_what_was_shown(
    chat: Conversation,
) -> None:
    held = await hold_at(chat)
    assert held.broadcast
    assert "The Store shows: *in progress at 40 %*" in text_of(held)
    assert buttons(held) == ["Go on from 40 %", "Stop ramp", "Halt…"]
    assert percentages(chat) == [25]

    told = await press_below(chat, held, "Go on from 40 %")

    assert "goes on from 40 %" in told
    on = await becomes(chat, PlanState.RUNNING, 1)
    assert (on.percentage, on.changed_by) == (40, ANN)
    await told_of(chat, "lets the ramp of *Contoso Mail* go on from 40 %")
    await becomes(chat, PlanState.RUNNING, 2)
    await told_of(chat, "step 2 of 3 of the ramp")
    assert percentages(chat) == [25, 50]
    # An old button changes nothing more, and says so.
    assert await press_below(chat, held, "Go on from 40 %")
    assert percentages(chat) == [25, 50]


async def test_a_group_is_mentioned_where_a_ramp_waits(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    await chat.say(BEN, "/rollout subscribe mail mention @release-managers")

    held = await hold_at(chat)

    assert text_of(held).startswith("<!subteam^S0MANAGERS> ✋ The ramp of")


async def test_what_was_changed_again_is_answered_with_the_button_of_now(
    chat: Conversation,
) -> None:
    held = await hold_at(chat)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 45)

    told = await press_below(chat, held, "Go on from 40 %")

    assert "45 %" in told
    assert (await newest(chat)).state is PlanState.HELD
    await chat.press(ANN, "Go on from 45 %")
    await becomes(chat, PlanState.RUNNING, 1)
    assert (await newest(chat)).percentage == 45


async def test_a_held_ramp_is_decided_in_the_answer_that_shows_it(
    chat: Conversation,
) -> None:
    """Whoever is told in a direct message is sent to this answer."""
    await hold_at(chat)
    await answer(chat, "mail", BEN)
    shown = [one for one in chat.seen(BEN) if one["ephemeral"]][-1]
    assert labels(shown) == ["Go on from 25 %", "Stop ramp"]

    await chat.press_on(BEN, shown, "Go on from 25 %")
    await chat.quiet()
    await chat.until(lambda: "in progress at 40 %" in chat.told(BEN)[-1])
    assert (await newest(chat)).state is PlanState.HELD
    await chat.press(BEN, "Go on from 40 %")

    on = await becomes(chat, PlanState.RUNNING, 1)
    assert (on.percentage, on.changed_by) == (40, BEN)


async def test_a_held_ramp_is_stopped_and_its_old_buttons_say_that_it_is_over(
    chat: Conversation,
) -> None:
    held = await hold_at(chat)

    assert "stopped" in await press_below(chat, held, "Stop ramp")
    over = await becomes(chat, PlanState.ENDED, 1)
    assert (over.reason, over.changed_by) == (PlanEnd.STOPPED, ANN)

    for label in ("Go on from 40 %", "Stop ramp"):
        told = await press_below(chat, held, label)
        assert "no ramp that goes on, so nothing was changed" in told
    assert (await newest(chat)).version == over.version
    assert percentages(chat) == [25]


async def test_a_ramp_that_was_started_later_is_not_stopped_by_an_old_button(
    chat: Conversation,
) -> None:
    held = await hold_at(chat)
    await press_below(chat, held, "Stop ramp")
    first = await becomes(chat, PlanState.ENDED, 1)
    await chat.say(ANN, f"/rollout ramp mail 50 100 {ANY_TIME}")
    await press_start(chat)
    second = await becomes(chat, PlanState.RUNNING, 1)
    assert second.id != first.id

    for label in ("Go on from 40 %", "Stop ramp"):
        assert "nothing was changed" in await press_below(chat, held, label)

    assert (await newest(chat)).state is PlanState.RUNNING


async def test_the_halt_below_a_held_ramp_makes_the_card(chat: Conversation) -> None:
    held = await hold_at(chat)
    before = len(chat.cards())

    await chat.press_on(ANN, as_card(held), "Halt…")
    await chat.until(lambda: len(chat.cards()) > before)

    assert (await newest(chat)).state is PlanState.HELD


async def test_a_channel_without_the_app_decides_nothing(chat: Conversation) -> None:
    await hold_at(chat)
    await chat.say(BEN, f"/rollout subscribe {MAIL}", IN_GAMES)
    plan = await newest(chat)

    told = await answer(chat, f"{MAIL} stop", BEN, IN_GAMES)

    assert "does not control" in told
    assert await newest(chat) == plan


async def until_told(chat: Conversation, said: str, times: int) -> None:
    """Let hours pass until a channel was told this so often."""
    async with asyncio.timeout(DONE_WITHIN):
        while len([one for one in of_ramp(chat) if said in text_of(one)]) < times:
            await look(chat, DAY / 2)
            await asyncio.sleep(_POLL)


async def test_a_held_ramp_is_told_again_three_times_and_never_as_standing_still(
    chat: Conversation,
) -> None:
    await hold_at(chat)

    await until_told(chat, "still waits for a person", 3)
    for _ in range(8):
        await look(chat, DAY)
    await all_told(chat)

    again = [one for one in of_ramp(chat) if "still waits" in text_of(one)]
    assert len(again) == 3
    assert all(one.broadcast for one in again)
    assert reminded(chat, "nobody has changed it") == []


async def test_at_100_with_then_hold_the_channel_is_reminded_to_finalize(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await start(chat, f"/rollout ramp mail 50 100 {ANY_TIME} then hold")
    chat.clock.forward(DAY)
    over = await becomes(chat, PlanState.ENDED, 2)
    assert over.reason is PlanEnd.DONE
    ended = await told_of(chat, "has ended")
    assert "100 % is not finalized" in text_of(ended)
    assert reminded(chat, "is not finalized. The next") == []

    async with asyncio.timeout(DONE_WITHIN):
        while not reminded(chat, "is not finalized. The next"):
            await look(chat, DAY / 2)
            await asyncio.sleep(_POLL)

    assert len(reminded(chat, "is not finalized. The next")) == 1
    assert reminded(chat, "nobody has changed it") == []


async def test_the_history_has_a_ramp_with_its_steps_and_turns(
    chat: Conversation,
) -> None:
    held = await hold_at(chat)
    await press_below(chat, held, "Go on from 40 %")
    await becomes(chat, PlanState.RUNNING, 2)
    await chat.say(ANN, "/rollout ramp mail stop enough")
    await becomes(chat, PlanState.ENDED, 2)

    for line in ("/rollout history", "/rollout history mail"):
        await chat.say(ANN, line)
        text = chat.told(ANN)[-1]
        assert "Ramp: 25 % → 50 % → 100 %" in text
        for said in (
            "step 1 of 3, 25 %: in progress at 10 % → *in progress at 25 %*",
            "✋ it waits for a person: the Store does not show 25 % any more",
            f"▶️ <@{ANN}> let it go on from 40 %.",
            "step 2 of 3, 50 %: in progress at 40 % → *in progress at 50 %*",
            f"<@{ANN}> stopped the ramp. Why: enough",
        ):
            assert said in text


@pytest.fixture
def archived(chat: Conversation) -> Iterator[None]:
    """Leave the channel open, which a new dialogue does not."""
    yield
    chat.slack.archive(IN_MAIL, archived=False)


@pytest.mark.usefixtures("archived")
async def test_who_started_a_ramp_is_told_directly_what_its_channel_refuses(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    await start(chat)
    await all_told(chat)
    chat.slack.archive(IN_MAIL)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 40)
    chat.clock.forward(DAY)
    await becomes(chat, PlanState.HELD, 1)

    def direct() -> list[str]:
        posted = chat.slack.calls("chat.postMessage")
        sent = [dict(call.args) for call in posted if call.args["channel"] == BEN]
        return [one for one in map(words, sent) if "You started this ramp" in one]

    await chat.until(lambda: bool(direct()))

    [told] = direct()
    assert f"I could not post this in <#{IN_MAIL}>" in told
    assert "To decide, type there: `/rollout ramp mail`" in told
    assert "The Store shows: *in progress at 40 %*" in told
