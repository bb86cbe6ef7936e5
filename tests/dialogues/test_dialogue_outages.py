"""Slack away, busy or forgetful at every step, and truths that come to light later."""

import asyncio
import math

import pytest

from bot.domain.requests import RequestState
from bot.domain.results import Done, Unavailable, Unknown
from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import Conversation
from tests.dialogues.fault_harness import ALWAYS, at_the_write, card_for
from tests.slack_users import ANN, BEN, IN_MAIL, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    return EngineTiming(
        retry_pauses=(0.01, 0.02),
        follow_up_pauses=(1.0,) * 8,
        slack_pauses=(0.02, 0.05),
        storage_pause=0.02,
        sweep_interval=0.05,
        job_interval=math.inf,
        stranded_after=5.0,
    )


async def test_while_slack_is_down_the_store_is_served_and_the_result_comes_later(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    faults, card = chat.sandbox.slack.workspace.faults, chat.card()
    faults.arm("*", "downtime")

    await chat.press_on(BEN, card, "Halt rollout")
    await chat.until(lambda: bool(chat.sandbox.store.effects()))
    await asyncio.sleep(0.2)
    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    faults.clear()
    await chat.quiet()

    assert labels(chat.card()) == []
    assert "✅ Halted" in words(chat.card())
    assert len(chat.thread()) == 1
    assert len(chat.writes()) == 1


async def test_a_click_on_a_card_that_could_not_be_edited_yet_does_nothing_more(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    faults, card = chat.sandbox.slack.workspace.faults, chat.card()
    faults.arm("chat.update", "internal_error", times=20)

    await chat.press_on(ANN, card, "Halt rollout")
    await chat.until(lambda: bool(chat.sandbox.store.effects()))
    await chat.press_on(BEN, card, "Halt rollout")
    await chat.until(lambda: bool(chat.told(BEN)))
    faults.clear()
    await chat.quiet()

    assert "Your click did nothing more" in chat.told(BEN)[-1]
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("fault", ["ratelimited", "internal_error", "lost_answer"])
@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
async def test_a_result_is_shown_once_whatever_slack_does_meanwhile(
    chat: Conversation, method: str, fault: str
) -> None:
    await card_for(chat, "halt")
    chat.sandbox.slack.arm(method, fault, times=2, seconds=1)

    await chat.press(BEN, "Halt rollout")

    assert labels(chat.card()) == []
    assert "✅ Halted" in words(chat.card())
    assert len(chat.thread()) == 1
    assert len(chat.cards()) == 1
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("fault", ["ratelimited", "lost_answer"])
async def test_one_card_is_shown_though_slack_was_busy_or_its_answer_lost(
    chat: Conversation, fault: str
) -> None:
    chat.sandbox.slack.arm("chat.postMessage", fault, seconds=1)

    await chat.say(ANN, f"/rollout halt {MAIL}")
    assert len(chat.cards()) == 1
    await chat.press(ANN, "Halt rollout")

    assert "✅ Halted" in words(chat.card())


async def test_a_card_that_slack_does_not_take_is_told_and_its_request_cancelled(
    chat: Conversation,
) -> None:
    chat.sandbox.slack.arm("chat.postMessage", "internal_error", times=5)

    await chat.say(ANN, f"/rollout halt {MAIL}")

    assert chat.cards() == []
    assert chat.told(ANN) != []
    assert (await chat.ending()).state is RequestState.CANCELLED


async def test_an_answer_finds_another_way_when_the_first_is_refused(
    chat: Conversation,
) -> None:
    chat.sandbox.slack.arm("response_url", "internal_error")

    await chat.say(ANN, "/rollout help")

    assert len(chat.told(ANN)) == 1


async def test_a_bot_that_was_removed_after_the_card_still_halts(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    card = chat.card()
    chat.sandbox.slack.invite(IN_MAIL, bot=False)

    await chat.press_on(BEN, card, "Halt rollout")
    await chat.quiet()

    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert isinstance((await chat.ending()).result, Done)


@pytest.mark.parametrize("verb", ["halt", "finalize", "set"])
async def test_an_unknown_is_corrected_in_the_thread_once_the_store_can_be_read(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, Fault.UNAVAILABLE)
    await chat.press(BEN, label_of(chat))
    assert isinstance((await chat.ending()).result, Unknown)
    assert "correct this when I know" in chat.thread()[0]

    chat.sandbox.store.clear_faults()
    await chat.until(lambda: len(chat.thread()) == 2)
    await chat.quiet()

    assert isinstance((await chat.ending()).result, Done)
    assert "This corrects my earlier message" in chat.thread()[1]
    assert "✅" in chat.thread()[1]
    assert "✅" in words(chat.card())
    assert len(chat.writes()) == 1


async def test_an_unknown_that_had_no_effect_is_corrected_too(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_WITHOUT_EFFECT, ALWAYS)
    at_the_write(chat, Fault.UNAVAILABLE)
    await chat.press(BEN, "Halt rollout")
    assert isinstance((await chat.ending()).result, Unknown)

    chat.sandbox.store.clear_faults()
    await chat.until(lambda: len(chat.thread()) == 2)
    await chat.quiet()

    assert isinstance((await chat.ending()).result, Unavailable)
    assert "othing was changed" in chat.thread()[1]
    assert len(chat.writes()) == 1


async def test_what_was_asked_during_a_lost_socket_is_answered_after_it(
    chat: Conversation,
) -> None:
    slack = chat.sandbox.slack
    await chat.say(ANN, "/rollout help")
    await slack.socket_mode.disconnect("refresh_requested")
    await slack.until(lambda: slack.connected, 15)

    await chat.say(BEN, "/rollout help")

    assert len(chat.told(BEN)) == 1


def label_of(chat: Conversation) -> str:
    """Return the label of the newest card's first button."""
    return labels(chat.card())[0]
