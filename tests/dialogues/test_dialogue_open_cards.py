"""Open cards of one target: one of them for a change, and none once it is over."""

from typing import Any

import pytest

from bot.domain.requests import RequestState
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.dialogues.fault_harness import ALWAYS, card_for
from tests.slack_users import ANN, BEN, IN_GAMES, IN_MAIL, labels, texts, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


def open_cards(chat: Conversation, channel: str = IN_MAIL) -> list[dict[str, Any]]:
    """Return the cards that have buttons."""
    return [card for card in chat.cards(channel) if labels(card)]


async def let_in(chat: Conversation) -> None:
    """Let the channel of games have the app too, as one who is in both may."""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}", IN_GAMES)


@pytest.mark.parametrize(
    ("verb", "button", "other", "said"),
    [
        ("halt", "Halt rollout", "finalize", "Halted by <@U0BEN> with another card"),
        (
            "finalize",
            "Finalize rollout",
            "halt",
            "Finalized by <@U0BEN> with another card",
        ),
    ],
)
async def test_what_is_over_ends_the_other_cards_of_the_app_in_every_channel(
    chat: Conversation, verb: str, button: str, other: str, said: str
) -> None:
    await card_for(chat, verb)
    for text in (f"{other} mail", "set mail 40", "set mail 50"):
        await chat.say(ANN, f"/rollout {text}")
    await let_in(chat)
    await chat.say(BEN, f"/rollout {verb} {MAIL} crash", IN_GAMES)
    assert (len(open_cards(chat)), len(open_cards(chat, IN_GAMES))) == (4, 1)

    await chat.press_on(BEN, chat.cards()[0], button)
    await chat.quiet()

    assert open_cards(chat) == open_cards(chat, IN_GAMES) == []
    told = "added Contoso Mail"
    cards = [card for card in chat.cards() if told not in card["text"]]
    closed = [*cards[1:], *chat.cards(IN_GAMES)]
    assert len(closed) == 4
    for card in closed:
        assert said in texts(card)
        assert "Nothing is left to confirm here." in texts(card)
        assert "cancelled this" not in texts(card)
    assert len(chat.writes()) == 1
    await chat.say(ANN, "/rollout history mail")
    # The newest stands in the notification too.
    assert chat.told(ANN)[-1].count(said) == 4


async def test_cards_of_another_flight_stay_open(chat: Conversation) -> None:
    await card_for(chat, "halt")
    await chat.say(ANN, f"/rollout alias add beta {MAIL} flight {MAIL_INSIDERS}")
    await chat.say(ANN, "/rollout halt beta")

    await chat.press_on(BEN, chat.cards()[0], "Halt rollout")
    await chat.quiet()

    assert [labels(card) for card in open_cards(chat)] == [["Halt rollout", "Cancel"]]


