"""Names the fixtures that every test room shares, and forbids skips where asked."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.tiers", "tests.workers"]

# How long an example takes says how busy the machine is.
settings.register_profile("rollout", deadline=None)
settings.load_profile("rollout")

# What is imported and collected stays: to look through it again and again for what may
# go takes a third of the time until the first test.
gc.disable()

# Set where the machine has everything: there a skip means that something is broken.
NO_SKIPS = "ROLLOUT_NO_SKIPS"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look from now on through what the tests themselves make."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    """Turn a skip into a failure where NO_SKIPS is set."""
    report = yield
    if report.skipped and os.environ.get(NO_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"skipped, though {NO_SKIPS} is set: {report.longrepr}"
    return report
