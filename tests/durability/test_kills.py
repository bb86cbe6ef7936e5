"""Kills: a bot that dies anywhere leaves one effect, the right outcome, one message."""

from collections import Counter
from functools import partial

import pytest
from sqlalchemy import text

from bot.domain.events import EventKind
from bot.domain.requests import EndReason, RequestState
from bot.domain.results import Done
from bot.domain.rollout import achieved
from bot.domain.verbs import Verb
from bot.slack.ids import CANCEL
from tests.durability.each_point import at_each_point, one_after_another
from tests.durability.fork_server import ForkServer
from tests.durability.harness import DurabilityHarness, until, until_async
from tests.durability.kill_points import (
    APPROVE_KILL_POINTS,
    CANCEL_KILL_POINTS,
    KILL_POINTS,
    OTHERS_KILL_POINTS,
    points_on,
)
from tests.durability.peer_kill_points import (
    COMMANDS,
    PEER_KILL_POINTS,
    command,
    has_buttons,
    kill_points,
)
from tests.durability.postgres import MakeDatabase

KINDS = ["sqlite", "postgresql"]
ONE_OPERATION = [
    EventKind.ASKED,
    EventKind.APPROVED,
    EventKind.STARTED,
    EventKind.ENDED,
]


@pytest.mark.parametrize("verb", [Verb.HALT, Verb.FINALIZE, Verb.SET])
@pytest.mark.parametrize("kind", KINDS)
async def test_wherever_the_bot_is_killed_the_click_ends_in_one_effect_and_one_message(
    kind: str, verb: Verb, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await one_after_another(
        kill_points(verb, kind),
        partial(make_database, kind),
        fork_server,
        partial(kill_at, verb),
    )

    assert not failed, failed


async def kill_at(verb: Verb, point: str, harness: DurabilityHarness) -> None:
    """Let a bot die at this point, start another, and check how it ends."""
    bot = await harness.mortal(point if point in KILL_POINTS else None)
    before = len(harness.effects())
    request_id = await harness.ask(command(verb, harness.add_apps(1)[0]))
    if point in PEER_KILL_POINTS:
        PEER_KILL_POINTS[point](harness, bot.kill)

    await harness.press(request_id)
    await bot.gone()
    await harness.started()
    code = await harness.closed(request_id)

    request = await harness.request(request_id)
    assert code == "done", code
    assert isinstance(request.result, Done)
    assert achieved(request.result.after, request.change)
    assert len(harness.effects()[before:]) == 1, harness.effects()[before:]
    submission_id = request.snapshot.ref.submission_id
    assert len(harness.effects(submission_id)) == 1, harness.effects(submission_id)
    assert harness.posted(request_id) == ["result:done"], harness.posted(request_id)
    card = harness.cards()[request_id]
    await until(lambda: not has_buttons(card.blocks or []))
    assert "Confirmed by" in str(card.blocks), card.blocks
    # Every attempt has its event, and everything else has happened once.
    assert request.operation is not None
    events = Counter(await harness.events(request_id))
    attempts = {EventKind.STARTED: request.operation.attempts}
    assert events == Counter(ONE_OPERATION) | Counter(attempts), events


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bot_that_is_killed_while_it_approves_leaves_the_request_pending(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await at_each_point(
        points_on(kind, APPROVE_KILL_POINTS),
        partial(make_database, kind),
        fork_server,
        kill_approving,
    )

    assert not failed, failed


async def kill_approving(point: str, harness: DurabilityHarness) -> None:
    """Let a bot die before its approval is committed, and press again."""
    bot = await harness.started(point=point)
    request_id = await harness.ask(COMMANDS[Verb.HALT])

    async def has_card() -> bool:
        return (await harness.request(request_id)).card is not None

    await until_async(has_card)
    before = await harness.request(request_id)
    taken = await harness.click(request_id)
    await bot.gone()

    assert not taken
    await _is_untouched(harness, request_id)
    assert await harness.request(request_id) == before
    assert before.state is RequestState.PENDING

    await harness.started()
    await _is_untouched(harness, request_id)
    await harness.press(request_id)
    assert await harness.closed(request_id) == "done"

    assert len(harness.effects()) == 1, harness.effects()
    assert harness.posted(request_id) == ["result:done"]
    assert await harness.events(request_id) == ONE_OPERATION


@pytest.mark.parametrize("kind", KINDS)
async def test_wherever_the_bot_is_killed_a_cancelled_card_is_closed(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await one_after_another(
        CANCEL_KILL_POINTS, partial(make_database, kind), fork_server, kill_cancelling
    )

    assert not failed, failed


async def kill_cancelling(point: str, harness: DurabilityHarness) -> None:
    """Let a bot die after a press of Cancel, and check the card."""
    bot = await harness.mortal(point)
    request_id = await harness.ask(command(Verb.HALT, harness.add_apps(1)[0]))

    await harness.press(request_id, CANCEL)
    await bot.gone()
    await harness.started()
    await until_async(harness.all_over)

    request = await harness.request(request_id)
    assert request.state is RequestState.CANCELLED
    assert request.operation is None
    assert harness.sandbox.store.writes() == []
    assert harness.posted(request_id) == []
    card = harness.cards()[request_id]
    assert not has_buttons(card.blocks or []), card.blocks
    events = await harness.events(request_id)
    assert events == [EventKind.ASKED, EventKind.CANCELLED]


@pytest.mark.parametrize("kind", KINDS)
async def test_wherever_the_bot_is_killed_the_other_card_of_a_halted_app_is_ended_once(
    kind: str, make_database: MakeDatabase, fork_server: ForkServer
) -> None:
    failed = await one_after_another(
        points_on(kind, OTHERS_KILL_POINTS),
        partial(make_database, kind),
        fork_server,
        kill_ending_others,
    )

    assert not failed, failed


async def kill_ending_others(point: str, harness: DurabilityHarness) -> None:
    """Let a bot die while a halt ends the other open card, and check that card."""
    bot = await harness.mortal(point)
    before, app_id = len(harness.effects()), harness.add_apps(1)[0]
    other_id = await harness.ask(command(Verb.FINALIZE, app_id))
    request_id = await harness.ask(command(Verb.HALT, app_id))

    await harness.press(request_id)
    await bot.gone()
    await harness.started()
    assert await harness.closed(request_id) == "done"

    async def ended() -> bool:
        return not await harness.is_pending(other_id)

    await until_async(ended)
    await until_async(harness.all_over)
    other = await harness.request(other_id)
    assert (other.state, other.end_reason) == (
        RequestState.CANCELLED,
        EndReason.HALTED,
    )
    assert await harness.events(other_id) == [EventKind.ASKED, EventKind.CANCELLED]
    card = harness.cards()[other_id]
    assert not has_buttons(card.blocks or []), card.blocks
    assert "with another card" in str(card.blocks)
    assert len(harness.effects()[before:]) == 1
    assert harness.posted(request_id) == ["result:done"]
    assert harness.posted(other_id) == []


async def _is_untouched(harness: DurabilityHarness, request_id: str) -> None:
    """Check that no trace of an approval is in the database or in the Store."""
    assert await harness.events(request_id) == [EventKind.ASKED]
    for table in ("approvals", "operations"):
        statement = text(f"SELECT * FROM {table}")  # noqa: S608 - two fixed names
        assert not await harness.database.run(statement), table
    assert harness.sandbox.store.writes() == []
    assert has_buttons(harness.cards()[request_id].blocks or [])
