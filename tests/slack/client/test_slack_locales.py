"""A person's locale is looked up behind, and kept for an hour."""

import asyncio

import pytest

from bot.sandbox.slack import LocalSlack
from bot.slack.client import locales as module
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.locales import Locales
from bot.slack.client.workspaces import WorkspaceClients
from tests.slack_users import ANN, BEN, TEAM, Clock

HOUR, MINUTE = 3600.0, 60.0


class Monotonic:
    """A monotonic clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    clock = Monotonic()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locales(
    clients: WorkspaceClients, identity: Identity, clock: Clock, monotonic: Monotonic
) -> Locales:
    del monotonic
    return Locales(SlackDirectory(clients, identity, clock))


def asked(slack: LocalSlack) -> list[str]:
    return [call.args["user"] for call in slack.calls("users.info")]


async def test_it_is_not_known_before_slack_has_said_it(
    locales: Locales, slack: LocalSlack
) -> None:
    assert locales.locale(TEAM, BEN) is None

    await locales.look_up(TEAM, BEN)

    assert locales.locale(TEAM, BEN) == "de-DE"
    assert asked(slack) == [BEN]
    [call] = slack.calls("users.info")
    assert call.args["include_locale"] in {True, "1", "true"}


async def test_all_who_wait_share_one_lookup(
    locales: Locales, slack: LocalSlack
) -> None:
    await asyncio.gather(*(locales.look_up(TEAM, BEN) for _ in range(5)))

    assert asked(slack) == [BEN]


async def test_one_who_gives_up_waiting_does_not_end_the_lookup(
    locales: Locales, slack: LocalSlack
) -> None:
    slack.arm("users.info", "slow", seconds=0.1)
    waiting = asyncio.create_task(locales.look_up(TEAM, BEN))
    await asyncio.sleep(0)
    waiting.cancel()

    await locales.look_up(TEAM, BEN)

    assert locales.locale(TEAM, BEN) == "de-DE"
    assert asked(slack) == [BEN]


async def test_it_is_asked_again_after_an_hour_and_stands_meanwhile(
    locales: Locales, slack: LocalSlack, monotonic: Monotonic, clock: Clock
) -> None:
    await locales.look_up(TEAM, BEN)
    monotonic.now += HOUR - 1
    assert locales.locale(TEAM, BEN) == "de-DE"
    assert asked(slack) == [BEN]
    clock.forward(60)
    monotonic.now += 1
    slack.arm("users.info", "internal_error")

    assert locales.locale(TEAM, BEN) == "de-DE"
    await locales.look_up(TEAM, BEN)

    assert locales.locale(TEAM, BEN) == "de-DE"
    assert asked(slack) == [BEN, BEN]


async def test_a_lookup_that_failed_is_made_again_after_a_minute(
    locales: Locales, slack: LocalSlack, monotonic: Monotonic
) -> None:
    slack.arm("users.info", "internal_error")
    await locales.look_up(TEAM, BEN)
    await locales.look_up(TEAM, BEN)
    assert locales.locale(TEAM, BEN) is None
    assert asked(slack) == [BEN]

    monotonic.now += MINUTE
    await locales.look_up(TEAM, BEN)

    assert locales.locale(TEAM, BEN) == "de-DE"


async def test_who_has_changed_is_asked_for_again_and_nobody_else(
    locales: Locales, slack: LocalSlack, clock: Clock
) -> None:
    for who in (ANN, BEN):
        await locales.look_up(TEAM, who)
    clock.forward(2)
    locales.forget(TEAM, BEN)
    locales.forget(TEAM, "U0NOBODY")

    assert locales.locale(TEAM, BEN) == "de-DE"
    for who in (ANN, BEN):
        await locales.look_up(TEAM, who)

    assert asked(slack) == [ANN, BEN, BEN]


async def test_no_more_than_so_many_people_are_kept(
    locales: Locales, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 2)
    for who in (ANN, BEN, "U0DEE"):
        await locales.look_up(TEAM, who)

    await locales.look_up(TEAM, BEN)
    assert locales.locale(TEAM, "U0DEE") == "en-GB"
    assert locales.locale(TEAM, BEN) == "de-DE"
    assert len(locales._kept) == 2
    assert asked(slack) == [ANN, BEN, "U0DEE"]
