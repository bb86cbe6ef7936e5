"""Find out whether a change can be asked for, before anybody is shown a card."""

from typing import assert_never

from bot.domain.outcomes import Declined
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rollout import Already, Go, No, decide
from bot.domain.submissions import Snapshot
from bot.domain.targets import Wanted
from bot.service.ports import Store
from bot.service.snapshots import PATIENCE, survey


async def ready(store: Store, wanted: Wanted) -> Snapshot | Declined:
    """Look at the target: what its card shows, or why there is nothing to confirm."""
    target = wanted.chosen.target
    snapshot = await survey(store, target, patience=PATIENCE)
    if isinstance(snapshot, Refused | Unavailable):
        return _declined(wanted, None, snapshot)
    decision = decide(snapshot.rollout, wanted.change)
    match decision:
        case Already():
            return _declined(wanted, snapshot, AlreadyDone(snapshot.rollout))
        case No(reason):
            return _declined(wanted, snapshot, Refused(reason, snapshot.rollout))
        case Go():
            return snapshot
    assert_never(decision)


def _declined(
    wanted: Wanted,
    snapshot: Snapshot | None,
    result: AlreadyDone | Refused | Unavailable,
) -> Declined:
    chosen = wanted.chosen
    return Declined(chosen.alias, chosen.target, wanted.change, snapshot, result)
