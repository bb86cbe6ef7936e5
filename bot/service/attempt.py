"""What a step may leave open: whether a write has acted, and what may come next."""

from dataclasses import dataclass

from bot.domain.failures import FailureDetail, StoreError
from bot.domain.requests import Request
from bot.domain.results import Result


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Nothing is settled yet: act again, after `retry_after` seconds if it is given.

    `may_have_acted` is True once any write of this request may have had an effect;
    `attempts` is how many writes are accounted for in that. `resend` is False once
    the Store has taken or turned down a write: from then on it is only read.
    """

    detail: FailureDetail
    may_have_acted: bool = False
    attempts: int = 0
    correlation_id: str | None = None
    retry_after: float | None = None
    resend: bool = True


AttemptOutcome = Result | Inconclusive


def may_have_acted(request: Request, so_far: Inconclusive | None) -> bool:
    """Return whether a write may have had an effect, a crashed attempt's included."""
    accounted = so_far.attempts if so_far else 0
    known = so_far.may_have_acted if so_far else False
    return request.attempts > 0 and (known or request.attempts > accounted)


def inconclusive(request: Request, failure: StoreError, *, acted: bool) -> Inconclusive:
    """Keep what a failed call leaves open."""
    return Inconclusive(
        failure.detail,
        acted or failure.may_have_acted,
        request.attempts,
        failure.correlation_id,
        failure.retry_after,
    )
