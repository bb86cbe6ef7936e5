"""Package flights: created with a name, groups and a rank, and deleted.

https://learn.microsoft.com/windows/uwp/monetize/create-a-flight
"""

from typing import Any
from uuid import uuid4

from bot.sandbox.store import responses
from bot.sandbox.store.model import EDITABLE, LOWEST_RANK, App, Flight
from bot.sandbox.store.responses import RequestRejectedError


def create(app: App, sent: dict[str, Any]) -> Flight:
    """Create a flight without submissions; raises RequestRejectedError.

    Without a rank it comes above all other flights.
    """
    name, groups = sent.get("friendlyName"), sent.get("groupIds")
    rank = sent.get("rankHigherThan")
    if rank is None:
        rank = app.flights[-1].id if app.flights else LOWEST_RANK
    known = {LOWEST_RANK, *(x.id for x in app.flights), *(x.name for x in app.flights)}
    if (
        not isinstance(name, str)
        or not name.strip()
        or not isinstance(groups, list)
        or not groups
        or rank not in list(known)
    ):
        raise responses.rejection(responses.BAD_FLIGHT, "flight")
    new = Flight(str(uuid4()), name, groups=[str(group) for group in groups])
    new.rank_higher_than = rank
    app.flights.append(new)
    return new


def delete(app: App, flight: Flight) -> None:
    """Delete a flight; raises RequestRejectedError while a submission is certified."""
    pending = flight.slot.pending
    if pending is not None and pending.status not in EDITABLE:
        conflict = responses.conflict(responses.FLIGHT_NOT_DELETABLE, "flightId")
        raise RequestRejectedError(conflict)
    app.flights.remove(flight)
