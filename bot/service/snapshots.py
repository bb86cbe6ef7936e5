"""Snapshots: everything that a card or a status shows of one target."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain import failures
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import UNREAD, RefusalReason, Rollout
from bot.domain.submissions import (
    PUBLISHED,
    App,
    Flight,
    Snapshot,
    Submission,
    SubmissionRef,
    Target,
)
from bot.domain.verbs import Phase
from bot.service.ports import Store

# Seconds that the submission resource is waited for.
DETAILS_TIMEOUT: Final = 6.0
# How long the name of a flight's app is used without being read again.
_NAME_KEPT: Final = timedelta(hours=1)
# What has a much later time than now was read before the clock was set back, and may be
# as old as that. A reading takes a moment, in which others read the same.
LATEST: Final = timedelta(minutes=1)
_FINAL: Final = (Phase.STOPPED, Phase.COMPLETE)

_log = logging.getLogger("bot.service")


@dataclass
class KnownParts:
    """What has been read of targets and changes seldom, or never.

    A published submission keeps its versions, and a rollout that is halted or finalized
    stays so.
    """

    apps: dict[tuple[str, str], tuple[App, datetime]] = field(default_factory=dict)
    submissions: dict[SubmissionRef, Submission] = field(default_factory=dict)
    final: dict[SubmissionRef, Rollout] = field(default_factory=dict)

    def app(self, target: Target, since: datetime, now: datetime) -> App | None:
        """Return the target's app as it was read after that time."""
        app, at = self.apps.get((target.account, target.app_id), (None, since))
        return app if since < at < now + LATEST else None

    def listed(self, target: Target) -> Snapshot | None:
        """Return what the list of apps shows of an app, but for its rollout."""
        app, at = self.apps.get((target.account, target.app_id), (None, None))
        if app is None or app.published_id is None:
            return None
        ref = SubmissionRef(target, app.published_id)
        return Snapshot(
            ref, app.name, None, UNREAD, pending_id=app.pending_id, as_of=at
        )


@dataclass(frozen=True, slots=True)
class SnapshotReader:
    """Reads snapshots from the Store of one account.

    `details` is the Store through which the submission resource is read: a card can do
    without it, so that it is read where the request budget has something left over.
    An app that was read after `apps_since` is not read again, and of a submission whose
    rollout has ended nothing is, where `reuse_final` says so.
    """

    store: Store
    details: Store
    known: KnownParts
    now: datetime
    apps_since: datetime
    reuse_final: bool = False

    async def read(
        self, target: Target, *, details_timeout: float | None
    ) -> Snapshot | Refused | Unavailable:
        """Read the *published* submission of an app or a flight, never a draft.

        The submission resource (status, versions) may be large and slow: it is given
        `details_timeout` seconds (None: it is not asked for) and then left out; the
        rollout itself never is.
        """
        try:
            app, flight = await self._holders(target)
            holder = flight or app
            if holder.published_id is None:
                return Refused(RefusalReason.NOT_PUBLISHED)
            ref = SubmissionRef(target, holder.published_id)
            details = asyncio.create_task(self.read_details(ref, details_timeout))
            try:
                rollout = await self._rollout(ref)
                submission = await details
            finally:
                details.cancel()
        except failures.StoreError as failure:
            return outcome_of(failure)
        return Snapshot(
            ref=ref,
            app_name=app.name,
            flight_name=flight.name if flight else None,
            rollout=rollout,
            status=submission.status if submission else None,
            versions=submission.versions if submission else (),
            pending_id=holder.pending_id,
        )

    async def _holders(self, target: Target) -> tuple[App, Flight | None]:
        if target.flight_id is None:
            return await self._app(target, self.apps_since), None
        # Of a flight's app nothing but the name is shown.
        app, flight = await asyncio.gather(
            self._app(target, self.now - _NAME_KEPT), self.store.get_flight(target)
        )
        return app, flight

    async def _app(self, target: Target, since: datetime) -> App:
        app = self.known.app(target, since, self.now)
        if app is None:
            app = await self.store.get_app(target.app_id)
            self.known.apps[target.account, target.app_id] = app, self.now
        return app

    async def _rollout(self, ref: SubmissionRef) -> Rollout:
        if self.reuse_final and ref in self.known.final:
            return self.known.final[ref]
        rollout = (await self.store.get_rollout(ref)).rollout
        if rollout.phase in _FINAL:
            self.known.final[ref] = rollout
        return rollout

    async def read_details(
        self, ref: SubmissionRef, details_timeout: float | None
    ) -> Submission | None:
        """Read a submission's status and versions; None where not, or not in time."""
        if ref in self.known.submissions or details_timeout is None:
            return self.known.submissions.get(ref)
        try:
            async with asyncio.timeout(details_timeout):
                submission = await self.details.get_submission(ref)
        except (TimeoutError, failures.StoreError) as reason:
            _log.info("submission %s shown without versions: %r", ref, reason)
            return None
        if submission.status == PUBLISHED:
            self.known.submissions[ref] = submission
        return submission


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
