"""Clicks at the same time, too late, by the wrong person, or on what has changed."""

import asyncio

import pytest

from bot.domain.requests import RequestState
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.seed import FIRST_ID, MAIL, PHOTOS
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.dialogues.fault_harness import VERBS, card_for
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, labels, words

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

MAIL_102 = str(FIRST_ID + 102)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("clickers", [(ANN, ANN), (ANN, BEN), (ANN, BEN) * 5])
async def test_of_clicks_at_once_one_counts_and_all_are_told(
    chat: Conversation, verb: str, clickers: tuple[str, ...]
) -> None:
    _, label, status, _ = VERBS[verb]
    await card_for(chat, verb)
    card = chat.card()

    await asyncio.gather(*(chat.press_on(who, card, label) for who in clickers))
    await chat.quiet()

    assert len(chat.writes()) == 1
    assert chat.rollout(MAIL).status == status
    assert len(chat.thread()) == 1
    winner = (await chat.ending()).decided_by
    told = chat.told(ANN) + chat.told(BEN)
    late = [text for text in told if "Your click did nothing more" in text]
    assert len(late) == len(clickers) - 1
    assert all(f"<@{winner}> confirmed this already" in text for text in late)


async def test_of_a_confirm_and_a_cancel_at_once_one_counts(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    card = chat.card()

    await asyncio.gather(
        chat.press_on(BEN, card, "Cancel"), chat.press_on(ANN, card, "Halt rollout")
    )
    await chat.quiet()

    request = await chat.ending()
    halted = request.state is RequestState.AUTHORISED
    assert len(chat.writes()) == int(halted)
    assert request.decided_by == (ANN if halted else BEN)
    loser = chat.told(BEN if halted else ANN)[-1]
    assert "already" in loser
    assert labels(chat.card()) == []


async def test_a_click_while_the_store_works_is_told_that_it_is_under_way(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    card, going_on = chat.card(), asyncio.Event()

    async def hold(entry: Entry) -> None:
        if entry.operation == "halt":
            await going_on.wait()

    chat.sandbox.store.pipeline.before = hold
    await chat.press_on(ANN, card, "Halt rollout")
    await chat.until(lambda: labels(chat.card()) == [])
    assert "Halting" in words(chat.card())
    await chat.press_on(BEN, card, "Halt rollout")
    await chat.until(lambda: "under way" in "".join(chat.told(BEN)))
    going_on.set()
    await chat.quiet()

    assert len(chat.writes()) == 1
    assert "✅ Halted" in words(chat.card())


@pytest.mark.parametrize("label", ["Halt rollout", "Cancel"])
async def test_a_click_on_an_expired_card_does_nothing_and_says_so(
    chat: Conversation, label: str
) -> None:
    await card_for(chat, "halt")
    card = chat.card()
    chat.clock.forward(minutes=16)

    await chat.press_on(BEN, card, label)
    await chat.quiet()

    assert "This card expired" in chat.told(BEN)[-1]
    assert "Expired: Halt rollout, Contoso Mail" in words(chat.card())
    assert labels(chat.card()) == []
    assert (await chat.ending()).state is RequestState.EXPIRED
    assert chat.writes() == []


async def test_a_card_expires_by_itself(chat: Conversation) -> None:
    await card_for(chat, "halt")
    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    chat.clock.forward(minutes=16)

    await chat.until(lambda: labels(chat.card()) == [])

    assert "Nobody confirmed this" in words(chat.card())
    assert chat.thread() == []


@pytest.mark.parametrize("verb", VERBS)
async def test_a_click_on_a_cancelled_card_does_nothing_and_says_so(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    card = chat.card()
    await chat.press(ANN, "Cancel")

    await chat.press_on(BEN, card, VERBS[verb][1])
    await chat.quiet()

    assert "<@U0ANN> cancelled this already" in chat.told(BEN)[-1]
    assert chat.writes() == []


@pytest.mark.parametrize("label", ["Halt rollout", "Cancel"])
async def test_a_click_on_a_finished_card_does_nothing_and_says_so(
    chat: Conversation, label: str
) -> None:
    await card_for(chat, "halt")
    card = chat.card()
    await chat.press(ANN, "Halt rollout")

    await chat.press_on(BEN, card, label)
    await chat.quiet()

    assert "It has ended: Halted" in chat.told(BEN)[-1]
    assert len(chat.writes()) == 1
    assert "✅ Halted" in words(chat.card())


async def test_a_guest_cannot_confirm_nor_cancel(chat: Conversation) -> None:
    await chat.say(ANN, f"/rollout halt {PHOTOS}", IN_GAMES)

    for label in ("Halt rollout", "Cancel"):
        await chat.press(GIL, label, IN_GAMES)
        assert "own workspace" in chat.told(GIL, IN_GAMES)[-1]

    assert labels(chat.card(IN_GAMES)) == ["Halt rollout", "Cancel"]
    assert chat.writes() == []
    await chat.press(ANN, "Halt rollout", IN_GAMES)
    assert chat.rollout(PHOTOS).status == "PackageRolloutStopped"


async def test_a_click_on_a_card_that_is_not_remembered_says_so(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.forget()

    await chat.press(BEN, "Halt rollout")

    assert "do not know this card" in chat.told(BEN)[-1]
    assert chat.writes() == []
