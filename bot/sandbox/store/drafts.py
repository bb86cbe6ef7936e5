"""A submission's way from its creation over commit and certification to publication.

https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions
"""

from copy import deepcopy
from typing import Final

from bot.sandbox.store import responses
from bot.sandbox.store.model import (
    COMMIT_FAILED,
    COMMIT_STARTED,
    DRAFT,
    EDITABLE,
    NO_FALLBACK,
    PUBLISHED,
    Catalogue,
    Rollout,
    RolloutStatus,
    Submission,
    SubmissionSlot,
)
from bot.sandbox.store.packages import FIRST_VERSION, next_minor
from bot.sandbox.store.percentages import to_single_precision
from bot.sandbox.store.responses import RequestRejectedError
from bot.sandbox.store.switches import Switches
from bot.sandbox.store.transitions import finalize, is_in_progress

RELEASE: Final = "Release"
PUBLISHING: Final = "Publishing"
# The API has no call that publishes a submission that waits for its release.
WAITING_MODES: Final = ("Manual", "SpecificDate")
MISSING_FILES: Final = "The archive does not contain the package {name}."

_NEXT: Final = {
    COMMIT_STARTED: "PreProcessing",
    "PreProcessing": "Certification",
    "Certification": RELEASE,
    RELEASE: PUBLISHING,
}


def create(
    catalogue: Catalogue,
    slot: SubmissionSlot,
    switches: Switches,
    *,
    first_allowed: bool,
) -> Submission:
    """Create a draft: a clone of the last published submission, halted or not."""
    source = slot.published
    rollout_open = source is not None and is_in_progress(source)
    if (
        slot.pending is not None
        or (source is None and not first_allowed)
        or (rollout_open and switches.create_during_rollout == "409")
    ):
        conflict = responses.conflict(responses.CREATE_CONFLICT, "submission")
        raise RequestRejectedError(conflict)
    draft = Submission(catalogue.new_id(), 1, DRAFT, [FIRST_VERSION])
    if source is not None:
        draft.number = source.number + 1
        draft.versions = list(source.versions)
        draft.fields, draft.packages = deepcopy((source.fields, source.packages))
        if switches.clone_keeps_rollout == "kept":
            draft.rollout = Rollout(source.rollout.enabled, source.rollout.percentage)
    slot.pending = draft
    return draft


def require_editable(
    slot: SubmissionSlot, submission: Submission, switches: Switches, message: str
) -> None:
    """Raise RequestRejectedError unless the API may change this draft."""
    if submission is not slot.pending or submission.status not in EDITABLE:
        raise RequestRejectedError(responses.conflict(message, "submissionId"))
    if not submission.made_by_api:
        status = int(switches.foreign_draft_status)
        text, target = responses.FOREIGN_DRAFT, "applicationSubmission"
        raise RequestRejectedError(
            responses.error(status, "InvalidOperation", text, target)
        )


def delete(slot: SubmissionSlot, submission: Submission, switches: Switches) -> None:
    """Delete a draft; committed and published submissions stay."""
    require_editable(slot, submission, switches, responses.NOT_DELETABLE)
    slot.pending = None


def commit(slot: SubmissionSlot, submission: Submission, switches: Switches) -> None:
    """Hand a draft in, to be certified and published."""
    require_editable(slot, submission, switches, responses.NOT_COMMITTABLE)
    submission.status = COMMIT_STARTED
    submission.errors = []


def advance(
    catalogue: Catalogue,
    slot: SubmissionSlot,
    submission: Submission,
    switches: Switches,
) -> bool:
    """Bring a committed submission one step on; return whether there was a step.

    It is called each time that a client asks for the status, and not by a clock: so a
    client sees every state, however often it asks, and a test waits for nothing.
    """
    if submission is not slot.pending:
        return False
    missing = [] if submission.uploaded else _not_uploaded(submission)
    if submission.status == COMMIT_STARTED and missing:
        submission.status = COMMIT_FAILED
        submission.errors = [
            {"code": "MissingFiles", "details": MISSING_FILES.format(name=name)}
            for name in missing
        ]
        return True
    if submission.status == PUBLISHING:
        rollout = submission.rollout
        publish(
            catalogue, slot, rollout.percentage if rollout.enabled else None, switches
        )
        return True
    mode = submission.fields.get("targetPublishMode")
    waits = submission.status == RELEASE and mode in WAITING_MODES
    if waits or submission.status not in _NEXT:
        return False
    submission.status = _NEXT[submission.status]
    return True


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
    if before is not None and is_in_progress(before):
        finalize(before, switches)
    new = slot.pending or _next_version(catalogue, before)
    fallback = NO_FALLBACK
    if before is not None:
        stopped = before.rollout.status is RolloutStatus.STOPPED
        fallback = before.rollout.fallback if stopped else before.id
        slot.older.append(before)
    new.status = PUBLISHED
    new.rollout = Rollout()
    new.packages = [
        {**package, "fileStatus": "Uploaded"}
        for package in new.packages
        if package["fileStatus"] != "PendingDelete"
    ]
    alone = fallback == NO_FALLBACK
    ignored = alone and switches.rollout_without_fallback == "ignored"
    if percentage is not None and not ignored:
        status = RolloutStatus.IN_PROGRESS
        new.rollout = Rollout(True, to_single_precision(percentage), status, fallback)
    slot.published, slot.pending = new, None
    return new


def _not_uploaded(submission: Submission) -> list[str]:
    return [
        str(package["fileName"])
        for package in submission.packages
        if package["fileStatus"] == "PendingUpload"
    ]


def _next_version(catalogue: Catalogue, before: Submission | None) -> Submission:
    if before is None:
        return Submission(catalogue.new_id(), 1, DRAFT, [FIRST_VERSION])
    versions = [next_minor(version) for version in before.versions]
    return Submission(catalogue.new_id(), before.number + 1, DRAFT, versions)
