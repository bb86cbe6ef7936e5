"""Authorization: the one place that decides who may do what."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.requests import Person, Place
from bot.domain.submissions import Target
from bot.domain.verbs import Verb


class Action(StrEnum):
    """What a person can want to do. The values stand in the log of events."""

    LOOK = "look"
    NAME_APPS = "name_apps"
    SUBSCRIBE = "subscribe"
    SET_LANGUAGE = "set_language"
    ASK = "ask"
    APPROVE = "approve"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: a place, and the target where one is named.

    `named_here` is whether the target has an alias in the place. `closed` is why nobody
    changes it there, such as where the channel has not the app.
    """

    place: Place
    target: Target | None = None
    named_here: bool = True
    closed: Denial | None = None


def authorize(actor: Person, action: Action, subject: Subject) -> NotAllowed | None:
    """Return why the actor may not do this to the subject, or None where they may.

    People of another company, who are in the channel through Slack Connect, may look
    at what has an alias there, and nothing else: the apps are not theirs.
    """
    match action:
        case Action.LOOK:
            denial = None if subject.named_here else Denial.NOT_NAMED_HERE
        case (
            Action.NAME_APPS
            | Action.SUBSCRIBE
            | Action.SET_LANGUAGE
            | Action.ASK
            | Action.APPROVE
            | Action.CANCEL
        ):
            denial = Denial.OTHER_WORKSPACE
        case _:
            assert_never(action)
    if denial is None:
        return None
    if is_member(actor, subject.place):
        changes = action in {Action.NAME_APPS, Action.ASK, Action.APPROVE}
        if subject.closed is None or not changes:
            return None
        return NotAllowed(subject.closed, subject.target)
    return NotAllowed(denial if actor.team_id else Denial.UNKNOWN_WORKSPACE)


def is_member(actor: Person, place: Place) -> bool:
    """Return whether the actor belongs to the workspace of the place."""
    return actor.team_id == place.workspace


def presumed(actor: Person, verb: Verb, place: Place) -> Person:
    """Return the actor; at a halt, one of whom nothing is known counts as a member.

    Nobody is kept from halting because Slack did not answer.
    """
    if verb is Verb.HALT and not actor.team_id:
        return replace(actor, team_id=place.workspace)
    return actor
