"""Cards whose rollout is no longer what they show, or that have a rival."""

import asyncio

import pytest

from bot.domain.results import AlreadyDone, Done, Moved, Refused, Result
from bot.domain.rollout import RefusalReason
from bot.sandbox.store.seed import FIRST_ID, MAIL, PHOTOS
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.dialogues.fault_harness import VERBS, card_for
from tests.slack_users import ANN, BEN, IN_GAMES, words

ALREADY = {"halt": "halted", "finalize": "finalized", "set": "in progress at 40 %"}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

MAIL_102 = str(FIRST_ID + 102)


async def test_two_cards_of_one_change_have_one_effect_and_both_tell_the_truth(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    first = chat.card()
    # In one channel there would be one card.
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    second = chat.card(IN_GAMES)
    assert first["ts"] != second["ts"]

    await asyncio.gather(
        chat.press_on(ANN, first, "Halt rollout"),
        chat.press_on(BEN, second, "Halt rollout", IN_GAMES),
    )
    await chat.quiet()

    assert len(chat.sandbox.store.effects()) == 1
    requests = [*await chat.requests(), *await chat.requests(IN_GAMES)]
    assert {type(request.result) for request in requests} == {Done, AlreadyDone}
    cards = [*chat.cards()[:1], *chat.cards(IN_GAMES)]
    assert [len(card["replies"]) for card in cards] == [1, 1]


@pytest.mark.parametrize("winner", ["Halt rollout", "Finalize rollout"])
async def test_of_a_halt_and_a_finalize_the_first_wins_and_the_other_tells_why(
    chat: Conversation, winner: str
) -> None:
    await card_for(chat, "halt")
    await chat.say(BEN, "/rollout finalize mail")
    cards = dict(zip(["Halt rollout", "Finalize rollout"], chat.cards(), strict=True))
    [loser] = cards.keys() - {winner}
    # Until the result is posted, the other card still has its buttons.
    chat.slack.arm("chat.postMessage", "slow", seconds=3)

    await chat.press_on(ANN, cards[winner], winner)
    await chat.until(lambda: len(chat.sandbox.store.effects()) == 1)
    await chat.press_on(ANN, cards[loser], loser)
    await chat.quiet()

    assert len(chat.sandbox.store.effects()) == 1
    finalized, halted = [request.result for request in await chat.requests()]
    if winner == "Halt rollout":
        assert isinstance(halted, Done)
        assert isinstance(finalized, Moved)
        assert "Now: *halted*" in words(chat.cards()[1]["replies"][0])
    else:
        assert isinstance(finalized, Done)
        assert isinstance(halted, Refused)
        assert halted.reason is RefusalReason.COMPLETE
        assert "finalized already" in words(chat.cards()[0]["replies"][0])


async def test_a_halt_and_a_finalize_at_once_have_one_effect(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.say(BEN, "/rollout finalize mail")
    halt, finalize = chat.cards()

    await asyncio.gather(
        chat.press_on(BEN, finalize, "Finalize rollout"),
        chat.press_on(ANN, halt, "Halt rollout"),
    )
    await chat.quiet()

    assert len(chat.sandbox.store.effects()) == 1
    results = [request.result for request in await chat.requests()]
    assert sum(isinstance(result, Done) for result in results) == 1
    assert sum(isinstance(result, Refused | Moved) for result in results) == 1


@pytest.mark.parametrize("verb", ["finalize", "set"])
async def test_a_rollout_that_moved_is_left_alone(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 30)

    await chat.press(BEN, VERBS[verb][1])

    assert (
        "The card showed: *in progress at 10 %*. Now: *in progress at 30 %*."
    ) in words(chat.card())
    assert "ask again" in chat.thread()[0]
    assert chat.writes() == []
    assert chat.rollout(MAIL).percentage == 30


async def test_a_halt_brakes_at_any_percentage(chat: Conversation) -> None:
    await card_for(chat, "halt")
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, 30)

    await chat.press(BEN, "Halt rollout")

    assert "✅ Halted" in words(chat.card())
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


@pytest.mark.parametrize("verb", VERBS)
async def test_what_somebody_else_did_meanwhile_is_no_work_of_ours(
    chat: Conversation, verb: str
) -> None:
    await card_for(chat, verb)
    chat.sandbox.store.change_in_partner_center(verb, MAIL_102, 40)

    await chat.press(BEN, VERBS[verb][1])

    assert isinstance((await chat.ending()).result, AlreadyDone)
    assert (f"Nothing to do, already {ALREADY[verb]}: Contoso Mail") in words(
        chat.card()
    )
    assert chat.sandbox.store.effects() == []


async def test_an_alias_that_was_given_to_another_app_does_not_move_the_card(
    chat: Conversation,
) -> None:
    await card_for(chat, "halt")
    await chat.say(BEN, "/rollout alias remove mail")
    await chat.say(BEN, f"/rollout alias add mail {PHOTOS}")

    await chat.press(BEN, "Halt rollout")

    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert chat.rollout(PHOTOS).status == "PackageRolloutInProgress"
    [write] = chat.writes()
    assert f"/{MAIL}/submissions/{MAIL_102}/" in write.path


@pytest.mark.parametrize(
    ("verb", "kind"), [("halt", Refused), ("finalize", AlreadyDone), ("set", Moved)]
)
async def test_a_version_published_meanwhile_is_not_touched(
    chat: Conversation, verb: str, kind: type[Result]
) -> None:
    await card_for(chat, verb)
    fresh = chat.sandbox.store.publish(MAIL, None, 5)
    assert fresh.id != MAIL_102

    await chat.press(BEN, VERBS[verb][1])

    request = await chat.ending()
    assert request.snapshot.ref.submission_id == MAIL_102
    assert all(f"/{MAIL_102}/" in entry.path for entry in chat.writes())
    now = chat.rollout(MAIL)
    assert (now.status, now.percentage) == ("PackageRolloutInProgress", 5.0)
    # The Store completes an open rollout when the next version is published.
    assert isinstance(request.result, kind)
    assert chat.sandbox.store.effects() == []
