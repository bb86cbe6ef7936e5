"""The fixture that the tests of the service share."""

import pytest

from tests.service.service_harness import ServiceHarness, service_harness


@pytest.fixture
def harness() -> ServiceHarness:
    """Return a service in whose channel `mail` names an app with an open rollout."""
    return service_harness()
