"""A directory that knows what a test puts into it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.domain.directory import LookupFailed, Profile, UserGroup


@dataclass
class FakeDirectory:
    """People, user groups with their members, members of channels; and who asked."""

    people: dict[str, Profile] = field(default_factory=dict)
    user_groups: dict[str, UserGroup] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    channels: dict[str, frozenset[str]] = field(default_factory=dict)
    failure: LookupFailed | None = None
    asked: list[str] = field(default_factory=list)
    """The ids that were looked up, in order; `groups` for the list of them."""

    def put(self, *profiles: Profile) -> None:
        """Let people be known."""
        self.people |= {profile.user_id: profile for profile in profiles}

    def put_group(self, group: UserGroup, members: Iterable[str] = ()) -> None:
        """Let a user group be known, with its members."""
        self.user_groups[group.id] = group
        self.members[group.id] = frozenset(members)

    async def profile(self, workspace: str, user_id: str) -> Profile:
        """Return a person that was put here."""
        self._ask(workspace, user_id)
        if user_id not in self.people:
            raise LookupFailed("user_not_found")
        return self.people[user_id]

    async def groups(self, workspace: str) -> Sequence[UserGroup]:
        """Return the groups that were put here."""
        self._ask(workspace, "groups")
        return tuple(self.user_groups.values())

    async def group_members(self, workspace: str, group_id: str) -> frozenset[str]:
        """Return who was put into a group."""
        self._ask(workspace, group_id)
        if group_id not in self.members:
            raise LookupFailed("no_such_subteam")
        return self.members[group_id]

    async def is_in_channel(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether somebody was put into a channel."""
        self._ask(workspace, channel)
        if channel not in self.channels:
            raise LookupFailed("channel_not_found")
        return user_id in self.channels[channel]

    async def warm(
        self,
        workspace: str,
        *,
        people: Iterable[str] = (),
        groups: Iterable[str] = (),
        channels: Iterable[str] = (),
    ) -> None:
        """Do nothing: all is there."""

    def _ask(self, workspace: str, what: str) -> None:
        assert workspace
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
