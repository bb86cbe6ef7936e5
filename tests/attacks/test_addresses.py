"""Tokens and secrets travel over TLS, unless they stay on this machine."""

import pytest

from bot.config import BadSettings, Settings
from tests.attacks.test_log_lines import ENV

ADDRESSES = ("SLACK_API_URL", "STORE_API_URL", "AZURE_AUTHORITY_HOST")


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "host",
    [
        "slack.com",
        "10.0.0.1",
        "192.168.0.1",
        "0.0.0.0",
        "localhost.example",
        "127.0.0.1.example",
        "127.0.0.1@slack.com",
        "[::2]",
    ],
)
def test_an_address_without_tls_is_refused(name: str, host: str) -> None:
    """Weakness 14: http:// was accepted for the real Store and Slack."""
    with pytest.raises(BadSettings) as caught:
        Settings.from_env({**ENV, name: f"http://{host}/"})

    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} must be an address with https://")


@pytest.mark.parametrize("name", ADDRESSES[:2])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3:8001", "localhost:8001", "[::1]:8001", "LOCALHOST"]
)
def test_an_address_of_this_machine_needs_no_tls(name: str, host: str) -> None:
    """Weakness 14: the sandbox is on this machine."""
    settings = Settings.from_env({**ENV, name: f"http://{host}"})

    assert f"http://{host}" in repr(settings)
