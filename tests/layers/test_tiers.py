"""Most tests are fast, and a fast test that needs more than SQLite fails."""

import subprocess
import sys
from itertools import chain
from pathlib import Path
from textwrap import dedent
from typing import Final

from tests.tiers import SLOW
from tests.workers import FIRST, TOGETHER, unit

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = """
    import subprocess, sys
    from tests.browser_fixtures import browser

    def test_that_is_fast(migrated_sqlite_url):
        assert "sqlite" in migrated_sqlite_url

    def test_that_is_marked_by_its_fixture(postgres_url):
        raise AssertionError

    def test_that_is_marked_by_its_parameter(database_url):
        assert "sqlite" in database_url

    def test_that_starts_a_process():
        subprocess.run([sys.executable, "-c", ""], check=True)

    def test_that_starts_a_server(request):
        request.getfixturevalue("postgres_url")

    def test_that_starts_a_browser(request):
        request.getfixturevalue("browser")
    """


def test_most_tests_are_fast_and_none_of_them_names_a_server() -> None:
    collected = pytest_says("--collect-only", "-qq").stdout.splitlines()

    counts = dict(line.rsplit(": ", 1) for line in collected if ": " in line)
    assert sum(map(int, counts.values())) > 1_500, collected
    assert not [name for name in counts if name.startswith(SLOW)]


def test_a_fast_test_that_needs_more_than_sqlite_fails(tmp_path: Path) -> None:
    path = tmp_path / "test_fast_and_slow.py"
    path.write_text(dedent(TESTS))

    ran = pytest_says(*("-p", "tests.databases", "-p", "tests.tiers"), str(path))

    assert "3 failed, 2 passed, 2 deselected" in ran.stdout, ran.stdout
    assert "NotFastError: a fast test starts a process: subprocess.Popen" in ran.stdout
    assert "NotFastError: a fast test uses postgres_server" in ran.stdout
    assert "NotFastError: a fast test uses browser" in ran.stdout


def test_every_place_that_is_slow_or_goes_first_exists() -> None:
    places = {*SLOW, *FIRST, *chain.from_iterable(TOGETHER)}
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_tests_that_share_a_modules_fixtures_stay_on_one_worker() -> None:
    assert unit("tests/a/test_b.py::test_c[d::e]") == "tests/a/test_b.py"
    assert unit("tests/durability/test_b.py::test_c") == "tests/durability/"
    kills = "tests/durability/test_kills.py"
    assert unit("tests/durability/test_chaos.py::test_c") == unit(kills) == kills


def pytest_says(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the fast tier of these tests in one process of its own."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml")),
            *("--numprocesses=0", "-p", "no:cacheprovider", "-m", "not slow"),
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
