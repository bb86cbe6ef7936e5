"""Steps of ramps after which the rollout is over, and what ends with them."""

import pytest

from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import PlanEnd, PlanState
from bot.domain.requests import EndReason, RequestState
from bot.domain.rollout import COMPLETE, IN_PROGRESS, STOPPED, Change
from bot.domain.verbs import Verb
from bot.sandbox.store.journal import Entry
from tests.engine.harness import ANN, MAIL, EngineHarness
from tests.engine.ramp_world import World, everything_is_over, shown
from tests.fakes.plans import ALWAYS, DAY

DAYS = 3 * 24 * 60


@pytest.mark.parametrize("finalizes", [False, True])
async def test_a_step_that_finalizes_ends_the_other_cards_of_its_target(
    harness: EngineHarness, finalizes: bool
) -> None:
    world = World(harness)
    await world.engine.start()
    name = await world.begin(PlanTerms((100.0,), ALWAYS, finalizes=finalizes))
    card = await harness.request(Change(Verb.HALT), minutes=DAYS)
    if finalizes:
        await world.becomes(name, PlanState.RUNNING, 1)
        world.let_pass(DAY)

    over = await world.becomes(name, PlanState.ENDED)
    await everything_is_over(harness)

    stored = await harness.repositories.requests.get_request(card.id)
    assert stored is not None
    assert over.reason is PlanEnd.DONE
    assert over.percentage == 100.0
    if finalizes:
        assert shown(harness)[1] == COMPLETE
        assert stored.end_reason is EndReason.FINALIZED
        assert stored.decided_by == ANN.user_id
        await harness.card_closed(card)
        assert ("update_closed_card", card.id) in harness.notifier.calls
    else:
        assert shown(harness) == (100.0, IN_PROGRESS)
        assert stored.state is RequestState.PENDING
    await world.engine.stop(5)


@pytest.mark.parametrize(
    ("verb", "status", "plan_end", "end"),
    [
        ("halt", STOPPED, PlanEnd.FOUND_HALTED, EndReason.FOUND_HALTED),
        ("finalize", COMPLETE, PlanEnd.FOUND_FINALIZED, EndReason.FOUND_FINALIZED),
    ],
)
async def test_a_step_that_somebody_else_was_faster_than_ends_the_ramp_and_other_cards(
    harness: EngineHarness, verb: str, status: str, plan_end: PlanEnd, end: EndReason
) -> None:
    world = World(harness, with_job=False)
    await world.engine.start()
    name = await world.begin()
    card = await harness.request(Change(Verb.HALT), minutes=DAYS)
    published = harness.store.slot(MAIL.app_id).published
    assert published is not None

    async def is_faster(entry: Entry) -> None:
        if entry.operation == "set" and shown(harness)[1] == IN_PROGRESS:
            harness.store.change_in_partner_center(verb, published.id)

    harness.store.pipeline.before = is_faster
    await world.ramps.go_on()
    await everything_is_over(harness)
    await world.ramps.go_on()

    over = await world.becomes(name, PlanState.ENDED)
    stored = await harness.card_closed(card)
    assert over.reason is plan_end
    assert shown(harness)[1] == status
    assert harness.store.effects() == []
    assert (stored.end_reason, stored.decided_by) == (end, None)
    await world.engine.stop(5)
