"""Each event is one structured log line, once it is committed, and never before."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.db.events import EVENTS
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import Event, EventKind, action_refused
from bot.domain.languages import Language
from bot.domain.log_fields import bound_fields
from bot.domain.notices import topic_of
from bot.domain.plan_changes import ended, held, paused, resumed
from bot.domain.plan_events import plan_changed
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.proposals import ProposalState
from bot.domain.reminders import Reminder, reminder_event
from bot.domain.requests import Asker, Person
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.rollout_changes import CHANGES
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.domain.subscriptions import Subscription
from bot.domain.watching import Topics, change_event
from tests.db.sample_requests import (
    ANN,
    APP,
    BOB,
    CHANNEL,
    FLIGHT,
    LATER,
    NOON,
    allow,
    cancel,
    press,
    request,
)
from tests.db.test_agreed_rules import STRICT, agree, propose
from tests.db.test_event_log import STEPS
from tests.db.test_event_log import repositories as stored_repositories
from tests.db.test_proposals import LET_IN, RELEASES, proposed
from tests.db.test_stored_locks import lifted, new
from tests.db.test_stored_plans import begin, claim
from tests.fakes.samples import BETA

Line = dict[str, Any]
ASKER = Asker(ANN, CHANNEL, NOON)
SEEN = Snapshot(
    SubmissionRef(FLIGHT, "1"), "Mail", "Beta", Rollout(True, 10, IN_PROGRESS)
)
NEEDS_A_PERSON = [kind for kind in EventKind if topic_of(kind) is Topics.ATTENTION]
repositories = stored_repositories


class Lines(logging.Handler):
    """Keeps what each line of the audit logger has: its text and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Line]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.found.append((record.getMessage(), dict(bound_fields())))


@pytest.fixture
def lines(repositories: SqlRepositories) -> Iterator[Lines]:
    """Return the lines that are written once all repositories are filled."""
    del repositories
    handler, logger = Lines(), logging.getLogger("bot.audit")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


async def rows(database: Database) -> list[Row[Any]]:
    return list(await database.run(EVENTS.select().order_by(EVENTS.c.id)))


def line_of(row: Row[Any]) -> Line:
    """Return the fields that the line of an event has."""
    flight = f" flight {row.flight_id}" if row.flight_id else ""
    details = json.loads(row.details)
    line = {
        "event": row.kind,
        "channel": row.channel,
        "user": row.actor,
        "request": row.request_id,
        "operation": row.operation_id,
        "outcome": row.code,
        "correlation": row.correlation_id,
        "verb": details.get("verb") or details.get("change", {}).get("verb"),
        "target": None if row.app_id is None else f"{row.app_id}{flight}",
    }
    return {name: it for name, it in line.items() if it is not None}


async def every_kind(stored: SqlRepositories) -> None:
    """Make each kind of event that the repositories can make."""
    for step, _ in STEPS.values():
        await step(stored)
    for number in (7, 8):
        await stored.requests.add_request(request(number))
    assert await cancel(stored, 7)
    assert await stored.requests.expire_request("r8", LATER)
    await stored.events.add_event(action_refused("ask", "other_workspace", ASKER))
    await stored.languages.set_language(Language.GERMAN, ASKER)
    # The events of a flight; an operation of the app is under way.
    wanted = Subscription(FLIGHT, Topics.CHANGES, False, "U1", NOON)
    assert await stored.subscriptions.put_subscription(CHANNEL, None, wanted)
    assert await stored.subscriptions.remove_subscription(CHANNEL, wanted, ASKER)
    await stored.watching.follow(NOON)
    for kind in (None, *CHANGES):
        [before] = await stored.watching.claim_looks(NOON, 10)
        after = replace(
            before,
            version=before.version + 1,
            seen=SEEN,
            looked_at=NOON,
            since=NOON,
            remind_at=NOON,
        )
        event = change_event(kind, before, SEEN, NOON) if kind else None
        assert await stored.watching.save_look(before, after, event, NOON, NOON)
    [watched] = await stored.watching.list_observed([FLIGHT])
    for kind in NEEDS_A_PERSON:
        event = reminder_event(Reminder(kind, NOON, f"{kind}/1"), watched, NOON)
        assert await stored.reminders.save_reminder(watched, watched, event)


