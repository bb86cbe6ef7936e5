"""The local Store as one object: routes for a server, shortcuts for tests."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.store import partner_center
from bot.sandbox.store.control import control_routes
from bot.sandbox.store.faults import WRITES
from bot.sandbox.store.handler import SubmissionApiHandler
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.pipeline import RequestPipeline
from bot.sandbox.store.resources import UPLOAD_PATH
from bot.sandbox.store.state import MAX_PERCENTAGE, StoreState
from bot.sandbox.store.upload import UploadHandler


class LocalStore(StoreState):
    """Microsoft's submission API on this machine.

    Everything happens in one event loop, and the effect of a call has no await in
    it: two calls never see each other half done.

    For tests: `pipeline.before` and `pipeline.after` are hooks around the effect,
    `requests`, `writes()` and `effects()` return the calls that came in, and `arm`,
    `switch`, `latency`, `publish`, `change_in_partner_center` and
    `tokens.revoke_all()` change the state.
    """

    def __init__(
        self,
        state_file: Path | None = None,
        broadcaster: Broadcaster | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(state_file, broadcaster, now)
        self.pipeline = RequestPipeline(self)

    @property
    def requests(self) -> deque[Entry]:
        """The calls so far, oldest first, those to the token authority too."""
        return self.journal.entries

    def writes(self) -> list[Entry]:
        """Return the calls that meant to change something, oldest first."""
        return [entry for entry in self.requests if entry.operation in WRITES]

    def effects(self) -> list[Entry]:
        """Return the calls that changed something, whatever the client was sent."""
        return [entry for entry in self.requests if entry.effect]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the submission API and of the control API."""
        handler = SubmissionApiHandler(self, self.pipeline)
        upload = web.put(f"{UPLOAD_PATH}{{name}}", UploadHandler(self).handle)
        api = web.route("*", "/store/{path:.*}", handler.handle)
        return [upload, api, *control_routes(self)]

    def close(self) -> None:
        """Send held-back responses at once; call it when the server stops."""
        self.pipeline.close()

    def change_in_partner_center(
        self, verb: str, submission_id: str, percentage: float = MAX_PERCENTAGE
    ) -> None:
        """Do "halt", "finalize" or "set" as a colleague in Partner Center would.

        Raises RequestRejectedError where the state forbids it, ValueError for an
        unknown id.
        """
        submission = self.submission(submission_id)
        partner_center.change_rollout(submission, verb, percentage, self.switches)
        self._changed()
