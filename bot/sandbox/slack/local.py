"""The local Slack as one object: routes for a server, shortcuts for tests."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.json_state import JsonState
from bot.sandbox.slack import page_state, response_url_handler
from bot.sandbox.slack.calls import Call
from bot.sandbox.slack.control import Control
from bot.sandbox.slack.delivery import RETRY_SECONDS, Delivery
from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.directory_actions import DirectoryActions
from bot.sandbox.slack.messages import ButtonLocation
from bot.sandbox.slack.pings import Ping
from bot.sandbox.slack.rate_limit import RateLimit
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.user_actions import UserActions
from bot.sandbox.slack.view_actions import ViewActions
from bot.sandbox.slack.views import View
from bot.sandbox.slack.web_api import WebApi
from bot.sandbox.slack.workspace import Workspace

KIND: Final = "slack"
_POLL_SECONDS: Final = 0.005


class LocalSlack:
    """A Slack on this machine.

    `routes()` go on an aiohttp application, and `close()` belongs to its shutdown. The
    methods for people do what the control API does, and raise its errors:
    `UserActionError` (a sentence) and `DeliveryError` (`error` is Slack's code).

    `state_file` names the file that survives a crash, None keeps everything in memory.
    `broadcaster` is sent "slack" after each change. `request_url` switches from Socket
    Mode to signed HTTP. `ack_seconds` is how long the app may take to acknowledge, and
    `retry_seconds` are the waits before an event is sent again. `rate` limits posting;
    ``RateLimit(None)`` does not. `address` is the base URL; without it, that of the
    first request is used. `now` is the clock of messages and response URLs.
    """

    def __init__(  # noqa: PLR0913 - each is a rule that some test changes.
        self,
        state_file: Path | None = None,
        broadcaster: Broadcaster | None = None,
        *,
        directory: Directory | None = None,
        scopes: set[str] | None = None,
        rate: RateLimit | None = None,
        request_url: str | None = None,
        ack_seconds: float = 3.0,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
        address: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.workspace = Workspace(directory, now)
        self.workspace.address = address.rstrip("/")
        if scopes is not None:
            self.workspace.scopes = set(scopes)
        if rate is not None:
            self.workspace.rate = rate
        self._file = JsonState(state_file)
        self._broadcaster = broadcaster
        self.socket_mode = SocketMode(self.workspace, ack_seconds)
        self.delivery = Delivery(
            self.socket_mode,
            request_url=request_url,
            retry_seconds=retry_seconds,
        )
        self.user_actions = UserActions(self.workspace, self.delivery)
        self.view_actions = ViewActions(self.workspace, self.delivery)
        self.directory_actions = DirectoryActions(self.workspace, self.delivery)
        saved = self._file.load()
        if saved is not None:
            self._restore(saved)
        self.workspace.changed = self._changed

    def routes(self) -> list[web.RouteDef]:
        """Return every route: Web API, WebSocket, response URLs and control API."""
        control = Control(
            self.workspace,
            self.user_actions,
            self.view_actions,
            self.directory_actions,
            self.delivery,
            self.socket_mode,
        )
        return [
            *WebApi(self.workspace, self.socket_mode).routes(),
            *self.socket_mode.routes(),
            *response_url_handler.routes(self.workspace),
            *control.routes(),
        ]

    async def close(self) -> None:
        """Close connections and stop deliveries."""
        await self.delivery.close()
        await self.socket_mode.close()

    @property
    def connected(self) -> bool:
        """Whether the app is connected."""
        return self.delivery.connected

    async def command(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> None:
        """Type a slash command, such as ``/rollout halt mail``, as `user`."""
        await self.user_actions.run_command(user, channel, text, thread_ts)

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> str:
        """Post a message as `user` and return its ts; ``@Rollout`` mentions the bot."""
        return await self.user_actions.write(user, channel, text, thread_ts)

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
        """Press a button as `user`; `late` allows one that an edit removed."""
        button = ButtonLocation(ts, block_id, action_id)
        await self.user_actions.press(user, channel, button, late=late)

    async def press_label(
        self, user: str, channel: str, label: str, *, late: bool = False
    ) -> None:
        """Press the newest button with this label; raises LookupError for none."""
        button = page_state.find_button(self.workspace, channel, user, label)
        await self.user_actions.press(user, channel, button, late=late)

    def modal(self, user: str) -> View | None:
        """Return the form that `user` has open, None for none."""
        return self.workspace.views.modals.get(user)

    def home(self, user: str) -> View | None:
        """Return the Home tab of `user`, None before the app has published it."""
        return self.workspace.views.homes.get(user)

    async def submit(self, user: str, **entered: object) -> dict[str, str]:
        """Submit the open form with values by block id; return errors by block id.

        Raises LookupError where no form is open.
        """
        view = self.modal(user)
        if view is None:
            raise LookupError(user)
        return await self.view_actions.submit(user, view.id, entered)

    async def suggest(self, user: str, block_id: str, typed: str = "") -> list[str]:
        """Type into a select of the open form; return the values that are offered.

        Raises LookupError where `user` sees no such select.
        """
        view = self.modal(user)
        fields = view.body["blocks"] if view else []
        elements = [one["element"] for one in fields if one["block_id"] == block_id]
        if view is None or not elements:
            raise LookupError(block_id)
        action_id = elements[0]["action_id"]
        options = await self.view_actions.suggest(
            user, view.id, block_id, action_id, typed
        )
        return [str(option["value"]) for option in options]

    def open_home(self, user: str) -> None:
        """Open the app's Home tab as `user`, which the app is told in an event."""
        self.view_actions.open_home(user)

    async def press_in_view(self, user: str, label: str, **entered: object) -> None:
        """Press the button with this label in the open form, or on the Home tab.

        Raises LookupError where `user` sees no such button.
        """
        view = self.modal(user) or self.home(user)
        if view is None:
            raise LookupError(label)
        found = page_state.find_labelled(view.body["blocks"], label)
        if found is None:
            raise LookupError(label)
        await self.view_actions.press(user, view.id, *found, entered)

    async def settle(self) -> None:
        """Wait until every event was acknowledged or given up."""
        await self.delivery.settle()

    async def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait for something that the bot does; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            # The condition may be about a rejected call, which changes nothing here.
            while not condition():  # noqa: ASYNC110 - so no event would be set.
                await asyncio.sleep(_POLL_SECONDS)

    def invite(self, channel: str, *, bot: bool = True) -> None:
        """Invite the bot to a channel, or remove it."""
        self.workspace.set_membership(channel, bot=bot)

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self.workspace.archive(channel, archived=archived)

    def seen(self, user: str, channel: str) -> list[dict[str, Any]]:
        """Return the messages of a channel that `user` sees, with their threads."""
        return page_state.messages(self.workspace, channel, user)

    def calls(self, method: str | None = None) -> list[Call]:
        """Return the Web API calls that were made, all or one method's."""
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

    def _restore(self, saved: dict[str, Any]) -> None:
        try:
            self.workspace.restore(saved)
            self.delivery.restore(saved["request_url"])
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise self._file.unreadable() from error

    def _changed(self) -> None:
        # Collecting the state of 10,000 messages takes time, so skip it without a file.
        if self._file.path is not None:
            state = {**self.workspace.to_json(), "request_url": self.delivery.url}
            self._file.save(state)
        if self._broadcaster is not None:
            self._broadcaster.send(KIND)
