"""The linter, the formatter and the type checker are part of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    ["ruff check --no-cache", "ruff format --check --no-cache", "mypy"],
    ids=lambda command: command.split(" --")[0],
)
def test_the_checker_finds_nothing(command: str) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, f"{command}:\n{checked.stdout}"