async def _policies(stored: SqlRepositories) -> None:
    """Make each kind of event of release channels, proposals, rules and locks."""
    proposal = await proposed(stored)
    assert await stored.proposals.agree(proposal, "UANN", "1.2", LATER)
    for number, state in enumerate((ProposalState.DECLINED, ProposalState.EXPIRED)):
        another = replace(LET_IN, id=f"q{number}", about=f"C{number}")
        assert await stored.proposals.add_proposal(another) == another
        at = another.expires_at if state is ProposalState.EXPIRED else LATER
        assert await stored.proposals.close_proposal(another, state, None, None, at)
    give_up = stored.release_channels.give_up_unnamed
    assert await give_up(RELEASES, proposal.target or APP, "UANN", LATER)
    assert await agree(stored, await propose(stored, STRICT, name="r"))
    lock = await stored.locks.add_lock(new(None), CHANNEL)
    assert await stored.locks.lift_lock(lifted(lock), CHANNEL)


async def _ramps(stored: SqlRepositories) -> None:
    """Make each kind of event of a ramp."""
    plan = await begin(stored, target=BETA)
    assert await claim(stored, plan)
    changes: tuple[Callable[[Plan], Plan], ...] = (
        lambda one: paused(one, "U1", LATER),
        lambda one: resumed(one, "U1", LATER),
        lambda one: held(one, HoldReason.LATE, LATER),
        lambda one: ended(one, PlanEnd.STOPPED, "U1", LATER),
    )
    for change in changes:
        before = await stored.plans.get_plan(plan.id)
        assert before is not None
        after = change(before)
        assert await stored.plans.save_plan(before, after, plan_changed(after))


async def test_each_kind_of_event_is_one_line_of_its_ids_and_codes(
    repositories: SqlRepositories, database: Database, lines: Lines
) -> None:
    before = len(await rows(database))

    await _ramps(repositories)
    await every_kind(repositories)
    await _policies(repositories)

    added = (await rows(database))[before:]
    # PostgreSQL numbers the events of one write in any order.
    found = sorted(str(sorted(line.items())) for _, line in lines.found)
    assert found == sorted(str(sorted(line_of(row).items())) for row in added)
    for text_, line in lines.found:
        if line.get("operation") == line.get("request"):
            # They have one id, which stands once in a line.
            line.pop("operation", None)
        assert text_ == " ".join(f"{name}={it}" for name, it in line.items())
    made = {EventKind(row.kind) for row in added}
    assert made == set(EventKind)


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_that_is_not_stored_has_no_line(
    repositories: SqlRepositories, database: Database, lines: Lines, name: str
) -> None:
    step, kinds = STEPS[name]
    await database.run(text("ALTER TABLE events RENAME COLUMN details TO away"))

    with pytest.raises(DBAPIError, match="details"):
        await step(repositories)

    assert lines.found == []
    await database.run(text("ALTER TABLE events RENAME COLUMN away TO details"))
    await step(repositories)
    assert [line["event"] for _, line in lines.found] == kinds


async def test_of_many_at_once_only_the_winner_has_a_line(
    repositories: SqlRepositories, database: Database, lines: Lines
) -> None:
    before = len(await rows(database))
    away = asyncio.create_task(press(repositories, 0, Person("U99", "T1")))
    presses = [press(repositories, 0, Person(f"U{n}", "T1")) for n in range(20)]
    cancels = [
        repositories.requests.cancel_request("r0", BOB, "1", NOON, check=allow)
        for _ in range(5)
    ]
    # Nobody waits for this one any more; what it does is logged all the same.
    asyncio.get_running_loop().call_soon(away.cancel)

    await asyncio.gather(*presses, *cancels)
    await asyncio.gather(away, return_exceptions=True)

    added = (await rows(database))[before:]
    assert len(added) == 1
    assert [line for _, line in lines.found] == list(map(line_of, added))


async def test_an_event_that_is_in_the_log_already_has_no_second_line(
    repositories: SqlRepositories, lines: Lines
) -> None:
    event = Event(EventKind.ENDED, NOON, target=APP, unique_key="operation/1")
    await repositories.events.add_event(event)

    with pytest.raises(IntegrityError):
        await repositories.events.add_event(event)

    assert len(lines.found) == 1


async def test_no_line_has_what_a_person_has_typed(
    repositories: SqlRepositories, lines: Lines
) -> None:
    typed = "crash \u2028 on start"
    await repositories.requests.add_request(replace(request(9), reason=typed))
    await repositories.events.add_event(
        replace(
            action_refused("ask", "code", ASKER), alias="typed", details={"a": typed}
        )
    )

    assert [line["event"] for _, line in lines.found] == ["asked", "refused"]
    assert not [
        one for one in lines.found if "typed" in str(one) or "start" in str(one)
    ]


def test_no_statement_adds_an_event_past_the_audit_log() -> None:
    """Only a Write logs what it adds; a companion of one would not be logged."""
    found = [
        path.name
        for path in (Path(__file__).parents[2] / "bot").rglob("*.py")
        if "insert(EVENTS)" in path.read_text(encoding="utf-8")
    ]

    assert found == ["events.py"]
