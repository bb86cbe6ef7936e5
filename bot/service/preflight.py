"""Preflight of a change: whether it can be asked for, before a card is shown."""

import asyncio
from datetime import datetime
from typing import Final, assert_never

from bot.domain.failures import FailureKind
from bot.domain.outcomes import NothingToConfirm
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import NOT_READ, Allowed, AlreadySatisfied, Rejected, decide
from bot.domain.submissions import Snapshot
from bot.domain.targets import ResolvedChange
from bot.domain.verbs import VERBS
from bot.service.readings import Readings
from bot.service.snapshots import DETAILS_TIMEOUT

# Seconds that the card of a halt waits for the Store, and for its slowest resource.
# Posting the card takes a moment more: within three seconds it is there.
HALT_TIMEOUT: Final = 2.5
_HALT_DETAILS_TIMEOUT: Final = 1.5


async def check_change(
    readings: Readings, wanted: ResolvedChange, listed_since: datetime | None = None
) -> Snapshot | NothingToConfirm:
    """Return what the card shows, or why there is nothing to confirm.

    An app that was listed after `listed_since` is not read again.
    """
    if VERBS[wanted.change.verb].reads_first:
        snapshot = await readings.read_for_card(
            wanted.chosen.target, DETAILS_TIMEOUT, listed_since
        )
    else:
        snapshot = await _read_in_time(readings, wanted, listed_since)
    if isinstance(snapshot, Refused | Unavailable):
        return _nothing(wanted, None, snapshot)
    if snapshot.as_of is not None:
        return snapshot
    decision = decide(snapshot.rollout, wanted.change)
    match decision:
        case AlreadySatisfied():
            return _nothing(wanted, snapshot, AlreadyDone(snapshot.rollout))
        case Rejected(reason):
            return _nothing(wanted, snapshot, Refused(reason, snapshot.rollout))
        case Allowed():
            return snapshot
    assert_never(decision)


async def _read_in_time(
    readings: Readings, wanted: ResolvedChange, listed_since: datetime | None
) -> Snapshot | Refused | Unavailable:
    """Return the target as it is, or as it was last seen where the Store is slow.

    A halt must not wait for the Store to be read: the Store itself refuses a halt of a
    submission that is no longer in progress. An older state that allows no halt proves
    nothing, so that is waited for.
    """
    target = wanted.chosen.target
    reading = asyncio.create_task(
        readings.read_for_card(target, _HALT_DETAILS_TIMEOUT, listed_since)
    )
    await asyncio.wait({reading}, timeout=HALT_TIMEOUT)
    if reading.done() and not _may_be_tried_again(reading.result()):
        return reading.result()
    last = readings.last(target)
    if last is None:
        return await reading
    allowed = isinstance(decide(last.rollout, wanted.change), Allowed)
    if not allowed and last.rollout.status != NOT_READ:
        return await reading
    reading.cancel()
    return last


def _may_be_tried_again(seen: Snapshot | Refused | Unavailable) -> bool:
    return isinstance(seen, Unavailable) and seen.detail.kind is FailureKind.RETRY


def _nothing(
    wanted: ResolvedChange,
    snapshot: Snapshot | None,
    result: AlreadyDone | Refused | Unavailable,
) -> NothingToConfirm:
    chosen = wanted.chosen
    return NothingToConfirm(
        chosen.alias, chosen.target, wanted.change, snapshot, result
    )
