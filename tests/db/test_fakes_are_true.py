"""The repositories in memory answer every sequence of calls as a database does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.db.events import EVENTS, _events
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.approval import Approval, Judgement
from bot.domain.events import Event, action_refused
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Alias, Asker, EndReason, Person, Place, Request
from bot.domain.results import Done, Result, Unavailable, Unknown
from bot.domain.rollout import Change
from bot.domain.submissions import Target
from bot.domain.subscriptions import Subscription
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
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
    QUARTER,
    FakeRepositories,
    asked,
)

EXAMPLES = count(1)
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)
CUT = FailureDetail(FailureCode.TIMEOUT)
NEVER_STORED = asked(Change(Verb.HALT)).approved(ANN.user_id, NOON).authorised()
TARGETS = [MAIL, BETA, Target(MAIN, "9WZDNCRFJ3TJ"), Target("other", MAIL.app_id)]

Repositories = SqlRepositories | FakeRepositories


@dataclass(frozen=True)
class Example:
    """The names of one example: all examples share a database."""

    number: int
    now: datetime = NOON

    @property
    def place(self) -> Place:
        return Place("T1", f"C{self.number}")

    def name(self, number: int) -> str:
        return f"{self.number}-{number}"

    def mine(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name.startswith(f"{self.number}-")]


def check(person: Person, request: Request) -> NotAllowed | None:
    return None if person.team_id == request.place.workspace else DENIED


@dataclass(frozen=True)
class Ask:
    """Somebody asks for a change."""

    number: int
    target: Target
    approvals: int
    card: str | None

    async def call(self, on: Repositories, example: Example) -> object:
        request = asked(
            Change(Verb.HALT), target=self.target, approvals_required=self.approvals
        )
        name = example.name(self.number)
        await on.requests.add_request(
            replace(
                request,
                id=name,
                place=replace(example.place, thread=self.card),
                card=self.card,
                asked_at=example.now,
                # Two equal times would be listed in any order.
                expires_at=example.now + QUARTER + timedelta(seconds=self.number),
            )
        )
        return await on.requests.get_request(name)


@dataclass(frozen=True)
class Press:
    """Somebody presses a button of a card."""

    number: int
    person: Person
    card: str
    cancels: bool

    async def call(self, on: Repositories, example: Example) -> object:
        press = example.name(self.number), self.person, self.card, example.now

        async def may_cancel(request: Request) -> NotAllowed | None:
            return check(self.person, request)

        async def judge(
            request: Request, stored: Sequence[Approval]
        ) -> NotAllowed | Judgement:
            assert len(stored) == request.approvals_given
            return check(self.person, request) or Judgement(len(stored))

        if self.cancels:
            return await on.requests.cancel_request(*press, check=may_cancel)
        return await on.requests.approve_request(*press, judge=judge)


@dataclass(frozen=True)
class Close:
    """What the engine records of a request's card."""

    number: int
    how: str

    async def call(self, on: Repositories, example: Example) -> object:
        name, now = example.name(self.number), example.now
        match self.how:
            case "expire":
                return await on.requests.expire_request(name, now)
            case "take back":
                return await on.requests.cancel_request(name, None, None, now)
            case "end":
                ended = await on.requests.end_request(name, EndReason.HALTED, "U2", now)
                return ended, await _open_ones(on, example)
            case "card":
                await on.requests.put_card(name, "1900.1")
            case _:
                await on.requests.close_card(name, now)
        return await on.requests.get_request(name)


async def _open_ones(on: Repositories, example: Example) -> list[str]:
    """Read which requests are open; of two of the same time any comes first."""
    found = [
        one.id
        for target in TARGETS
        for one in await on.requests.open_requests("T1", target, example.now)
    ]
    return sorted(example.mine(found))


@dataclass(frozen=True)
class Run:
    """What the executor records of an operation."""

    number: int
    how: str | int

    async def call(self, on: Repositories, example: Example) -> object:
        name, now = example.name(self.number), example.now
        stored = await on.operations.get_operation(name)
        operation = stored or replace(NEVER_STORED, id=name)
        if isinstance(self.how, int):
            stands = replace(operation, attempts=self.how)
            return await on.operations.begin_attempt(stands, now)
        if self.how == "close":
            await on.operations.close_operation(name, now)
            return await on.requests.get_request_of(name)
        results: dict[str, Result] = {
            "done": Done(GOING, HALTED, "corr-1"),
            "unavailable": Unavailable(CUT),
            "unknown": Unknown(GOING, CUT, "corr-2"),
        }
        try:
            return await on.operations.finish_operation(
                operation, results[self.how], now
            )
        except LookupError as missing:
            return str(missing)


@dataclass(frozen=True)
class Prune:
    """What was over some minutes ago is deleted."""

    minutes: int

    async def call(self, on: Repositories, example: Example) -> object:
        before = example.now - timedelta(minutes=self.minutes)
        over = example.mine(await on.retention.list_over(before, 100_000))
        await on.retention.forget(over)
        # Two that were closed at the same time are listed in any order.
        return sorted(over)


@dataclass(frozen=True)
class Name:
    """An alias comes, or goes where it has no target."""

    name: str
    target: Target | None
    thread: str | None

    async def call(self, on: Repositories, example: Example) -> object:
        place = replace(example.place, thread=self.thread)
        if self.target is None:
            return await on.aliases.remove_alias(place, self.name, "U2", example.now)
        alias = Alias(self.name, self.target, "Mail", None, "U1")
        return await on.aliases.add_alias(place, alias, example.now)


