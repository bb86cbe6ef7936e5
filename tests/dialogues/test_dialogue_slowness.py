"""A Store slower than the bot's patience, which is short here."""

import math

import pytest

from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL
from bot.store import StoreTimeouts
from tests.dialogues.conversation import Conversation
from tests.dialogues.fault_harness import (
    ALWAYS,
    DONE,
    UNAVAILABLE,
    UNKNOWN,
    VERBS,
    Record,
    at_the_write,
    card_for,
    end,
)
from tests.slack_users import ANN, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def patience() -> StoreTimeouts:
    return StoreTimeouts(read=1.0, write=0.5, tries=1, first_pause=0.01)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    return EngineTiming(
        retry_pauses=(0.01,),
        follow_up_pauses=(3600.0,),
        slack_pauses=(0.02, 0.05),
        sweep_interval=0.05,
        job_interval=math.inf,
    )


@pytest.mark.parametrize("verb", VERBS)
async def test_a_late_answer_to_a_write_is_made_good_by_a_look(
    chat: Conversation, record_property: Record, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.SLOW)

    assert await end(chat, verb, record_property, "slow, once") == DONE
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_what_cannot_be_seen_in_time_is_told_as_unknown(
    chat: Conversation, record_property: Record, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, Fault.SLOW)

    name = "504_after_effect, then every read slow"
    assert await end(chat, verb, record_property, name) == UNKNOWN
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("verb", VERBS)
async def test_slow_reads_stop_all_but_a_halt(
    chat: Conversation, record_property: Record, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm("read", Fault.SLOW, ALWAYS)

    ended = await end(chat, verb, record_property, "every read slow")
    halt = verb == "halt"
    assert ended == (DONE if halt else UNAVAILABLE)
    assert len(chat.writes()) == (1 if halt else 0)


async def test_a_slow_submission_resource_does_not_hold_up_the_card(
    chat: Conversation,
) -> None:
    # The bot knows the packages of a submission that it has read before.
    chat.sandbox.store.publish(MAIL, percentage=10.0)
    chat.sandbox.store.arm("submission", Fault.SLOW, ALWAYS)

    await chat.say(ANN, f"/rollout halt {MAIL}")

    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    assert "not read in time" in words(chat.card())
    assert "4.13.0.0" not in words(chat.card())
