"""The changes of one rollout, as the log of events has them."""

from collections.abc import Sequence
from typing import Final

from bot.db.board_statements import CHANGES
from bot.db.events import event_from
from bot.db.session import Database
from bot.db.telling import of_target
from bot.domain.events import EventKind
from bot.domain.rollout_changes import CHANGES as KINDS
from bot.domain.rollout_changes import RolloutChange, changed_submission, rollout_change
from bot.domain.submissions import SubmissionRef

# More than a rollout has, by far.
_MOST: Final = 500
_KNOWN: Final = frozenset({*KINDS, EventKind.ENDED})


async def read_changes(
    database: Database, ref: SubmissionRef
) -> Sequence[RolloutChange]:
    """Return the changes of a submission's rollout, the oldest first."""
    asked = {**of_target(ref.target), "most": _MOST}
    rows = await database.run(CHANGES, asked)
    changes: list[RolloutChange] = []
    for row in reversed(rows):
        if row.kind not in _KNOWN:
            continue
        event = event_from(row)
        submission = row.of_operation if row.operation_id else None
        if (submission or changed_submission(event)) == ref.submission_id:
            changes.append(rollout_change(event))
    return changes