@dataclass(frozen=True)
class Follow:
    """A channel follows a target with other topics, or ends that without topics."""

    target: Target
    topics: Topics | None
    mention: str | None
    stale: bool

    async def call(self, on: Repositories, example: Example) -> object:
        place, now = example.place, example.now
        known = await on.subscriptions.list_subscriptions(place)
        before = next((one for one in known if one.target == self.target), None)
        seen = None if self.stale else before
        if self.topics is None:
            await on.subscriptions.end_unnamed(place)
            asker = Asker(BOB, place, now)
            wish = before or Subscription(self.target, Topics.ALL, False, "U1", now)
            return await on.subscriptions.remove_subscription(place, wish, asker)
        by_alias = self.topics is Topics.NONE
        wish = Subscription(
            *(self.target, self.topics, by_alias, "U2", now, self.mention, "Mail")
        )
        return await on.subscriptions.put_subscription(place, seen, wish)


@dataclass(frozen=True)
class Refuse:
    """A person may not do something."""

    target: Target

    async def call(self, on: Repositories, example: Example) -> object:
        asker = Asker(GUEST, example.place, example.now)
        event = action_refused("ask", DENIED.denial, asker, target=self.target)
        await on.events.add_event(event)
        return None


@dataclass(frozen=True)
class Deliver:
    """Slack delivers an event, or old deliveries are forgotten."""

    event_id: str | None

    async def call(self, on: Repositories, example: Example) -> object:
        if self.event_id is None:
            await on.deliveries.forget_deliveries(example.now)
            return None
        workspace = f"T{example.number}"
        return await on.deliveries.first_delivery(workspace, self.event_id, example.now)


Step = Press | Close | Run | Prune | Name | Follow | Refuse | Deliver
PRUNES = st.builds(Prune, st.sampled_from([0, 5]))
NUMBERS = st.integers(0, 1)
TARGET = st.sampled_from(TARGETS)
CARDS = st.sampled_from(["1700.1", "1800.1"])
ASKS = st.tuples(
    *[
        st.builds(Ask, st.just(number), TARGET, st.integers(1, 2), st.none() | CARDS)
        for number in range(2)
    ]
)
PRESSES = st.builds(Press, NUMBERS, st.sampled_from([ANN, BOB]), CARDS, st.just(False))
DECISIONS = st.one_of(
    PRESSES,
    PRESSES,
    st.builds(Press, NUMBERS, st.sampled_from([BOB, GUEST]), CARDS, st.booleans()),
    st.builds(
        Close, NUMBERS, st.sampled_from(["expire", "take back", "end", "card", "close"])
    ),
    PRUNES,
)
OPERATIONS = st.one_of(
    PRESSES,
    st.builds(Run, NUMBERS, st.integers(0, 2)),
    st.builds(
        Run, NUMBERS, st.sampled_from(["done", "unavailable", "unknown", "close"])
    ),
    PRUNES,
)
OTHERS = st.one_of(
    st.builds(
        Name, st.sampled_from(["mail", "beta"]), st.none() | TARGET, st.none() | CARDS
    ),
    st.builds(Name, st.sampled_from(["mail", "beta"]), st.none(), st.none()),
    st.builds(
        Follow,
        TARGET,
        st.none() | st.sampled_from(Topics),
        st.none() | st.just("S012"),
        st.booleans(),
    ),
    st.builds(Refuse, TARGET),
    st.builds(Deliver, st.none() | st.sampled_from(["Ev1", "Ev2"])),
)
# Minutes pass before a step; after so many a card has run out.
PAUSES = st.sampled_from([0, 0, 0, 0, 1, 1, 1, 20])


def turns(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[list[tuple[int, Step]]]:
    """Make long sequences of steps, each after a pause."""
    return st.lists(st.tuples(PAUSES, steps), min_size=20, max_size=20)


async def log_of(database: Database, example: Example) -> list[Event]:
    """Read the events of an example from the table itself."""
    rows = await database.run(select(EVENTS).order_by(EVENTS.c.id), {})
    mine = [
        row
        for row in rows
        if row.channel == example.place.channel or example.mine([row.request_id or ""])
    ]
    return _events(mine)


async def state(on: Repositories, example: Example) -> list[object]:
    """Read everything that can be read."""
    now = example.now
    names = [example.name(number) for number in range(2)]
    return [
        *[await on.requests.get_request(name) for name in names],
        *[await on.requests.get_request_of(name) for name in names],
        *[await on.operations.get_operation(name) for name in names],
        example.mine(await on.requests.overdue_requests(now)),
        sorted(example.mine(await on.requests.unclosed_cards(now))),
        sorted(example.mine(await on.operations.open_operations(now))),
        list(await on.aliases.list_aliases(example.place)),
        list(await on.subscriptions.list_subscriptions(example.place)),
        await on.events.list_history(example.place, None, 5),
        *[await on.events.list_history(example.place, target, 2) for target in TARGETS],
    ]


@pytest.mark.parametrize(
    "steps", [DECISIONS, OPERATIONS, OTHERS], ids=["decisions", "operations", "others"]
)
@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_memory_and_database_answer_alike(
    database: Database, steps: st.SearchStrategy[Step], data: st.DataObject
) -> None:
    example = Example(next(EXAMPLES))
    real, fake = SqlRepositories(database), FakeRepositories()
    for ask in data.draw(ASKS):
        assert await ask.call(real, example) == await ask.call(fake, example)
    for minutes, step in data.draw(turns(steps)):
        example = replace(example, now=example.now + timedelta(minutes=minutes))
        assert await step.call(real, example) == await step.call(fake, example), step
    later = replace(example, now=example.now + timedelta(hours=1))
    assert await state(real, later) == await state(fake, later)
    assert await log_of(database, example) == fake.events.log
