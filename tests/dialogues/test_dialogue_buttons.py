"""A board's buttons with the whole bot: from the press to the card to the Store."""

import asyncio

import pytest

from bot.domain.requests import RequestState
from bot.domain.submissions import Target
from bot.sandbox.slack.directory import direct_id
from bot.sandbox.store.seed import MAIL
from bot.slack.ids import PERCENTAGE_BLOCK
from tests.dialogues.conversation import HTTP, SOCKET, UNLIMITED, Conversation
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, labels, texts, words

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

CONTOSO_MAIL = Target("main", MAIL)
BUTTONS = {
    "Halt…": ("Halt rollout", "PackageRolloutStopped"),
    "Finalize…": ("Finalize rollout", "PackageRolloutComplete"),
}


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


async def board(chat: Conversation, channel: str = IN_MAIL) -> None:
    """Post the buttons of Contoso Mail in a channel that knows it as `mail`."""
    await chat.say(ANN, f"/rollout alias add mail {MAIL}", channel)
    chat.post_buttons(CONTOSO_MAIL, channel)


@pytest.mark.parametrize("button", BUTTONS)
async def test_a_press_makes_a_card_and_its_press_the_write(
    chat: Conversation, button: str
) -> None:
    confirm, status = BUTTONS[button]
    await board(chat)

    await chat.press(ANN, button)

    assert labels(chat.card()) == [confirm, "Cancel"]
    assert chat.writes() == []
    await chat.press(BEN, confirm)
    assert len(chat.writes()) == 1
    assert chat.rollout(MAIL).status == status
    assert (await chat.ending()).decided_by == BEN


async def test_a_form_makes_a_card_and_its_press_the_write(chat: Conversation) -> None:
    await board(chat)
    await chat.press(ANN, "Set…")

    wrong = await chat.submit(ANN, "400")
    assert "400 is above 100 %" in wrong[PERCENTAGE_BLOCK]
    assert await chat.submit(ANN, "40,5 %", "crashes are down") == {}

    assert chat.slack.modal(ANN) is None
    assert labels(chat.card()) == ["Set to 40.5 %", "Cancel"]
    assert "crashes are down" in texts(chat.card())
    assert chat.writes() == []
    await chat.press(BEN, "Set to 40.5 %")
    assert chat.rollout(MAIL).percentage == pytest.approx(40.5)
    assert len(chat.writes()) == 1


async def test_people_who_press_at_once_get_one_card_and_its_place(
    chat: Conversation,
) -> None:
    await board(chat)

    await asyncio.gather(
        *(chat.slack.press_label(who, IN_MAIL, "Halt…") for who in (ANN, BEN, ANN))
    )
    await chat.quiet()

    assert len(await chat.requests()) == 1
    told = [text for who in (ANN, BEN) for text in chat.told(who)]
    assert sum("waiting for confirmation already" in text for text in told) == 2
    assert chat.writes() == []


async def test_a_guest_who_presses_is_refused(chat: Conversation) -> None:
    await board(chat, IN_GAMES)

    for button in ("Halt…", "Set…", "Finalize…"):
        await chat.press(GIL, button, IN_GAMES)

    assert await chat.requests(IN_GAMES) == []
    assert chat.slack.modal(GIL) is None
    told = chat.told(GIL, IN_GAMES)
    assert [text.startswith("Only members") for text in told] == [True] * 3


async def test_buttons_of_a_rollout_that_is_over_say_so(chat: Conversation) -> None:
    await board(chat)
    await chat.say(ANN, "/rollout halt mail")
    await chat.press(ANN, "Halt rollout")

    for button in ("Halt…", "Finalize…", "Set…"):
        await chat.press(BEN, button)
    await chat.submit(BEN, "40")

    halt, finalize, percentage = chat.told(BEN)
    assert "already halted" in halt
    for told in (finalize, percentage):
        assert "this cannot be done" in told
    assert len(await chat.requests()) == len(chat.writes()) == 1


async def test_a_form_that_was_left_open_for_an_hour_works(chat: Conversation) -> None:
    await board(chat)
    await chat.press(ANN, "Set…")
    chat.clock.forward(61)

    assert await chat.submit(ANN, "40") == {}

    assert labels(chat.card()) == ["Set to 40 %", "Cancel"]
    assert chat.writes() == []


async def test_a_form_after_the_bot_was_removed_is_answered_directly(
    chat: Conversation,
) -> None:
    await board(chat)
    await chat.press(ANN, "Set…")
    chat.slack.invite(IN_MAIL, bot=False)

    assert await chat.submit(ANN, "40") == {}

    (told,) = chat.seen(ANN, direct_id(ANN))
    assert f"<#{IN_MAIL}>" in words(told)
    assert "I cannot post in this channel, so nothing was done." in words(told)
    assert (await chat.ending()).state is RequestState.CANCELLED


async def test_a_form_that_does_not_open_is_answered_with_the_command(
    chat: Conversation,
) -> None:
    await board(chat)
    triggers = chat.slack.workspace.triggers
    before, triggers.lifetime = triggers.lifetime, 0.0

    await chat.press(ANN, "Set…")

    triggers.lifetime = before
    assert "`/rollout set mail 40%`" in chat.told(ANN)[-1]
    assert chat.slack.modal(ANN) is None
