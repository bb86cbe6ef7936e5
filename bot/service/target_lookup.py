"""Target lookup: an app, and a flight of it, as the Store shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import failures
from bot.domain.command_words import fold
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import App, Flight
from bot.service.ports import Store
from bot.service.snapshots import outcome_of


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """An app of the account, and the flight that was named."""

    app: App
    flight: Flight | None = None

    @property
    def published(self) -> bool:
        """Whether it has a published submission."""
        return (self.flight or self.app).published_id is not None


async def look_up(
    store: Store, app_id: str, flight: str | None
) -> FoundTarget | Refused | Unavailable:
    """Read an app, and a flight of it by its id or its name."""
    try:
        app = await store.get_app(app_id)
        if flight is None:
            return FoundTarget(app)
        found = _pick(await store.list_flights(app.app_id), flight)
    except failures.StoreError as failure:
        return outcome_of(failure)
    return FoundTarget(app, found) if isinstance(found, Flight) else found


def _pick(flights: Sequence[Flight], wanted: str) -> Flight | Refused:
    """Find a flight by its id or by its friendly name; a name must be unique."""
    plain = fold(wanted)
    for flight in flights:
        if flight.flight_id.lower() == plain:
            return flight
    named = [flight for flight in flights if fold(flight.name) == plain]
    if len(named) == 1:
        return named[0]
    known = tuple(
        f"{flight.name} ({flight.flight_id})" for flight in (named or flights)
    )
    return Refused(RefusalReason.NO_SUCH_FLIGHT, known=known)
