"""The local Store as one object: routes for a server, handles for tests."""

from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.saved import Saved
from bot.sandbox.store import transitions
from bot.sandbox.store.control import control_routes
from bot.sandbox.store.exchange import Exchange
from bot.sandbox.store.faults import WRITES
from bot.sandbox.store.front import Front
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.model import Catalogue, Line, Submission
from bot.sandbox.store.percentages import single
from bot.sandbox.store.seed import seed
from bot.sandbox.store.switches import Switches
from bot.sandbox.store.tokens import Tokens

NO_APP = "There is no app {id}."
NO_FLIGHT = "The app {app} has no flight {id}."
NO_SUBMISSION = "There is no submission {id}."
BAD_PERCENTAGE = "The percentage is a number above 0 and up to 100."
MOST = 100


class LocalStore:
    """Microsoft's submission API on this machine.

    `saved` names the file that survives a kill (None: nothing is kept), `changes`
    is told "store" at every change. A damaged file raises SavedUnreadableError.
    Everything happens in one event loop, and the effect of a call has no await in
    it: two calls never see half of each other.

    For tests: `exchange.before` and `exchange.after` are hooks around the effect,
    `requests`, `writes()` and `effects()` tell what came in, `arm`, `switch`,
    `latency`, `publish`, `elsewhere` and `tokens.revoke_all()` change the world.
    """

    def __init__(
        self, saved: Path | None = None, changes: Changes | None = None
    ) -> None:
        self.catalogue = seed()
        self.switches = Switches()
        self.tokens = Tokens()
        self.exchange = Exchange(changes, self.keep)
        self._saved = Saved(saved)
        kept = self._saved.load()
        if kept is not None:
            try:
                self._restore(kept)
            except (KeyError, TypeError, ValueError) as error:
                # Whole JSON, but not ours, or that of another version.
                raise self._saved.unreadable() from error

    @property
    def requests(self) -> deque[Entry]:
        """The calls so far, oldest first, those to the token authority too."""
        return self.exchange.journal.entries

    def writes(self) -> list[Entry]:
        """Give the calls that meant to change something, oldest first."""
        return [entry for entry in self.requests if entry.operation in WRITES]

    def effects(self) -> list[Entry]:
        """Give the calls that did change something, whatever the client heard."""
        return [entry for entry in self.requests if entry.effect]

    @property
    def latency(self) -> float:
        """The seconds that are added to every call."""
        return self.exchange.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.exchange.latency = seconds
        self._changed()

    def routes(self) -> list[web.RouteDef]:
        """Give the routes of the API and of its control."""
        api = web.route("*", "/store/{path:.*}", Front(self).serve)
        return [api, *control_routes(self)]

    def close(self) -> None:
        """Let held-back answers go; call it when the server stops."""
        self.exchange.close()

    def arm(
        self,
        operation: str,
        fault: str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Arm a fault; raises ValueError for what cannot be (see faults.py)."""
        self.exchange.faults.arm(operation, fault, times, seconds)
        self._changed()

    def clear_faults(self) -> None:
        """Disarm every fault."""
        self.exchange.faults.clear()
        self._changed()

    def switch(self, /, **values: object) -> None:
        """Set switches by name; raises ValueError, and then sets none."""
        trial = Switches(**asdict(self.switches))
        for name, value in values.items():
            trial.turn(name, value)
        self.switches = trial
        self._changed()

    def publish(
        self, app_id: str, flight_id: str | None = None, percentage: float | None = None
    ) -> Submission:
        """Publish the draft or a new version with a rollout at `percentage`.

        Without a percentage it goes to everybody. Raises ValueError.
        """
        if percentage is not None and not 0 < percentage <= MOST:
            raise ValueError(BAD_PERCENTAGE)
        line = self.line(app_id, flight_id)
        new = transitions.publish(self.catalogue, line, percentage, self.switches)
        self._changed()
        return new

    def elsewhere(
        self, verb: str, submission_id: str, percentage: float = MOST
    ) -> None:
        """Do "halt", "finalize" or "set" as a colleague in Partner Center would.

        Raises RefusedError where the state forbids it, ValueError for an unknown id.
        """
        one = self.submission(submission_id)
        if verb == "halt":
            transitions.halt(one, self.switches)
        elif verb == "finalize":
            transitions.finalize(one, self.switches)
        else:
            transitions.set_percentage(one, single(percentage), self.switches)
        self._changed()

    def line(self, app_id: str, flight_id: str | None = None) -> Line:
        """Give the submissions of an app or of a flight; raises ValueError."""
        app = self.catalogue.app(app_id)
        if app is None:
            raise ValueError(NO_APP.format(id=app_id))
        if flight_id is None:
            return app.line
        flight = app.flight(flight_id)
        if flight is None:
            raise ValueError(NO_FLIGHT.format(app=app_id, id=flight_id))
        return flight.line

    def submission(self, submission_id: str) -> Submission:
        """Give one submission as it is now; raises ValueError."""
        for line in self.catalogue.lines():
            one = line.find(submission_id)
            if one is not None:
                return one
        raise ValueError(NO_SUBMISSION.format(id=submission_id))

    def reset(self) -> None:
        """Go back to the seed: no faults, default switches, an empty journal.

        Tokens stay good, so that a bot that runs beside goes on.
        """
        self.catalogue = seed()
        self.switches = Switches()
        self.exchange.faults.clear()
        self.exchange.journal.entries.clear()
        self.exchange.latency = 0.0
        self._changed()

    def keep(self) -> None:
        """Save everything that must survive a kill."""
        if self._saved.path is not None:
            self._saved.keep(
                {
                    "catalogue": self.catalogue.to_json(),
                    "switches": asdict(self.switches),
                    "faults": self.exchange.faults.to_json(),
                    "tokens": self.tokens.to_json(),
                    "latency": self.exchange.latency,
                }
            )

    def _restore(self, kept: dict[str, Any]) -> None:
        self.catalogue = Catalogue.from_json(kept["catalogue"])
        for name, value in kept["switches"].items():
            self.switches.turn(name, value)
        self.exchange.faults.restore(kept["faults"])
        self.tokens.restore(kept["tokens"])
        self.exchange.latency = kept["latency"]

    def _changed(self) -> None:
        self.keep()
        self.exchange.tell()
