"""What the request budget lets through, and what it keeps for the urgent."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.domain.failures import (
    BudgetSpentError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
)
from bot.domain.rollout import Change
from bot.domain.storage import StorageUnavailable
from bot.domain.verbs import Verb
from bot.store import Priority, RequestBudget, StoreClient
from tests.store.scripted_store import QUICK, Keys, ScriptedStore
from tests.store.test_store_client import HALTED, REF, ROLLOUT

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OPERATION, CARD, STATUS, WATCHING = Priority


@dataclass
class SharedBookings:
    """The bookings of all replicas in memory; they can be away."""

    rows: Counter[tuple[datetime, str]] = field(default_factory=Counter)
    calls: int = 0
    away: bool = False

    async def add_bookings(
        self,
        account: str,
        bookings: Mapping[tuple[datetime, str], int],
        since: datetime,
    ) -> Mapping[tuple[datetime, str], int]:
        """Add to the bookings, and return them."""
        assert account == "main"
        self.calls += 1
        if self.away:
            raise StorageUnavailable("away")
        self.rows.update(bookings)
        shown = {key: n for key, n in self.rows.items() if key[0] >= since}
        # Another replica may come before this one knows what was there.
        await asyncio.sleep(0)
        return shown


@dataclass
class Replica:
    """The budget of one replica; 20 requests a minute are allowed."""

    shared: SharedBookings = field(default_factory=SharedBookings)
    per_minute: int = 20
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.budget = RequestBudget(
            "main", self.per_minute, self.shared, lambda: self.now
        )

    async def sent(self, priority: Priority, wanted: int = 100) -> int:
        """Return how many of so many requests are let through."""
        for number in range(wanted):
            try:
                await self.budget.admit(priority)
            except (BudgetSpentError, RateLimitedError):
                return number
        return wanted


async def test_operations_and_cards_are_counted_and_never_kept_waiting() -> None:
    replica = Replica()

    assert await replica.sent(OPERATION) == 100
    assert await replica.sent(CARD) == 100
    assert replica.shared.calls == 0


@pytest.mark.parametrize(
    ("per_minute", "share"), [(1, 1), (5, 1), (20, 5), (60, 15), (1000, 50)]
)
async def test_a_status_has_a_share_of_each_minute(per_minute: int, share: int) -> None:
    replica = Replica(per_minute=per_minute)

    assert await replica.sent(STATUS) == share
    replica.now += MINUTE / 2
    assert await replica.sent(STATUS) == 0
    replica.now += MINUTE
    assert await replica.sent(STATUS) == share


async def test_a_status_takes_only_what_cards_and_operations_leave() -> None:
    replica = Replica()
    await replica.sent(CARD, 2)
    await replica.sent(OPERATION, 1)

    assert await replica.sent(STATUS) == 2


async def test_a_pause_does_not_grow_when_the_clock_is_set_back() -> None:
    replica = Replica()
    replica.budget.pause(5.0)
    assert await replica.sent(CARD) == 0

    replica.now -= 60 * MINUTE

    assert await replica.sent(CARD, 1) == 1
    assert await replica.sent(STATUS, 1) == 1


async def test_what_is_refused_is_not_counted() -> None:
    replica = Replica()
    await replica.sent(CARD, 12)
    for _ in range(5):
        assert await replica.sent(STATUS) == 0

    assert sum(replica.shared.rows.values()) + 12 == 12


async def test_no_minute_has_more_than_the_share_wherever_it_begins() -> None:
    replica = Replica()
    sent: list[datetime] = []
    for _ in range(600):
        sent += [replica.now] * await replica.sent(STATUS)
        replica.now += timedelta(seconds=1)

    most = max(
        sum(begin <= at < begin + MINUTE for at in sent)
        for begin in dict.fromkeys(sent)
    )
    assert most == 5
    assert len(sent) >= 5 * 8


async def test_two_replicas_have_one_share() -> None:
    one = Replica()
    other = Replica(one.shared)

    assert await one.sent(STATUS) == 5
    assert await other.sent(STATUS) == 0


@pytest.mark.parametrize("seconds", [-30, -5, 5, 30])
async def test_two_replicas_whose_clocks_differ_have_one_share(seconds: int) -> None:
    one = Replica()
    other = Replica(one.shared, now=NOON + timedelta(seconds=seconds))

    assert await one.sent(WATCHING) == 6
    assert await other.sent(WATCHING) == 0


async def test_what_was_sent_before_the_clock_was_set_back_keeps_nobody_waiting() -> (
    None
):
    replica = Replica()
    await replica.sent(WATCHING)
    replica.now -= timedelta(hours=1)

    assert await replica.sent(WATCHING) == 6


async def test_two_replicas_that_begin_at_once_do_not_take_more_than_one_share() -> (
    None
):
    one = Replica()
    other = Replica(one.shared)

    both = await asyncio.gather(one.sent(STATUS), other.sent(STATUS))

    assert sum(both) == 5


async def test_a_status_counts_the_cards_of_another_replica() -> None:
    one = Replica()
    other = Replica(one.shared)
    await one.sent(CARD, 3)
    sharing = asyncio.create_task(one.budget.share())
    try:
        async with asyncio.timeout(10):
            while not one.shared.rows:
                await asyncio.sleep(0.01)
        assert await other.sent(STATUS) == 2
    finally:
        sharing.cancel()


async def test_a_database_that_is_away_leaves_each_replica_its_own_count() -> None:
    replica = Replica()
    replica.shared.away = True
    await replica.sent(CARD, 2)

    assert await replica.sent(STATUS) == 3
    replica.shared.away = False
    replica.now += timedelta(seconds=1)
    assert await replica.sent(STATUS) == 0
    replica.now += 2 * MINUTE
    await replica.sent(STATUS, 1)
    assert sum(replica.shared.rows.values()) == 2 + 3 + 1


async def test_after_a_429_only_operations_go_on_until_its_time_is_over() -> None:
    replica = Replica()
    replica.budget.pause(30)

    with pytest.raises(RateLimitedError) as limited:
        await replica.budget.admit(CARD)
    assert limited.value.retry_after == 30
    assert await replica.sent(STATUS) == 0
    assert await replica.sent(OPERATION, 2) == 2

    replica.now += timedelta(seconds=31)
    assert await replica.sent(CARD, 1) == 1
    assert await replica.sent(STATUS) == 0

    replica.now += timedelta(seconds=60)
    assert await replica.sent(STATUS, 2) == 2


async def test_a_second_429_never_shortens_the_pause() -> None:
    replica = Replica()
    replica.budget.pause(30)
    replica.budget.pause(1)
    replica.now += timedelta(seconds=20)

    assert await replica.sent(CARD) == 0


@pytest.mark.parametrize(("named", "pause"), [(None, 5), (86_400.0, 300)])
async def test_a_pause_without_a_time_or_of_a_day_has_its_bounds(
    named: float | None, pause: int
) -> None:
    replica = Replica()
    replica.budget.pause(named)

    replica.now += timedelta(seconds=pause - 1)
    assert await replica.sent(CARD) == 0
    replica.now += timedelta(seconds=1)
    assert await replica.sent(CARD, 1) == 1


@dataclass
class Clients:
    """A client for each priority, on one budget."""

    session: aiohttp.ClientSession
    store: ScriptedStore
    replica: Replica = field(default_factory=Replica)

    def of(self, priority: Priority) -> StoreClient:
        """Return the client for requests of this priority."""
        return StoreClient(
            self.session,
            Keys(),
            self.store.address,
            timeouts=QUICK,
            budget=self.replica.budget,
            priority=priority,
        )


@pytest.fixture
def clients(session: aiohttp.ClientSession, store: ScriptedStore) -> Clients:
    """Return clients of a Store that waits for its script."""
    return Clients(session, store)


async def test_every_request_is_counted_the_repeated_ones_too(clients: Clients) -> None:
    clients.store.will_reply(401)
    clients.store.will_reply(503)
    clients.store.will_reply(200, ROLLOUT)
    await clients.of(CARD).get_rollout(REF)

    assert len(clients.store.calls) == 3
    assert await clients.replica.sent(STATUS) == 5 - 3


async def test_a_status_is_not_sent_where_nothing_is_left(clients: Clients) -> None:
    await clients.replica.sent(STATUS)

    with pytest.raises(BudgetSpentError) as spent:
        await clients.of(STATUS).get_rollout(REF)

    assert str(spent.value.detail) == "request_budget limit='20'"
    assert clients.store.calls == []


async def test_a_status_does_not_wait_for_a_limit(clients: Clients) -> None:
    clients.store.will_reply(429, b"", {"Retry-After": "7"})

    with pytest.raises(RateLimitedError):
        await clients.of(STATUS).get_rollout(REF)
    with pytest.raises(BudgetSpentError):
        await clients.of(STATUS).get_rollout(REF)

    assert len(clients.store.calls) == 1


async def test_a_look_is_not_repeated_during_an_outage(clients: Clients) -> None:
    clients.store.will_reply(503)

    with pytest.raises(UnavailableError):
        await clients.of(WATCHING).get_rollout(REF)

    assert len(clients.store.calls) == 1


async def test_a_card_is_not_sent_before_the_time_that_another_was_told(
    clients: Clients,
) -> None:
    clients.store.will_reply(429, b"", {"Retry-After": "40"})
    for _ in range(2):
        with pytest.raises(RateLimitedError):
            await clients.of(CARD).get_rollout(REF)
    assert len(clients.store.calls) == 1

    clients.replica.now += timedelta(seconds=41)
    clients.store.will_reply(200, ROLLOUT)
    await clients.of(CARD).get_rollout(REF)


async def test_a_quota_that_is_used_up_pauses_all_but_operations(
    clients: Clients,
) -> None:
    clients.store.will_reply(403, b'{"message": "Out of call volume quota."}')
    with pytest.raises(RateLimitedError):
        await clients.of(OPERATION).change_rollout(REF, Change(Verb.HALT))

    assert await clients.replica.sent(CARD) == 0


async def test_an_operation_does_not_wait_for_the_limit_of_another(
    clients: Clients,
) -> None:
    clients.store.will_reply(429, b"", {"Retry-After": "40"})
    with pytest.raises(RateLimitedError):
        await clients.of(CARD).get_rollout(REF)
    clients.store.will_reply(200, HALTED)

    await clients.of(OPERATION).change_rollout(REF, Change(Verb.HALT))

    assert clients.store.paths[-1].startswith("POST ")


async def test_a_refusal_that_is_no_limit_pauses_nothing(clients: Clients) -> None:
    clients.store.will_reply(409)
    with pytest.raises(RefusedError):
        await clients.of(OPERATION).change_rollout(REF, Change(Verb.HALT))

    assert await clients.replica.sent(CARD, 3) == 3


async def test_a_list_that_the_budget_cuts_short_has_its_first_pages(
    clients: Clients,
) -> None:
    await clients.replica.sent(STATUS, 4)
    rows = [{"id": f"9NAPP{n:07d}", "primaryName": "App"} for n in range(100)]
    page = {"value": rows, "totalCount": 250}
    clients.store.will_reply(200, json.dumps(page).encode())

    assert len(await clients.of(STATUS).list_apps()) == 100
    with pytest.raises(BudgetSpentError):
        await clients.of(STATUS).list_apps()
    assert len(clients.store.calls) == 1


@pytest.mark.parametrize(("per_minute", "share"), [(1, 1), (20, 6), (100, 30)])
async def test_watching_has_a_share_of_its_own(per_minute: int, share: int) -> None:
    replica = Replica(per_minute=per_minute)

    assert await replica.sent(WATCHING) == share


async def test_watching_takes_nothing_from_a_status() -> None:
    replica = Replica()
    await replica.sent(WATCHING)

    assert await replica.sent(STATUS) == 5


async def test_watching_stays_away_while_people_need_half_of_all() -> None:
    replica = Replica()
    await replica.sent(CARD, 8)

    assert await replica.sent(WATCHING) == 2


async def test_a_429_halves_watching_which_recovers_slowly() -> None:
    replica = Replica()
    rates = [replica.budget.watching_rate()]
    for _ in range(3):
        # Several that were under way are answered together.
        replica.budget.pause(5)
        replica.budget.pause(5)
        rates.append(replica.budget.watching_rate())
        replica.now += timedelta(seconds=6)
    assert [round(rate, 1) for rate in rates] == [6.0, 3.0, 1.5, 1.0]
    assert await replica.sent(WATCHING) == 0

    replica.now += 20 * MINUTE
    assert round(replica.budget.watching_rate()) == 3
    assert await replica.sent(WATCHING) == 2
    replica.now += 120 * MINUTE
    assert replica.budget.watching_rate() == 6.0


async def test_what_is_left_of_the_limit_counts_the_other_replicas_too() -> None:
    shared = SharedBookings()
    one, other = Replica(shared), Replica(shared)
    assert one.budget.remaining() == 20

    await one.sent(CARD, 3)
    await one.sent(STATUS, 1)
    await other.sent(STATUS, 1)

    assert one.budget.remaining() == 16
    assert other.budget.remaining() == 15
    one.now += 2 * MINUTE
    assert one.budget.remaining() == 20
    await one.sent(CARD, 30)
    assert one.budget.remaining() == 0


async def test_what_nobody_waits_for_leaves_half_of_the_limit_and_heeds_a_pause() -> (
    None
):
    replica = Replica(SharedBookings())
    assert replica.budget.spare() == 10

    await replica.sent(CARD, 4)
    assert replica.budget.spare() == 6
    await replica.sent(OPERATION, 8)
    assert replica.budget.spare() == 0
    replica.now += 2 * MINUTE
    assert replica.budget.spare() == 10

    replica.budget.pause(30)
    assert replica.budget.spare() == 0
    replica.now += MINUTE
    assert replica.budget.spare() == 10
