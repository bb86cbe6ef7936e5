"""What a card says while the Store leaves a change undone, and after giving up."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest

from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from bot.store import StoreTimeouts
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.fault_harness import ALWAYS, VERBS, at_the_write, card_for
from tests.engine.harness import HURRIED
from tests.slack_users import ANN, BEN, IN_MAIL, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_YET: Final = {
    "halt": "*NOT halted yet*: customers still get 4.12.0.0.",
    "finalize": "*NOT finalized yet*: older packages are still offered.",
    "set": "*NOT set to 40 % yet*.",
}
PERHAPS: Final = {
    "halt": "It *may or may not* be halted.",
    "finalize": "It *may or may not* be finalized.",
    "set": "It *may or may not* be set to 40 %.",
}
URGENT: Final = {
    "halt": "Urgent? Halt the rollout in <https://partner.microsoft.com/",
    "finalize": "Urgent? Finalize it in <https://partner.microsoft.com/",
    "set": "Urgent? Set it in <https://partner.microsoft.com/",
}
MOMENT: Final = re.compile(
    r"<!date\^(\d+)\^\{time_secs\}\|(\d\d:\d\d:\d\d) UTC>", re.ASCII
)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    return replace(
        FAST, retry_pauses=(2.5, 0.6), show_wait_from=0.5, show_try_after=0.3
    )


@pytest.fixture(scope="module")
def patience() -> StoreTimeouts:
    return replace(HURRIED, read=30.0, write=30.0, tries=1)


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


async def press(chat: Conversation, verb: str) -> None:
    """Press the card's button, and wait for nothing."""
    await chat.slack.press_label(BEN, IN_MAIL, VERBS[verb][1])


def sign_in_fails(chat: Conversation) -> None:
    """Let nothing reach the Store: surely nothing is changed."""
    chat.sandbox.store.tokens.revoke_all()
    chat.sandbox.store.arm("token", Fault.UNAVAILABLE, ALWAYS)


async def shows(chat: Conversation, text: str) -> str:
    """Wait until the card says this; return its words."""
    await chat.until(lambda: text in words(chat.card()), 15)
    return words(chat.card())


@pytest.mark.parametrize("verb", VERBS)
async def test_a_change_that_is_not_made_yet_says_so_with_the_time_of_the_next_try(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    sign_in_fails(chat)

    await press(chat, verb)
    told = await shows(chat, "Next try")
    chat.sandbox.store.clear_faults()
    await chat.quiet()

    assert NOT_YET[verb] in told
    assert URGENT[verb] in told
    assert "the sign-in service, does not work at present." in told
    assert told.index("NOT ") < told.index("Next try") < told.index("Urgent?")
    (seconds, fallback) = set(MOMENT.findall(told)).pop()
    *_, sent = chat.writes()
    gap = datetime.fromisoformat(sent.at).timestamp() - int(seconds)
    assert -0.2 <= gap <= 2, gap
    assert fallback.endswith(f"{int(seconds) % 60:02d}")


@pytest.mark.parametrize("verb", VERBS)
async def test_what_may_have_been_done_already_is_said_to_be_unknown(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.TIMEOUT_WITHOUT_EFFECT)

    await press(chat, verb)
    told = await shows(chat, "I look again at")
    await chat.quiet()

    assert PERHAPS[verb] in told
    assert URGENT[verb] in told
    assert "NOT " not in told
    assert "Next try" not in told


async def test_what_the_store_showed_before_the_last_try_is_told_in_doubt(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_WITHOUT_EFFECT, 2)

    await press(chat, "halt")
    told = await shows(chat, "the Store still showed: *in progress at 10 %*.")
    await chat.quiet()

    assert told.index(PERHAPS["halt"]) < told.index("the Store still showed")
    assert MOMENT.search(told.partition("the Store still")[0])


async def test_no_time_stands_past_on_the_card_while_a_try_takes_long(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    sign_in_fails(chat)

    await press(chat, "halt")
    await shows(chat, "Next try")
    chat.sandbox.store.clear_faults()
    chat.sandbox.store.arm("read", Fault.SLOW, 1, 4)
    told = await shows(chat, "Asking the Store again since")
    await chat.quiet()

    assert "Next try" not in told
    assert NOT_YET["halt"] in told
    assert URGENT["halt"] in told
    assert MOMENT.search(told)
    assert "✅ Halted: Contoso Mail" in words(chat.card())


async def test_a_flight_that_is_not_halted_yet_concerns_its_members(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL} flight {MAIL_INSIDERS}")
    await chat.say(ANN, "/rollout halt mail")
    sign_in_fails(chat)

    await press(chat, "halt")
    told = await shows(chat, "Next try")
    chat.sandbox.store.clear_faults()
    await chat.quiet()

    assert "*NOT halted yet*: the flight's members still get 4.13.0.0." in told


@pytest.mark.parametrize("verb", VERBS)
async def test_after_giving_up_the_thread_says_what_holds_and_then_what_to_do(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.UNAVAILABLE, ALWAYS)

    await chat.press(BEN, VERBS[verb][1])

    told = chat.thread()[-1]
    for first, then in (
        ("NOT ", "It is still rolling out, at 10 %."),
        ("It is still rolling out", "I have stopped trying."),
        ("I have stopped trying.", URGENT[verb]),
        (URGENT[verb], "Try again with"),
    ):
        assert told.index(first) < told.index(then)


@pytest.mark.parametrize("verb", VERBS)
async def test_what_stays_unknown_says_so_in_its_own_words(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.arm(verb, Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, Fault.UNAVAILABLE)

    await chat.press(BEN, VERBS[verb][1])

    told = chat.thread()[-1]
    assert told.index(PERHAPS[verb]) < told.index(URGENT[verb])
    assert told.index(URGENT[verb]) < told.index("I go on looking")


@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        ("halt", "*Halt Contoso Mail* · 4.12.0.0 at 10 %"),
        ("finalize", "*Finalize Contoso Mail* · 4.12.0.0 at 10 %"),
        ("set", "*Set Contoso Mail to 40 %* · 4.12.0.0 at 10 %"),
    ],
)
async def test_name_and_change_stand_right_above_the_button(
    chat: Conversation, verb: str, shown: str
) -> None:
    await card_for(chat, verb)

    blocks = chat.card()["blocks"]
    (place,) = [i for i, block in enumerate(blocks) if block["type"] == "actions"]
    assert blocks[place - 1]["type"] == "section"
    assert blocks[place - 1]["text"]["text"].replace("\u00a0", " ") == shown


async def test_the_dialog_before_a_finalize_names_app_version_and_percentage(
    chat: Conversation,
) -> None:
    await card_for(chat, "finalize")

    rows = [block for block in chat.card()["blocks"] if block["type"] == "actions"]
    dialog = rows[0]["elements"][0]["confirm"]
    assert dialog["title"]["text"] == "Finalize Contoso Mail?"
    assert dialog["text"]["text"].startswith("4.12.0.0 at 10\u00a0%. All customers get")


async def test_card_and_result_carry_the_id_that_the_log_has(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    asked = (await chat.ending()).id

    for step in ("asked", "pressed"):
        if step == "pressed":
            await chat.press(BEN, "Halt rollout")
        last = chat.card()["blocks"][-1]
        assert last["type"] == "context", step
        assert f"Log id: `{asked}`" in last["elements"][0]["text"], step
    assert labels(chat.card()) == []
    result = chat.card()["replies"][-1]["blocks"][-1]
    assert result["type"] == "context"
    assert f"Log id: `{asked}`" in result["elements"][0]["text"]
