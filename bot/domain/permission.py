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
    ASK = "ask"
    APPROVE = "approve"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about: a place, and the target where one is named.

    `named_here` is whether the target has an alias in the place.
    """

    place: Place
    target: Target | None = None
    named_here: bool = True


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
            | Action.ASK
            | Action.APPROVE
            | Action.CANCEL
        ):
            denial = Denial.OTHER_WORKSPACE
        case _:
            assert_never(action)
    if denial is None or is_member(actor, subject.place):
        return None
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
