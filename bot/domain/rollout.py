"""The rollout, its states, and the one table of what may be done in which of them.

The README's state diagram is this table drawn; the two change together.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from bot.domain.percentages import same_percentage


class Verb(StrEnum):
    """What a release engineer can do to a rollout."""

    HALT = "halt"
    FINALIZE = "finalize"
    SET = "set"


class Phase(StrEnum):
    """The states of a rollout, told apart by the Store's answer (rows A to E)."""

    DISABLED = "disabled"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    STOPPED = "stopped"
    COMPLETE = "complete"
    UNRECOGNISED = "unrecognised"


class RefusalReason(StrEnum):
    """Why an operation cannot be, or was not, carried out by the Store."""

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


@dataclass(frozen=True, slots=True)
class Change:
    """One wanted change; `percentage` (0 < p ≤ 100) is there for SET alone."""

    verb: Verb
    percentage: float | None = None

    def __post_init__(self) -> None:
        """Refuse a change that says too much or too little."""
        if (self.verb is Verb.SET) != (self.percentage is not None):
            raise ValueError("a percentage belongs to SET, and to SET only")


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
# finalize. "set" stays in progress even at 100 %, which is not a finalize.
TRANSITIONS: Final[dict[tuple[Phase, Verb], Phase]] = {
    (Phase.IN_PROGRESS, Verb.SET): Phase.IN_PROGRESS,
    (Phase.IN_PROGRESS, Verb.HALT): Phase.STOPPED,
    (Phase.IN_PROGRESS, Verb.FINALIZE): Phase.COMPLETE,
}


def achieved(rollout: Rollout, change: Change) -> bool:
    """Return whether the Store shows exactly the state that the change wants."""
    match change.verb:
        case Verb.HALT:
            return rollout.phase is Phase.STOPPED
        case Verb.FINALIZE:
            return rollout.phase is Phase.COMPLETE
        case Verb.SET:
            return (
                change.percentage is not None
                and rollout.phase is Phase.IN_PROGRESS
                and same_percentage(rollout.percentage, change.percentage)
            )
    assert_never(change.verb)


def decide(rollout: Rollout, change: Change) -> Decision:
    """Say whether the change may be sent to a published submission in this state."""
    if achieved(rollout, change):
        return AlreadySatisfied()
    if (rollout.phase, change.verb) in TRANSITIONS:
        return Allowed()
    return Rejected(_refusal(rollout.phase))


def _refusal(phase: Phase) -> RefusalReason:
    match phase:
        case Phase.STOPPED:
            return RefusalReason.STOPPED
        case Phase.COMPLETE:
            return RefusalReason.COMPLETE
        case Phase.NOT_STARTED:
            return RefusalReason.NOT_PUBLISHED
        case Phase.DISABLED | Phase.UNRECOGNISED | Phase.IN_PROGRESS:
            return RefusalReason.NOT_IN_PROGRESS
    assert_never(phase)
