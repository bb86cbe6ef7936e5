"""The Store's rollout state machine: its transitions and its conflicts."""

from bot.sandbox.store import responses
from bot.sandbox.store.model import (
    DRAFT,
    NO_FALLBACK,
    PUBLISHED,
    Catalogue,
    Rollout,
    RolloutStatus,
    Submission,
    SubmissionSlot,
)
from bot.sandbox.store.percentages import to_single_precision
from bot.sandbox.store.responses import RequestRejectedError
from bot.sandbox.store.switches import Switches

FIRST_VERSION = "1.0.0.0"
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


def create(
    catalogue: Catalogue,
    slot: SubmissionSlot,
    switches: Switches,
    *,
    first_allowed: bool,
) -> Submission:
    """Create a draft: a clone of the last published submission, halted or not."""
    source = slot.published
    rollout_open = source is not None and _in_progress(source)
    if (
        slot.pending is not None
        or (source is None and not first_allowed)
        or (rollout_open and switches.create_during_rollout == "409")
    ):
        conflict = responses.conflict(responses.CREATE_CONFLICT, "submission")
        raise RequestRejectedError(conflict)
    rollout = Rollout()
    if source is not None and switches.clone_keeps_rollout == "kept":
        rollout = Rollout(source.rollout.enabled, source.rollout.percentage)
    versions = list(source.versions) if source is not None else [FIRST_VERSION]
    number = source.number + 1 if source is not None else 1
    draft = Submission(catalogue.new_id(), number, DRAFT, versions, rollout)
    slot.pending = draft
    return draft


def delete(slot: SubmissionSlot, submission: Submission, switches: Switches) -> None:
    """Delete a draft; published submissions stay."""
    if submission is not slot.pending:
        conflict = responses.conflict(responses.NOT_DELETABLE, "submissionId")
        raise RequestRejectedError(conflict)
    if not submission.made_by_api:
        status = int(switches.foreign_draft_status)
        message, target = responses.FOREIGN_DRAFT, "applicationSubmission"
        raise RequestRejectedError(
            responses.error(status, "InvalidOperation", message, target)
        )
    slot.pending = None


def publish(
    catalogue: Catalogue,
    slot: SubmissionSlot,
    percentage: float | None,
    switches: Switches,
) -> Submission:
    """Publish the draft, or a new version if there is none.

    A percentage of None publishes to everybody. An open rollout is finalized first,
    because the Store requires that before the next submission. Customers outside the
    percentage fall back to what was published before; a halted submission is skipped.
    """
    before = slot.published
    if before is not None and _in_progress(before):
        finalize(before, switches)
    new = slot.pending or _next_version(catalogue, before)
    fallback = NO_FALLBACK
    if before is not None:
        stopped = before.rollout.status is RolloutStatus.STOPPED
        fallback = before.rollout.fallback if stopped else before.id
        slot.older.append(before)
    new.status = PUBLISHED
    new.rollout = Rollout()
    alone = fallback == NO_FALLBACK
    ignored = alone and switches.rollout_without_fallback == "ignored"
    if percentage is not None and not ignored:
        status = RolloutStatus.IN_PROGRESS
        new.rollout = Rollout(True, to_single_precision(percentage), status, fallback)
    slot.published, slot.pending = new, None
    return new


def _end(
    submission: Submission, status: RolloutStatus, share: float, switches: Switches
) -> None:
    repeated = submission.rollout.status is status
    if not (repeated and switches.repeat_operation == "200"):
        _require_in_progress(submission, switches)
    submission.rollout.status = status
    submission.rollout.percentage = share


def _require_in_progress(submission: Submission, switches: Switches) -> None:
    if not _in_progress(submission):
        form = switches.rollout_conflict_body
        raise RequestRejectedError(
            responses.rollout_conflict(responses.WRONG_STATE, form)
        )


def _in_progress(submission: Submission) -> bool:
    rollout = submission.rollout
    started = rollout.status is RolloutStatus.IN_PROGRESS
    return submission.status == PUBLISHED and started


def _next_version(catalogue: Catalogue, before: Submission | None) -> Submission:
    if before is None:
        return Submission(catalogue.new_id(), 1, DRAFT, [FIRST_VERSION])
    versions = [_next_minor(version) for version in before.versions]
    return Submission(catalogue.new_id(), before.number + 1, DRAFT, versions)


def _next_minor(version: str) -> str:
    major, minor, *_ = version.split(".")
    return f"{major}.{int(minor) + 1}.0.0"
