"""Several apps in one command, displayed names, and the question which app."""

from typing import Any

import pytest

from bot.domain.storage import StorageUnavailable
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import CHESS, MAIL, MAIL_INSIDERS, MAPS, NOTES, PHOTOS
from tests.dialogues.conversation import UNLIMITED, Conversation
from tests.dialogues.fault_harness import ALWAYS
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, buttons, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_CARD = "No card for these apps, and nothing was changed:"


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let as many apps be asked for as a test needs."""
    return UNLIMITED


async def name_apps(chat: Conversation, channel: str = IN_MAIL) -> None:
    """Name three apps in progress (one a flight), one halted and one finalized."""
    for line in (
        f"mail {MAIL}",
        f"beta {MAIL} flight {MAIL_INSIDERS}",
        f"pics {PHOTOS}",
        f"notes {NOTES}",
        f"maps {MAPS}",
    ):
        await chat.say(ANN, f"/rollout alias add {line}", channel)


def asked_for(chat: Conversation) -> set[str]:
    """Return the name on each card, after its question."""
    return {card["blocks"][0]["text"]["text"].split("? ")[1] for card in chat.cards()}


def question(chat: Conversation, who: str = ANN) -> dict[str, Any]:
    """Return the last message with choices that this person alone sees."""
    return next(m for m in reversed(chat.seen(who)) if m["ephemeral"] and buttons(m))


@pytest.mark.parametrize(
    "apps", ["mail pics", "mail, pics", "mail and pics", "Contoso Photos, Contoso Mail"]
)
async def test_each_app_that_is_named_gets_its_card(
    chat: Conversation, apps: str
) -> None:
    await name_apps(chat)
    told = len(chat.told(ANN))

    await chat.say(ANN, f"/rollout halt {apps} crash on start")

    assert asked_for(chat) == {"Contoso Mail", "Contoso Photos"}
    for card in chat.cards():
        assert labels(card) == ["Halt rollout", "Cancel"]
        assert "crash on start" in words(card)
        assert "pics crash" not in words(card)
    assert len(chat.told(ANN)) == told

    await chat.press(BEN, "Halt rollout")
    await chat.press(BEN, "Halt rollout")
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert chat.rollout(PHOTOS).status == "PackageRolloutStopped"
    assert len(chat.writes()) == 2


async def test_several_apps_are_set_and_finalized_each_by_its_own_card(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout set mail pics 60%")
    assert [labels(card)[0] for card in chat.cards()] == ["Set to 60 %"] * 2

    await chat.say(ANN, "/rollout finalize mail, pics")
    finals = chat.cards()[2:]
    assert [labels(card)[0] for card in finals] == ["Finalize rollout"] * 2
    assert all("confirm" in buttons(card)[0] for card in finals)
    assert chat.writes() == []


async def test_what_cannot_be_halted_is_told_and_the_others_get_their_cards(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout halt mail, notes, chess and beta crash")

    assert asked_for(chat) == {"Contoso Mail", "Contoso Mail, flight Insiders"}
    told = chat.told(ANN)[-1]
    assert "Nothing to do, already halted: `notes` (Contoso Notes)" in told
    assert "This channel has no alias `chess`." in told
    assert len([each for each in chat.told(ANN) if "chess" in each]) == 1


async def test_a_reason_that_may_name_an_app_is_told_to_the_asker(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout halt mail and chess crash")

    assert asked_for(chat) == {"Contoso Mail"}
    assert "This is about `mail` alone: I took `chess` as part" in chat.told(ANN)[-1]


async def test_halt_all_is_a_card_for_each_rollout_in_progress(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, f"/rollout alias add again {MAIL}")

    await chat.say(ANN, "/rollout halt all crash")

    assert asked_for(chat) == {
        "Contoso Mail",
        "Contoso Mail, flight Insiders",
        "Contoso Photos",
    }
    assert len(chat.cards()) == 3
    told = chat.told(ANN)[-1]
    assert f"{NO_CARD}\n• `maps`: finalized\n• `notes`: halted" in told


async def test_halt_all_without_a_rollout_in_progress_says_so(
    chat: Conversation,
) -> None:
    for line in (f"notes {NOTES}", f"maps {MAPS}"):
        await chat.say(ANN, f"/rollout alias add {line}")

    await chat.say(ANN, "/rollout halt all")

    assert chat.cards() == []
    assert chat.told(ANN)[-1].startswith(
        "No rollout is in progress in this channel, so no card:\n• `maps`: finalized"
    )


async def test_what_could_not_be_read_for_all_may_still_be_rolling_out(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    chat.sandbox.store.arm("read", Fault.UNAVAILABLE, ALWAYS)

    await chat.say(ANN, "/rollout set all 50%")

    assert chat.cards() == []
    told = chat.told(ANN)[-1]
    assert told.startswith(NO_CARD)
    assert "• `mail` could not be read, and may still be rolling out: " in told
    assert "No rollout is in progress" not in told


async def test_an_app_whose_card_is_open_is_pointed_to_and_the_others_get_theirs(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout halt mail")

    await chat.say(ANN, "/rollout halt all")

    assert len(chat.cards()) == 3
    told = chat.told(ANN)[-2:]
    assert any("Contoso Mail" in each and "archives" in each for each in told)
    assert any(each.startswith(NO_CARD) for each in told)


async def test_finalize_takes_no_all(chat: Conversation) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout finalize all")

    assert chat.cards() == []
    assert chat.told(ANN)[-1].startswith(
        "`/rollout finalize` cannot be undone, so it does not take `all`: name each "
        "app. This channel has `beta`, `mail`, `maps`, `notes`, `pics`."
    )


async def test_a_list_of_apps_reads_each_rollout_once_and_the_apps_together(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, f"/rollout alias add chess {CHESS}")
    before = len(chat.sandbox.store.requests)

    await chat.say(ANN, "/rollout halt all")

    read = [e for e in list(chat.sandbox.store.requests)[before:] if e.method == "GET"]
    apps = [e for e in read if e.path.endswith("/applications")]
    rollouts = [e for e in read if e.path.endswith("/packagerollout")]
    assert len(apps) == 1
    assert len(rollouts) == 5
    assert "• `chess`: No submission is published yet" in chat.told(ANN)[-1]


async def test_status_and_history_take_displayed_names_and_all(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout status contoso photos, Contoso Mail")
    told = chat.told(ANN)[-1]
    assert "*`pics`* – Contoso Photos" in told
    assert "*`mail`* – Contoso Mail" in told
    assert "notes" not in told

    await chat.say(ANN, "/rollout status all")
    assert all(name in chat.told(ANN)[-1] for name in ("mail", "pics", "notes"))

    await chat.say(ANN, "/rollout history “Contoso Photos”")
    told = chat.told(ANN)[-1]
    assert "pics" in told
    assert "notes" not in told


@pytest.mark.parametrize("word", ["all", "stop", "Finalize", "and"])
async def test_no_alias_is_named_as_a_word_of_the_commands(
    chat: Conversation, word: str
) -> None:
    await chat.say(ANN, f"/rollout alias add {word} {MAIL}")

    assert chat.told(ANN)[-1].startswith(
        f"`{word}` is a word of the commands, so it cannot be an alias. Please choose "
        "another one."
    )


async def test_which_app_is_asked_with_a_button_for_each_alias(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    await chat.say(ANN, "/rollout halt")

    asked = question(chat)
    assert asked["text"] == (
        "Which app? This channel has `beta`, `mail`, `maps`, `notes`, `pics`."
    )
    assert labels(asked) == ["beta", "mail", "maps", "notes", "pics"]
    assert not any("style" in button for button in buttons(asked))

    await chat.press(ANN, "pics")

    assert asked_for(chat) == {"Contoso Photos"}
    [request] = await chat.requests()
    assert (request.asked_by, request.alias) == (ANN, "pics")
    with pytest.raises(StopIteration):
        question(chat)


async def test_a_choice_keeps_the_percentage_and_the_reason(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout set 40 % slowly <!here>")

    await chat.press(ANN, "mail")

    assert labels(chat.card()) == ["Set to 40 %", "Cancel"]
    assert "slowly" in words(chat.card())


async def test_a_choice_for_an_app_without_a_rollout_is_answered_as_typed(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout halt")
    await chat.press(ANN, "notes")

    assert chat.cards() == []
    assert "already halted: `notes`" in chat.told(ANN)[-1]


async def test_a_choice_pressed_twice_makes_one_card(chat: Conversation) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout halt")
    asked = question(chat)
    [block] = [each for each in asked["blocks"] if each["type"] == "actions"]
    action = next(b["action_id"] for b in buttons(asked) if b["value"] == "halt mail")

    chat.slack.workspace.faults.arm("response_url", "internal_error", times=9)
    for _ in range(2):
        await chat.slack.press(
            ANN, IN_MAIL, asked["ts"], block["block_id"], action, late=True
        )
    await chat.quiet()

    assert asked_for(chat) == {"Contoso Mail"}
    assert len(chat.cards()) == 1


async def test_more_aliases_than_buttons_are_named_in_words(
    chat: Conversation,
) -> None:
    for number in range(27):
        await chat.say(ANN, f"/rollout alias add a{number:02} {MAIL}")
    await chat.say(ANN, f"/rollout alias add x {PHOTOS}")

    await chat.say(ANN, "/rollout halt")

    asked = question(chat)
    assert labels(asked) == [f"a{number:02}" for number in range(25)]
    assert "Without a button: `a25`, `a26`, `x`. Type `/rollout halt APP`." in words(
        asked
    )


async def test_which_app_is_asked_in_a_thread_and_the_card_is_there(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    top = await chat.say(BEN, "Mail crashes!")
    await chat.say(ANN, "@Rollout halt", thread=top)

    await chat.press(ANN, "mail")

    [message] = [m for m in chat.seen(BEN) if m["ts"] == top]
    assert any("Halt rollout" in labels(reply) for reply in message["replies"])


async def test_a_guest_who_presses_a_choice_is_refused_as_if_they_typed(
    chat: Conversation,
) -> None:
    chat.slack.invite(IN_GAMES)
    await name_apps(chat, IN_GAMES)
    await chat.say(GIL, "@Rollout finalize", IN_GAMES)

    await chat.press(GIL, "mail", IN_GAMES)

    assert chat.cards(IN_GAMES) == []
    assert (
        "Only members of this channel's own workspace" in (chat.told(GIL, IN_GAMES)[-1])
    )
    assert await chat.requests(IN_GAMES) == []


async def test_a_choice_without_a_database_is_answered(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout halt")

    async def away(*_: object) -> None:
        raise StorageUnavailable("disk full")

    monkeypatch.setattr("bot.db.aliases.SqlAliasRepository.list_aliases", away)
    await chat.press(ANN, "mail")

    assert chat.cards() == []
    assert "I cannot reach my database just now" in chat.told(ANN)[-1]


async def test_an_alias_is_not_known_in_another_channel(chat: Conversation) -> None:
    chat.slack.invite(IN_GAMES)
    await name_apps(chat)

    await chat.say(ANN, "/rollout halt mail", IN_GAMES)

    told = chat.told(ANN, IN_GAMES)[-2]
    assert "This channel has no alias `mail`; it has none at all yet." in told
    assert "known in the channel where it was added, and in no other" in told
    assert "`/rollout alias add NAME STORE_ID`" in told
    assert chat.cards(IN_GAMES) == []
