"""What the commands that only read are answered with."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot import __version__
from bot.domain.change_log import LoggedChange
from bot.domain.events import AliasChange, Event, EventKind
from bot.domain.outcomes import (
    CommandOutcome,
    Confirmed,
    Denial,
    History,
    NotAllowed,
    Status,
    TargetStatus,
    Version,
)
from bot.domain.requests import Alias, Place
from bot.domain.results import Done, Moved, Refused
from bot.domain.submissions import Snapshot, Target
from bot.domain.subscriptions import Subscription
from bot.domain.usage import UnknownAlias
from bot.domain.watching import Topics, WatchedTarget, change_event
from bot.service.channel_history import HISTORY_LENGTH
from tests.fakes import (
    ANN,
    BETA,
    BOB,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    ref_of,
)
from tests.service.service_harness import ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


def name_apps(harness: ServiceHarness, number: int) -> list[tuple[str, str]]:
    """Publish apps and name each in the channel; return the names and Store IDs."""
    named = [(f"app{index:02d}", f"9NAPP{index:07d}") for index in range(number)]
    for name, app_id in named:
        harness.store.publish(Target(MAIN, app_id))
        harness.aliases.put(name, Target(MAIN, app_id))
    return named


async def test_status_shows_one_target_or_every_alias(harness: ServiceHarness) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA, HALTED)

    everything = await harness.say("status")
    one = await harness.say("status MAIL")

    assert isinstance(everything, Status)
    assert isinstance(one, Status)
    # What is in progress comes first.
    assert [standing.alias for standing in everything.targets] == ["mail", "beta"]
    assert one.targets == everything.targets[:1]
    assert await harness.say("status xyzzy") == UnknownAlias("xyzzy", ("beta", "mail"))


async def test_status_of_two_words_shows_both_in_their_order(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA, HALTED)

    answer = await harness.say(f"status MAIL beta {MAIL.app_id} mail")

    assert isinstance(answer, Status)
    assert [(one.alias, one.target) for one in answer.targets] == [
        ("mail", MAIL),
        ("beta", BETA),
        (None, MAIL),
    ]
    assert all(isinstance(one.seen, Snapshot) for one in answer.targets)


async def test_an_unknown_word_among_several_is_named_and_nothing_is_read(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say("status mail xyzzy plugh")

    assert answer == UnknownAlias("xyzzy", ("mail",))
    assert harness.store.calls == []


async def test_status_of_a_channel_without_aliases_is_empty() -> None:
    assert await ServiceHarness().say("status") == Status(())


async def test_one_target_that_cannot_be_read_spoils_no_other(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("gone", OTHER)

    answer = await harness.say("status")

    assert isinstance(answer, Status)
    mail, gone = answer.targets
    assert isinstance(gone, TargetStatus)
    assert isinstance(gone.seen, Refused)
    assert isinstance(mail.seen, Snapshot)


@pytest.mark.parametrize(("number", "described"), [(3, 3), (4, 2)])
async def test_a_long_status_reads_versions_a_few_at_a_time(
    number: int, described: int
) -> None:
    harness = ServiceHarness()
    name_apps(harness, number)

    await harness.say("status")

    # What the others get is read for a few too.
    others = {3: 3, 4: 0}[number]
    assert harness.store.names().count("get_submission") == described + others
    assert harness.store.names().count("get_rollout") == number


async def test_a_long_status_asks_the_store_about_a_few_at_a_time() -> None:
    harness = ServiceHarness()
    name_apps(harness, 5)
    going_on = asyncio.Event()
    harness.store.reading = going_on

    asking = asyncio.create_task(harness.say("status"))
    for _ in range(100):
        await asyncio.sleep(0)

    assert harness.store.names().count("get_rollout") == 4
    going_on.set()
    await asking
    assert harness.store.names().count("get_rollout") == 5


async def test_two_aliases_of_one_app_are_one_reading(harness: ServiceHarness) -> None:
    harness.aliases.put("post")

    answer = await harness.say("status")

    assert isinstance(answer, Status)
    assert [one.alias for one in answer.targets] == ["mail", "post"]
    # The second submission is the one that the others get.
    assert sorted(harness.store.names()) == [
        "get_app",
        "get_rollout",
        "get_submission",
        "get_submission",
    ]


async def test_the_first_status_of_fifty_apps_lists_them_once() -> None:
    harness = ServiceHarness()
    name_apps(harness, 50)

    answer = await harness.say("status")

    assert isinstance(answer, Status)
    assert len(answer.targets) == 50
    assert harness.store.names().count("list_apps") == 1
    assert "get_app" not in harness.store.names()


async def test_more_apps_than_one_message_shows_are_counted_and_not_read() -> None:
    harness = ServiceHarness()
    ids = " ".join(app_id for _, app_id in name_apps(harness, 53))

    answer = await harness.say(f"status {ids}")

    assert isinstance(answer, Status)
    assert (len(answer.targets), answer.more) == (50, 3)
    assert harness.store.names().count("get_rollout") == 50


async def test_people_who_ask_at_the_same_time_share_one_reading(
    harness: ServiceHarness,
) -> None:
    answers = await asyncio.gather(*(harness.say("status") for _ in range(10)))

    assert all(answer == answers[0] for answer in answers)
    # The second submission is the one that the others get.
    assert sorted(harness.store.names()) == [
        "get_app",
        "get_rollout",
        "get_submission",
        "get_submission",
    ]


async def test_the_asker_of_a_slow_status_is_told_of_how_many_apps() -> None:
    harness = ServiceHarness()
    name_apps(harness, 5)
    harness.store.reading = asyncio.Event()
    told: list[int] = []

    async def on_reading(apps: tuple[str, ...]) -> None:
        told.append(len(apps))
        assert harness.store.reading is not None
        harness.store.reading.set()

    answers = harness.service.answers("status", PLACE, ANN, on_reading)
    [answer] = [each async for each in answers]

    assert isinstance(answer, Status)
    assert told == [5]


async def test_the_asker_of_a_quick_status_is_told_nothing_but_the_answer(
    harness: ServiceHarness,
) -> None:
    async def on_reading(_: tuple[str, ...]) -> None:
        raise AssertionError

    answers = harness.service.answers("status", PLACE, ANN, on_reading)
    [answer] = [each async for each in answers]

    assert isinstance(answer, Status)


async def change_was_made(harness: ServiceHarness, percentage: float) -> None:
    """Ask for a percentage, confirm it, and let it be done now."""
    card = await harness.ask(f"set mail {percentage}")
    confirmed = await harness.confirm(card)
    assert isinstance(confirmed, Confirmed)
    assert confirmed.request.operation is not None
    after = replace(GOING, percentage=percentage)
    harness.store.rollouts[ref_of()] = after
    await harness.operations.finish_operation(
        confirmed.request.operation, Done(GOING, after), harness.now
    )
    harness.now += timedelta(minutes=5)


async def changed_here(harness: ServiceHarness) -> datetime | None:
    """Return when, as a status tells, the channel has brought the app there."""
    answer = await harness.say("status mail")
    assert isinstance(answer, Status)
    return answer.targets[0].changed_here


async def test_a_status_tells_when_the_channel_has_changed_the_rollout(
    harness: ServiceHarness,
) -> None:
    assert await changed_here(harness) is None

    await change_was_made(harness, 30.0)
    await change_was_made(harness, 40.0)
    last = harness.now - timedelta(minutes=5)

    assert await changed_here(harness) == last


async def test_a_status_tells_of_no_change_here_where_the_rollout_moved_on(
    harness: ServiceHarness,
) -> None:
    await change_was_made(harness, 30.0)
    await change_was_made(harness, 40.0)
    # As it was after an earlier change, which does not make it that change's.
    harness.store.rollouts[ref_of()] = replace(GOING, percentage=30.0)

    assert await changed_here(harness) is None


async def test_a_status_tells_of_no_change_here_that_had_no_effect(
    harness: ServiceHarness,
) -> None:
    confirmed = await harness.confirm(await harness.ask("set mail 30"))
    assert isinstance(confirmed, Confirmed)
    assert confirmed.request.operation is not None
    await harness.operations.finish_operation(
        confirmed.request.operation, Moved(GOING, GOING), NOON
    )

    assert await changed_here(harness) is None


@pytest.mark.parametrize("verb", ["status", "history"])
async def test_a_displayed_name_of_several_apps_is_asked_about(
    harness: ServiceHarness, verb: str
) -> None:
    for name, target in (("one", MAIL), ("two", OTHER)):
        alias = Alias(name, target, "Contoso Mail")
        await harness.aliases.add_alias(PLACE, alias, NOON)

    answer = await harness.say(f"{verb} Contoso Mail")

    assert answer == UnknownAlias("contoso mail", ("one", "two"), near=True)
    assert harness.store.calls == []


async def test_the_version_is_that_of_the_package(harness: ServiceHarness) -> None:
    assert await harness.say("version") == Version(__version__)


async def test_history_is_the_channels_own_newest_first(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA)
    cards = []
    for minute in range(HISTORY_LENGTH + 2):
        harness.now = NOON + timedelta(minutes=minute)
        card = await harness.ask(
            "halt beta" if minute == 9 else f"set mail {minute + 30}"
        )
        # Where the card stands is no event.
        cards.append(replace(card, card=None))
    newest = list(reversed(cards))

    assert await harness.say("history") == History(tuple(newest[:HISTORY_LENGTH]))
    assert await harness.say("history BETA") == History((cards[9],), "beta")
    assert await harness.say("history", place=ELSEWHERE) == History(())
    assert await harness.say("history x") == UnknownAlias("x", ("beta", "mail"))


async def test_history_shows_the_aliases_that_came_and_went(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    added = f"alias add beta {MAIL.app_id}"
    await harness.say(added, BOB)
    await harness.say("alias remove beta", ANN)
    await harness.say(f"{added} flight beta ring", BOB)
    app = Alias("beta", MAIL, "Mail", None, "U2")
    flight = Alias("beta", BETA, "Mail", "Beta ring", "U2")
    re_pointed = AliasChange(
        EventKind.ALIAS_REPOINTED, flight, NOON, "U2", before=str(MAIL)
    )

    assert await harness.say("history") == History(
        (
            re_pointed,
            AliasChange(EventKind.ALIAS_REMOVED, app, NOON, "U1"),
            AliasChange(EventKind.ALIAS_ADDED, app, NOON, "U2"),
        )
    )
    assert await harness.say("history beta") == History((re_pointed,), "beta")


async def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    await harness.events.add_event(
        Event(EventKind.ASKED, NOON, PLACE, MAIL, request_id="r9", details={"v": 2})
    )

    answer = await harness.say("history mail")

    assert answer == History((replace(card, card=None),), "mail", unread=1)


def changed_elsewhere(
    percentage: float, minutes: float, target: Target = MAIL
) -> Event:
    """Return the event of a percentage that somebody has set in Partner Center."""
    before = Snapshot(ref_of(target), "Mail", None, GOING)
    watched = WatchedTarget(target, int(minutes), before, NOON)
    after = replace(before, rollout=replace(GOING, percentage=percentage))
    at = NOON + timedelta(minutes=minutes)
    return change_event(EventKind.PERCENTAGE_CHANGED, watched, after, at)


def shown(answer: CommandOutcome) -> list[str]:
    """Name each entry of a history: a request by its verb, a change by its state."""
    assert isinstance(answer, History)
    return [
        f"{one.target.app_id} {one.change.after.percentage:g}"
        if isinstance(one, LoggedChange) and one.change.after is not None
        else type(one).__name__
        for one in answer.entries
    ]


async def test_history_shows_what_was_changed_elsewhere_among_the_requests(
    harness: ServiceHarness,
) -> None:
    await harness.events.add_event(changed_elsewhere(26, -1))
    await change_was_made(harness, 30.0)
    await harness.events.add_event(changed_elsewhere(50, 2))

    answer = await harness.say("history mail")

    assert shown(answer) == [f"{MAIL.app_id} 50", "Request", f"{MAIL.app_id} 26"]
    assert isinstance(answer, History)
    # The course has what the channel has done, too.
    assert [percentage for _, percentage in answer.points] == [26, 30, 50]
    everything = await harness.say("history")
    assert shown(everything) == shown(answer)
    assert isinstance(everything, History)
    assert everything.points == ()


async def test_what_another_channel_has_changed_stands_in_history_once(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("post", MAIL, ELSEWHERE)
    await change_was_made(harness, 30.0)

    there = await harness.say("history", place=ELSEWHERE)

    assert shown(await harness.say("history")) == ["Request"]
    assert shown(there) == [f"{MAIL.app_id} 30"]
    assert isinstance(there, History)
    [change] = there.entries
    assert isinstance(change, LoggedChange)
    assert (change.change.by_bot, change.change.actor) == (True, "U1")


async def test_the_history_of_a_channel_is_of_what_it_follows(
    harness: ServiceHarness,
) -> None:
    third = Target(MAIN, "9WZDNCRFHVN5")
    for minute, target in enumerate((OTHER, third, BETA, MAIL), 1):
        await harness.events.add_event(changed_elsewhere(30, minute, target))
    for target, topics in ((OTHER, Topics.ATTENTION), (third, Topics.NONE)):
        wish = Subscription(target, topics, False, "U1", NOON)
        subscriptions = harness.repositories.subscriptions
        assert await subscriptions.put_subscription(PLACE, None, wish)

    entries = shown(await harness.say("history"))

    assert entries[0] == f"{MAIL.app_id} 30"
    assert entries[1] == f"{OTHER.app_id} 30"
    assert entries[2:] == ["SubscriptionChange"] * 2
    assert shown(await harness.say(f"history {third.app_id}")) == [
        f"{third.app_id} 30",
        "SubscriptionChange",
    ]


async def test_the_history_of_many_changes_is_as_long_as_any(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("other", OTHER)
    for minute in range(2 * HISTORY_LENGTH):
        target = OTHER if minute % 2 else MAIL
        await harness.events.add_event(changed_elsewhere(30 + minute, minute, target))

    entries = shown(await harness.say("history"))

    assert len(entries) == HISTORY_LENGTH
    assert entries[0] == f"{OTHER.app_id} 49"
    assert entries[-1] == f"{MAIL.app_id} 40"
    one = await harness.say("history mail")
    assert isinstance(one, History)
    assert (len(one.entries), len(one.points)) == (10, 10)


async def test_a_guest_reads_of_no_change_of_an_app_without_an_alias(
    harness: ServiceHarness,
) -> None:
    wish = Subscription(OTHER, Topics.ALL, False, "U1", NOON)
    await harness.repositories.subscriptions.put_subscription(PLACE, None, wish)
    for target in (OTHER, MAIL):
        await harness.events.add_event(changed_elsewhere(30, 1, target))

    entries = shown(await harness.say("history", GUEST))

    assert entries == [f"{MAIL.app_id} 30"]
    assert isinstance(await harness.say(f"history {OTHER.app_id}", GUEST), NotAllowed)


async def test_a_guest_reads_of_no_alias_that_is_gone(harness: ServiceHarness) -> None:
    harness.store.publish(OTHER)
    await harness.say(f"alias add chat {OTHER.app_id}")
    everything = ["AliasChange"]
    assert shown(await harness.say("history", GUEST)) == everything

    await harness.say("alias remove chat")

    assert shown(await harness.say("history", GUEST)) == []
    members = ["ChannelChange", *everything * 2]
    assert shown(await harness.say("history")) == members


async def test_changes_that_a_newer_bot_wrote_are_counted(
    harness: ServiceHarness,
) -> None:
    newer = replace(changed_elsewhere(30, 1), details={"after": 1})
    await harness.events.add_event(newer)

    for line, about in (("history mail", "mail"), ("history", None)):
        assert await harness.say(line) == History((), about, unread=1)
