"""The benchmark runs, and prints and keeps what it measured; no figure is judged."""

import json
import subprocess
import sys
from pathlib import Path

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
