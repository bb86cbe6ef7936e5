"""Release channels: an app is changed in the channels that have it, and only there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.app import MAIN_ACCOUNT
from bot.domain.events import EventKind
from bot.domain.requests import RequestState
from bot.domain.submissions import Target
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, PHOTOS
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.slack_users import (
    ANN,
    BEN,
    IN_GAMES,
    IN_GENERAL,
    IN_MAIL,
    TEAM,
    labels,
    words,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

DEE = "U0DEE"
ADD_MAIL = f"/rollout alias add mail {MAIL}"
LET_IN, REFUSE = "Let it in", "Refuse"


@pytest.fixture(scope="module")
def store_limit() -> str:
    return "off"


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def stranger(chat: Conversation) -> AsyncIterator[None]:
    """Let Ben be in the channel of games, and not in that of mail."""
    actions = chat.slack.directory_actions
    actions.change_member(IN_MAIL, BEN, member=False)
    actions.change_member(IN_GAMES, ANN, member=True)
    await chat.slack.settle()
    yield
    actions.start_over()
    chat.slack.archive(IN_MAIL, archived=False)
    chat.slack.workspace.scopes.add("channels:read")
    await chat.slack.settle()


async def channels(chat: Conversation, app: str = MAIL) -> list[str]:
    """Return the channels that have an app."""
    target = Target(MAIN_ACCOUNT, app)
    found = await chat.repositories.release_channels.channels_of(TEAM, target)
    return [one.channel for one in found]


def card(chat: Conversation, channel: str = IN_MAIL) -> dict[str, object]:
    """Return the newest card of the channel as Ann sees it."""
    return [m for m in chat.seen(ANN, channel) if m["bot"] and not m["ephemeral"]][-1]


async def test_what_a_stranger_asks_elsewhere_ends_in_the_release_channels_card(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add photos {PHOTOS}")

    await chat.say(BEN, f"/rollout finalize {PHOTOS}", IN_GAMES)

    assert chat.cards(IN_GAMES) == []
    assert "I asked the people there" in chat.told(BEN, IN_GAMES)[-1]
    assert IN_MAIL not in str(chat.told(BEN, IN_GAMES))
    assert f"<#{IN_GAMES}> asks to control" in words(card(chat))
    assert labels(card(chat)) == [LET_IN, REFUSE]
    assert await chat.requests(IN_GAMES) == []
    assert chat.writes() == []


async def test_whoever_is_let_in_controls_the_app_and_its_flights(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(BEN, f"/rollout alias add m {MAIL} flight insiders", IN_GAMES)
    assert "Contoso Mail" in words(card(chat))

    await chat.press(ANN, LET_IN)

    assert await channels(chat) == [IN_MAIL, IN_GAMES]
    assert f"<@{ANN}> let this channel in" in words(chat.card(IN_GAMES))
    await chat.say(BEN, f"/rollout alias add m {MAIL} flight insiders", IN_GAMES)
    await chat.say(BEN, "/rollout set m 75%", IN_GAMES)
    await chat.press(BEN, "Set to 75 %", IN_GAMES)
    assert chat.rollout(MAIL, MAIL_INSIDERS).percentage == 75
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    await chat.press(BEN, "Halt rollout", IN_GAMES)
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_refusal_is_told_to_the_asker_who_may_ask_again(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)

    await chat.press(ANN, REFUSE)

    assert await channels(chat) == [IN_MAIL]
    assert f"<@{BEN}> <@{ANN}> refused" in words(chat.card(IN_GAMES))
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    assert labels(card(chat)) == [LET_IN, REFUSE]
    assert chat.writes() == []


async def test_the_same_channel_asks_with_one_card_at_a_time(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    for _ in range(3):
        await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)

    assert len([m for m in chat.cards() if labels(m) == [LET_IN, REFUSE]]) == 1


async def test_a_member_names_the_app_elsewhere_and_the_release_channel_is_told(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout alias add post {MAIL}", IN_GAMES)

    assert "Added: *`post`*" in chat.told(ANN, IN_GAMES)[-1]
    assert "Other channels control it too" in chat.told(ANN, IN_GAMES)[-1]
    assert f"<@{ANN}> added Contoso Mail in <#{IN_GAMES}>" in words(card(chat))
    assert labels(card(chat)) == []
    assert await channels(chat) == [IN_MAIL, IN_GAMES]
    await chat.say(BEN, "/rollout halt post", IN_GAMES)
    await chat.press(BEN, "Halt rollout", IN_GAMES)
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_member_who_asks_elsewhere_is_told_where_to_ask(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout halt {MAIL}", IN_GAMES)

    told = chat.told(ANN, IN_GAMES)[-1]
    assert f"a channel that does: <#{IN_MAIL}>" in told
    assert f"/rollout alias add NAME {MAIL}" in told
    assert chat.cards(IN_GAMES) == []
    assert await channels(chat) == [IN_MAIL]


async def test_an_admin_of_the_workspace_lets_a_channel_in_by_naming_the_app(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    chat.slack.directory_actions.change_member(IN_MAIL, DEE, member=False)
    await chat.slack.settle()

    await chat.say(DEE, ADD_MAIL, IN_GAMES)

    assert await channels(chat) == [IN_MAIL, IN_GAMES]
    assert f"<@{DEE}> added Contoso Mail" in words(card(chat))


async def test_where_slack_does_not_say_who_has_worked_there_counts(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    chat.slack.directory_actions.change_member(IN_MAIL, DEE, member=False)
    await chat.slack.settle()
    chat.slack.workspace.scopes.discard("channels:read")

    await chat.say(BEN, ADD_MAIL, IN_GAMES)
    assert "I asked the people there" in chat.told(BEN, IN_GAMES)[-1]
    await chat.say(ANN, ADD_MAIL, IN_GAMES)
    assert await channels(chat) == [IN_MAIL, IN_GAMES]


async def test_of_two_channels_that_name_an_app_at_once_one_has_it(
    chat: Conversation,
) -> None:
    actions = chat.slack.directory_actions
    actions.change_member(IN_GAMES, ANN, member=False)
    await chat.slack.settle()
    await asyncio.gather(
        chat.slack.command(ANN, IN_MAIL, ADD_MAIL),
        chat.slack.command(BEN, IN_GAMES, ADD_MAIL),
    )
    await chat.quiet()

    [first] = await channels(chat)
    other = {IN_MAIL: (BEN, IN_GAMES), IN_GAMES: (ANN, IN_MAIL)}[first]
    assert "I asked the people there" in chat.told(*other)[-1]
    who = {IN_MAIL: ANN, IN_GAMES: BEN}[first]
    shown = [m for m in chat.seen(who, first) if labels(m) == [LET_IN, REFUSE]]
    assert len(shown) == 1


async def test_the_last_channel_that_gives_an_app_up_frees_it(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout alias add ring {MAIL} flight insiders")
    await chat.say(ANN, "/rollout alias remove mail")
    assert await channels(chat) == [IN_MAIL]
    assert "does not control" not in chat.told(ANN)[-1]

    await chat.say(ANN, "/rollout alias remove ring")

    assert await channels(chat) == []
    assert "last one of the app" in chat.told(ANN)[-1]
    await chat.say(BEN, ADD_MAIL, IN_GAMES)
    assert await channels(chat) == [IN_GAMES]


async def test_what_was_asked_for_by_store_id_belongs_to_the_channel_until_given_up(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {PHOTOS}")
    assert await channels(chat, PHOTOS) == [IN_MAIL]
    await chat.say(BEN, f"/rollout halt {PHOTOS}", IN_GAMES)
    assert "I asked the people there" in chat.told(BEN, IN_GAMES)[-1]

    await chat.say(ANN, f"/rollout alias remove {PHOTOS}")

    assert "does not control" in chat.told(ANN)[-1]
    assert await channels(chat, PHOTOS) == []


async def test_an_app_that_the_store_does_not_know_belongs_to_nobody(
    chat: Conversation,
) -> None:
    await chat.say(ANN, "/rollout halt 9NOSUCHAPP01")

    assert await channels(chat, "9NOSUCHAPP01") == []


async def test_a_press_in_a_channel_that_has_given_the_app_up_does_nothing(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt mail")
    await chat.say(ANN, "/rollout alias remove mail")
    await chat.say(BEN, ADD_MAIL, IN_GAMES)

    await chat.press(ANN, "Halt rollout")

    assert "does not control" in chat.told(ANN)[-1]
    assert chat.writes() == []
    assert (await chat.ending()).state is RequestState.PENDING
    await chat.say(BEN, "/rollout alias remove mail", IN_GAMES)
    await chat.press(ANN, "Halt rollout")
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_board_in_a_channel_without_the_app_changes_nothing(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout subscribe {PHOTOS}", IN_GAMES)
    await chat.say(ANN, f"/rollout alias add photos {PHOTOS}")
    chat.post_buttons(Target(MAIN_ACCOUNT, PHOTOS), IN_GAMES)

    await chat.press(ANN, "Halt…", IN_GAMES)
    await chat.press(ANN, "Set…", IN_GAMES)
    await chat.press(BEN, "Set…", IN_GAMES)

    halt, form = chat.told(ANN, IN_GAMES)[-2:]
    assert f"<#{IN_MAIL}>" in halt
    assert f"<#{IN_MAIL}>" in form
    assert "I asked the people there" in chat.told(BEN, IN_GAMES)[-1]
    assert chat.slack.modal(ANN) is None
    assert chat.slack.modal(BEN) is None
    assert await chat.requests(IN_GAMES) == []


async def test_only_members_of_a_release_channel_look_at_its_app_elsewhere(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    for asked in ("status", "history", "rules", "subscribe"):
        await chat.say(BEN, f"/rollout {asked} {MAIL}", IN_GAMES)
        told = chat.told(BEN, IN_GAMES)[-1]
        assert "only people who are in one of them" in told
        assert IN_MAIL not in told
        await chat.say(ANN, f"/rollout {asked} {MAIL}", IN_GAMES)
        assert "only people who" not in chat.told(ANN, IN_GAMES)[-1]
    # Nobody has these: everybody looks, as before.
    await chat.say(BEN, f"/rollout status {PHOTOS}", IN_GAMES)
    assert "Contoso Photos" in chat.told(BEN, IN_GAMES)[-1]


async def test_an_archived_release_channel_is_passed_over(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, ADD_MAIL, IN_GAMES)
    chat.slack.invite(IN_GENERAL)
    actions = chat.slack.directory_actions
    actions.change_member(IN_GAMES, BEN, member=False)
    await chat.slack.settle()
    chat.slack.archive(IN_MAIL)

    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GENERAL)

    assert labels(card(chat, IN_GAMES)) == [LET_IN, REFUSE]
    await chat.press(ANN, LET_IN, IN_GAMES)
    assert IN_GENERAL in await channels(chat)


async def test_where_every_release_channel_is_archived_it_is_told_who_may_let_in(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    chat.slack.archive(IN_MAIL)

    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)

    told = words(chat.card(IN_GAMES))
    assert "I cannot post in any channel that controls Contoso Mail" in told
    assert await channels(chat) == [IN_MAIL]
    await chat.say(ANN, ADD_MAIL, IN_GAMES)
    assert IN_GAMES in await channels(chat)


async def test_every_step_is_an_event(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    await chat.press(ANN, LET_IN)
    await chat.say(ANN, "/rollout alias remove mail")

    rows = await chat.database.run(text("SELECT kind FROM events ORDER BY id"))
    ours = [row.kind for row in rows if "channel" in row.kind or "propos" in row.kind]
    assert ours == [
        EventKind.CHANNEL_ADDED,
        EventKind.PROPOSED,
        EventKind.PROPOSAL_AGREED,
        EventKind.CHANNEL_ADDED,
        EventKind.CHANNEL_REMOVED,
    ]


async def test_the_history_says_who_let_the_channel_in_and_who_gave_the_app_up(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(BEN, f"/rollout halt {MAIL}", IN_GAMES)
    await chat.press(ANN, LET_IN)
    await chat.say(BEN, f"/rollout alias remove {MAIL}", IN_GAMES)

    await chat.say(BEN, "/rollout history", IN_GAMES)
    there = chat.told(BEN, IN_GAMES)[-1]
    await chat.say(ANN, "/rollout history")
    here = chat.told(ANN)[-1]

    assert f"<@{BEN}> gave *{MAIL}* up" in there
    assert f"<@{ANN}> let this channel in" in there
    assert f"as <@{BEN}> had asked: *{MAIL}* is controlled" in there
    assert IN_MAIL not in there
    assert "let this channel in" not in here
