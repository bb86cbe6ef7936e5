"""Looks: what is known of a target after one, and after one in vain."""

from dataclasses import replace
from datetime import datetime

from bot.domain.reminders import next_reminder_at
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget, newest


def after_look(
    before: WatchedTarget, shown: Snapshot | None, now: datetime
) -> WatchedTarget:
    """Return what is known after a look: what the Store has `shown`, or what was known.

    What it does not show any more is as old as it was.
    """
    seen = newest(before, shown)
    looked_at = before.looked_at if shown is None and seen is not None else now
    after = replace(
        before, seen=seen, looked_at=looked_at, failures=0, failing_since=None
    )
    same_rollout, same_draft = _same(before.seen, seen)
    if not same_rollout:
        after = replace(
            after,
            version=before.version + 1,
            since=now,
            changed_at=None if before.looked_at is None else now,
        )
    if same_rollout and same_draft and before.failing_since is None:
        return after
    # Whether anything is to be told by that, the reminders find out.
    return replace(after, remind_at=now)


def after_failure(before: WatchedTarget, now: datetime) -> WatchedTarget:
    """Return what is known after a look that the Store has not answered."""
    failed = replace(
        before,
        failures=before.failures + 1,
        failing_since=before.failing_since or now,
    )
    times = (before.remind_at, next_reminder_at(failed, now))
    remind_at = min((at for at in times if at is not None), default=None)
    return replace(failed, remind_at=remind_at)


def _same(known: Snapshot | None, seen: Snapshot | None) -> tuple[bool, bool]:
    """Return whether the rollout is the same, and the draft behind it."""
    if known is None or seen is None:
        return known is seen, known is seen
    same_rollout = known.ref == seen.ref and known.rollout.same_as(seen.rollout)
    return same_rollout, known.pending_id == seen.pending_id
