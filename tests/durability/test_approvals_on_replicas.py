"""Presses by many people at once: one effect, and none by who has asked.

On PostgreSQL two replicas take them; on SQLite there is one process.
"""

import asyncio
import contextlib
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select

from bot.db.events import EVENTS
from bot.db.models import ApprovalRow, table
from bot.db.rows import own_rule_text, target_values
from bot.db.rules import RULES
from bot.domain.events import EventKind
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.sandbox.slack.errors import DeliveryError, UserActionError
from bot.slack.ids import CONFIRM, DECISION_BLOCK
from tests.durability.balancer import balancer
from tests.durability.fork_server import ForkServer
from tests.durability.harness import ANN, CHANNEL, DurabilityHarness, open_harness
from tests.durability.postgres import MakeDatabase
from tests.slack_users import TEAM

PRESSES_EACH = 10
CONFIRMED = select(EVENTS.c.actor).where(EVENTS.c.kind == EventKind.APPROVED.value)
PEOPLE = (ANN, "U0BEN", "U0DEE", "U0EVE", "U0FAY")


async def agree(harness: DurabilityHarness, app: str) -> None:
    """Let every set and finalize of the app need another person."""
    rule = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
    values = {
        "workspace": TEAM,
        **target_values(Target("main", app)),
        "rule": own_rule_text(rule),
        "version": 1,
        "proposed_by": ANN,
        "agreed_by": "U0BEN",
        "changed_at": harness.sandbox.clock(),
    }
    await harness.database.run(insert(RULES).values(values))


def let_in(harness: DurabilityHarness) -> None:
    """Let five people be in the channel."""
    directory = harness.sandbox.slack.workspace.directory
    for user_id in PEOPLE:
        known = directory.people["U0BEN"]
        directory.people.setdefault(user_id, replace(known, id=user_id))
        directory.channels[CHANNEL].members.add(user_id)


@pytest.mark.parametrize("change", ["finalize {} all is well", "set {} 40 go on"])
@pytest.mark.parametrize(("kind", "replicas"), [("postgresql", 2), ("sqlite", 1)])
async def test_fifty_presses_by_five_people_at_once_have_one_effect(
    make_database: MakeDatabase,
    fork_server: ForkServer,
    kind: str,
    replicas: int,
    change: str,
) -> None:
    async with (
        open_harness(make_database(kind), fork_server) as harness,
        balancer() as front,
    ):
        [app] = harness.add_apps(1)
        let_in(harness)
        await harness.sandbox.slack.delivery.use_http(front.url)
        for _ in range(replicas):
            front.replicas.append(await harness.started(http=True))
        await agree(harness, app)
        request_id = await harness.ask(change.format(app))
        card = harness.cards()[request_id]

        async def press(who: str) -> None:
            with contextlib.suppress(DeliveryError, UserActionError):
                await harness.sandbox.slack.press(
                    who, CHANNEL, card.ts, DECISION_BLOCK, CONFIRM, late=True
                )

        presses = [press(who) for who in PEOPLE for _ in range(PRESSES_EACH)]
        await asyncio.gather(*presses)
        code = await harness.closed(request_id)
        request = await harness.request(request_id)
        confirmed = await harness.database.run(CONFIRMED)
        approvals = table(ApprovalRow).c
        stored = await harness.database.run(
            select(approvals.user_id, func.count()).group_by(approvals.user_id)
        )
        posted = harness.posted(request_id)
        used = [bot for bot in front.replicas if "click of" in bot.log_text()]

    assert code == "done"
    assert len(harness.effects()) == 1
    assert posted == ["result:done"]
    assert [tuple(row) for row in stored] == [(request.decided_by, 1)]
    assert request.decided_by in PEOPLE[1:]
    assert [row.actor for row in confirmed] == [request.decided_by]
    assert len(used) == replicas
