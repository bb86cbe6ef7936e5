"""The Store's rollout state machine: its transitions and its conflicts."""

from bot.sandbox.store import responses
from bot.sandbox.store.model import PUBLISHED, RolloutStatus, Submission
from bot.sandbox.store.responses import RequestRejectedError
from bot.sandbox.store.switches import Switches

LOWERED = "The package rollout percentage cannot be lowered."


def set_percentage(
    submission: Submission, percentage: float, switches: Switches
) -> None:
    """Set the percentage of customers; 100 does not finalize the rollout."""
    _require_in_progress(submission, switches)
    lowered = percentage < submission.rollout.percentage
    if lowered and switches.lower_percentage == "400":
        raise RequestRejectedError(responses.invalid(LOWERED, "percentage"))
    if lowered and switches.lower_percentage == "409":
        form = switches.rollout_conflict_body
        raise RequestRejectedError(responses.rollout_conflict(LOWERED, form))
    submission.rollout.percentage = percentage


def halt(submission: Submission, switches: Switches) -> None:
    """Stop a rollout for good; the percentage becomes 0."""
    _end(submission, RolloutStatus.STOPPED, 0.0, switches)


def finalize(submission: Submission, switches: Switches) -> None:
    """Complete a rollout for good; the percentage becomes 100."""
    _end(submission, RolloutStatus.COMPLETE, 100.0, switches)


def is_in_progress(submission: Submission) -> bool:
    """Return whether the submission is published with an open rollout."""
    rollout = submission.rollout
    started = rollout.status is RolloutStatus.IN_PROGRESS
    return submission.status == PUBLISHED and started


def _end(
    submission: Submission, status: RolloutStatus, share: float, switches: Switches
) -> None:
    repeated = submission.rollout.status is status
    if not (repeated and switches.repeat_operation == "200"):
        _require_in_progress(submission, switches)
    submission.rollout.status = status
    submission.rollout.percentage = share


def _require_in_progress(submission: Submission, switches: Switches) -> None:
    if not is_in_progress(submission):
        form = switches.rollout_conflict_body
        raise RequestRejectedError(
            responses.rollout_conflict(responses.WRONG_STATE, form)
        )
