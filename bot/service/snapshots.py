"""Snapshots: everything that a card or a status shows of one target."""

import asyncio
import logging
from typing import Final

from bot.domain import failures
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import (
    App,
    Flight,
    Snapshot,
    Submission,
    SubmissionRef,
    Target,
)
from bot.service.ports import Store

# Seconds that the submission resource is waited for.
DETAILS_TIMEOUT: Final = 6.0

_log = logging.getLogger("bot.service")


async def read_snapshot(
    store: Store, target: Target, *, details_timeout: float | None
) -> Snapshot | Refused | Unavailable:
    """Read the *published* submission of an app or a flight, never at a draft.

    The submission resource (status, versions) may be large and slow: it is given
    `details_timeout` seconds (None: it is not asked for) and then left out; the rollout
    itself never is.
    """
    try:
        app, flight = await _holders(store, target)
        holder = flight or app
        if holder.published_id is None:
            return Refused(RefusalReason.NOT_PUBLISHED)
        ref = SubmissionRef(target, holder.published_id)
        details = asyncio.create_task(_read_details(store, ref, details_timeout))
        try:
            reading = await store.get_rollout(ref)
            submission = await details
        finally:
            details.cancel()
    except failures.StoreError as failure:
        return outcome_of(failure)
    return Snapshot(
        ref=ref,
        app_name=app.name,
        flight_name=flight.name if flight else None,
        rollout=reading.rollout,
        status=submission.status if submission else None,
        versions=submission.versions if submission else (),
        pending_id=holder.pending_id,
    )


def outcome_of(failure: failures.StoreError) -> Refused | Unavailable:
    """Return the outcome of a failed call that surely changed nothing."""
    match failure:
        case failures.NotFoundError():
            reason = RefusalReason.NOT_FOUND
        case failures.RefusedError():
            reason = RefusalReason.UNSUPPORTED
        case _:
            return Unavailable(failure.detail, failure.correlation_id)
    return Refused(reason, None, failure.detail, failure.correlation_id)


async def _holders(store: Store, target: Target) -> tuple[App, Flight | None]:
    if target.flight_id is None:
        return await store.get_app(target.app_id), None
    app, flight = await asyncio.gather(
        store.get_app(target.app_id), store.get_flight(target)
    )
    return app, flight


async def _read_details(
    store: Store, ref: SubmissionRef, details_timeout: float | None
) -> Submission | None:
    if details_timeout is None:
        return None
    try:
        async with asyncio.timeout(details_timeout):
            return await store.get_submission(ref)
    except (TimeoutError, failures.StoreError) as reason:
        _log.info("submission %s shown without versions: %r", ref, reason)
        return None
