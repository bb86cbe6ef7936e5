"""An export has every event, exactly as it is stored, however many there are."""

import csv
import json
import shutil
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import insert

from bot.__main__ import main
from bot.audit_command import COLUMNS
from bot.db import event_export
from bot.db.columns import storable
from bot.db.events import EVENTS, event_values
from bot.domain.events import Event, EventKind
from tests.databases import KINDS
from tests.db.exported_events import TYPED, engine_of, fill, import_events, stored
from tests.db.sample_requests import NOON

REPOSITORY: Final = Path(__file__).parents[2]
MANY: Final = 100_000
# The bot's own command, and the most memory that it has taken, in kilobytes; getrusage
# would count the memory of the process that has started it.
MEASURED: Final = """
import pathlib, re, sys
from bot.__main__ import main
status = main(sys.argv[1:])
[peak] = re.findall(r"VmHWM:\\s*(\\d+)", pathlib.Path("/proc/self/status").read_text())
print(peak, file=sys.stderr)
sys.exit(status)
"""
# Spreadsheets take a cell that begins so for a formula.
RUN: Final = tuple("=+-@\t\r\n＝")


def run(options: list[str], url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command in this process."""
    monkeypatch.setenv("DATABASE_URL", url)
    return main(["audit", "export", *options])


def export(url: str, folder: Path, *options: str) -> tuple[Path, int, float]:
    """Export into a file; return it, the memory in kilobytes, and the seconds."""
    file, began = folder / "events.out", time.monotonic()
    words = [sys.executable, "-c", MEASURED, "audit", "export", "--output", str(file)]
    ended = subprocess.run(
        [*words, *options],
        env={"DATABASE_URL": url, "PYTHONPATH": str(REPOSITORY)},
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    told, memory = ended.stderr.split("\n")[:2]
    assert told.startswith("Events exported: ")
    assert ended.stdout == ""
    return file, int(memory), time.monotonic() - began


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_thousand_events_come_back_exactly_as_they_were(
    kind: str, request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> None:
    fixture = {"sqlite": "migrated_sqlite_url", "postgresql": "migrated_postgres_url"}
    url: str = request.getfixturevalue(fixture[kind])
    with engine_of(url) as engine:
        fill(engine, 2000)
        _, little, _ = export(url, tmp_path)
        fill(engine, MANY - 2000, first=2000)
        before = stored(engine)

    file, memory, seconds = export(url, tmp_path)

    figures = f"{kind}: {seconds:.1f} s, {memory} kB, with 2,000 events {little} kB"
    print(figures)  # noqa: T201 - shown with -s
    assert len(before) == MANY
    copy = shutil.copy(sqlite_template, tmp_path / "copy.db")
    with engine_of(f"sqlite:///{copy}") as other, file.open(encoding="utf-8") as lines:
        import_events(other, lines)
        assert stored(other) == before
    # One page at a time: fifty times as many events take no more memory.
    assert memory - little < 5_000


def test_an_export_is_written_in_the_columns_that_are_documented() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert set(COLUMNS) == set(EVENTS.columns.keys())
    assert ", ".join(f"`{name}`" for name in COLUMNS) in readme.replace("\n", " ")


def test_a_spreadsheet_runs_nothing_that_somebody_has_typed(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    with engine_of(migrated_sqlite_url) as engine:
        fill(engine, 5 * len(TYPED))

    file, _, _ = export(migrated_sqlite_url, tmp_path, "--format", "csv")

    with file.open(encoding="utf-8", newline="") as text:
        table = list(csv.reader(text))
    assert table[0] == list(COLUMNS)
    assert {len(row) for row in table} == {len(COLUMNS)}
    assert len(table) == 1 + 5 * len(TYPED)
    cells = [cell for row in table for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n＝"))]
    codes = {row[COLUMNS.index("code")] for row in table[1:]}
    assert {f"'{one}" for one in TYPED if one.startswith(RUN)} <= codes
    assert {"crash on start", "done"} <= codes
    reasons = [json.loads(row[-1]).get("reason") for row in table[1:]]
    stored_typed = {storable(one) for one in TYPED}
    assert {one for one in reasons if one is not None} == stored_typed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [1, 2, 3]),
        (["--since", "2026-11-20T12:00:01Z"], [2, 3]),
        (["--since", "2026-11-20T13:00:01+01:00", "--until", "2026-11-21"], [2]),
        (["--since", "2026-11-21"], [3]),
        (["--until", "2026-11-20 12:00:01"], [1]),
        (["--since", "0001-01-01", "--until", "9999-12-31"], [1, 2, 3]),
        (["--since", "99999d", "--until", "0m"], [1, 2, 3]),
        (["--since", "1m"], []),
    ],
)
def test_a_period_begins_with_since_and_ends_before_until(
    migrated_sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    expected: list[int],
) -> None:
    monkeypatch.setattr(event_export, "_PAGE", 2)
    times = (NOON, NOON + timedelta(seconds=1), NOON + timedelta(hours=12))
    with engine_of(migrated_sqlite_url) as engine, engine.begin() as connection:
        for at in times:
            event = Event(EventKind.REFUSED, at, actor="U1")
            connection.execute(insert(EVENTS).values(event_values(event)))
    file = tmp_path / "events"

    status = run(["--output", str(file), *options], migrated_sqlite_url, monkeypatch)

    assert status == 0
    lines = file.read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == expected
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if "events" in one.name] == [
        "events"
    ]
