"""Diagnosis of a refusal: a 409 has several causes, which a read tells apart."""

from dataclasses import replace
from typing import Final, assert_never

from bot.domain import failures
from bot.domain.failures import FailureDetail
from bot.domain.operations import Operation
from bot.domain.results import AlreadyDone, Done, Moved, Refused
from bot.domain.rollout import (
    Allowed,
    AlreadySatisfied,
    RefusalReason,
    Rejected,
    decide,
)
from bot.domain.submissions import PUBLISHED
from bot.service.attempt import AttemptOutcome, Inconclusive, inconclusive
from bot.service.ports import Store

# A 409 although the rollout is in progress: by whether the submission is published.
_REFUSED_IN_PROGRESS: Final = {
    False: RefusalReason.NOT_PUBLISHED,
    True: RefusalReason.UNSUPPORTED,
}


async def diagnose_refusal(
    store: Store,
    operation: Operation,
    detail: FailureDetail,
    correlation_id: str | None,
    *,
    acted: bool,
) -> AttemptOutcome:
    """Return the outcome of a refused write, found by reading.

    The write is never sent again after it: only the reading is repeated.
    """
    ref, before = operation.ref, operation.before
    try:
        now = (await store.get_rollout(ref)).rollout
        decision = decide(now, operation.change)
        match decision:
            case AlreadySatisfied() if acted:
                return Done(before, now, correlation_id)
            case AlreadySatisfied():
                return AlreadyDone(now, correlation_id)
            case Rejected() if acted:
                return Moved(before, now, correlation_id)
            case Rejected(reason):
                pass
            case Allowed() if acted:
                # The Store may refuse it because of an earlier one that it is still
                # carrying out.
                return Inconclusive(
                    detail, True, operation.attempts, correlation_id, resend=False
                )
            case Allowed():
                submission = await store.get_submission(ref)
                published = submission.status == PUBLISHED
                reason = _REFUSED_IN_PROGRESS[published]
            case _:
                assert_never(decision)
    except failures.StoreError as failure:
        known = isinstance(failure, failures.RefusedError | failures.NotFoundError)
        if known and not acted:
            return Refused(RefusalReason.NOT_OF_APP, None, detail, correlation_id)
        left = inconclusive(operation, failure, acted=acted)
        return replace(left, detail=detail, correlation_id=correlation_id, resend=False)
    return Refused(reason, now, detail, correlation_id)
