"""What every repository of subscriptions promises, and the events that it writes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.db.blocking import BLOCK, UNBLOCK
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.history import Entry
from bot.domain.requests import Alias, Asker, Person, Place
from bot.domain.subscriptions import Subscription, SubscriptionChange
from bot.domain.watching import Topics
from tests.db.sample_requests import APP, FLIGHT, LATER, NOON, AllRepositories

PLACE = Place("T1", "C1")
ELSEWHERE = Place("T1", "C2")
THREAD = Place("T1", "C1", "1700.1")
BEN = Asker(Person("U2", "T1"), PLACE, LATER)
MAIL = Alias("mail", APP, "Mail", None, "U1")
POST = Alias("post", APP, "Mail", None, "U0")
BETA = Alias("beta", FLIGHT, "Mail", "Beta ring", "U2")
BY_ALIAS = Subscription(
    APP, Topics.ALL, True, "U1", NOON, app_name="Mail", alias="mail"
)
WISH = Subscription(
    *(FLIGHT, Topics.ATTENTION, False, "U2", NOON),
    mention="S012",
    app_name="Mail",
    flight_name="Beta ring",
)


async def changes(on: AllRepositories) -> Sequence[Entry]:
    """Return the channel's changes of subscriptions, newest first."""
    page = await on.events.list_history(PLACE, None, 10)
    return [one for one in page.entries if isinstance(one, SubscriptionChange)]


