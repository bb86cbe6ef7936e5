"""Follow-up of an Unknown: the Store is read again, and the message corrected."""

from dataclasses import replace

from bot.domain.results import Done, Unknown
from tests.engine.engine_tables import statuses
from tests.engine.harness import FAST, EngineHarness, until


async def test_an_unknown_outcome_is_followed_up_until_the_truth_is_known(
    harness: EngineHarness,
) -> None:
    engine = harness.engine()
    operation = await harness.unknown(engine)

    harness.store.clear_faults()
    await harness.result(operation, Done)
    await engine.stop(5)

    results = [type(r.result) for r, _ in harness.notifier.posted]
    assert results == [Unknown, Done]
    assert harness.notifier.follow_up_ended == []


async def test_that_an_unknown_is_not_followed_up_any_more_is_posted_once(
    harness: EngineHarness,
) -> None:
    harness.store.arm("halt", "504_after_effect")
    harness.store.arm("read", "503", times=-1)
    engine = harness.engine(replace(FAST, follow_up_pauses=(0.1, 0.1)))
    await engine.start()
    operation = await harness.authorised()
    await engine.start_operation(operation)

    async def posted() -> bool:
        return bool(harness.notifier.follow_up_ended)

    await until(posted)
    await engine.stop(5)

    ended = harness.notifier.follow_up_ended
    assert [request.id for request in ended] == [operation.request_id]
    assert isinstance(ended[0].result, Unknown)
    assert harness.store.effects()


async def test_an_unknown_outcome_of_a_backup_is_left_to_the_end_in_its_thread(
    harness: EngineHarness,
) -> None:
    engine = harness.engine(replace(FAST, follow_up_pauses=(0.1, 0.1)))
    operation = await harness.unknown(engine)
    harness.notifier.settled.add(operation.id)
    harness.store.clear_faults()

    async def posted() -> bool:
        return bool(harness.notifier.follow_up_ended)

    await until(posted)
    await engine.stop(5)

    stored = await harness.repositories.operations.get_operation(operation.id)
    assert stored is not None
    assert isinstance(stored.result, Unknown)
    assert [type(r.result) for r, _ in harness.notifier.posted] == [Unknown]


async def test_an_unknown_that_this_bot_cannot_read_is_left_to_a_newer_one(
    harness: EngineHarness,
) -> None:
    engine = harness.engine(replace(FAST, follow_up_pauses=(0.5, 1.0, 1.0)))
    operation = await harness.unknown(engine)
    await harness.written_by_a_newer_bot(operation)

    async def tried() -> bool:
        found = await statuses(harness.url)
        return found.get(f"{operation.id}:follow:0") in {"SUCCESS", "ERROR"}

    await until(tried)
    found = await statuses(harness.url)
    await engine.stop(5)

    assert found[f"{operation.id}:follow:0"] == "SUCCESS"
    assert f"{operation.id}:follow:1" in found
