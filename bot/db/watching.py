"""The repository of watching: what is followed, and what was last seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from bot.db import watch_statements as sql
from bot.db.events import event_values
from bot.db.leases import LEASE, leased
from bot.db.rows import Values, operation_from, target_from, target_values
from bot.db.session import Repository
from bot.db.telling import of_target
from bot.domain.events import Event, EventKind
from bot.domain.operations import Operation
from bot.domain.requests import UnreadableRecord
from bot.domain.rollout import Rollout, achieved
from bot.domain.rollout_changes import changed_submission
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget, demand

# An Unknown is followed up for an hour; after a day nobody expects its effect.
FOLLOWED_UP: Final = timedelta(minutes=75)
_IN_DOUBT: Final = timedelta(days=1)


class SqlWatchRepository(Repository):
    """What is watched, of all accounts. Every method raises StorageUnavailable."""

    async def follow(self, now: datetime) -> None:
        """Let each channel follow what it has an alias for; forget what nobody follows.

        A version never comes again, also not of what was forgotten meanwhile.
        """
        first = {"first_version": int(now.timestamp()), "first_look": now}
        subscribe, unsubscribe, observe, forget = sql.FOLLOW[self._database.dialect]
        await self._database.run(subscribe)
        await self._database.run(unsubscribe)
        await self._database.run(observe, first)
        await self._database.run(forget)

    async def list_observed(self, targets: Sequence[Target]) -> Sequence[WatchedTarget]:
        """Return those of the targets that are watched."""
        wanted = [tuple(target_values(one).values()) for one in targets]
        rows = await self._database.run(sql.LIST, {"targets": wanted})
        return [watched_from(row) for row in rows]

    async def claim_looks(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        """Return targets that are due, the longest first: nobody else looks at them.

        Those that an operation of ours may be changing are left out.
        """
        back = {"now_at": now, "lease_end": now + LEASE}
        await self._database.run(sql.SET_BACK, back)
        asked = {**_at(now), **leased(now), "most": most}
        rows = await self._database.run(sql.CLAIM, asked)
        return [watched_from(row) for row in sorted(rows, key=lambda row: row.due_at)]

    async def read_demand(self) -> float:
        """Return how many requests a minute all looks take together."""
        return float((await self._database.run(sql.DEMAND))[0].demand)

    async def save_look(
        self,
        before: WatchedTarget,
        after: WatchedTarget,
        event: Event | None,
        due_at: datetime,
        now: datetime,
    ) -> bool:
        """Store what a look has found; with a change, its event and its notices.

        Return False, and store nothing, where the target was changed or claimed
        meanwhile, or where an operation of ours may be changing it.
        """
        values: Values = {
            **of_target(before.target),
            **_at(now),
            "seen_version": before.version,
            "lease_end": before.leased_until,
            "changes": after.version - before.version,
            **{f"new_{name}": value for name, value in _seen_values(after).items()},
            "new_remind_at": after.remind_at,
            "new_due_at": due_at,
            "new_demand": demand(after, now),
        }
        if event is None:
            return bool(await self._database.write(sql.SAVE, values))
        write = sql.SAVE_OPENED
        if event.kind is not EventKind.ROLLOUT_OPENED:
            write = sql.SAVE_CHANGE
            values |= {
                "key_of_event": event.unique_key,
                "of_submission": changed_submission(event),
                "of_request": None,
                "told_at": event.at,
            }
        return bool(await self._database.write(write, values, event_values(event)))

    async def fail_look(
        self, failed: WatchedTarget, due_at: datetime, now: datetime
    ) -> None:
        """Record that the Store could not be read, and when to try again."""
        values = {
            **of_target(failed.target),
            "lease_end": failed.leased_until,
            "new_failures": failed.failures,
            "new_failing_since": failed.failing_since,
            "new_remind_at": failed.remind_at,
            "new_due_at": due_at,
            "new_demand": demand(failed, now),
        }
        await self._database.run(sql.FAIL, values)

    async def release_look(self, claimed: WatchedTarget, again_at: datetime) -> None:
        """Release a claim: nothing was learnt, and the look stays due.

        It is claimed again at `again_at`; since when it is due shows how late it is.
        """
        values = {
            **of_target(claimed.target),
            "lease_end": claimed.leased_until,
            "again_at": again_at,
        }
        await self._database.run(sql.RELEASE, values)

    async def is_told(self, unique_key: str) -> bool:
        """Return whether the log has an event with this key."""
        asked = {"key_of_event": unique_key}
        return bool(await self._database.run(sql.HAS_EVENT, asked))

    async def operation_in_doubt(
        self, ref: SubmissionRef, rollout: Rollout, looked_at: datetime, now: datetime
    ) -> Operation | None:
        """Return what we have sent without proof, and wanted just this rollout.

        What was done since `looked_at` counts too: no look has seen it.
        """
        asked = {
            **of_target(ref.target),
            "of_submission": ref.submission_id,
            "finished_since": now - _IN_DOUBT,
            "looked_at": looked_at,
        }
        rows = [*await self._database.run(sql.DONE_SINCE, asked)]
        rows += await self._database.run(sql.IN_DOUBT, asked)
        for row in rows:
            try:
                operation = operation_from(row)
            except UnreadableRecord:
                continue
            if achieved(rollout, operation.change):
                return operation
        return None


def _at(now: datetime) -> Values:
    return {"now_at": now, "followed_since": now - FOLLOWED_UP}


def _seen_values(watched: WatchedTarget) -> Values:
    seen = watched.seen
    rollout = seen.rollout if seen else None
    return {
        "submission_id": seen.ref.submission_id if seen else None,
        "app_name": seen.app_name if seen else None,
        "flight_name": seen.flight_name if seen else None,
        "rollout_enabled": rollout.enabled if rollout else None,
        "rollout_percentage": rollout.percentage if rollout else None,
        "rollout_status": rollout.status if rollout else None,
        "fallback_submission_id": rollout.fallback_submission_id if rollout else None,
        "pending_submission_id": seen.pending_id if seen else None,
        "looked_at": watched.looked_at,
        "since": watched.since,
        "changed_at": watched.changed_at,
    }


def watched_from(row: Row[Any]) -> WatchedTarget:
    """Return the target of a row with all columns of an observation."""
    target, seen = target_from(row), None
    if row.submission_id is not None:
        seen = Snapshot(
            SubmissionRef(target, row.submission_id),
            row.app_name,
            row.flight_name,
            Rollout(
                row.rollout_enabled,
                row.rollout_percentage,
                row.rollout_status,
                row.fallback_submission_id,
            ),
            pending_id=row.pending_submission_id,
        )
    return WatchedTarget(
        target=target,
        version=row.version,
        seen=seen,
        looked_at=row.looked_at,
        since=row.since,
        changed_at=row.changed_at,
        failures=row.failures,
        failing_since=row.failing_since,
        unreadable_since=row.unreadable_since,
        remind_at=row.remind_at,
        leased_until=row.leased_until,
    )
