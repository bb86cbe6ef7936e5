"""The rollout, its states, and the one table of what may be done in which of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.domain.percentages import same_percentage
from bot.domain.verbs import VERBS, Phase, Verb


class RefusalReason(StrEnum):
    """Why the Store cannot, or did not, execute a change."""

    NOT_PUBLISHED = "not_published"
    NOT_IN_PROGRESS = "not_in_progress"
    STOPPED = "stopped"
    COMPLETE = "complete"
    NOT_OF_APP = "not_of_app"
    NOT_FOUND = "not_found"
    NO_SUCH_FLIGHT = "no_such_flight"
    UNSUPPORTED = "unsupported"


# The Store's own words: packageRolloutStatus in
# https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#package-rollout-object
IN_PROGRESS: Final = "PackageRolloutInProgress"
STOPPED: Final = "PackageRolloutStopped"
COMPLETE: Final = "PackageRolloutComplete"
NOT_STARTED: Final = "PackageRolloutNotStarted"
# Ours, in place of the Store's word where it could not be read.
NOT_READ: Final = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """What the Store answered about one submission's rollout.

    `percentage` is 0–100; `status` keeps the Store's word even when it is a new one;
    `fallback_submission_id` is None where the Store says "0" (no fallback).
    """

    enabled: bool
    percentage: float
    status: str
    fallback_submission_id: str | None = None

    @property
    def phase(self) -> Phase:
        """The state that the Store's word stands for."""
        match self.status:
            case "PackageRolloutInProgress":
                return Phase.IN_PROGRESS
            case "PackageRolloutStopped":
                return Phase.STOPPED
            case "PackageRolloutComplete":
                return Phase.COMPLETE
            case "PackageRolloutNotStarted":
                return Phase.NOT_STARTED if self.enabled else Phase.DISABLED
            case _:
                return Phase.UNRECOGNISED

    def same_as(self, other: "Rollout") -> bool:
        """Return whether nothing that a card shows has changed between two readings."""
        return self.phase == other.phase and same_percentage(
            self.percentage, other.percentage
        )


# In place of a rollout that is not known.
UNREAD: Final = Rollout(enabled=True, percentage=0.0, status=NOT_READ)


@dataclass(frozen=True, slots=True)
class Change:
    """One wanted change; `percentage` (0 < p ≤ 100) is there where the verb takes one.

    Raises ValueError for a change that says too much or too little.
    """

    verb: Verb
    percentage: float | None = None

    def __post_init__(self) -> None:
        """Refuse a percentage too many or too few."""
        if VERBS[self.verb].takes_percentage != (self.percentage is not None):
            raise ValueError(f"{self.verb} with percentage {self.percentage}")


class Allowed:
    """The change is allowed in this state."""


class AlreadySatisfied:
    """The rollout is already as wanted."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The change is not allowed in this state."""

    reason: RefusalReason


Decision = Allowed | AlreadySatisfied | Rejected

# In progress is the only state with a way out; no endpoint reverses a halt or a
# finalize. A test compares the README's state diagram with this table.
TRANSITIONS: Final[Mapping[tuple[Phase, Verb], Phase]] = MappingProxyType(
    {(Phase.IN_PROGRESS, verb): rule.wanted for verb, rule in VERBS.items()}
)

_REJECTIONS: Final[Mapping[Phase, RefusalReason]] = MappingProxyType(
    {
        Phase.STOPPED: RefusalReason.STOPPED,
        Phase.COMPLETE: RefusalReason.COMPLETE,
        Phase.NOT_STARTED: RefusalReason.NOT_PUBLISHED,
        Phase.DISABLED: RefusalReason.NOT_IN_PROGRESS,
        Phase.IN_PROGRESS: RefusalReason.NOT_IN_PROGRESS,
        Phase.UNRECOGNISED: RefusalReason.NOT_IN_PROGRESS,
    }
)


def achieved(rollout: Rollout, change: Change) -> bool:
    """Return whether the Store shows exactly the state that the change wants."""
    if rollout.phase is not VERBS[change.verb].wanted:
        return False
    return change.percentage is None or same_percentage(
        rollout.percentage, change.percentage
    )


def allowed_verbs(phase: Phase) -> frozenset[Verb]:
    """Return what can be asked for in a state."""
    return frozenset(verb for verb in Verb if (phase, verb) in TRANSITIONS)


def decide(rollout: Rollout, change: Change) -> Decision:
    """Return whether the change may be sent to a published submission in this state."""
    if achieved(rollout, change):
        return AlreadySatisfied()
    if (rollout.phase, change.verb) in TRANSITIONS:
        return Allowed()
    return Rejected(_REJECTIONS[rollout.phase])
