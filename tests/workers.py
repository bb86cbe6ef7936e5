"""How the tests are spread over worker processes by pytest-xdist.

Most tests wait: for a process to start, for a database, for a bot's next try. So there
are more workers than processor cores. Only a run of the whole suite, or of a tier of
it, uses workers; where files or tests are named, one process is sooner done.
"""

import os
from typing import Final

import pytest

WORKERS: Final = 2 * (os.cpu_count() or 2)
# What takes longest comes first, so that no worker is left alone with it at the end.
FIRST: Final = (
    "tests/durability/test_kills.py",
    "tests/durability/",
    "tests/layers/test_gate.py",
    "tests/dialogues/test_dialogue_process.py",
    "tests/engine/",
    "tests/dialogues/test_dialogue_nonsense.py",
    "tests/sandbox/page/",
    "tests/browser/",
    "tests/dialogues/",
    "tests/bench/",
    "tests/migrations/",
    "tests/store/",
)
# One worker takes each of these as a whole: every test there starts dozens of
# processes, and two such tests at a time are as much as a small machine can bear. The
# two take about the same time.
TOGETHER: Final = (
    (
        "tests/durability/test_kills.py",
        "tests/durability/test_chaos.py",
        "tests/durability/test_broken.py",
        "tests/durability/test_follow_up_kills.py",
    ),
    ("tests/durability/",),
)


def pytest_addoption(
    parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager
) -> None:
    """Accept the options of pyproject.toml where xdist is off (`-p no:xdist`)."""
    if not pluginmanager.hasplugin("xdist"):
        parser.addoption("--numprocesses")
        parser.addoption("--dist")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many workers to use where the command line says nothing."""
    named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return 0 if named or config.option.collectonly else WORKERS


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Begin with what takes longest, where there are workers."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Return the scheduler that hands out whole modules, in the order of the items.

    The tests of a module stay together: they share its fixtures, such as a bot.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - may be off

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def unit(nodeid: str) -> str:
    """Return the name of what one worker takes as a whole: most often a module."""
    module = nodeid.partition("::")[0]
    return next((some[0] for some in TOGETHER if module.startswith(some)), module)


def _rank(nodeid: str) -> int:
    places = (number for number, start in enumerate(FIRST) if nodeid.startswith(start))
    return next(places, len(FIRST))
