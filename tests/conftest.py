"""Names the fixtures that every test room shares, and forbids skips where asked."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.tiers", "tests.workers"]

# How long an example takes says how busy the machine is.
settings.register_profile("rollout", deadline=None)
settings.load_profile("rollout")

# Set where the machine has everything: there a skip means that something is broken.
NO_SKIPS = "ROLLOUT_NO_SKIPS"


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
