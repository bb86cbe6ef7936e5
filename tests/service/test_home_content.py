"""What one person is shown on Home, of what real repositories hold."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Judgement
from bot.domain.events import EventKind
from bot.domain.home import HomeContent, NextStep
from bot.domain.locks import Lock
from bot.domain.plan_changes import held
from bot.domain.plans import HoldReason, Plan
from bot.domain.proposals import Proposal, ProposalKind
from bot.domain.requests import Alias, Person, Place, Request
from bot.domain.rollout import IN_PROGRESS, Change, Rollout
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from tests.fakes.home import home_of
from tests.fakes.plans import TERMS, ramp_request
from tests.fakes.samples import (
    ANN,
    BETA,
    BOB,
    FINAL,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    asked,
)
from tests.service.test_watcher import Watching

MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
CHAT = Target(MAIN, "9WZDNCRFJ3TJ")
CARD = asked(Change(Verb.HALT))
FULL = Rollout(True, 100.0, IN_PROGRESS)


class AtHome(Watching):
    """A watcher of what channels follow, and Home, on one clock."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.stored = SqlRepositories(database)
        self.home = home_of(self.stored, self.stored.home, lambda: self.now)

    async def name(self, target: Target, channel: str = "C1") -> None:
        """Give a target an alias in a channel, which follows it by that."""
        alias = Alias(f"a{target}".lower(), target, "Mail", None, "U1")
        await self.stored.aliases.add_alias(Place("T1", channel), alias, NOON)

    async def subscribe(self, target: Target, channel: str = "C1") -> None:
        """Let a channel follow a target without an alias."""
        wish = Subscription(target, Topics.ALL, False, "U1", NOON)
        place = Place("T1", channel)
        assert await self.stored.subscriptions.put_subscription(place, None, wish)

    def publish(self, target: Target, name: str, rollout: Rollout = GOING) -> None:
        """Publish an app of this name."""
        self.store.publish(target, rollout)
        self.store.apps[target.app_id] = replace(
            self.store.apps[target.app_id], name=name
        )

    async def ask(self, request: Request = CARD) -> None:
        await self.stored.requests.add_request(request)

    async def read(self, person: Person = BOB, *channels: str) -> HomeContent:
        """Return what a person is shown who is in these channels, or in both."""
        return await self.home.read(person, "T1", channels or ("C2", "C1"))


@pytest.fixture
async def at_home(migrated_sqlite_url: str) -> AsyncIterator[AtHome]:
    database = Database(migrated_sqlite_url)
    world = AtHome(database)
    world.publish(MAIL, "Mail")
    world.publish(CHAT, "Chat")
    yield world
    await database.close()


def shown(content: HomeContent) -> list[Target]:
    """Return the targets that are open, in their order."""
    return [one.watched.target for one in content.open]


