"""The history of ramps, where one was asked for and where its rollout is followed."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.app_names import ResolvedTarget
from bot.domain.change_log import LoggedChange
from bot.domain.history import Entry
from bot.domain.plan_changes import after_result, ended, paused, sent
from bot.domain.plan_events import plan_changed
from bot.domain.plans import PlanEnd
from bot.domain.ramp_history import RampHistory, RampStep
from bot.domain.requests import Alias, Place, Request
from bot.domain.verbs import Verb
from bot.service.channel_history import read_history
from tests.db.exported_events import engine_of, import_events, stored
from tests.db.test_stored_plans import DONE, SOON, ask, begin, claim, finish
from tests.db.test_stored_plans import repositories as stored_plans
from tests.fakes.home import ports_of
from tests.fakes.plans import FRIDAY
from tests.fakes.samples import MAIL, PLACE

repositories = stored_plans
THERE = Place("T1", "C2")


async def a_ramp(stored: SqlRepositories) -> None:
    """Start a ramp; its first step comes, somebody pauses it, and it is stopped."""
    plan = await begin(stored)
    await claim(stored, plan)
    await finish(stored, plan, DONE)
    before, plan = sent(plan), after_result(sent(plan), DONE, SOON)
    assert await stored.plans.save_plan(before, plan)
    still = paused(plan, "U1", SOON)
    over = ended(still, PlanEnd.STOPPED, "U1", SOON)
    assert await stored.plans.save_plan(plan, still, plan_changed(still, "crashes"))
    assert await stored.plans.save_plan(still, over, plan_changed(over, "enough"))


async def follow(stored: SqlRepositories, place: Place) -> None:
    alias = Alias("mail", MAIL, "Contoso Mail", None, "U1")
    await stored.aliases.add_alias(place, alias, FRIDAY)
    await stored.watching.follow(FRIDAY)


async def history(
    stored: SqlRepositories, place: Place, *, of_app: bool = False
) -> list[Entry]:
    """Return the entries that the channel is shown about requests and rollouts."""
    chosen = ResolvedTarget(MAIL, "mail") if of_app else None
    found = await read_history(ports_of(stored), place, chosen)
    assert found.unread == 0
    kinds = Request | RampHistory | LoggedChange
    return [entry for entry in found.entries if isinstance(entry, kinds)]


@pytest.mark.parametrize("of_app", [False, True])
async def test_a_ramp_is_one_entry_in_every_channel_that_follows_it(
    repositories: SqlRepositories, *, of_app: bool
) -> None:
    for place in (PLACE, THERE):
        await follow(repositories, place)
    await a_ramp(repositories)

    [here] = await history(repositories, PLACE, of_app=of_app)
    [there] = await history(repositories, THERE, of_app=of_app)

    assert isinstance(here, RampHistory)
    assert there == replace(here, asked_here=False)
    step, *turns = here.course
    assert isinstance(step, RampStep)
    assert (step.result, step.at) == (DONE, SOON)
    assert [getattr(one, "reason", None) for one in turns] == ["crashes", "enough"]


async def test_a_ramp_of_long_ago_is_found_by_its_steps(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories, PLACE)
    await begin(repositories)
    for number in range(50):
        await ask(repositories, f"r{number}", Verb.HALT)
    plan = await repositories.plans.get_plan("p1")
    assert plan is not None
    await claim(repositories, plan)
    await finish(repositories, plan, DONE)

    newest, *_ = await history(repositories, PLACE)

    assert isinstance(newest, RampHistory)
    assert newest.asked_here


async def test_where_a_newer_bot_has_changed_a_ramp_its_steps_are_shown(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories, THERE)
    await a_ramp(repositories)
    plan = await repositories.plans.get_plan("p1")
    assert plan is not None
    newer = replace(plan_changed(plan), code="newer", unique_key="newer")
    await repositories.events.add_event(newer)

    [entry] = await history(repositories, THERE)

    assert isinstance(entry, LoggedChange)
    assert (entry.ramp_id, entry.change.after) == ("p1", DONE.after)


async def test_a_chart_has_the_steps_of_a_ramp(repositories: SqlRepositories) -> None:
    await follow(repositories, PLACE)
    await a_ramp(repositories)

    log = await repositories.events.list_changes(PLACE, MAIL, 100)

    assert log.points == ((SOON, 10.0),)
    assert (log.elsewhere, len(log.ramps)) == ((), 1)


def test_an_export_brings_the_history_of_a_ramp_back(
    migrated_sqlite_url: str,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def read(url: str, *, make: bool = False) -> list[Entry]:
        database = Database(url)
        there = SqlRepositories(database)
        try:
            if make:
                await a_ramp(there)
            return [*(await there.events.list_history(PLACE, None, 10)).entries]
        finally:
            await database.close()

    before = asyncio.run(read(migrated_sqlite_url, make=True))
    file = tmp_path / "events.jsonl"
    monkeypatch.setenv("DATABASE_URL", migrated_sqlite_url)
    assert main(["audit", "export", "--output", str(file)]) == 0

    copy = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'copy.db')}"
    with engine_of(copy) as other, file.open(encoding="utf-8") as lines:
        import_events(other, lines)
        with engine_of(migrated_sqlite_url) as engine:
            assert stored(other) == stored(engine)

    assert asyncio.run(read(copy)) == before
    [ramp] = before
    assert isinstance(ramp, RampHistory)
    assert len(ramp.course) == 3
