"""An operation: one authorised change on its way to its outcome."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.failures import FailureDetail
from bot.domain.results import Result
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import SubmissionRef


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of one pinned submission, authorised by the approvals of a request.

    A step of a ramp has the id of its plan instead, which is that of the request that
    was approved. `before` is the rollout that was shown when it was authorised.
    `attempts` counts the writes that were started, each recorded before it was sent.
    Times are UTC and aware.
    """

    id: str
    ref: SubmissionRef
    change: Change
    before: Rollout
    authorised_by: str
    authorised_at: datetime
    request_id: str | None = None
    attempts: int = 0
    result: Result | None = None
    finished_at: datetime | None = None
    plan_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An operation that is not over: what failed last, and when it goes on.

    `in_doubt` is True where the change may be made already. At `at` the Store is asked
    again; it is being asked since then where `asking` is True. `sends` is True where
    the change is sent again then, and not only looked for. `seen` is what the Store
    showed at `seen_at`, before the last write.
    """

    detail: FailureDetail
    in_doubt: bool
    at: datetime
    sends: bool = True
    asking: bool = False
    seen: Rollout | None = None
    seen_at: datetime | None = None
