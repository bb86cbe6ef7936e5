"""Organisation: whether a person belongs to the bot's workspace or Enterprise Grid.

On Enterprise Grid a payload names one workspace of a person, which need not be the
bot's: https://docs.slack.dev/enterprise
"""

import logging
from dataclasses import replace
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.clock import monotonic
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Person
from bot.slack.client.calls import call
from bot.slack.client.identity import Identity

# A click is acknowledged within three seconds, and a halt must not wait for long.
_LOOKUP_SECONDS: Final = 1.0
# A workspace stays in its organisation; somebody may be invited into it any minute.
_WORKSPACE_SECONDS: Final = 600.0
_GUEST_SECONDS: Final = 60.0
_MOST_KEPT: Final = 2000

_log = logging.getLogger("bot.slack")


class Organisation:
    """Looks up people whose payload does not show that they are colleagues."""

    def __init__(self, identity: Identity, client: AsyncWebClient) -> None:
        self._identity = identity
        self._client = client
        # Until when it is known: workspaces of the organisation, people outside of it.
        self._workspaces: dict[str, float] = {}
        self._guests: dict[str, float] = {}

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
        if person.team_id and self._guests.get(person.user_id, now) > now:
            return person
        user = await self._look_up(person)
        if user is None:
            return replace(person, team_id="")
        if self._is_colleague(user):
            _keep(self._workspaces, _teams(user), now + _WORKSPACE_SECONDS)
            return colleague
        _keep(self._guests, [person.user_id], now + _GUEST_SECONDS)
        return replace(person, team_id=person.team_id or str(user.get("team_id", "")))

    def _is_colleague(self, user: dict[str, Any]) -> bool:
        own = self._identity
        named = _object(user, "enterprise_user").get("enterprise_id")
        return own.workspace in _teams(user) or bool(named and named == own.enterprise)

    async def _look_up(self, person: Person) -> dict[str, Any] | None:
        """Return what Slack says of a person; None where it does not answer."""
        try:
            answer = await call(
                self._client.users_info,
                timeout_seconds=_LOOKUP_SECONDS,
                user=person.user_id,
            )
        except (RetryableNotificationError, PermanentNotificationError) as reason:
            _log.warning(
                "the organisation of %s is not known: %s", person.user_id, reason
            )
            return None
        found = answer.get("user")
        return found if isinstance(found, dict) else None


def _teams(user: dict[str, Any]) -> list[str]:
    """Return the workspaces of a person, all of them on Enterprise Grid."""
    teams = _object(user, "enterprise_user").get("teams")
    every = [user.get("team_id"), *(teams if isinstance(teams, list) else ())]
    return [team for team in every if isinstance(team, str) and team]


def _object(part: dict[str, Any], key: str) -> dict[str, Any]:
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def _keep(kept: dict[str, float], names: list[str], until: float) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept.update(dict.fromkeys(names, until))
