"""Preflight of a change: whether it can be asked for, before a card is shown."""

from typing import assert_never

from bot.domain.outcomes import NothingToConfirm
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import Allowed, AlreadySatisfied, Rejected, decide
from bot.domain.submissions import Snapshot
from bot.domain.targets import ResolvedChange
from bot.service.ports import Store
from bot.service.snapshots import DETAILS_TIMEOUT, read_snapshot


async def check_change(
    store: Store, wanted: ResolvedChange
) -> Snapshot | NothingToConfirm:
    """Return what the card shows, or why there is nothing to confirm."""
    target = wanted.chosen.target
    snapshot = await read_snapshot(store, target, details_timeout=DETAILS_TIMEOUT)
    if isinstance(snapshot, Refused | Unavailable):
        return _nothing(wanted, None, snapshot)
    decision = decide(snapshot.rollout, wanted.change)
    match decision:
        case AlreadySatisfied():
            return _nothing(wanted, snapshot, AlreadyDone(snapshot.rollout))
        case Rejected(reason):
            return _nothing(wanted, snapshot, Refused(reason, snapshot.rollout))
        case Allowed():
            return snapshot
    assert_never(decision)


def _nothing(
    wanted: ResolvedChange,
    snapshot: Snapshot | None,
    result: AlreadyDone | Refused | Unavailable,
) -> NothingToConfirm:
    chosen = wanted.chosen
    return NothingToConfirm(
        chosen.alias, chosen.target, wanted.change, snapshot, result
    )
