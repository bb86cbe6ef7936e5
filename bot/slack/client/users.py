"""Users: what `users.info` says of a person, read as what the bot needs.

On Enterprise Grid a person has several workspaces: https://docs.slack.dev/enterprise
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.directory import LookupFailed, Profile
from bot.slack.client.identity import Identity

# Slack's own helper is a user too, but `is_bot` does not hold for it.
_SLACKBOT: Final = "USLACKBOT"
_ADMIN: Final = ("is_admin", "is_owner", "is_primary_owner")


@dataclass(frozen=True, slots=True)
class User:
    """A person with their own workspace, and all of them on Enterprise Grid.

    `locale` is such as `de-DE`, empty where Slack does not say.
    """

    profile: Profile
    workspace: str
    workspaces: tuple[str, ...]
    locale: str = ""


def read_user(found: object, identity: Identity) -> User:
    """Read the user of an answer to `users.info`. Raises LookupFailed for no object.

    https://docs.slack.dev/reference/objects/user-object
    """
    if not isinstance(found, dict):
        raise LookupFailed("no_user")
    grid, shown = _object(found, "enterprise_user"), _object(found, "profile")
    workspaces = _workspaces(found, grid)
    in_organisation = bool(
        identity.enterprise and grid.get("enterprise_id") == identity.enterprise
    )
    is_member = identity.workspace in workspaces
    user_id = _word(found, "id")
    profile = Profile(
        user_id=user_id,
        name=_word(shown, "display_name")
        or _word(shown, "real_name")
        or _word(found, "real_name")
        or _word(found, "name"),
        zone=_word(found, "tz"),
        # An admin of another workspace of the organisation is none of this one.
        is_admin=(is_member and _is_any(found, _ADMIN))
        or (in_organisation and _is_any(grid, _ADMIN)),
        is_bot=_is_any(found, ("is_bot", "is_workflow_bot")) or user_id == _SLACKBOT,
        is_deactivated=_is_any(found, ("deleted",)),
        is_colleague=is_member or in_organisation,
    )
    return User(profile, _word(found, "team_id"), workspaces, _word(found, "locale"))


def _workspaces(user: Mapping[str, Any], grid: Mapping[str, Any]) -> tuple[str, ...]:
    teams = grid.get("teams")
    every = [user.get("team_id"), *(teams if isinstance(teams, list) else ())]
    return tuple(team for team in every if isinstance(team, str) and team)


def _object(part: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def _word(part: Mapping[str, Any], key: str) -> str:
    value = part.get(key)
    return value if isinstance(value, str) else ""


def _is_any(part: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    return any(part.get(key) is True for key in keys)
