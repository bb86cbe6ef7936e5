"""The outcome of one attempt: a result, or what it leaves inconclusive."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.failures import FailureCode, FailureDetail, StoreError
from bot.domain.operations import Operation
from bot.domain.results import Done, Refused, Result, Unavailable
from bot.domain.rollout import Allowed, RefusalReason, Rollout, decide
from bot.domain.submissions import Reading, Snapshot
from bot.domain.verbs import VERBS
from bot.service.snapshots import outcome_of


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Nothing is settled yet: execute again, after `retry_after` seconds.

    `may_have_acted` is True once any write of this operation may have had an effect;
    `attempts` is how many writes are accounted for in that. `resend` is False once
    the Store has taken or turned down a write: from then on it is only read.
    `left_behind` is True where more may have happened than is recorded. `seen` is what
    the Store last showed, at `seen_at`: the old state, before the last write.
    """

    detail: FailureDetail
    may_have_acted: bool = False
    attempts: int = 0
    correlation_id: str | None = None
    retry_after: float | None = None
    resend: bool = True
    left_behind: bool = False
    # Only shown to people: nothing is decided by them.
    seen: Rollout | None = field(default=None, compare=False)
    seen_at: datetime | None = field(default=None, compare=False)

    @property
    def in_doubt(self) -> bool:
        """Whether the change may be made already, by us or by somebody else."""
        overtaken = self.detail.code is FailureCode.OVERTAKEN
        return self.may_have_acted or self.left_behind or overtaken or not self.resend


AttemptOutcome = Result | Inconclusive


def may_have_acted(operation: Operation, so_far: Inconclusive | None) -> bool:
    """Return whether a write may have had an effect, a crashed attempt's included."""
    accounted = so_far.attempts if so_far else 0
    known = so_far.may_have_acted if so_far else False
    if so_far is not None and so_far.left_behind:
        return True
    return operation.attempts > 0 and (known or operation.attempts > accounted)


def inconclusive(
    operation: Operation, failure: StoreError, *, acted: bool
) -> Inconclusive:
    """Return what a failed call leaves open."""
    return Inconclusive(
        failure.detail,
        acted or failure.may_have_acted,
        operation.attempts,
        failure.correlation_id,
        failure.retry_after,
    )


def done(operation: Operation, reading: Reading, known: Snapshot | None) -> Done:
    """Return the result with the last state that was seen before the change.

    A change that does not read first may have met another state than its card showed.
    """
    done = Done(operation.before, reading.rollout, reading.correlation_id)
    if VERBS[operation.change.verb].reads_first or known is None:
        return done
    before = known.rollout
    open_then = isinstance(decide(before, operation.change), Allowed)
    if not open_then or before.same_as(operation.before):
        return done
    return replace(done, before=before, before_at=known.as_of)


def unreadable_submission(failure: StoreError) -> Refused | Unavailable:
    """Explain why a rollout that the card could show cannot be read any more.

    Reading works in every state of a rollout, so it is the submission that is gone.
    """
    found = outcome_of(failure)
    if isinstance(found, Refused):
        return replace(found, reason=RefusalReason.NOT_OF_APP)
    return found
