"""The two tiers of tests: the fast ones start nothing, all others are marked `slow`.

`pytest -m "not slow"` needs no server but SQLite's file, no browser and no process.
That is checked while the tests run: a test that is not marked and starts a process, or
asks for one of the servers, fails.
"""

import sys
from typing import Final

import pytest

# Each test in these places starts a process or a browser, or takes long.
SLOW: Final = (
    "tests/attacks/test_file_modes.py",
    "tests/attacks/test_http_server.py",
    "tests/attacks/test_readiness.py",
    "tests/attacks/test_slow_senders.py",
    "tests/attacks/test_request_budget.py",
    "tests/bench/",
    "tests/browser/",
    "tests/db/test_event_export.py",
    "tests/db/test_fakes_are_true.py",
    "tests/db/test_processes.py",
    "tests/dialogues/test_dialogue_audit.py",
    "tests/dialogues/test_dialogue_buttons.py",
    "tests/dialogues/test_dialogue_channels.py",
    "tests/dialogues/test_dialogue_clicks.py",
    "tests/dialogues/test_dialogue_doctor.py",
    "tests/dialogues/test_dialogue_faults.py",
    "tests/dialogues/test_dialogue_home.py",
    "tests/dialogues/test_dialogue_languages.py",
    "tests/dialogues/test_dialogue_logs.py",
    "tests/dialogues/test_dialogue_metrics.py",
    "tests/dialogues/test_dialogue_moved.py",
    "tests/dialogues/test_dialogue_nonsense.py",
    "tests/dialogues/test_dialogue_outages.py",
    "tests/dialogues/test_dialogue_postgresql.py",
    "tests/dialogues/test_dialogue_process.py",
    "tests/dialogues/test_dialogue_secrets.py",
    "tests/dialogues/test_dialogue_settings.py",
    "tests/dialogues/test_dialogue_slowness.py",
    "tests/dialogues/test_dialogue_targets.py",
    "tests/dialogues/test_dialogue_waiting.py",
    "tests/dialogues/test_dialogue_watching_faults.py",
    "tests/dialogues/test_dialogue_wrong_settings.py",
    "tests/domain/test_command_grammar.py",
    "tests/durability/",
    "tests/engine/",
    "tests/layers/test_gate.py",
    "tests/layers/test_tiers.py",
    "tests/migrations/",
    "tests/slack/inbound/test_slack_payloads.py",
    "tests/slack/messages/test_slack_every_language.py",
    "tests/slack/messages/test_slack_limits.py",
    "tests/slack/messages/test_slack_limits_longest.py",
    "tests/slack/messages/test_slack_nonsense.py",
    "tests/slack/messages/test_slack_pseudo_locale.py",
    "tests/store/test_client_against_local_store.py",
    "tests/store/test_store_sign_in_troubles.py",
)
# A test that has one of these fixtures is slow wherever it is.
SLOW_FIXTURES: Final = frozenset(
    {
        "browser",
        "fork_server",
        "postgres_server",
        "postgres_url",
        "migrated_postgres_url",
    }
)
# The parameter of tests that run on each kind of database.
SLOW_KIND: Final = "postgresql"
STARTS: Final = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn"})


class _Running:
    """The test that runs now."""

    item: pytest.Item | None = None

    @classmethod
    def is_fast(cls) -> bool:
        return cls.item is not None and cls.item.get_closest_marker("slow") is None


def pytest_configure() -> None:
    """Watch what tests start."""
    sys.addaudithook(_watch)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tests."""
    for item in items:
        if is_slow(item):
            item.add_marker("slow")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test runs."""
    _Running.item = item


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Let fixtures end what another test has started."""
    _Running.item = None


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> None:
    """Fail a fast test that asks for a server while it runs."""
    if _Running.is_fast() and fixturedef.argname in SLOW_FIXTURES:
        raise NotFastError(f"a fast test uses {fixturedef.argname}")


class NotFastError(Exception):
    """A test does what only the tests that are marked `slow` may do."""


def is_slow(item: pytest.Item) -> bool:
    """Return whether the test belongs to the slow tier."""
    if item.nodeid.startswith(SLOW):
        return True
    assert isinstance(item, pytest.Function)
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return not SLOW_FIXTURES.isdisjoint(item.fixturenames) or any(
        value == SLOW_KIND for value in values
    )


def _watch(event: str, _: object) -> None:
    if event in STARTS and _Running.is_fast():
        raise NotFastError(f"a fast test starts a process: {event}")
