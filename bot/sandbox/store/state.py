"""State of the local Store: what it holds, how it is saved, how it can be changed."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.json_state import JsonState
from bot.sandbox.store import drafts, partner_center
from bot.sandbox.store.faults import TOKEN_OPERATIONS, Faults
from bot.sandbox.store.journal import Journal
from bot.sandbox.store.model import Catalogue, Submission, SubmissionSlot
from bot.sandbox.store.rate_limit import RateLimit
from bot.sandbox.store.seed import seed
from bot.sandbox.store.switches import Switches
from bot.sandbox.store.tokens import Tokens

KIND = "store"
NO_APP = "There is no app {id}."
NO_FLIGHT = "The app {app} has no flight {id}."
NO_SUBMISSION = "There is no submission {id}."
BAD_PERCENTAGE = "The percentage is a number above 0 and up to 100."
MAX_PERCENTAGE = 100


class StoreState:
    """Catalogue, switches, tokens, faults, latency, rate limit and journal.

    `state_file` names the file that survives a kill (None: nothing is saved),
    `broadcaster` is sent "store" at every change, and `now` is the Store's clock.
    Raises StateUnreadableError for a damaged file.
    """

    def __init__(
        self,
        state_file: Path | None = None,
        broadcaster: Broadcaster | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.now = now
        self.catalogue = seed()
        self.switches = Switches()
        self.tokens = Tokens()
        self.faults = Faults()
        self.journal = Journal(now)
        self.limit = RateLimit()
        self._latency = 0.0
        self._broadcaster = broadcaster
        self._file = JsonState(state_file)
        saved = self._file.load()
        if saved is not None:
            try:
                self._restore(saved)
            except (KeyError, TypeError, ValueError) as error:
                # Valid JSON, but of another program or another version.
                raise self._file.unreadable() from error

    @property
    def latency(self) -> float:
        """The seconds that are added to every call."""
        return self._latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._latency = seconds
        self._changed()

    def arm(
        self,
        operation: str,
        fault: str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Arm a fault; raises ValueError for one that cannot be (see faults.py).

        One of the sign-in revokes all tokens: a client that has one would not sign in
        for an hour, and would not notice.
        """
        self.faults.arm(operation, fault, times, seconds)
        if operation in TOKEN_OPERATIONS:
            self.tokens.revoke_all()
        self._changed()

    def clear_faults(self) -> None:
        """Disarm every fault."""
        self.faults.clear()
        self._changed()

    def switch(self, /, **values: object) -> None:
        """Set switches by name; raises ValueError, and then sets none."""
        trial = Switches(**asdict(self.switches))
        for name, value in values.items():
            trial.set(name, value)
        self.switches = trial
        self._changed()

    def publish(
        self, app_id: str, flight_id: str | None = None, percentage: float | None = None
    ) -> Submission:
        """Publish the draft or a new version with a rollout at `percentage`.

        Without a percentage it goes to everybody. Raises ValueError.
        """
        if percentage is not None and not 0 < percentage <= MAX_PERCENTAGE:
            raise ValueError(BAD_PERCENTAGE)
        slot = self.slot(app_id, flight_id)
        new = drafts.publish(self.catalogue, slot, percentage, self.switches)
        self._changed()
        return new

    def change_slot(
        self, slot: SubmissionSlot, verb: str, percentage: float = MAX_PERCENTAGE
    ) -> None:
        """Change a rollout in Partner Center, or begin a submission there.

        Raises ValueError with a sentence.
        """
        if not 0 < percentage <= MAX_PERCENTAGE:
            raise ValueError(BAD_PERCENTAGE)
        partner_center.change(self.catalogue, slot, verb, percentage, self.switches)
        self._changed()

    def slot(self, app_id: str, flight_id: str | None = None) -> SubmissionSlot:
        """Return the submissions of an app or of a flight; raises ValueError."""
        app = self.catalogue.app(app_id)
        if app is None:
            raise ValueError(NO_APP.format(id=app_id))
        if flight_id is None:
            return app.slot
        flight = app.flight(flight_id)
        if flight is None:
            raise ValueError(NO_FLIGHT.format(app=app_id, id=flight_id))
        return flight.slot

    def submission(self, submission_id: str) -> Submission:
        """Return one submission as it is now; raises ValueError."""
        slot = self.catalogue.slot_of(submission_id)
        found = slot and slot.find(submission_id)
        if not found:
            raise ValueError(NO_SUBMISSION.format(id=submission_id))
        return found

    def reset(self) -> None:
        """Go back to the seed: no faults, default switches, an empty journal.

        Tokens stay valid, so that a bot that runs meanwhile can continue.
        """
        self.catalogue = seed()
        self.switches = Switches()
        self.faults.clear()
        self.journal.entries.clear()
        self.limit = RateLimit()
        self._latency = 0.0
        self._changed()

    def save(self) -> None:
        """Save everything that must survive a kill."""
        if self._file.path is not None:
            self._file.save(
                {
                    "catalogue": self.catalogue.to_json(),
                    "switches": asdict(self.switches),
                    "faults": self.faults.to_json(),
                    "tokens": self.tokens.to_json(),
                    "latency": self._latency,
                }
            )

    def notify(self) -> None:
        """Notify the subscribers that the Store changed."""
        if self._broadcaster is not None:
            self._broadcaster.send(KIND)

    def _restore(self, saved: dict[str, Any]) -> None:
        self.catalogue = Catalogue.from_json(saved["catalogue"])
        for name, value in saved["switches"].items():
            self.switches.set(name, value)
        self.faults.restore(saved["faults"])
        self.tokens.restore(saved["tokens"])
        self._latency = saved["latency"]

    def _changed(self) -> None:
        self.save()
        self.notify()
