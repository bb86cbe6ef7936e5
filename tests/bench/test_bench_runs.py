"""Benchmark: it runs, prints and writes its figures; no figure is judged here."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.app import MAIN_ACCOUNT
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.requests import Person
from bot.domain.results import Unavailable
from bot.domain.submissions import SubmissionRef, Target
from tests.bench.followed import A_CHANNEL, app_of, channel_of
from tests.bench.past_changes import past_submission_of
from tests.bench.peers import TEAM
from tests.bench.seeding import PLACE, seeded_database
from tests.bench.signed import PERSON
from tests.fakes.home import home_of

ROOT = Path(__file__).resolve().parents[2]


def test_a_quick_measurement_prints_a_table_and_writes_its_figures(
    tmp_path: Path,
) -> None:
    figures = tmp_path / "figures.json"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench", "--quick", "--only", "press"),
            *("--database", "sqlite", "--json", str(figures)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "click to the Store's POST, sqlite, p50" in done.stdout
    kept = json.loads(figures.read_text())
    counted = [f for f in kept["figures"] if "requests to the Store" in f["name"]]
    assert [figure["value"] for figure in counted] == [1]


def test_a_halt_is_posted_once_and_looks_nobody_up_whatever_is_agreed_on(
    tmp_path: Path,
) -> None:
    figures = tmp_path / "figures.json"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench", "--quick", "--only", "policy"),
            *("--database", "sqlite", "--json", str(figures)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    kept = json.loads(figures.read_text())["figures"]
    values = {figure["name"].strip(): figure["value"] for figure in kept}
    assert values["POSTs of a press, the most"] == 1
    assert values["presses without a POST"] == 0
    assert values["lookups for a halt"] == 0


async def test_the_ramps_of_a_seeded_database_are_live_and_so_many_are_due(
    tmp_path: Path,
) -> None:
    with seeded_database("sqlite", tmp_path, None) as seeded:
        seeded.add_ramps(30, 4)
        database = Database(seeded.url)
        plans = SqlRepositories(database).plans
        due = await plans.due_plans(datetime.now(UTC), 50)
        live = await plans.list_live(TEAM)
        await database.close()

    assert len(due) == 4
    assert len(live) == 30


async def test_the_past_of_a_seeded_database_is_a_history_that_can_be_read(
    tmp_path: Path,
) -> None:
    with seeded_database("sqlite", tmp_path, None, 40) as seeded:
        database = Database(seeded.url)
        history = await SqlRepositories(database).events.list_history(PLACE, None, 9)
        open_operations = await SqlRepositories(database).operations.open_operations(
            datetime.now(UTC)
        )
        await database.close()

    # A tenth of the past is of this channel.
    assert len(history.entries) == 4
    assert history.unread == 0
    results = [getattr(entry, "result", None) for entry in history.entries]
    assert all(isinstance(result, Unavailable) for result in results)
    assert open_operations == []


async def test_the_followed_targets_of_a_seeded_database_have_boards_changes_and_ends(
    tmp_path: Path,
) -> None:
    now = datetime.now(UTC)
    with seeded_database("sqlite", tmp_path, None) as seeded:
        seeded.add_followed()
        seeded.add_days(8, 2000)
        database = Database(seeded.url)
        repositories = SqlRepositories(database)
        target = Target(MAIN_ACCOUNT, app_of(0))
        changes = await repositories.boards.read_changes(
            SubmissionRef(target, past_submission_of(0))
        )
        home = await home_of(repositories, repositories.home, lambda: now).read(
            Person(PERSON, TEAM), TEAM, [channel_of(0)]
        )
        nothing = await repositories.notices.claim_notices(now, 20)
        seeded.add_waiting()
        claimed = await repositories.notices.claim_notices(datetime.now(UTC), 20)
        await database.close()

    assert [change.kind for change in changes] == [
        EventKind.ROLLOUT_OPENED,
        EventKind.PERCENTAGE_CHANGED,
        EventKind.PERCENTAGE_CHANGED,
        EventKind.ROLLOUT_FINALIZED,
    ]
    assert len(home.open) == A_CHANNEL // 5
    assert home.finished
    assert nothing == []
    assert len(claimed) == 20
