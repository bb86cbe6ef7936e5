"""The control API of the local Slack, for the sandbox page and for tests.

The server that mounts it must guard its origin (`bot.sandbox.origin_guard`).
"""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from bot.sandbox.slack import page_state
from bot.sandbox.slack.control_fields import (
    MISSING,
    Body,
    flag_field,
    loopback_url,
    number_field,
    read_body,
    text_field,
    text_fields,
    thread_ts,
)
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.directory_actions import NO_CHANNEL, DirectoryActions
from bot.sandbox.slack.directory_control import DirectoryControl
from bot.sandbox.slack.errors import DeliveryError, UserActionError
from bot.sandbox.slack.faults import (
    ALL_METHODS_ONLY,
    ANY_METHOD,
    FAULT_CHOICES,
    RESPONSE_URL,
    SOCKET,
)
from bot.sandbox.slack.messages import ButtonLocation
from bot.sandbox.slack.sentences import Sentence
from bot.sandbox.slack.socket_mode import DISCONNECT_REASONS, SocketMode
from bot.sandbox.slack.user_actions import UNKNOWN_USER, UserActions
from bot.sandbox.slack.view_actions import ViewActions
from bot.sandbox.slack.view_control import ViewControl
from bot.sandbox.slack.web_api import METHODS, SOCKET_OPEN
from bot.sandbox.slack.workspace import Workspace

PATH: Final = "/sandbox/slack"

NO_SUCH_FAULT: Final = "There is no fault “{fault}”. Known are: {known}."
NO_SUCH_METHOD: Final = "There is no method “{method}”. Known are: {known}."
NO_SUCH_REASON: Final = "There is no reason “{reason}”. Known are: {known}."
NO_SUCH_MODE: Final = "The mode is “socket”, or “http” with a “url”."

_FAULT_METHODS: Final = (*METHODS, SOCKET_OPEN, RESPONSE_URL, SOCKET, ANY_METHOD)

Action = Callable[[Body], Awaitable[Body]]


@dataclasses.dataclass(frozen=True, slots=True)
class Control:
    """The control routes over the parts of one local Slack."""

    workspace: Workspace
    user_actions: UserActions
    view_actions: ViewActions
    directory_actions: DirectoryActions
    delivery: Delivery
    socket_mode: SocketMode

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the control API."""
        actions: dict[str, Action] = {
            "command": self._command,
            "message": self._message,
            "press": self._press,
            "membership": self._membership,
            "faults": self._arm,
            "delivery": self._deliver,
            "rate": self._rate,
            "scopes": self._scopes,
            "disconnect": self._disconnect,
            "reset": self._reset,
            **ViewControl(self.view_actions).actions(),
            **DirectoryControl(self.directory_actions).actions(),
        }
        return [
            web.get(f"{PATH}/state", self._state),
            web.get(f"{PATH}/calls", self._calls),
            web.get(f"{PATH}/pings", self._pings),
            web.delete(f"{PATH}/faults", self._route_handler(self._disarm)),
            *(
                web.post(f"{PATH}/{name}", self._route_handler(action))
                for name, action in actions.items()
            ),
        ]

    def _route_handler(
        self, action: Action
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            self.workspace.address = f"{request.scheme}://{request.host}"
            try:
                result = await action(await read_body(request))
            except UserActionError as error:
                return _error(error.sentence)
            except DeliveryError as error:
                return _error(error.error)
            return web.json_response({"ok": True, **result})

        return serve

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("as", "")
        if user not in self.workspace.directory.people:
            return _error(Sentence(UNKNOWN_USER, user=user))
        connected, url = self.delivery.connected, self.delivery.url
        state = page_state.state(self.workspace, user, connected=connected, url=url)
        return web.json_response(state)

    async def _calls(self, request: web.Request) -> web.Response:
        calls = self.workspace.calls.all(request.query.get("method"))
        return web.json_response([dataclasses.asdict(call) for call in calls])

    async def _pings(self, _request: web.Request) -> web.Response:
        pings = self.workspace.pings
        return web.json_response([dataclasses.asdict(ping) for ping in pings])

    async def _command(self, body: Body) -> Body:
        user, channel, typed = text_fields(body, "as", "channel", "text")
        await self.user_actions.run_command(user, channel, typed, thread_ts(body))
        return {}

    async def _message(self, body: Body) -> Body:
        user, channel, typed = text_fields(body, "as", "channel", "text")
        ts = await self.user_actions.write(user, channel, typed, thread_ts(body))
        return {"ts": ts}

    async def _press(self, body: Body) -> Body:
        user, channel, *where = text_fields(
            body, "as", "channel", "ts", "block_id", "action_id"
        )
        late, button = body.get("late") is True, ButtonLocation(*where)
        await self.user_actions.press(user, channel, button, late=late)
        return {}

    async def _membership(self, body: Body) -> Body:
        channel_id = text_field(body, "channel")
        channel = self.workspace.directory.channels.get(channel_id)
        if channel is None or channel.direct:
            raise UserActionError(NO_CHANNEL, channel=channel_id)
        self.workspace.set_membership(channel.id, bot=flag_field(body, "bot"))
        return {}

    async def _arm(self, body: Body) -> Body:
        fault = text_field(body, "fault")
        method = body.get("method", ANY_METHOD)
        if fault not in FAULT_CHOICES:
            known = ", ".join(FAULT_CHOICES)
            raise UserActionError(NO_SUCH_FAULT, fault=fault, known=known)
        if method not in _FAULT_METHODS:
            known = ", ".join(_FAULT_METHODS)
            raise UserActionError(NO_SUCH_METHOD, method=method, known=known)
        if FAULT_CHOICES[fault].get("lasting") and method != ANY_METHOD:
            raise UserActionError(ALL_METHODS_ONLY)
        times = int(number_field(body, "times", 1))
        seconds = number_field(body, "seconds", 1)
        self.workspace.faults.arm(method, fault, times=times, seconds=seconds)
        self.workspace.changed()
        return {}

    async def _disarm(self, _body: Body) -> Body:
        self.workspace.faults.clear()
        self.workspace.changed()
        return {}

    async def _deliver(self, body: Body) -> Body:
        mode = body.get("mode")
        if mode == "http":
            await self.delivery.use_http(loopback_url(body))
        elif mode == "socket":
            await self.delivery.use_socket()
        else:
            raise UserActionError(NO_SUCH_MODE)
        self.workspace.changed()
        return {}

    async def _rate(self, body: Body) -> Body:
        off = body.get("per_second") is None
        per_second = None if off else number_field(body, "per_second", 1)
        self.workspace.rate.set(per_second, int(number_field(body, "burst", 10)))
        self.workspace.changed()
        return {}

    async def _scopes(self, body: Body) -> Body:
        scopes = body.get("scopes")
        if not isinstance(scopes, list):
            raise UserActionError(MISSING, name="scopes")
        self.workspace.scopes = {str(scope) for scope in scopes}
        self.workspace.changed()
        return {}

    async def _disconnect(self, body: Body) -> Body:
        reason = text_field(body, "reason")
        if reason not in DISCONNECT_REASONS:
            known = ", ".join(DISCONNECT_REASONS)
            raise UserActionError(NO_SUCH_REASON, reason=reason, known=known)
        await self.socket_mode.disconnect(reason)
        return {}

    async def _reset(self, _body: Body) -> Body:
        self.workspace.reset()
        return {}


def _error(error: str) -> web.Response:
    body = {"ok": False, "error": error}
    if isinstance(error, Sentence):
        body["sentence"] = error.to_json()
    return web.json_response(body, status=400)
