"""Clock of the sandbox: the real time, and what a person has let pass on top of it.

Slack, the Store and a bot that runs beside them read the same clock, so that what is
due in a day can be seen in a minute.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.json_state import JsonState

KIND: Final = "clock"
PATH: Final = "/sandbox/clock"
# What the page offers, in minutes. Six hours hit the working hours of any day.
STEPS: Final = (15, 60, 6 * 60, 24 * 60)
NOT_MOVABLE: Final = (
    "Time passes faster only for the bot that the sandbox starts itself, and this "
    "sandbox was started without it."
)
NO_STEP: Final = "Send {{“minutes”: n}}, where n is one of {steps}."


class SandboxClock:
    """Call it for the time now, in UTC.

    `movable` is whether the page may let time pass: the bot has to use this clock.
    `state_file` keeps how far the clock is ahead: what a bot has stored since then has
    times that must not lie in the future after a restart. Raises StateUnreadableError
    for a damaged file.
    """

    def __init__(
        self,
        state_file: Path | None = None,
        broadcaster: Broadcaster | None = None,
        *,
        movable: bool = False,
    ) -> None:
        self.movable = movable
        self.ahead = timedelta()
        self._broadcaster = broadcaster
        self._file = JsonState(state_file)
        saved = self._file.load()
        if saved is not None:
            try:
                self.ahead = timedelta(seconds=saved["ahead_seconds"])
            except (KeyError, TypeError, OverflowError) as error:
                raise self._file.unreadable() from error

    def __call__(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.ahead += by
        self._file.save({"ahead_seconds": self.ahead.total_seconds()})
        if self._broadcaster is not None:
            self._broadcaster.send(KIND)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page; the origin guard protects them."""
        return [web.get(PATH, self._show), web.post(PATH, self._advance)]

    async def set_date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Set the Date header of a response, which clients compare with their clock."""
        response.headers["Date"] = format_datetime(self(), usegmt=True)

    def to_json(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "now": self().isoformat(timespec="milliseconds"),
            "ahead_seconds": self.ahead.total_seconds(),
            "movable": self.movable,
            "steps": list(STEPS),
        }

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(self.to_json())

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            body = None
        minutes = body.get("minutes") if isinstance(body, dict) else None
        if not self.movable:
            return _refused(NOT_MOVABLE)
        if minutes not in STEPS:
            return _refused(NO_STEP.format(steps=", ".join(map(str, STEPS))))
        self.advance(timedelta(minutes=minutes))
        return web.json_response({"ok": True, **self.to_json()})


def _refused(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=400)