async def test_who_is_in_a_channel_sees_its_cards_rollouts_and_ends(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.name(CHAT)
    await at_home.look()
    at_home.publish(CHAT, "Chat", HALTED)
    await at_home.look(10 * MINUTE)
    await at_home.ask(replace(CARD, expires_at=at_home.now + MINUTE))

    content = await at_home.read(BOB, "C1")

    assert [one.id for one in content.waiting] == ["r1"]
    [rollout] = content.open
    assert rollout.channels == ("C1",)
    assert rollout.watched.seen is not None
    assert (rollout.watched.seen.app_name, rollout.watched.seen.rollout) == (
        "Mail",
        GOING,
    )
    [ended] = content.finished
    assert (ended.kind, ended.target, ended.app_name, ended.at) == (
        *(EventKind.ROLLOUT_HALTED, CHAT, "Chat"),
        at_home.now,
    )
    assert content.follows
    assert await at_home.read(BOB, "C2") == HomeContent()


async def test_home_costs_no_request_to_the_store(at_home: AtHome) -> None:
    await at_home.name(MAIL)
    await at_home.look()
    at_home.store.calls.clear()

    assert (await at_home.read()).open
    assert at_home.store.calls == []


async def test_who_is_in_no_channel_sees_their_own_cards_alone(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.look()
    await at_home.ask()

    own = await at_home.home.read(ANN, "T1", [])

    assert own == HomeContent(waiting=own.waiting)
    assert [one.id for one in own.waiting] == ["r1"]
    assert await at_home.home.read(BOB, "T1", []) == HomeContent()


async def test_a_card_is_shown_to_whom_it_asks_and_to_who_has_asked(
    at_home: AtHome,
) -> None:
    await at_home.ask()
    await at_home.ask(replace(CARD, id="r2", asked_by=GUEST.user_id))

    ours, theirs = await at_home.read(BOB), await at_home.read(GUEST)

    assert {one.id for one in ours.waiting} == {"r1", "r2"}
    assert [one.id for one in theirs.waiting] == ["r2"]


async def test_a_card_whose_time_is_over_waits_for_nobody(at_home: AtHome) -> None:
    await at_home.ask()
    at_home.now = CARD.expires_at

    assert (await at_home.read(ANN)).waiting == ()


async def test_a_proposal_waits_for_those_in_its_channel_who_may_decide_it(
    at_home: AtHome,
) -> None:
    wanted = Proposal(
        *("p1", ProposalKind.LET_IN, Place("T1", "C1"), MAIL, "U8"),
        at_home.now,
        at_home.now + MINUTE,
        about="C3",
    )
    await at_home.stored.proposals.add_proposal(wanted)

    # Where Slack does not say who is in the channel, it is hidden from no colleague.
    assert [one.id for one in (await at_home.read(BOB)).proposals] == ["p1"]
    assert (await at_home.read(GUEST)).proposals == ()
    assert (await at_home.read(BOB, "C2")).proposals == ()
    at_home.now += MINUTE
    assert (await at_home.read(BOB)).proposals == ()


async def test_a_guest_sees_what_has_an_alias_in_their_channel_and_nothing_else(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.subscribe(CHAT)
    await at_home.look()

    assert shown(await at_home.read(BOB)) == [CHAT, MAIL]
    assert shown(await at_home.read(GUEST)) == [MAIL]

    for target in (MAIL, CHAT):
        at_home.store.publish(target, HALTED)
    await at_home.look(10 * MINUTE)

    ours, theirs = await at_home.read(BOB), await at_home.read(GUEST)
    assert {one.target for one in ours.finished} == {MAIL, CHAT}
    assert {one.target for one in theirs.finished} == {MAIL}


async def test_an_alias_in_another_channel_shows_a_guest_that_channel_alone(
    at_home: AtHome,
) -> None:
    await at_home.subscribe(MAIL, "C1")
    await at_home.name(MAIL, "C2")
    await at_home.look()

    [ours], [theirs] = [(await at_home.read(one)).open for one in (BOB, GUEST)]

    assert ours.channels == ("C1", "C2")
    assert theirs.channels == ("C2",)


async def test_a_channel_follows_something_though_a_guest_may_see_nothing_of_it(
    at_home: AtHome,
) -> None:
    assert not (await at_home.read(GUEST)).follows
    await at_home.subscribe(MAIL)
    await at_home.look()

    assert await at_home.read(GUEST) == HomeContent(follows=True)


async def test_a_rollout_that_two_channels_follow_is_shown_once(
    at_home: AtHome,
) -> None:
    for channel in ("C2", "C1"):
        await at_home.name(MAIL, channel)
    await at_home.look()

    [rollout] = (await at_home.read()).open
    assert rollout.channels == ("C1", "C2")

    at_home.store.publish(MAIL, FINAL)
    await at_home.look(10 * MINUTE)

    content = await at_home.read()
    assert content.open == ()
    assert [one.kind for one in content.finished] == [EventKind.ROLLOUT_FINALIZED]


async def test_what_needs_somebody_comes_first_then_what_was_seen_each_by_its_name(
    at_home: AtHome,
) -> None:
    unreadable, unseen = Target(MAIN, "9NGONE000001"), Target(MAIN, "9A")
    zoo, apple, twin = (Target(MAIN, name) for name in ("9ZOO", "9XAPPLE", "9YAPPLE"))
    at_home.publish(zoo, "Zoo", FULL)
    for target in (twin, apple):
        at_home.publish(target, "apple")
    at_home.store.publish(BETA)
    for target in (CHAT, twin, MAIL, BETA, unreadable, zoo):
        await at_home.name(target)
    await at_home.name(apple, "C2")
    await at_home.look()
    await at_home.name(unseen)
    await at_home.stored.watching.follow(at_home.now)

    content = await at_home.read()

    # An app comes before its flights, and no name before another for its capital.
    in_order = [zoo, unreadable, apple, twin, CHAT, MAIL, BETA, unseen]
    assert shown(content) == in_order
    steps = [one.next_step(at_home.now) for one in content.open]
    assert steps == [
        *(NextStep.FINALIZE, NextStep.READ),
        *[NextStep.RAISE] * 5,
        NextStep.WAIT,
    ]


async def test_a_rollout_that_stands_still_comes_first_once_it_has_for_long(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.look()
    at_home.now += timedelta(days=3)
    await at_home.name(CHAT)
    await at_home.look()

    assert shown(await at_home.read()) == [MAIL, CHAT]
    at_home.now -= MINUTE
    assert shown(await at_home.read()) == [CHAT, MAIL]


async def test_ends_are_shown_for_a_week_the_newest_first(at_home: AtHome) -> None:
    for target in (MAIL, CHAT):
        await at_home.name(target)
    await at_home.look()
    for target in (MAIL, CHAT):
        at_home.store.publish(target, HALTED)
        await at_home.look(timedelta(hours=1))
    ended_at = at_home.now

    def ends(content: HomeContent) -> list[Target]:
        return [one.target for one in content.finished]

    assert ends(await at_home.read()) == [CHAT, MAIL]
    at_home.now = ended_at + WEEK - MINUTE
    assert ends(await at_home.read()) == [CHAT]
    at_home.now = ended_at + WEEK
    assert ends(await at_home.read()) == []


async def locked(at_home: AtHome, target: Target | None, channel: str = "C9") -> Lock:
    """Store a lock that was typed in a channel, and holds for a week."""
    place, now = Place("T1", channel), at_home.now
    lock = Lock(0, "T1", channel, target, "freeze", "U9", now, now + WEEK)
    return await at_home.stored.locks.add_lock(lock, place)


async def test_home_shows_the_locks_of_all_of_what_is_open_and_of_one_s_channels(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.look()
    everything = await locked(at_home, None)
    mail = await locked(at_home, MAIL)
    here = await locked(at_home, Target(MAIN, "9NHERE000001"), "C1")
    await locked(at_home, CHAT)
    until = at_home.now + WEEK

    content = await at_home.read(BOB, "C1")

    assert {one.lock for one in content.locks} == {everything, mail, here}
    assert {one.until for one in content.locks} == {until}
    assert (await at_home.read(GUEST, "C1")).locks == ()
    assert (await at_home.read(BOB, "C2")).locks == ()
    at_home.now = until
    assert (await at_home.read(BOB, "C1")).locks == ()


async def ramp(at_home: AtHome) -> Plan:
    """Start a ramp in the first channel, from what the Store shows."""
    snapshot = replace(CARD.snapshot, rollout=GOING)
    wanted = replace(ramp_request(TERMS, at=at_home.now), snapshot=snapshot)
    await at_home.ask(wanted)

    async def judge(_: Request, __: object) -> Judgement:
        return Judgement(version=0)

    press = at_home.stored.requests.approve_request
    assert await press("p1", BOB, "1.0", at_home.now, judge=judge)
    plan = await at_home.stored.plans.get_plan("p1")
    assert plan is not None
    return plan


async def test_an_open_rollout_has_its_ramp_and_what_is_held_waits_for_its_people(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.look()
    plan = await ramp(at_home)

    content = await at_home.read()
    assert [one.plan for one in content.open] == [plan]
    assert content.open[0].next_step(at_home.now) is NextStep.RAMP
    assert content.held == ()

    stopped = held(plan, HoldReason.REFUSED, at_home.now)
    assert await at_home.stored.plans.save_plan(plan, stopped)
    content = await at_home.read()
    assert content.held == (stopped,)
    assert content.open[0].next_step(at_home.now) is NextStep.GO_ON
    assert (await at_home.read(GUEST)).held == ()
    assert [one.plan for one in (await at_home.read(GUEST)).open] == [stopped]
    assert (await at_home.read(BOB, "C3")).held == ()


async def test_a_target_that_was_never_read_is_shown_without_a_ramp(
    at_home: AtHome,
) -> None:
    await at_home.name(MAIL)
    await at_home.stored.watching.follow(at_home.now)
    await ramp(at_home)

    [rollout] = (await at_home.read()).open

    assert rollout.watched.seen is None
    assert rollout.plan is None
