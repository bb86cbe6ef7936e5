"""Authorization: the one place that decides who may do what."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Person, Place
from bot.domain.submissions import Target


class Action(StrEnum):
    """What a person can want to do. The values stand in the log of events."""

    LOOK = "look"
    NAME_APPS = "name_apps"
    ASK = "ask"
    APPROVE = "approve"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: a place, and the target where one is named."""

    place: Place
    target: Target | None = None


def authorize(actor: Person, action: Action, subject: Subject) -> NotAllowed | None:
    """Return why the actor may not do this to the subject, or None where they may.

    People of another company, who are in the channel through Slack Connect, may look
    and nothing else: the apps are not theirs.
    """
    match action:
        case Action.LOOK:
            return None
        case Action.NAME_APPS | Action.ASK | Action.APPROVE | Action.CANCEL:
            if actor.team_id == subject.place.workspace:
                return None
            return NotAllowed(Denial.OTHER_WORKSPACE)
    assert_never(action)
