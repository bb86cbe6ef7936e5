"""What people type about subscriptions, what they read, and what a channel is told."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.engine import EngineTiming
from bot.sandbox.store.seed import FIRST_ID, MAIL, PHOTOS
from tests.dialogues.conversation import DONE_WITHIN, FAST, UNLIMITED, Conversation
from tests.dialogues.following import boards, notices, reminders, shown
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL_102 = str(FIRST_ID + 102)


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


async def ask(chat: Conversation, line: str, who: str = ANN) -> str:
    """Type a command, and return what this person alone is told."""
    before = len(chat.told(who))
    await chat.say(who, f"/rollout {line}")
    told = chat.told(who)[before:]
    assert len(told) == 1, told
    return told[0]


async def name_mail(chat: Conversation) -> None:
    await ask(chat, f"alias add mail {MAIL}", BEN)


async def stored(chat: Conversation, query: str, **values: object) -> int:
    """Return the one number that the query finds in the bot's database."""
    [row] = await chat.database.run(text(query), values)
    return int(row[0])


async def seen_once(chat: Conversation) -> None:
    """Wait until the bot has stored what the Store shows of the app."""
    looked_at = "SELECT count(*) FROM observations WHERE looked_at IS NOT NULL"
    async with asyncio.timeout(DONE_WITHIN):
        while await stored(chat, looked_at) == 0:
            await asyncio.sleep(0.01)


async def change(chat: Conversation, percentage: float) -> None:
    """Set the percentage in Partner Center, and wait until the bot has stored it."""
    chat.sandbox.store.change_in_partner_center("set", MAIL_102, percentage)
    chat.clock.forward(6)
    changed = "SELECT count(*) FROM observations WHERE rollout_percentage = :now"
    async with asyncio.timeout(DONE_WITHIN):
        while await stored(chat, changed, now=percentage) == 0:
            await asyncio.sleep(0.01)


async def test_a_channel_without_any_app_is_told_how_to_begin(
    chat: Conversation,
) -> None:
    told = await ask(chat, "subscribe")

    assert "This channel follows no app yet." in told
    assert "`/rollout alias add mail 9NBLGGH4R315`" in told
    assert "`/rollout subscribe 9NBLGGH4R315`" in told


async def test_the_list_says_what_is_told_since_when_and_by_whom(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    group = next(iter(chat.slack.workspace.directory.groups.values()))
    await ask(chat, f"subscribe {PHOTOS} attention mention @{group.handle}")

    told = await ask(chat, "subscribe")

    assert "What this channel is told, of 2 apps: `mail`, `9NPHOTO00002`." in told
    assert f"*`mail` (Contoso Mail)* `{MAIL}`" in told
    assert f"all: changes, and when a person is needed; by <@{BEN}>, <!date^" in told
    assert (
        f"attention only: when a person is needed; <!subteam^{group.id}> is mentioned "
        f"when a person is needed; by <@{ANN}>, <!date^"
    ) in told


async def test_topics_and_group_are_confirmed_changed_and_ended(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    group = next(iter(chat.slack.workspace.directory.groups.values()))

    told = await ask(chat, "subscribe mail")
    assert "It is so already." not in told
    assert "It stays so when the alias `mail` is removed." in told
    assert "To end it: `/rollout unsubscribe mail`." in told
    again = await ask(chat, "subscribe mail", BEN)
    assert "It is so already. This channel is told what changes" in again

    told = await ask(chat, f"subscribe mail changes mention @{group.handle}")
    assert "but not when one needs a person" in told
    assert f"<!subteam^{group.id}> would be mentioned" in told
    listed = await ask(chat, "subscribe")
    assert "changes only; by <@" in listed
    assert "is mentioned" not in listed
    told = await ask(chat, "subscribe mail attention")
    assert "when a rollout of `mail` (Contoso Mail) needs a person, but not of" in told
    assert f"<!subteam^{group.id}> is mentioned when a person is needed." in told
    listed = await ask(chat, "subscribe")
    assert f"<!subteam^{group.id}> is mentioned when a person is needed" in listed
    told = await ask(chat, "subscribe mail mention none")
    assert "Nobody is mentioned any more." in told

    told = await ask(chat, "unsubscribe mail")
    assert "This channel is told nothing of `mail` (Contoso Mail) any more." in told
    assert "The alias `mail` stays, and `/rollout subscribe mail` brings" in told
    told = await ask(chat, "unsubscribe mail")
    assert "Nothing to do: this channel is told nothing of `mail`" in told
    told = await ask(chat, "subscribe")
    assert "To be told again: `/rollout subscribe mail`" in told


async def test_a_flight_is_followed_and_ended_by_its_name(chat: Conversation) -> None:
    told = await ask(chat, f"subscribe {MAIL} flight insiders changes")
    assert "the rollouts of Contoso Mail, flight Insiders, but not when" in told
    assert f"`/rollout unsubscribe {MAIL} flight Insiders`" in told

    told = await ask(chat, f"unsubscribe {MAIL} flight Insiders")
    assert "This channel does not follow Contoso Mail, flight Insiders any more" in told
    assert f"`/rollout subscribe {MAIL} flight Insiders` brings that back." in told
    told = await ask(chat, f"unsubscribe {MAIL} flight Insiders")
    assert f"This channel does not follow `{MAIL} flight Insiders`, so nothing" in told


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("subscribe 9NNOWHERE001", "This cannot be done."),
        (f"subscribe {MAIL} flight nowhere", "This cannot be done."),
        ("subscribe chess", "This channel has no alias `chess`."),
        ("unsubscribe chess", "This channel has no alias `chess`."),
        ("subscribe mail mention @here", "Only a user group of this workspace"),
        ("subscribe mail mention @channel", "Only a user group of this workspace"),
        ("subscribe mail mention @ben", "Only a user group of this workspace"),
        ("subscribe mail mention @nobody-here", "Only a user group of this workspace"),
        ("subscribe mail chnages", "Did you mean `/rollout subscribe mail changes`?"),
        (
            "unsubscribe mail changes",
            "not `changes` alone. Did you mean `/rollout subscribe mail attention`?",
        ),
        ("mute mail", "Did you mean `/rollout unsubscribe mail`?"),
        ("notify mail", "Did you mean `/rollout subscribe mail`?"),
    ],
)
async def test_what_cannot_be_done_is_answered_and_changes_nothing(
    chat: Conversation, line: str, answer: str
) -> None:
    await name_mail(chat)

    assert answer in await ask(chat, line)

    listed = await ask(chat, "subscribe")
    [shown] = [line for line in listed.split("\n") if ";" in line]
    assert shown.startswith("all: changes, and when a person is needed; by <@U0BEN>")


