"""Find out whether a change can be asked for, before anybody is shown a card."""

from typing import assert_never

from bot.domain.outcomes import NothingToConfirm
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import Allowed, AlreadySatisfied, Rejected, decide
from bot.domain.submissions import Snapshot
from bot.domain.targets import ResolvedChange
from bot.service.ports import Store
from bot.service.snapshots import PATIENCE, read_snapshot


async def ready(store: Store, wanted: ResolvedChange) -> Snapshot | NothingToConfirm:
    """Look at the target: what its card shows, or why there is nothing to confirm."""
    target = wanted.chosen.target
    snapshot = await read_snapshot(store, target, patience=PATIENCE)
    if isinstance(snapshot, Refused | Unavailable):
        return _declined(wanted, None, snapshot)
    decision = decide(snapshot.rollout, wanted.change)
    match decision:
        case AlreadySatisfied():
            return _declined(wanted, snapshot, AlreadyDone(snapshot.rollout))
        case Rejected(reason):
            return _declined(wanted, snapshot, Refused(reason, snapshot.rollout))
        case Allowed():
            return snapshot
    assert_never(decision)


def _declined(
    wanted: ResolvedChange,
    snapshot: Snapshot | None,
    result: AlreadyDone | Refused | Unavailable,
) -> NothingToConfirm:
    chosen = wanted.chosen
    return NothingToConfirm(
        chosen.alias, chosen.target, wanted.change, snapshot, result
    )