async def test_what_has_an_alias_is_followed_before_that_is_stored(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    assert await subscriptions.list_subscriptions(PLACE) == []
    await repositories.aliases.add_alias(PLACE, MAIL, NOON)
    await repositories.aliases.add_alias(PLACE, BETA, LATER)

    found = await subscriptions.list_subscriptions(THREAD)

    beta = Subscription(
        *(FLIGHT, Topics.ALL, True, "U2", LATER),
        app_name="Mail",
        flight_name="Beta ring",
        alias="beta",
    )
    assert found == [beta, BY_ALIAS]
    assert await subscriptions.list_subscriptions(ELSEWHERE) == []


async def test_two_aliases_of_a_target_follow_it_once(
    repositories: AllRepositories,
) -> None:
    await repositories.aliases.add_alias(PLACE, MAIL, LATER)
    await repositories.aliases.add_alias(PLACE, POST, NOON)

    found = await repositories.subscriptions.list_subscriptions(PLACE)

    assert found == [replace(BY_ALIAS, added_by="U0")]


async def test_a_wish_is_stored_with_its_event(repositories: AllRepositories) -> None:
    subscriptions = repositories.subscriptions

    assert await subscriptions.put_subscription(PLACE, None, WISH)

    assert await subscriptions.list_subscriptions(PLACE) == [WISH]
    assert await changes(repositories) == [
        SubscriptionChange(
            *(EventKind.SUBSCRIBED, FLIGHT, Topics.ATTENTION, NOON, "U2"),
            mention="S012",
            app_name="Mail",
            flight_name="Beta ring",
        )
    ]


async def test_a_wish_takes_the_place_of_what_an_alias_follows(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    await repositories.aliases.add_alias(PLACE, MAIL, NOON)
    wish = replace(BY_ALIAS, topics=Topics.CHANGES, by_alias=False, added_at=LATER)

    assert await subscriptions.put_subscription(PLACE, BY_ALIAS, wish)
    assert await subscriptions.list_subscriptions(PLACE) == [wish]
    await repositories.aliases.remove_alias(PLACE, "mail", "U1", LATER)
    await subscriptions.end_unnamed(PLACE)

    assert await subscriptions.list_subscriptions(PLACE) == [replace(wish, alias=None)]


async def test_what_is_not_as_it_was_read_is_not_changed(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    await subscriptions.put_subscription(PLACE, None, WISH)
    other = replace(WISH, topics=Topics.ALL, added_at=LATER)

    for stale in (
        None,
        replace(WISH, topics=Topics.CHANGES),
        replace(WISH, by_alias=True),
        replace(WISH, added_at=LATER),
        replace(WISH, mention=None),
        replace(WISH, mention="S099"),
    ):
        assert not await subscriptions.put_subscription(PLACE, stale, other)
        if stale is not None:
            assert not await subscriptions.remove_subscription(PLACE, stale, BEN)
    assert await subscriptions.list_subscriptions(PLACE) == [WISH]
    assert len(await changes(repositories)) == 1


async def test_of_many_who_change_one_at_once_one_does(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    wishes = [replace(WISH, added_by=f"U{number}") for number in range(10)]

    first = await asyncio.gather(
        *(subscriptions.put_subscription(PLACE, None, one) for one in wishes)
    )
    [stored] = await subscriptions.list_subscriptions(PLACE)
    later = [replace(one, added_at=LATER) for one in wishes]
    second = await asyncio.gather(
        *(subscriptions.put_subscription(PLACE, stored, one) for one in later)
    )

    assert first.count(True) == second.count(True) == 1
    assert len(await changes(repositories)) == 2


async def test_a_subscription_is_removed_once_and_by_its_channel_alone(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    await subscriptions.put_subscription(PLACE, None, WISH)

    assert not await subscriptions.remove_subscription(ELSEWHERE, WISH, BEN)
    assert await subscriptions.remove_subscription(PLACE, WISH, BEN)
    assert not await subscriptions.remove_subscription(PLACE, WISH, BEN)

    assert await subscriptions.list_subscriptions(PLACE) == []
    newest = (await changes(repositories))[0]
    assert newest == SubscriptionChange(
        *(EventKind.UNSUBSCRIBED, FLIGHT, Topics.NONE, LATER, "U2"),
        app_name="Mail",
        flight_name="Beta ring",
    )


async def test_what_was_muted_goes_with_the_last_alias_and_what_was_wished_stays(
    repositories: AllRepositories,
) -> None:
    subscriptions = repositories.subscriptions
    for alias in (MAIL, POST):
        await repositories.aliases.add_alias(PLACE, alias, NOON)
    [before] = await subscriptions.list_subscriptions(PLACE)
    muted = replace(before, topics=Topics.NONE, added_at=LATER)
    await subscriptions.put_subscription(PLACE, before, muted)
    await subscriptions.put_subscription(PLACE, None, WISH)

    await repositories.aliases.remove_alias(PLACE, "mail", "U1", LATER)
    await subscriptions.end_unnamed(PLACE)
    assert await subscriptions.list_subscriptions(PLACE) == [
        replace(muted, alias="post"),
        WISH,
    ]
    await repositories.aliases.remove_alias(PLACE, "post", "U1", LATER)

    # What is gone is not listed, also where it is still stored.
    assert await subscriptions.list_subscriptions(PLACE) == [WISH]
    await subscriptions.end_unnamed(PLACE)
    await repositories.aliases.add_alias(PLACE, MAIL, LATER)
    [back, _] = await subscriptions.list_subscriptions(PLACE)
    assert back.topics is Topics.ALL


async def test_the_watching_keeps_what_somebody_has_wished(database: Database) -> None:
    stored = SqlRepositories(database)
    await stored.aliases.add_alias(PLACE, MAIL, NOON)
    await stored.watching.follow(NOON)
    assert await stored.subscriptions.list_subscriptions(PLACE) == [BY_ALIAS]
    muted = replace(BY_ALIAS, topics=Topics.NONE, added_at=LATER)

    assert await stored.subscriptions.put_subscription(PLACE, BY_ALIAS, muted)
    await stored.watching.follow(LATER)

    assert await stored.subscriptions.list_subscriptions(PLACE) == [muted]
    assert await stored.watching.claim_looks(LATER, 10) == []
    await stored.subscriptions.put_subscription(PLACE, None, WISH)
    await stored.watching.follow(LATER)
    [claimed] = await stored.watching.claim_looks(LATER, 10)
    assert claimed.target == FLIGHT


async def test_a_channel_that_cannot_be_posted_to_is_listed_so_until_it_can(
    database: Database,
) -> None:
    stored = SqlRepositories(database)
    await stored.subscriptions.put_subscription(PLACE, None, WISH)
    here = {"of_workspace": PLACE.workspace, "of_channel": PLACE.channel}

    await database.run(BLOCK, {**here, "now_at": LATER, "code": "is_archived"})

    [blocked] = await stored.subscriptions.list_subscriptions(PLACE)
    assert (blocked.blocked_at, blocked.blocked_by) == (LATER, "is_archived")
    changed = replace(blocked, topics=Topics.ALL, added_at=LATER)
    assert await stored.subscriptions.put_subscription(PLACE, blocked, changed)
    assert await stored.subscriptions.list_subscriptions(PLACE) == [changed]
    await database.run(UNBLOCK, here)
    [healed] = await stored.subscriptions.list_subscriptions(PLACE)
    assert (healed.blocked_at, healed.blocked_by) == (None, None)
