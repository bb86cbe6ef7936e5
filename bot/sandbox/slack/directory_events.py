"""Events of the directory: people, user groups and members of channels that change."""

from datetime import datetime
from typing import Any

from bot.sandbox.slack import payloads, wire
from bot.sandbox.slack.directory import TEAM_ID, Channel, Person, UserGroup

Json = dict[str, Any]


def user_change(person: Person, at: datetime) -> Json:
    """Return the event of a person who is no longer as they were.

    https://docs.slack.dev/reference/events/user_change
    """
    body = wire.person(person, at, with_locale=True)
    return _event("user_change", at, user=body, cache_ts=int(at.timestamp()))


def member_changed(
    channel: Channel, person: Person, at: datetime, *, joined: bool
) -> Json:
    """Return the event of a person who joined a channel, or left it.

    https://docs.slack.dev/reference/events/member_joined_channel
    https://docs.slack.dev/reference/events/member_left_channel
    """
    return _event(
        "member_joined_channel" if joined else "member_left_channel",
        at,
        user=person.id,
        channel=channel.id,
        channel_type="G" if channel.private else "C",
        team=person.team_id,
    )


def group_changed(group: UserGroup, at: datetime, *, created: bool = False) -> Json:
    """Return the event of a user group that was made, or is no longer as it was.

    https://docs.slack.dev/reference/events/subteam_created
    https://docs.slack.dev/reference/events/subteam_updated
    """
    body = wire.user_group(group)
    body |= {"users": list(group.members), "user_count": len(group.members)}
    kind = "subteam_created" if created else "subteam_updated"
    return _event(kind, at, subteam=body)


def group_members_changed(before: UserGroup, after: UserGroup, at: datetime) -> Json:
    """Return the event of people who came into a user group, or left it.

    https://docs.slack.dev/reference/events/subteam_members_changed
    """
    added = [each for each in after.members if each not in before.members]
    removed = [each for each in before.members if each not in after.members]
    return _event(
        "subteam_members_changed",
        at,
        subteam_id=after.id,
        team_id=TEAM_ID,
        date_previous_update=int(at.timestamp()),
        date_update=int(at.timestamp()),
        added_users=added,
        added_users_count=str(len(added)),
        removed_users=removed,
        removed_users_count=str(len(removed)),
    )


def _event(kind: str, at: datetime, **fields: object) -> Json:
    event = {"type": kind, **fields, "event_ts": f"{at.timestamp():.6f}"}
    return payloads.event_callback(event)
