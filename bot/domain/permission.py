"""The one place that says who may do what."""

from enum import Enum, auto

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Person, Place


class Action(Enum):
    """What a person can want to do."""

    LOOK = auto()
    NAME_APPS = auto()
    ASK = auto()
    DECIDE = auto()


def authorize(action: Action, person: Person, place: Place) -> NotAllowed | None:
    """Say why the person may not do this here, or None where they may.

    People of another company, who are in the channel through Slack Connect, may look
    and nothing else: the apps are not theirs.
    """
    if action is not Action.LOOK and person.team_id != place.workspace:
        return NotAllowed(Denial.OTHER_WORKSPACE)
    return None
