"""Names, threads, guests and channels: who is understood, and who may do what."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.domain.requests import RequestState
from bot.sandbox.slack.directory import Person, Team
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, PHOTOS
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.slack_users import (
    ANN,
    BEN,
    GIL,
    IN_GAMES,
    IN_GENERAL,
    IN_MAIL,
    labels,
    words,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

ADD_MAIL = f"/rollout alias add mail {MAIL}"
LEE, LABS = "U0LEE", "T0LABS"


@pytest_asyncio.fixture(loop_scope="module")
async def organisation(chat: Conversation) -> AsyncIterator[None]:
    """Make the workspace one of Enterprise Grid, with Lee in another one of it."""
    directory, home = (
        chat.slack.workspace.directory,
        chat.slack.workspace.directory.home,
    )
    directory.teams[home.id] = replace(home, organisation="E0CONTOSO")
    directory.teams[LABS] = Team(LABS, "Labs", "labs", "E0CONTOSO")
    directory.people[LEE] = Person(LEE, "lee", "Lee Park", LABS, "en-US", "Asia/Seoul")
    directory.channels[IN_GAMES].members.add(LEE)
    await chat.bot.identity.learn()
    yield
    directory.teams[home.id] = home
    directory.channels[IN_GAMES].members.remove(LEE)
    del directory.teams[LABS], directory.people[LEE]
    await chat.bot.identity.learn()


async def test_an_unknown_alias_is_answered_with_those_there_are(
    chat: Conversation,
) -> None:
    await chat.say(ANN, "/rollout halt mail")
    assert "has no alias `mail`" in chat.told(ANN)[-1]

    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt mial now")

    assert "Did you mean `/rollout halt mail now`?" in chat.told(ANN)[-1]
    assert chat.cards() == []
    assert chat.told(BEN) == []


async def test_a_near_miss_is_asked_about_and_never_done(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout hlat mail")

    assert "/rollout halt mail" in chat.told(ANN)[-1]
    assert chat.cards() == []


async def test_a_flight_is_named_by_its_friendly_name(chat: Conversation) -> None:
    await chat.say(ANN, f"/rollout alias add ring {MAIL} flight insiders")
    assert "flight Insiders" in chat.told(ANN)[-1]

    await chat.say(ANN, "/rollout set ring 75%")
    assert "Contoso Mail, flight Insiders" in words(chat.card())
    await chat.press(ANN, "Set to 75 %")

    assert chat.rollout(MAIL, MAIL_INSIDERS).percentage == 75
    assert chat.rollout(MAIL).percentage == 10


async def test_a_flight_that_is_none_is_answered_with_those_there_are(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add ring {MAIL} flight Canary")

    assert "Insiders" in chat.told(ANN)[-1]
    assert "Dogfood" in chat.told(ANN)[-1]
    await chat.say(ANN, "/rollout alias list")
    assert "no alias yet" in chat.told(ANN)[-1]


async def test_aliases_belong_to_their_channel(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt mail", IN_GAMES)

    assert "no alias" in chat.told(ANN, IN_GAMES)[-2]

    await chat.say(ANN, "/rollout alias remove mail")
    await chat.say(ANN, "/rollout halt mail")

    assert "no alias" in chat.told(ANN)[-1]
    assert chat.cards() == chat.cards(IN_GAMES) == []


async def test_an_unknown_alias_is_answered_with_the_askers_channel_that_knows_it(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt Mail", IN_GAMES)

    known = f"`mail` is an alias in another channel that you are in: <#{IN_MAIL}>."
    assert known in chat.told(ANN, IN_GAMES)[-1]
    assert chat.cards(IN_GAMES) == []


async def test_a_channel_that_the_asker_is_not_in_is_not_named(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    members = chat.slack.workspace.directory.channels[IN_MAIL].members
    members.remove(BEN)
    try:
        await chat.say(BEN, "/rollout halt mail", IN_GAMES)
    finally:
        members.add(BEN)

    assert IN_MAIL not in str(chat.told(BEN, IN_GAMES))
    assert "no alias" in chat.told(BEN, IN_GAMES)[-1]


async def test_without_the_scopes_no_other_channel_is_named(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    chat.slack.workspace.scopes.discard("channels:read")
    try:
        await chat.say(ANN, "/rollout halt mail", IN_GAMES)
    finally:
        chat.slack.workspace.scopes.add("channels:read")

    assert "no alias" in chat.told(ANN, IN_GAMES)[-1]


async def test_with_one_alias_the_app_may_be_left_out(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout set 40%")

    assert "Set to 40 %? Contoso Mail" in words(chat.card())


async def test_a_mention_inside_a_thread_is_answered_there(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    top = await chat.say(BEN, "4.12 crashes for some people.")
    await chat.say(ANN, "it does, I look into it", thread=top)
    await chat.say(ANN, "@Rollout status mail", thread=top)

    [parent] = [m for m in chat.seen(ANN) if m["ts"] == top]
    assert "in progress at 10 %" in words(parent["replies"][-1])
    assert parent["replies"][-1]["ephemeral"]

    await chat.say(ANN, "@Rollout halt mail crash", thread=top)
    [parent] = [m for m in chat.seen(BEN) if m["ts"] == top]
    assert labels(parent["replies"][-1]) == ["Halt rollout", "Cancel"]

    await chat.press(BEN, "Halt rollout")

    [parent] = [m for m in chat.seen(BEN) if m["ts"] == top]
    card, result = parent["replies"][-2:]
    assert "✅ Halted" in words(card)
    assert "PackageRolloutStopped" in words(result)
    assert chat.cards() == []
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_inside_a_thread_what_is_shown_can_be_typed_there(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    top = await chat.say(BEN, "4.12 crashes for some people.")

    await chat.say(ANN, "@Rollout hlat mail", thread=top)

    assert "Did you mean `@Rollout halt mail`?" in chat.told(ANN)[-1]
    await chat.say(ANN, "@Rollout halt mail (`/rollout status mail`)", thread=top)
    [parent] = [m for m in chat.seen(BEN) if m["ts"] == top]
    assert "Why: (`/rollout status mail`)" in words(parent["replies"][-1])
    await chat.press(ANN, "Halt rollout")
    await chat.say(ANN, "/rollout hlat mail")
    assert "Did you mean `/rollout halt mail`?" in chat.told(ANN)[-1]


async def test_outside_of_its_channels_the_bot_says_how_to_invite_it(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {MAIL}", IN_GENERAL)

    assert "/invite @Rollout" in chat.told(ANN, IN_GENERAL)[-1]
    assert (await chat.ending(IN_GENERAL)).state is RequestState.CANCELLED
    assert chat.writes() == []

    chat.sandbox.slack.invite(IN_GENERAL)
    await chat.say(ANN, f"/rollout halt {MAIL}", IN_GENERAL)
    assert labels(chat.card(IN_GENERAL)) == ["Halt rollout", "Cancel"]


async def test_a_bot_that_was_sent_away_tells_the_one_who_confirmed(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {MAIL}")
    workspace = chat.sandbox.slack.workspace
    workspace.set_membership(IN_MAIL, bot=False)

    await chat.press(BEN, "Halt rollout")
    workspace.set_membership(IN_MAIL, bot=True)

    (told,) = chat.seen(BEN, "D0BEN")
    assert "I could not post this in <#C0MAIL>" in words(told)
    assert "✅ Halted" in words(told)
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_guest_may_look_and_nothing_else(chat: Conversation) -> None:
    await chat.say(ANN, f"/rollout alias add photos {PHOTOS}", IN_GAMES)
    await chat.say(GIL, "@Rollout status photos", IN_GAMES)
    assert "25 %" in chat.told(GIL, IN_GAMES)[-1]

    await chat.say(GIL, "@Rollout halt photos", IN_GAMES)
    assert "own workspace" in chat.told(GIL, IN_GAMES)[-1]
    await chat.say(GIL, f"@Rollout alias add mine {MAIL}", IN_GAMES)
    assert "own workspace" in chat.told(GIL, IN_GAMES)[-1]
    assert chat.cards(IN_GAMES) == []


async def test_a_guest_sees_what_has_an_alias_and_no_app_by_its_store_id(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add photos {PHOTOS}", IN_GAMES)
    await chat.say(ANN, f"/rollout halt {MAIL} unannounced", IN_GAMES)
    journal = len(chat.sandbox.store.journal.entries)

    for text in (f"status {MAIL}", f"history {MAIL}"):
        await chat.say(GIL, f"@Rollout {text}", IN_GAMES)
        assert "have an alias in this channel" in chat.told(GIL, IN_GAMES)[-1]
    await chat.say(GIL, "@Rollout history", IN_GAMES)

    assert "unannounced" not in chat.told(GIL, IN_GAMES)[-1]
    assert len(chat.sandbox.store.journal.entries) == journal
    await chat.say(GIL, f"@Rollout status {PHOTOS}", IN_GAMES)
    assert "Contoso Photos" in chat.told(GIL, IN_GAMES)[-1]


@pytest.mark.usefixtures("organisation")
async def test_a_colleague_from_another_workspace_of_the_organisation_may_press(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {MAIL}", IN_GAMES)

    await chat.press(LEE, "Halt rollout", IN_GAMES)

    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert f"<@{LEE}>" in words(chat.card(IN_GAMES))
    assert chat.told(LEE, IN_GAMES) == []


async def test_an_alias_names_one_thing_until_it_is_taken_away(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(BEN, ADD_MAIL)
    assert "Added" in chat.told(BEN)[-1]

    await chat.say(BEN, f"/rollout alias add mail {PHOTOS}")
    assert "already names Contoso Mail" in chat.told(BEN)[-1]
    assert "/rollout alias remove mail" in chat.told(BEN)[-1]

    await chat.say(BEN, "/rollout alias remove mail")
    await chat.say(BEN, f"/rollout alias add mail {PHOTOS}")
    await chat.say(BEN, "/rollout status mail")
    assert "Contoso Photos" in chat.told(BEN)[-1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("alias add Mail.2_x-9 9nmail000001", "Added: *`mail.2_x-9`*"),
        ("alias add “mail” 9NMAIL000001", "Added: *`mail`*"),
        ("alias add -mail 9NMAIL000001", "cannot be an alias"),
        ("alias add mail 9NMAIL", "is not a Store ID"),
        ("alias add mail 9NUNKNOWN007", "no such app"),
        ("alias add mail", "/rollout alias add NAME STORE_ID"),
        ("alias remove mail", "has no alias `mail`"),
        ("alias list", "no alias yet"),
    ],
)
async def test_aliases_are_checked_before_they_are_kept(
    chat: Conversation, typed: str, said: str
) -> None:
    await chat.say(ANN, f"/rollout {typed}")

    assert said in chat.told(ANN)[-1]
