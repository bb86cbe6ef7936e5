"""What the bot says is true: what was before, what is asked for, who gets what."""

import pytest

from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from tests.dialogues.conversation import Conversation
from tests.dialogues.fault_harness import ALWAYS, card_for
from tests.slack_users import ANN, BEN, buttons, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_state_before_a_halt_is_the_last_one_seen_and_not_the_cards(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    old = chat.card()
    await chat.say(BEN, "/rollout set mail 80")
    await chat.press(BEN, "Set to 80 %")

    await chat.press_on(ANN, old, "Halt rollout")
    await chat.quiet()

    halted = chat.cards()[0]
    for told in (words(halted["replies"][-1]), words(halted)):
        assert "Before: in progress at 80 %, as of" in told
        assert "Now: *halted*" in told
        assert "10 %. Now" not in told
    await chat.say(ANN, "/rollout history mail")
    told = chat.told(ANN)[-1]
    assert "in progress at 80 % (as of" in told
    assert told.index("*Halt rollout*") < told.index("*Set to 80 %*")


async def test_a_percentage_that_was_not_read_at_the_click_is_not_called_before(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")

    await chat.press(BEN, "Halt rollout")

    for told in (chat.thread()[-1], words(chat.card())):
        assert "The card was made at 10 %" in told
        assert "the percentage at the click was not read" in told
        assert "Before:" not in told
    await chat.say(ANN, "/rollout history mail")
    told = chat.told(ANN)[-1]
    assert "Done: *halted*." in told
    assert "The card showed: in progress at 10 %." in told


async def test_a_set_says_what_was_read_just_before_it(chat: Conversation) -> None:
    await card_for(chat, "set")

    await chat.press(BEN, "Set to 40 %")

    assert (
        "Before: in progress at 10 %. Now: *in progress at 40 %*."
        in (chat.thread()[-1])
    )


@pytest.mark.parametrize("verb", ["halt", "finalize"])
async def test_an_app_without_an_alias_gets_no_card_for_the_only_alias(
    chat: Conversation, verb: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")

    await chat.say(ANN, f"/rollout {verb} photos crash on start")

    assert chat.cards() == []
    told = chat.told(ANN)[-1]
    assert "I did not find an app `photos` in this channel" in told
    assert f"`/rollout {verb} mail photos crash on start`" in told


async def test_a_flight_is_finalized_for_its_members_and_nobody_else(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add beta {MAIL} flight {MAIL_INSIDERS}")
    await chat.say(ANN, "/rollout finalize beta")

    [button] = [each for each in buttons(chat.card()) if "confirm" in each]
    asked = words(chat.card()) + button["confirm"]["text"]["text"]
    await chat.press(BEN, "Finalize rollout")
    told = chat.thread()[-1]

    for shown in (asked, told):
        assert "flight's members" in shown
        assert "ll customers" not in shown
    assert "older packages are no longer offered" in button["confirm"]["text"]["text"]


async def test_a_halt_that_is_given_up_says_first_that_it_still_rolls_out(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    chat.sandbox.store.arm("halt", Fault.UNAVAILABLE, ALWAYS)

    await chat.press(BEN, "Halt rollout")

    told = chat.thread()[-1]
    assert "NOT halted: Contoso Mail" in told
    assert told.index("It is still rolling out, at 10 %.") < told.index("Nothing was")


@pytest.mark.parametrize("word", ["stop", "abort", "kill"])
async def test_what_plainly_means_halt_gets_the_halt_card(
    chat: Conversation, word: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")

    await chat.say(ANN, f"/rollout {word} mail crash")

    assert labels(chat.card()) == ["Halt rollout", "Cancel"]


@pytest.mark.parametrize("word", ["pause", "rollback", "fortsetzen", "end", "remove"])
async def test_nothing_irreversible_is_offered_that_was_not_named(
    chat: Conversation, word: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")

    await chat.say(ANN, f"/rollout {word} mail")

    assert chat.cards() == []
    for final in ("/rollout halt", "/rollout finalize", "alias remove"):
        assert final not in chat.told(ANN)[-1]


async def test_a_tiny_percentage_is_asked_about_and_a_draft_is_told_of_once(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")

    await chat.say(ANN, "/rollout set mail 0.4")

    asked = words(chat.card())
    assert "*This is less than 1 %.* Did you mean 40 %?" in asked
    assert "The draft *cannot be published* until you finalize or halt." in asked
    assert "not touched" not in asked
