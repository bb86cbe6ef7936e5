"""Changes of the directory: where people are, who is admin or gone, what they read."""

import dataclasses
from typing import Any, Final

from bot.sandbox.slack import directory_events
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.directory import (
    LOCALES,
    Channel,
    Directory,
    Person,
    UserGroup,
    seed,
)
from bot.sandbox.slack.errors import UserActionError
from bot.sandbox.slack.user_actions import find_person
from bot.sandbox.slack.workspace import Workspace

NO_CHANNEL: Final = "There is no channel with the id “{channel}”."
NO_LOCALE: Final = "There is no locale “{locale}”. Known are: {known}."
NO_GROUP: Final = "There is no user group with the id “{group}”."
NOT_SHARED: Final = "{name} is of another company, and #{channel} is not shared."
NO_GUESTS: Final = "{name} is of another company, which cannot be in a user group."


class DirectoryActions:
    """What an admin or a person changes; the app is told in an event.

    As in Slack it is told only what its scopes are for, and only of its own channels.
    Every error is a `UserActionError` with a sentence.
    """

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    def change_person(
        self,
        user: str,
        *,
        admin: bool | None = None,
        deactivated: bool | None = None,
        locale: str | None = None,
    ) -> None:
        """Make a person admin or not, switch the account off or on, set the locale."""
        before = find_person(self._directory, user)
        if locale is not None and locale not in LOCALES:
            known = ", ".join(LOCALES)
            raise UserActionError(NO_LOCALE, locale=locale, known=known)
        after = dataclasses.replace(
            before,
            admin=before.admin if admin is None else admin,
            deactivated=before.deactivated if deactivated is None else deactivated,
            locale=before.locale if locale is None else locale,
        )
        if after == before:
            return
        self._directory.people[user] = after
        event = directory_events.user_change(after, self._workspace.now())
        self._tell("users:read", event)

    def change_member(self, channel_id: str, user: str, *, member: bool) -> None:
        """Let a person join a channel, or leave it."""
        person = find_person(self._directory, user)
        channel = self._channel(channel_id)
        if member and not channel.shared and self._is_stranger(person):
            raise UserActionError(
                NOT_SHARED, name=person.real_name, channel=channel.name
            )
        if (user in channel.members) is member:
            return
        if member:
            channel.members.add(user)
        else:
            channel.members.discard(user)
        event = directory_events.member_changed(
            channel, person, self._workspace.now(), joined=member
        )
        scope = "groups:read" if channel.private else "channels:read"
        self._tell(scope if channel.bot_is_member else None, event)

    def change_group_member(self, group_id: str, user: str, *, member: bool) -> None:
        """Let a person into a user group, or take them out."""
        person = find_person(self._directory, user)
        if member and self._is_stranger(person):
            raise UserActionError(NO_GUESTS, name=person.real_name)
        before = self._group(group_id)
        others = tuple(each for each in before.members if each != user)
        members = (*others, user) if member else others
        if set(members) != set(before.members):
            self._put_group(before, dataclasses.replace(before, members=members))

    def put_group(self, group: UserGroup) -> None:
        """Make a user group, or change one: its handle, members, whether it is off."""
        before = self._directory.groups.get(group.id)
        if before is not None:
            self._put_group(before, group)
            return
        self._directory.groups[group.id] = group
        event = directory_events.group_changed(
            group, self._workspace.now(), created=True
        )
        self._tell("usergroups:read", event)

    def change_plan(self, *, free: bool) -> None:
        """Move to Slack's free plan, which has no user groups, or back."""
        self._workspace.free_plan = free
        self._workspace.changed()

    def start_over(self) -> None:
        """Let people, groups and members be as every sandbox starts with them."""
        fresh = seed()
        for person in fresh.people.values():
            self.change_person(
                person.id,
                admin=person.admin,
                deactivated=person.deactivated,
                locale=person.locale,
            )
            for channel in fresh.channels.values():
                member = person.id in channel.members
                self.change_member(channel.id, person.id, member=member)
        for group in [*self._directory.groups.values()]:
            if group.id not in fresh.groups:
                self.put_group(dataclasses.replace(group, disabled=True))
                del self._directory.groups[group.id]
        for group in fresh.groups.values():
            self.put_group(group)
        self.change_plan(free=False)

    def _put_group(self, before: UserGroup, after: UserGroup) -> None:
        if after == before:
            return
        self._directory.groups[after.id] = after
        now = self._workspace.now()
        if set(after.members) != set(before.members):
            event = directory_events.group_members_changed(before, after, now)
            self._tell("usergroups:read", event)
        self._tell("usergroups:read", directory_events.group_changed(after, now))

    def _tell(self, scope: str | None, event: dict[str, Any]) -> None:
        self._workspace.changed()
        if scope in self._workspace.scopes:
            self._delivery.deliver_event(event)

    @property
    def _directory(self) -> Directory:
        return self._workspace.directory

    def _is_stranger(self, person: Person) -> bool:
        directory = self._directory
        return person.team_id not in directory.colleagues(directory.home.id)

    def _channel(self, channel_id: str) -> Channel:
        channel = self._directory.channels.get(channel_id)
        if channel is None or channel.direct:
            raise UserActionError(NO_CHANNEL, channel=channel_id)
        return channel

    def _group(self, group_id: str) -> UserGroup:
        group = self._directory.groups.get(group_id)
        if group is None:
            raise UserActionError(NO_GROUP, group=group_id)
        return group
