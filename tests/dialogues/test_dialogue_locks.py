"""What people lock, what is held by it, what everybody is told, and who lifts it."""

import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.locks import DAYS_OF_WEEK
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.engine import EngineTiming
from bot.sandbox.slack.messages import Message
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, PHOTOS
from bot.slack.ids import NOTICE_TYPE
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import all_told, boards, follow, looked_since, shown
from tests.slack_users import (
    ANN,
    BEN,
    GIL,
    IN_GAMES,
    IN_MAIL,
    labels,
    texts,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ON_MAIL = Target("main", MAIL)


@pytest.fixture(scope="module")
def store_limit() -> str:
    return UNLIMITED


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


async def ask(
    chat: Conversation, line: str, who: str = ANN, channel: str = IN_MAIL
) -> str:
    """Type a command, and return what this person alone is told."""
    before = len(chat.told(who, channel))
    await chat.say(who, f"/rollout {line}", channel)
    told = chat.told(who, channel)[before:]
    assert len(told) == 1, told
    return told[0]


async def name_apps(chat: Conversation) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    await chat.say(BEN, f"/rollout alias add beta {MAIL} flight {MAIL_INSIDERS}")
    await chat.say(BEN, f"/rollout alias add pics {PHOTOS}")
    # From then on its name is known.
    await looked_since(chat, None, MAIL)


def lock_notices(chat: Conversation, channel: str = IN_MAIL) -> list[str]:
    """Return what all see of locks in a channel, the oldest first."""
    found = [
        message
        for message in chat.slack.workspace.messages.everything()
        if message.bot and message.channel == channel and is_about_lock(message)
    ]
    found.sort(key=lambda message: message.ts)
    return [words(asdict(message)) for message in found]


def is_about_lock(message: Message) -> bool:
    data = message.metadata or {}
    if data.get("event_type") != NOTICE_TYPE:
        return False
    return str(data["event_payload"]["event"]).startswith(("locked/", "unlocked/"))


async def notices(chat: Conversation, count: int, channel: str = IN_MAIL) -> list[str]:
    """Wait until a channel was told of so many locks and ends of locks."""
    await chat.until(lambda: len(lock_notices(chat, channel)) >= count)
    return lock_notices(chat, channel)


def here_and_now(chat: Conversation, hours: float = 0) -> str:
    """Return the day and the time of day that Ann's clock shows, or will show."""
    zone = ZoneInfo(chat.slack.workspace.directory.people[ANN].timezone)
    at = (chat.clock() + timedelta(hours=hours)).astimezone(zone)
    return f"{DAYS_OF_WEEK[at.weekday()]} {at:%H:%M}"


async def test_a_lock_holds_finalize_and_set_for_everybody_and_never_a_halt(
    chat: Conversation,
) -> None:
    await name_apps(chat)

    told = await ask(chat, "lock mail for 3d code freeze")
    assert f"🔒 `mail`: locked by <@{ANN}> until <!date^" in told
    assert ": code freeze" in told
    assert "you neither; rollouts go on, and can be" in told
    assert "`/rollout unlock mail`" in told

    for who in (ANN, BEN):
        for line in ("finalize mail", "set mail 40%", f"finalize {MAIL}"):
            told = await ask(chat, line, who)
            assert "Nobody can finalize or set `" in told
            assert f"🔒 locked by <@{ANN}> until <!date^" in told
            assert ": code freeze" in told
            assert "Whoever has locked can lift that" in told
            assert "`/rollout unlock " in told
            assert "A halt stays possible: `/rollout halt " in told
    assert chat.writes() == []
    assert await chat.requests() == []

    await chat.say(BEN, "/rollout halt mail crash on start")
    assert "🔒" not in texts(chat.card())
    await chat.press(BEN, "Halt rollout")
    assert len(chat.writes()) == 1
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_the_channel_is_told_who_locks_until_when_and_why(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail for 3d code freeze")

    [notice] = await notices(chat, 1)

    assert f"🔒 *Contoso Mail*: locked by <@{ANN}> until <!date^" in notice
    assert ": code freeze" in notice
    assert f"<@{ANN}> can lift it, and everybody else can with a reason" in notice
    assert f"`/rollout unlock {MAIL} REASON`" in notice


async def test_another_person_lifts_a_lock_with_a_reason_and_the_locker_is_mentioned(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail for 3d code freeze")
    await notices(chat, 1)

    told = await ask(chat, "unlock mail", BEN)
    assert f"<@{ANN}> has locked this, not you, so it takes a reason" in told
    assert "`/rollout unlock mail REASON`" in told
    assert "Nobody can finalize" in await ask(chat, "finalize mail", BEN)

    told = await ask(chat, "unlock mail freeze is over", BEN)
    assert "`mail`: 1 lock is lifted." in told
    [_, end] = await notices(chat, 2)
    assert (
        f"🔓 *Contoso Mail*: <@{BEN}> has lifted the lock of <@{ANN}>: freeze is over"
    ) in end
    assert "It was locked <!date^" in end

    await chat.say(BEN, "/rollout finalize mail")
    assert [one.change.verb for one in await chat.requests()] == [Verb.FINALIZE]
    assert "There is no lock of `mail` alone" in await ask(chat, "unlock mail", BEN)


async def test_whoever_locked_lifts_it_without_a_reason(chat: Conversation) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail code freeze")
    await ask(chat, "lock mail for 2 hours audit", BEN)

    told = await ask(chat, "unlock mail")

    assert "`mail`: 1 lock is lifted." in told
    assert "What is not lifted by that:" in told
    assert f"locked by <@{BEN}> until" in told
    refused = await ask(chat, "finalize mail")
    assert ": audit" in refused
    assert "code freeze" not in refused
    found = await notices(chat, 3)
    assert f"🔓 *Contoso Mail*: unlocked by <@{ANN}>." in found[-1]


async def test_several_locks_hold_and_all_are_shown(chat: Conversation) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail for 3d code freeze")
    await ask(chat, "lock all for 2h outage of the login", BEN)

    told = await ask(chat, "set mail 40%")
    assert f"🔒 locked by <@{ANN}> until" in told
    assert f"🔒 all apps locked by <@{BEN}> until" in told
    assert "`/rollout unlock mail REASON`" in told
    assert "`/rollout unlock all REASON`" in told
    told = await ask(chat, "finalize pics")
    assert f"🔒 all apps locked by <@{BEN}> until" in told
    assert "code freeze" not in told
    # The lock of an app holds its flights.
    told = await ask(chat, "finalize beta")
    assert ": code freeze" in told

    listed = await ask(chat, "locks")
    assert "2 locks." in listed
    assert f"🔒 *`mail` (Contoso Mail)*: locked by <@{ANN}> until" in listed
    assert f"🔒 *All apps*: locked by <@{BEN}> until" in listed
    assert "`/rollout unlock all`" in listed
    status = await ask(chat, "status mail")
    assert f"🔒 locked by <@{ANN}> until" in status
    assert f"🔒 all apps locked by <@{BEN}> until" in status


async def test_of_several_apps_those_that_are_locked_get_no_card(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await ask(chat, "lock pics code freeze")

    told = await ask(chat, "set mail, pics 40%")

    assert "Nobody can finalize or set `pics` now." in told
    assert [one.alias for one in await chat.requests()] == ["mail"]


async def test_a_card_that_waits_is_held_at_the_press_until_the_lock_is_lifted(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout finalize mail three days without crashes")
    await ask(chat, "lock mail for 5m code freeze", BEN)

    for who in (BEN, ANN):
        await chat.press(who, "Finalize rollout")
        told = chat.told(who)[-1]
        assert "Nobody can finalize or set `mail` now." in told
        assert f"🔒 locked by <@{BEN}> until <!date^" in told
        assert ": code freeze" in told
        assert f"🔒 locked by <@{BEN}> until <!date^" in texts(card_asked(chat))
        assert labels(card_asked(chat)) == ["Finalize rollout", "Cancel"]
    assert chat.writes() == []

    await ask(chat, "unlock mail", BEN)
    await chat.press(ANN, "Finalize rollout")
    assert len(chat.writes()) == 1
    assert chat.rollout(MAIL).status == "PackageRolloutComplete"


def card_asked(chat: Conversation) -> dict[str, Any]:
    """Return the one card of the channel."""
    [card] = [one for one in chat.cards() if "Finalize rollout" in labels(one)]
    return card


async def test_a_card_of_a_halt_is_pressed_whatever_is_locked(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(ANN, "/rollout halt mail crash on start")
    await ask(chat, "lock all outage", BEN)
    await ask(chat, "lock mail code freeze", BEN)

    await chat.press(ANN, "Halt rollout")

    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_lock_that_is_over_holds_nothing(chat: Conversation) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail for 2h code freeze")
    assert "Nobody can finalize" in await ask(chat, "finalize mail")

    chat.clock.forward(121)
    await chat.say(ANN, "/rollout finalize mail")

    assert [one.change.verb for one in await chat.requests()] == [Verb.FINALIZE]
    assert "Nothing is locked here." in await ask(chat, "locks")


async def test_a_weekly_lock_holds_in_its_window_alone(chat: Conversation) -> None:
    await name_apps(chat)
    begins, ends = here_and_now(chat, -1), here_and_now(chat, 1)
    zone = chat.slack.workspace.directory.people[ANN].timezone

    told = await ask(chat, f"lock mail every {begins} - {ends} quiet hours")
    shown = f"{begins.capitalize()} – {ends.capitalize()} (`{zone}`)"
    assert f"locked by <@{ANN}> every week, {shown}: quiet hours" in told
    told = await ask(chat, "finalize mail")
    assert f"🔒 locked by <@{ANN}> until <!date^" in told
    listed = await ask(chat, "locks")
    assert "now until <!date^" in listed
    assert "next <!date^" in listed
    await notices(chat, 1)
    await all_told(chat)

    chat.clock.forward(62)
    listed = await ask(chat, "locks")
    assert "🗓️ *`mail` (Contoso Mail)*" in listed
    assert "now until" not in listed
    await chat.say(ANN, "/rollout finalize mail")
    assert [one.change.verb for one in await chat.requests()] == [Verb.FINALIZE]

    chat.clock.forward(7 * 24 * 60 - 62)
    told = await ask(chat, "set mail 40%")
    assert f"🔒 locked by <@{ANN}> until <!date^" in told
    [notice] = await notices(chat, 1)
    assert f"every week, {shown}: quiet hours" in notice


async def test_all_is_locked_in_each_channel_that_follows_something_and_told_once(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await chat.say(BEN, f"/rollout alias add pics {PHOTOS}", IN_GAMES)

    await ask(chat, "lock all for 2h outage")

    for channel in (IN_MAIL, IN_GAMES):
        [notice] = await notices(chat, 1, channel)
        assert f"🔒 *All apps*: locked by <@{ANN}> until" in notice
        assert "`/rollout unlock all REASON`" in notice
    told = await ask(chat, "finalize pics", BEN, IN_GAMES)
    assert f"🔒 all apps locked by <@{ANN}>" in told
    await ask(chat, "unlock all login works again", BEN, IN_GAMES)
    for channel in (IN_MAIL, IN_GAMES):
        [_, end] = await notices(chat, 2, channel)
        assert f"🔓 *All apps*: <@{BEN}> has lifted the lock of <@{ANN}>" in end


async def test_the_board_shows_a_lock_from_its_beginning_to_its_end(
    chat: Conversation,
) -> None:
    await follow(chat, IN_MAIL)
    assert "🔒" not in shown(chat)

    await ask(chat, "lock mail for 2h code freeze")
    await until_board(chat, f"🔒 locked by <@{ANN}> until")
    assert ": code freeze" in shown(chat)

    chat.clock.forward(121)
    await until_board(chat, "")

    await ask(chat, "lock all for 2h outage")
    await until_board(chat, f"🔒 all apps locked by <@{ANN}>")
    await ask(chat, "unlock all")
    await until_board(chat, "")
    assert labels(asdict(boards(chat)[-1])) == ["Halt…", "Set…", "Finalize…"]


async def until_board(chat: Conversation, lock: str) -> None:
    """Wait until the board shows a lock; without one until it shows none."""

    def is_shown() -> bool:
        # The pause between two edits.
        chat.clock.forward(0.01)
        return lock in shown(chat) if lock else "🔒" not in shown(chat)

    await chat.until(is_shown)


async def test_a_board_opens_no_form_for_what_is_locked(chat: Conversation) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail code freeze")
    board = chat.post_buttons(ON_MAIL)

    await chat.press_on(BEN, board, "Set…")
    await chat.quiet()
    assert "Nobody can finalize or set `mail` now." in chat.told(BEN)[-1]
    await chat.press_on(BEN, board, "Finalize…")
    await chat.quiet()
    assert "Nobody can finalize or set `mail` now." in chat.told(BEN)[-1]
    assert await chat.requests() == []


async def test_home_shows_what_is_locked(chat: Conversation) -> None:
    await follow(chat, IN_MAIL)
    await ask(chat, "lock mail for 2h code freeze")
    await ask(chat, f"lock {PHOTOS} for 2h other freeze")

    chat.slack.open_home(BEN)
    await chat.until(lambda: home(chat) != "")

    assert "*Locked: nobody can finalize or set*" in home(chat)
    assert f"🔒 *Contoso Mail*: locked by <@{ANN}> until" in home(chat)
    assert f"🔒 *{PHOTOS}*: locked by <@{ANN}> until" in home(chat)


def home(chat: Conversation) -> str:
    view = chat.slack.home(BEN)
    return "" if view is None else texts({"blocks": view.body["blocks"]})


async def test_a_zone_that_slack_does_not_tell_is_utc_and_the_answer_says_so(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    chat.slack.workspace.faults.arm("users.info", "internal_error", times=9)
    told = await ask(chat, "lock mail until tomorrow 18:00 code freeze", BEN)

    assert re.search(r"\|\d{4}-\d\d-\d\d 18:00 UTC>: code freeze", told)
    assert "Slack did not say in which time zone you are: the time is one of" in told
    assert "`UTC`" in told


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("lock", "It always has a reason, and ends after 24 hours"),
        ("lock mail", "Why? A lock needs a reason"),
        ("lock mail until Mon 08:00", "Why? A lock needs a reason"),
        ("lock mail until further notice", "I cannot read `until further notice`"),
        ("lock mail until 2020-01-01 x", "`until 2020-01-01` is over already"),
        ("lock mail for 0h x", "`for 0h` is over already"),
        ("lock mail for 91d x", "is more than 90 days away"),
        ("lock mail every fri x", "two days and two times"),
        ("lock mail every fri 16:00 - fri 16:00 x", "begins and ends at the same time"),
        ("lock mail until mon 8:00 zone Mars x", "I do not know a time zone `Mars`"),
        ("lock mail for 3d until mon 8:00 x", "names two times"),
        ("lock chess x", "This channel has no alias `chess`."),
        ("unlock mail", "There is no lock of `mail` alone, so nothing was changed."),
        ("locks", "Nothing is locked here."),
        ("freeze mail", "Did you mean `/rollout lock mail`?"),
        ("unfreeze mail", "Did you mean `/rollout unlock mail`?"),
    ],
)
async def test_what_cannot_be_locked_is_answered_and_locks_nothing(
    chat: Conversation, line: str, answer: str
) -> None:
    await name_apps(chat)

    assert answer in await ask(chat, line)

    assert "Nothing is locked here." in await ask(chat, "locks")


async def test_all_is_not_locked_where_no_app_is_named(chat: Conversation) -> None:
    assert "Which app?" in await ask(chat, "lock all outage")
    assert "Nothing is locked here." in await ask(chat, "locks")


async def test_a_guest_from_another_company_locks_and_lifts_nothing(
    chat: Conversation,
) -> None:
    await chat.say(BEN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await chat.say(BEN, "/rollout lock mail code freeze", IN_GAMES)

    for line in ("@Rollout lock mail x", "@Rollout unlock mail x"):
        await chat.say(GIL, line, IN_GAMES)
        told = chat.told(GIL, IN_GAMES)[-1]
        assert "Only members of this channel's own workspace" in told
    assert "1 lock." in await ask(chat, "locks", BEN, IN_GAMES)


async def test_the_history_says_who_locked_until_when_and_who_lifted_that(
    chat: Conversation,
) -> None:
    await name_apps(chat)
    await ask(chat, "lock mail for 3d code freeze")
    await ask(chat, "unlock mail all is well", BEN)

    told = await ask(chat, "history mail")

    assert f"<@{ANN}> locked *Contoso Mail*, <!date^" in told
    assert ", until <!date^" in told
    assert "Why: code freeze" in told
    assert f"<@{BEN}> lifted the lock of *Contoso Mail* that <@{ANN}> had set" in told
    assert "Why: all is well" in told
