"""Organisation: whether a person belongs to the bot's workspace or Enterprise Grid.

On Enterprise Grid a payload names one workspace of a person, which need not be the
bot's: https://docs.slack.dev/enterprise
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.domain.clock import monotonic
from bot.domain.directory import LookupFailed
from bot.domain.requests import Person
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.users import User

# A workspace stays in its organisation; somebody may be invited into it any minute,
# and is known for no longer than the directory keeps them.
_WORKSPACE_SECONDS: Final = 600.0
_MOST_KEPT: Final = 2000

_log = logging.getLogger("bot.slack")


class Organisation:
    """Looks up people whose payload does not show that they are colleagues."""

    def __init__(self, identity: Identity, directory: SlackDirectory) -> None:
        self._identity = identity
        self._directory = directory
        # The workspaces of the organisation, each with the time until when it is known.
        self._workspaces: dict[str, float] = {}

    async def resolve(self, person: Person) -> Person:
        """Return the person with the bot's own workspace if they are a colleague.

        `team_id` stays as it is for somebody of another company, and is empty where
        Slack does not say. The bot's identity must be known.
        """
        own, now = self._identity, monotonic()
        if person.team_id and (not own.enterprise or person.team_id == own.workspace):
            return person
        colleague = replace(person, team_id=own.workspace)
        if person.team_id and person.team_id == own.enterprise:
            return colleague
        if self._workspaces.get(person.team_id, now) > now:
            return colleague
        user = await self._look_up(person)
        if user is None:
            return replace(person, team_id="")
        if user.profile.is_colleague:
            _keep(self._workspaces, user.workspaces, now + _WORKSPACE_SECONDS)
            return colleague
        return replace(person, team_id=person.team_id or user.workspace)

    async def _look_up(self, person: Person) -> User | None:
        """Return what Slack says of a person; None where it does not answer."""
        try:
            return await self._directory.user(self._identity.workspace, person.user_id)
        except LookupFailed as failed:
            _log.warning(
                "the organisation of %s is not known: %s", person.user_id, failed.code
            )
            return None


def _keep(kept: dict[str, float], names: Sequence[str], until: float) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept.update(dict.fromkeys(names, until))
