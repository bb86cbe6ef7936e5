"""The local Slack put together: mount its routes, or use it directly in a test."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.sandbox.changes import Changes
from bot.sandbox.saved import UNREADABLE, Saved, SavedUnreadableError
from bot.sandbox.slack import responses, view
from bot.sandbox.slack.calls import Call
from bot.sandbox.slack.control import Control
from bot.sandbox.slack.delivery import RETRY_SECONDS, Delivery
from bot.sandbox.slack.people import People
from bot.sandbox.slack.pings import Ping
from bot.sandbox.slack.rate import RateLimit
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import Workspace
from bot.sandbox.slack.world import World

KIND: Final = "slack"
_POLL_SECONDS: Final = 0.005


class LocalSlack:
    """A Slack on this machine.

    `routes()` go on an aiohttp application, and `close()` belongs to its shutdown. The
    methods for people do what the control API does, and raise its refusals:
    `RefusedError` (a sentence) and `DeliveryError` (`error` is Slack's code).

    `saved` names the file that outlives a crash, None keeps everything in memory.
    `changes` is told "slack" after each change. `request_url` switches from Socket Mode
    to signed HTTP. `ack_seconds` is how long the app may take to acknowledge, and
    `retry_seconds` after which waits an event is sent again. `rate` limits posting;
    ``RateLimit(None)`` does not. `address` is told by the first request, or beforehand.
    """

    def __init__(  # noqa: PLR0913 - each is a rule that some test bends.
        self,
        saved: Path | None = None,
        changes: Changes | None = None,
        *,
        world: World | None = None,
        scopes: set[str] | None = None,
        rate: RateLimit | None = None,
        request_url: str | None = None,
        ack_seconds: float = 3.0,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
        address: str = "",
    ) -> None:
        self.workspace = Workspace(world)
        self.workspace.address = address.rstrip("/")
        if scopes is not None:
            self.workspace.scopes = set(scopes)
        if rate is not None:
            self.workspace.rate = rate
        self._saved = Saved(saved)
        self._changes = changes
        self.socket_mode = SocketMode(self.workspace, ack_seconds)
        self.delivery = Delivery(
            self.socket_mode,
            request_url=request_url,
            retry_seconds=retry_seconds,
        )
        self.people = People(self.workspace, self.delivery)
        kept = self._saved.load()
        if kept is not None:
            self._restore(kept)
        self.workspace.changed = self._changed

    def routes(self) -> list[web.RouteDef]:
        """Give every route: Web API, WebSocket, response URLs and control API."""
        control = Control(self.workspace, self.people, self.delivery, self.socket_mode)
        return [
            *WebApi(self.workspace, self.socket_mode).routes(),
            *self.socket_mode.routes(),
            *responses.routes(self.workspace),
            *control.routes(),
        ]

    async def close(self) -> None:
        """Close connections and stop deliveries."""
        await self.delivery.close()
        await self.socket_mode.close()

    @property
    def connected(self) -> bool:
        """Whether the app listens."""
        return self.delivery.connected

    async def command(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> None:
        """Type a slash command, such as ``/rollout halt mail``, as `user`."""
        await self.people.run_command(user, channel, text, thread_ts)

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> str:
        """Write a message as `user` and give its ts; ``@Rollout`` mentions the bot."""
        return await self.people.write(user, channel, text, thread_ts)

    async def press(  # noqa: PLR0913 - a button is found by this much.
        self,
        user: str,
        channel: str,
        ts: str,
        block_id: str,
        action_id: str,
        *,
        late: bool = False,
    ) -> None:
        """Press a button as `user`; `late` allows one that an edit took away."""
        await self.people.press(user, channel, ts, block_id, action_id, late=late)

    async def press_label(
        self, user: str, channel: str, label: str, *, late: bool = False
    ) -> None:
        """Press the newest button with this label; raises LookupError for none."""
        where = view.button(self.workspace, channel, user, label)
        await self.people.press(user, channel, *where, late=late)

    async def settle(self) -> None:
        """Wait until every event was acknowledged or given up."""
        await self.delivery.settle()

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something that the bot does; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            # What is waited for may be a refused call, which changes nothing here.
            while not condition():  # noqa: ASYNC110 - so there is no event to wait for.
                await asyncio.sleep(_POLL_SECONDS)

    def invite(self, channel: str, *, bot: bool = True) -> None:
        """Invite the bot to a channel, or remove it."""
        self.workspace.set_membership(channel, bot=bot)

    def seen(self, user: str, channel: str) -> list[dict[str, Any]]:
        """Give the messages of a channel as `user` sees them, threads inside."""
        return view.messages(self.workspace, channel, user)

    def calls(self, method: str | None = None) -> list[Call]:
        """Give the Web API calls that were made, all or one method's."""
        return self.workspace.calls.all(method)

    @property
    def pings(self) -> deque[Ping]:
        """Every live mention in what the bot posted."""
        return self.workspace.pings

    def arm(
        self, method: str, fault: str, *, times: int = 1, seconds: float = 1.0
    ) -> None:
        """Arm a fault for the next calls of a method; raises ValueError."""
        self.workspace.faults.arm(method, fault, times=times, seconds=seconds)
        self.workspace.changed()

    def _restore(self, kept: dict[str, Any]) -> None:
        try:
            self.workspace.restore(kept)
            self.delivery.restore(kept["request_url"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            text = UNREADABLE.format(path=self._saved.path)
            raise SavedUnreadableError(text) from error

    def _changed(self) -> None:
        # Without a file, the state of 10,000 messages is not even gathered.
        if self._saved.path is not None:
            state = {**self.workspace.as_json(), "request_url": self.delivery.url}
            self._saved.keep(state)
        if self._changes is not None:
            self._changes.tell(KIND)
