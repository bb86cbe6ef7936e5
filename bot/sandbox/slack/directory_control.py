"""Control routes of the directory, for the sandbox page: who is where, who is admin."""

import dataclasses
from collections.abc import Awaitable, Callable

from bot.sandbox.slack.control_fields import Body, flag_field, text_field, text_fields
from bot.sandbox.slack.directory_actions import DirectoryActions


@dataclasses.dataclass(frozen=True, slots=True)
class DirectoryControl:
    """What changes in the directory, by the name of its route."""

    directory_actions: DirectoryActions

    def actions(self) -> dict[str, Callable[[Body], Awaitable[Body]]]:
        """Return the handler of each route."""
        return {
            "directory/person": self._person,
            "directory/channel": self._channel,
            "directory/group": self._group,
            "directory/plan": self._plan,
        }

    async def _person(self, body: Body) -> Body:
        (user,) = text_fields(body, "user")
        flags = {
            name: flag_field(body, name)
            for name in ("admin", "deactivated")
            if name in body
        }
        locale = text_field(body, "locale") if "locale" in body else None
        self.directory_actions.change_person(user, **flags, locale=locale)
        return {}

    async def _channel(self, body: Body) -> Body:
        channel, user = text_fields(body, "channel", "user")
        member = flag_field(body, "member")
        self.directory_actions.change_member(channel, user, member=member)
        return {}

    async def _group(self, body: Body) -> Body:
        group, user = text_fields(body, "group", "user")
        member = flag_field(body, "member")
        self.directory_actions.change_group_member(group, user, member=member)
        return {}

    async def _plan(self, body: Body) -> Body:
        self.directory_actions.change_plan(free=flag_field(body, "free"))
        return {}