async def test_the_question_which_app_has_buttons_that_subscribe(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, f"alias add pics {PHOTOS}")
    question = await ask(chat, "subscribe attention")
    assert "Which app? This channel has `mail`, `pics`." in question
    assert "A button is `/rollout subscribe APP`." in question

    await chat.press(ANN, "pics")

    assert "a rollout of `pics` (Contoso Photos) needs a person" in chat.told(ANN)[-1]
    shown = [m for m in chat.seen(ANN) if "pics" in labels(m)]
    assert shown == []


async def test_a_mention_in_a_thread_subscribes_with_a_group_too(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    thread = await chat.say(ANN, "Who watches the rollout?")

    await chat.say(
        ANN, "@Rollout subscribe mail mention @release-managers", IN_MAIL, thread
    )

    assert "<!subteam^S0MANAGERS> is mentioned when" in chat.told(ANN)[-1]


async def test_a_guest_from_another_company_changes_nothing(chat: Conversation) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", IN_GAMES)

    await chat.say(GIL, "@Rollout unsubscribe mail", IN_GAMES)
    assert (
        "Only members of this channel's own workspace" in (chat.told(GIL, IN_GAMES)[-1])
    )
    await chat.say(GIL, "@Rollout subscribe", IN_GAMES)
    assert "*`mail` (Contoso Mail)*" in chat.told(GIL, IN_GAMES)[-1]


async def test_what_somebody_subscribed_to_stays_when_its_alias_is_removed(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, "subscribe mail changes", ANN)

    told = await ask(chat, "alias remove mail")

    assert (
        f"This channel goes on being told of it, as <@{ANN}> has subscribed; to end "
        f"that: `/rollout unsubscribe {MAIL}`."
    ) in told
    assert f"*Contoso Mail* `{MAIL}`" in await ask(chat, "subscribe")


async def test_an_alias_that_goes_takes_what_nobody_asked_for_along(
    chat: Conversation,
) -> None:
    await name_mail(chat)

    told = await ask(chat, "alias remove mail")

    assert "goes on" not in told
    assert "This channel follows no app yet." in await ask(chat, "subscribe")


async def test_history_says_who_changed_what_the_channel_is_told(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, "subscribe mail changes")
    chat.clock.forward(1)
    await ask(chat, "unsubscribe mail", BEN)

    told = await ask(chat, "history")

    assert "Subscribed: `mail` (Contoso Mail), changes only." in told
    assert f"Unsubscribed: `mail` (Contoso Mail).\n<@{BEN}>, <!date^" in told


async def test_a_channel_without_an_alias_reads_what_it_follows_and_no_other_does(
    chat: Conversation,
) -> None:
    await ask(chat, f"subscribe {MAIL}")
    await chat.say(ANN, f"/rollout subscribe {MAIL} attention", IN_GAMES)
    await seen_once(chat)
    await chat.until(lambda: bool(boards(chat)))

    await change(chat, 40)
    await chat.until(lambda: bool(notices(chat)))
    await ask(chat, f"unsubscribe {MAIL}")
    await change(chat, 60)

    [notice] = notices(chat)
    assert "*Contoso Mail* is in progress at 40 % now" in notice.text
    assert boards(chat, IN_GAMES) == notices(chat, IN_GAMES) == []


async def test_a_closed_channel_keeps_its_subscription_and_the_next_message_heals_it(
    chat: Conversation,
) -> None:
    await name_mail(chat)
    await ask(chat, "subscribe mail")
    await chat.until(lambda: bool(boards(chat)) and bool(reminders(chat)))
    chat.slack.archive(IN_MAIL)
    await change(chat, 40)
    await chat.until(
        lambda: any(
            call.args["channel"] == ANN for call in chat.slack.calls("chat.postMessage")
        )
    )

    chat.slack.archive(IN_MAIL, archived=False)
    told = await ask(chat, "subscribe")
    assert "⚠️ I have not been able to post here since <!date^" in told
    assert "as this channel is archived. Unarchive it" in told
    assert "I have not been able to post here" in await ask(chat, "subscribe mail")

    await change(chat, 60)
    await chat.until(lambda: bool(boards(chat)) and "60 %" in shown(chat))
    blocked = "SELECT count(*) FROM subscriptions WHERE blocked_at IS NOT NULL"
    async with asyncio.timeout(DONE_WITHIN):
        while await stored(chat, blocked) > 0:
            await asyncio.sleep(0.01)
    assert "⚠️" not in await ask(chat, "subscribe")
