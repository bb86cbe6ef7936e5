"""Payloads of the events that tell of a change of people, user groups or channels."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.slack.inbound.fields import object_in, text_in
from bot.slack.inbound.shapes import Payload


@dataclass(frozen=True, slots=True)
class DirectoryChange:
    """The ids of what has changed; empty for what has not."""

    user_id: str = ""
    group_id: str = ""
    channel: str = ""


def _person(event: Payload) -> DirectoryChange:
    return DirectoryChange(user_id=text_in(object_in(event, "user"), "id"))


def _group(event: Payload) -> DirectoryChange:
    return DirectoryChange(group_id=text_in(object_in(event, "subteam"), "id"))


def _group_members(event: Payload) -> DirectoryChange:
    return DirectoryChange(group_id=text_in(event, "subteam_id"))


def _channel_members(event: Payload) -> DirectoryChange:
    return DirectoryChange(channel=text_in(event, "channel"))


# How each event names what has changed.
# https://docs.slack.dev/reference/events
_READERS: Final = MappingProxyType(
    {
        "user_change": _person,
        "subteam_created": _group,
        "subteam_updated": _group,
        "subteam_members_changed": _group_members,
        "member_joined_channel": _channel_members,
        "member_left_channel": _channel_members,
    }
)
DIRECTORY_EVENTS: Final = tuple(_READERS)


def read_directory_change(body: Payload) -> DirectoryChange:
    """Read one of `DIRECTORY_EVENTS`; nothing has changed where it names nothing."""
    event = object_in(body, "event")
    return _READERS[text_in(event, "type")](event)
