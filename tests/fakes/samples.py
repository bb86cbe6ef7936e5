"""People, places, targets and rollouts that the tests share."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.approval import Approval, Judgement
from bot.domain.operations import Operation
from bot.domain.requests import Person, Place, Request
from bot.domain.rollout import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    STOPPED,
    Change,
    Rollout,
)
from bot.domain.submissions import Snapshot, SubmissionRef, Target

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER: Final = timedelta(minutes=15)
PLACE: Final = Place("T1", "C1")
ANN: Final = Person("U1", "T1")
BOB: Final = Person("U2", "T1")
GUEST: Final = Person("U9", "T9")

MAIN: Final = "main"
MAIL: Final = Target(MAIN, "9NBLGGH4R315")
BETA: Final = Target(MAIN, "9NBLGGH4R315", "43e448df-97c9-4a43-a0bc-2a445e736bcd")
PUBLISHED_ID: Final = "1152921504621243610"
DRAFT_ID: Final = "1152921504621243680"
FALLBACK: Final = "1212922684621243058"

GOING: Final = Rollout(True, 25.0, IN_PROGRESS, FALLBACK)
HALTED: Final = Rollout(True, 0.0, STOPPED, FALLBACK)
FINAL: Final = Rollout(True, 100.0, COMPLETE, FALLBACK)
WAITING: Final = Rollout(True, 25.0, NOT_STARTED)
PLAIN: Final = Rollout(False, 0.0, NOT_STARTED)


async def count_all(request: Request, _: Sequence[Approval]) -> Judgement:
    """Let everybody press, at once."""
    return Judgement(request.approvals_given)


def ref_of(target: Target = MAIL, submission_id: str = PUBLISHED_ID) -> SubmissionRef:
    """Return the reference of a target's published submission."""
    return SubmissionRef(target, submission_id)


def asked(
    change: Change,
    *,
    target: Target = MAIL,
    rollout: Rollout = GOING,
    approvals_required: int = 1,
) -> Request:
    """Return a pending request as a card shows it."""
    return Request(
        id="r1",
        place=PLACE,
        change=change,
        snapshot=Snapshot(ref_of(target), "Mail", None, rollout),
        asked_by="U1",
        reason="crash on start",
        asked_at=NOON,
        expires_at=NOON + QUARTER,
        approvals_required=approvals_required,
    )


def authorised(
    change: Change, *, target: Target = MAIL, rollout: Rollout = GOING
) -> Operation:
    """Return an operation as the approval of a request authorises it."""
    request = asked(change, target=target, rollout=rollout)
    return Operation(
        id=request.id,
        ref=request.snapshot.ref,
        change=change,
        before=rollout,
        authorised_by="U2",
        authorised_at=NOON,
        request_id=request.id,
    )
