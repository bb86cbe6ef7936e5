"""Changes of locks, rules and release channels are named as the channel names apps."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.events import Event, EventKind
from bot.domain.policy_history import (
    POLICY_KINDS,
    AgreedRule,
    ChannelChange,
    named_change,
    read_policy_change,
)
from bot.domain.requests import Alias, Place
from bot.domain.rules import NO_RULE
from bot.domain.submissions import Target

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
APP = Target("main", "9NMAIL000001")
FLIGHT = Target("main", "9NMAIL000001", "f-1")
BETA = Alias("beta", FLIGHT, "Mail", "Beta ring")
GONE = ChannelChange(EventKind.CHANNEL_REMOVED, APP, NOON, "U1")


def test_an_app_is_named_by_an_alias_of_it_or_of_a_flight() -> None:
    flight = replace(GONE, target=FLIGHT)

    assert named_change(GONE, [BETA]) == replace(GONE, app_name="Mail")
    assert named_change(flight, [BETA]) == replace(
        flight, app_name="Mail", flight_name="Beta ring"
    )


def test_what_no_alias_names_keeps_its_ids() -> None:
    other = replace(BETA, target=Target("second", "9NMAIL000001"))
    default = AgreedRule(None, NOON, "U1", "U1", NO_RULE, NO_RULE)

    assert named_change(GONE, [other]) == GONE
    assert named_change(default, [BETA]) == default


@pytest.mark.parametrize("kind", [*sorted(POLICY_KINDS), EventKind.SUBSCRIBED])
def test_what_cannot_be_read_is_refused(kind: EventKind) -> None:
    event = Event(kind, NOON, Place("T1", "C1"), None, "U1")

    with pytest.raises((KeyError, ValueError)):
        read_policy_change(event)