async def test_what_is_not_done_leaves_the_other_cards_open(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.say(ANN, "/rollout finalize mail")
    await let_in(chat)
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    chat.sandbox.store.arm("halt", Fault.UNAVAILABLE, ALWAYS)

    await chat.press_on(BEN, chat.cards()[0], "Halt rollout")
    await chat.quiet()

    assert "NOT halted" in words(chat.cards()[0])
    assert (len(open_cards(chat)), len(open_cards(chat, IN_GAMES))) == (1, 1)
    chat.sandbox.store.clear_faults()
    await chat.press(ANN, "Halt rollout", IN_GAMES)
    assert open_cards(chat) == []


async def test_a_halt_that_was_made_elsewhere_is_not_said_to_be_anybodys(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.say(ANN, "/rollout set mail 40")
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("halt", published.id)

    await chat.press_on(BEN, chat.cards()[0], "Halt rollout")
    await chat.quiet()

    closed = texts(chat.cards()[1])
    assert "The Store shows the rollout as halted" in closed
    assert "Halted by" not in closed
    assert labels(chat.cards()[1]) == []


async def test_a_late_press_of_an_ended_card_says_why_it_did_nothing(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.say(ANN, "/rollout finalize mail")
    late = chat.cards()[1]
    await chat.press_on(BEN, chat.cards()[0], "Halt rollout")
    await chat.quiet()

    await chat.press_on(ANN, late, "Finalize rollout")
    await chat.quiet()

    told = chat.told(ANN)[-1]
    assert "Halted by <@U0BEN> with another card" in told
    assert "cancelled" not in told
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("text", ["halt mail", "finalize mail", "set mail 40"])
async def test_a_second_card_for_the_same_is_a_link_to_the_first(
    chat: Conversation, text: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, f"/rollout {text}")

    await chat.say(BEN, f"/rollout {text} crash")

    (card,) = chat.cards()
    told = chat.told(BEN)[-1]
    assert "is waiting for confirmation already" in told
    assert "Contoso Mail" in told
    assert "<@U0ANN>" in told
    assert f"/archives/{IN_MAIL}/p{card['ts'].replace('.', '')}|" in told
    assert len(await chat.requests()) == 1
    await chat.say(BEN, f"/rollout {text}")
    assert len(chat.cards()) == 1


async def test_another_change_or_channel_gets_a_card_of_its_own(
    chat: Conversation,
) -> None:
    await card_for(chat, "set")

    await chat.say(ANN, "/rollout set mail 50")
    await chat.say(ANN, "/rollout halt mail")
    await let_in(chat)
    await chat.say(ANN, f"/rollout set {MAIL} 40", IN_GAMES)

    assert (len(open_cards(chat)), len(open_cards(chat, IN_GAMES))) == (3, 1)


@pytest.mark.parametrize("text", ["finalize mail", "set mail 40"])
async def test_a_card_whose_percentage_has_changed_is_replaced(
    chat: Conversation, text: str
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await chat.say(ANN, f"/rollout {text}")
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("set", published.id, 70.0)

    await chat.say(BEN, f"/rollout {text}")

    old, new = chat.cards()
    assert labels(old) == []
    assert "<@U0BEN> asked again" in texts(old)
    assert "the rollout had changed since this card was made" in texts(old)
    assert "in progress at 70 %" in texts(new).replace("\u00a0", " ")
    assert len(labels(new)) == 2


async def test_a_halt_card_of_another_submission_is_replaced(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    chat.sandbox.store.publish(MAIL, percentage=10.0)

    await chat.say(BEN, "/rollout halt mail")

    old, new = chat.cards()
    assert (labels(old), labels(new)) == ([], ["Halt rollout", "Cancel"])
    assert (await chat.requests())[1].state is RequestState.CANCELLED


async def test_a_halt_card_at_another_percentage_still_halts(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("set", published.id, 70.0)

    await chat.say(BEN, "/rollout halt mail")

    assert len(chat.cards()) == 1
    assert "is waiting for confirmation already" in chat.told(BEN)[-1]


async def test_a_card_that_somebody_deleted_does_not_keep_a_halt_from_its_card(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    messages = chat.slack.workspace.messages
    (deleted,) = messages.top_level(IN_MAIL)
    messages.remove(deleted)

    await chat.say(BEN, "/rollout halt mail")

    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    assert len(open_cards(chat)) == 1


async def test_without_an_answer_of_slack_the_open_card_is_named_without_a_link(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    chat.slack.arm("chat.getPermalink", "internal_error")

    await chat.say(BEN, "/rollout halt mail")

    assert len(chat.cards()) == 1
    told = chat.told(BEN)[-1]
    assert "is waiting for confirmation already" in told
    assert "/archives/" not in told


# The last one: what is read of the Store while the clock is ahead looks new for long.
async def test_an_expired_or_decided_card_does_not_stand_in_the_way(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.press(ANN, "Cancel")
    await chat.say(ANN, "/rollout halt mail")
    assert len(open_cards(chat)) == 1

    chat.clock.forward(16)
    await chat.say(ANN, "/rollout halt mail")

    assert len(chat.cards()) == 3
    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
