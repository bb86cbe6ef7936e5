"""Open cards: one for a change in a channel, and none once the rollout is over.

A card is ended only where the Store has shown that nothing is left to confirm, or where
a newer card takes its place: while a confirmed change is still under way, the others
stay, since it may fail. What waits under a rule is ended by the claim of a halt.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from bot.domain.requests import EndReason, Request, UnreadableRecord
from bot.domain.results import Done, final_rollout
from bot.domain.verbs import Phase
from bot.service.request_repository import RequestRepository

# By how the rollout ended, and whether it was our request that ended it.
_REASONS: Final = {
    (Phase.STOPPED, True): EndReason.HALTED,
    (Phase.COMPLETE, True): EndReason.FINALIZED,
    (Phase.STOPPED, False): EndReason.FOUND_HALTED,
    (Phase.COMPLETE, False): EndReason.FOUND_FINALIZED,
}


async def end_overtaken(
    requests: RequestRepository, request: Request, now: datetime
) -> list[str]:
    """End what waits under a rule for an app that somebody halts, and for its flights.

    Return the ids of those whose cards are to be closed, in all channels. From the
    moment of the halt's claim on nobody can confirm them. Where nothing waited when the
    halt was read, nothing is read again.
    """
    if not request.overtakes or request.operation is None:
        return []
    target, workspace = request.snapshot.ref.target, request.place.workspace
    by, ended = request.decided_by, []
    for one in await requests.open_under_rule(workspace, target, now):
        # What a newer version has written is left to it: a halt does not wait for that.
        with suppress(UnreadableRecord):
            other = await requests.get_request(one)
            if other is None or other.asked_at > request.operation.authorised_at:
                continue
            if await requests.end_request(one, EndReason.OVERTAKEN, by, now):
                ended.append(one)
    return ended


async def end_others(
    requests: RequestRepository, request: Request, now: datetime
) -> list[str]:
    """End the open requests for a rollout that a result has shown to be over.

    Those that a halt has overtaken are ended however it ends. Return the ids of those
    whose cards are to be closed, in all channels.
    """
    overtaken = await end_overtaken(requests, request, now)
    return [*overtaken, *await _end_finished(requests, request, now)]


async def _end_finished(
    requests: RequestRepository, request: Request, now: datetime
) -> list[str]:
    shown = None if request.result is None else final_rollout(request.result)
    if shown is None:
        return []
    ours = isinstance(request.result, Done)
    reason = _REASONS[shown.phase, ours]
    ref, workspace = request.snapshot.ref, request.place.workspace
    ended = []
    for other in await requests.open_requests(workspace, ref.target, now):
        if other.snapshot.ref != ref:
            continue
        by = request.decided_by if ours else None
        if await requests.end_request(other.id, reason, by, now) is not None:
            ended.append(other.id)
    return ended


async def same_as(
    requests: RequestRepository, wanted: Request
) -> tuple[Request | None, Sequence[Request]]:
    """Return the open request whose card serves for `wanted`, and the outdated ones.

    A request whose card is not known to be in the channel serves for nobody.
    """
    place, seen = wanted.place, wanted.snapshot
    found = [
        one
        for one in await requests.open_requests(
            place.workspace, seen.ref.target, wanted.asked_at
        )
        if one.place.channel == place.channel and _asks_for_the_same(one, wanted)
    ]
    serving = [one for one in found if one.card and not one.is_outdated_by(seen)]
    outdated = [one for one in found if one.is_outdated_by(seen)]
    return (serving[-1] if serving else None), outdated


def _asks_for_the_same(one: Request, other: Request) -> bool:
    """Return whether two requests are for one change, or for ramps of the same terms.

    With which of its steps a ramp begins depends on what the Store shows.
    """
    if one.terms is not None:
        return one.terms == other.terms
    return other.terms is None and one.change == other.change


async def replace_with(
    requests: RequestRepository, wanted: Request, outdated: Sequence[Request]
) -> tuple[str, ...]:
    """Store a request, and end those in whose place it comes; return their ids."""
    await requests.add_request(wanted)
    ended = []
    for one in outdated:
        by, now = wanted.asked_by, wanted.asked_at
        if await requests.end_request(one.id, EndReason.REPLACED, by, now) is not None:
            ended.append(one.id)
    return tuple(ended)
