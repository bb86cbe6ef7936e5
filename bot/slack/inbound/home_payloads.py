"""The payload of a Home tab that somebody has opened, read into its type."""

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.requests import Person
from bot.slack.inbound.fields import first_text_in, object_in, text_in
from bot.slack.inbound.shapes import Payload

_HOME: Final = "home"
_USER: Final = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at their Home tab in a workspace."""

    workspace: str
    person: Person


def read_home_opened(body: Payload, workspace: str) -> HomeOpened | None:
    """Read an `app_home_opened`; None for another tab, and where nobody is named.

    Slack shows Home to members of the workspace alone, and names no other one for the
    person. https://docs.slack.dev/reference/events/app_home_opened
    """
    event = object_in(body, "event")
    user = text_in(event, "user")
    if _USER.fullmatch(user) is None or text_in(event, "tab") != _HOME:
        return None
    team = first_text_in(event, "user_team", "source_team", "team")
    return HomeOpened(workspace, Person(user, team or text_in(body, "team_id")))
