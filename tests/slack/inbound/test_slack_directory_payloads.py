"""The events of people, user groups and channels, and what they name."""

from typing import Any

import pytest

from bot.sandbox.slack import directory_events
from bot.sandbox.slack.directory import seed
from bot.slack.inbound.directory_payloads import (
    DIRECTORY_EVENTS,
    DirectoryChange,
    read_directory_change,
)
from bot.slack.inbound.shapes import is_readable
from tests.dialogues.nonsense import ODD
from tests.fakes import NOON
from tests.slack_users import ANN, IN_MAIL

DIRECTORY = seed()
PERSON, CHANNEL = DIRECTORY.people[ANN], DIRECTORY.channels[IN_MAIL]
GROUP = DIRECTORY.groups["S0MANAGERS"]
OF_PERSON = DirectoryChange(user_id=ANN)
OF_GROUP = DirectoryChange(group_id=GROUP.id)
OF_CHANNEL = DirectoryChange(channel=IN_MAIL)

# Each event as the local Slack sends it, and what it says to have changed.
EXAMPLES: list[tuple[dict[str, Any], DirectoryChange]] = [
    (directory_events.user_change(PERSON, NOON), OF_PERSON),
    (directory_events.group_changed(GROUP, NOON), OF_GROUP),
    (directory_events.group_changed(GROUP, NOON, created=True), OF_GROUP),
    (directory_events.group_members_changed(GROUP, GROUP, NOON), OF_GROUP),
    (directory_events.member_changed(CHANNEL, PERSON, NOON, joined=True), OF_CHANNEL),
    (directory_events.member_changed(CHANNEL, PERSON, NOON, joined=False), OF_CHANNEL),
]


def kind_of(body: dict[str, Any]) -> str:
    return str(body["event"]["type"])


def test_each_event_of_the_directory_has_an_example() -> None:
    assert sorted(kind_of(body) for body, _ in EXAMPLES) == sorted(DIRECTORY_EVENTS)


@pytest.mark.parametrize(
    ("body", "changed"), EXAMPLES, ids=[kind_of(body) for body, _ in EXAMPLES]
)
def test_an_event_names_what_has_changed(
    body: dict[str, Any], changed: DirectoryChange
) -> None:
    assert is_readable(body)
    assert read_directory_change(body) == changed


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", ["user", "subteam", "subteam_id", "channel"])
@pytest.mark.parametrize("kind", DIRECTORY_EVENTS)
def test_nonsense_in_any_field_is_read_as_text_or_as_no_change(
    kind: str, field: str, odd: object
) -> None:
    changed = read_directory_change({"event": {"type": kind, field: odd}})

    for text in (changed.user_id, changed.group_id, changed.channel):
        assert isinstance(text, str)
