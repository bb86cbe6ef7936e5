"""Socket Mode: the app's WebSockets, and delivery of an envelope to one of them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import contextlib
import json
import secrets
from http import HTTPStatus
from typing import Any, Final

from aiohttp import WSMsgType, web

from bot.sandbox.slack import fault_responses
from bot.sandbox.slack.directory import APP_ID
from bot.sandbox.slack.errors import DeliveryError
from bot.sandbox.slack.faults import SOCKET
from bot.sandbox.slack.payloads import FIRST_ATTEMPT, Retry
from bot.sandbox.slack.workspace import Workspace

PATH: Final = "/slack/socket"
MAX_CONNECTIONS: Final = 10
DISCONNECT_REASONS: Final = ("warning", "refresh_requested", "link_disabled")
# Slack closes a connection that it asked to be refreshed after about this long.
_REFRESH_GRACE: Final = 10.0
# How long an app may take for the closing handshake.
_CLOSE_SECONDS: Final = 1.0
# How long Slack keeps a connection, in seconds.
_CONNECTION_TIME: Final = 3600


class SocketMode:
    """The connections of the app, which has to acknowledge within `ack_seconds`."""

    def __init__(self, workspace: Workspace, ack_seconds: float = 3.0) -> None:
        self.ack_seconds = ack_seconds
        self.refresh_grace = _REFRESH_GRACE
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._leaving: set[web.WebSocketResponse] = set()
        self._waiting: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether the app is connected."""
        return bool(self._open)

    @property
    def connections(self) -> int:
        """How many WebSockets the app has open."""
        return len(self._open)

    def routes(self) -> list[web.RouteDef]:
        """Return the route of the WebSocket."""
        return [web.get(PATH, self._serve)]

    def new_connection_path(self) -> str:
        """Return a path with a ticket for one connection, for apps.connections.open."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return f"{PATH}?ticket={ticket}&app_id={APP_ID}"

    async def deliver(
        self, kind: str, payload: dict[str, Any], retry: Retry = FIRST_ATTEMPT
    ) -> dict[str, Any] | None:
        """Send one envelope to one connection and return the payload of its ack.

        Raises `DeliveryError` when nobody is connected or the app is late.
        """
        if not self._open:
            raise DeliveryError("dispatch_failed", "connection_failed")
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry.number, "retry_reason": retry.reason}
        # Slack gives each envelope to any one connection; here they take turns.
        connection = self._open.pop(0)
        self._open.append(connection)
        ack: asyncio.Future[dict[str, Any] | None]
        ack = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = ack
        try:
            async with asyncio.timeout(self.ack_seconds):
                await connection.send_json(envelope)
                return await ack
        except ConnectionError as error:
            raise DeliveryError("dispatch_failed", "connection_failed") from error
        except TimeoutError as error:
            raise DeliveryError("operation_timeout", "timeout") from error
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def disconnect(self, reason: str) -> None:
        """Send a disconnect to every connection, and close those that Slack would."""
        for connection in list(self._open):
            if reason != "warning":
                self._open.remove(connection)
                self._leaving.add(connection)
            await _send_disconnect(connection, reason)
            if reason == "link_disabled":
                await connection.close()
            elif reason == "refresh_requested":
                task = asyncio.create_task(self._close_later(connection))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._workspace.changed()

    async def close(self) -> None:
        """Close every connection."""
        for task in self._tasks:
            task.cancel()
        for connection in [*self._open, *self._leaving]:
            await connection.close()

    async def _close_later(self, connection: web.WebSocketResponse) -> None:
        await asyncio.sleep(self.refresh_grace)
        await connection.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        # A failed handshake uses up a ticket, too: an app that tries the same address
        # again never gets a connection, and has to ask for a new address.
        self._tickets.remove(ticket)
        failure = await fault_responses.error_response(
            self._workspace.take_fault(SOCKET)
        )
        if failure is not None:
            return failure
        connection = web.WebSocketResponse(timeout=_CLOSE_SECONDS)
        await connection.prepare(request)
        if len(self._open) >= MAX_CONNECTIONS:
            await _send_disconnect(connection, "too_many_websockets")
            await connection.close()
            return connection
        self._open.append(connection)
        self._workspace.changed()
        try:
            # An app may disconnect at any moment, also before the hello.
            with contextlib.suppress(ConnectionError):
                await connection.send_json(self._hello())
                await self._listen(connection)
        finally:
            self._leaving.discard(connection)
            if connection in self._open:
                self._open.remove(connection)
            self._workspace.changed()
        return connection

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": _CONNECTION_TIME,
            },
        }

    async def _listen(self, connection: web.WebSocketResponse) -> None:
        async for message in connection:
            if message.type != WSMsgType.TEXT:
                continue
            try:
                ack = json.loads(message.data)
            except ValueError:
                continue
            if isinstance(ack, dict):
                self._take(ack)

    def _take(self, ack: dict[str, Any]) -> None:
        # An acknowledgement may come by another connection than its envelope.
        waiting = self._waiting.get(str(ack.get("envelope_id")))
        if waiting is not None and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else None)


async def _send_disconnect(connection: web.WebSocketResponse, reason: str) -> None:
    frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
    with contextlib.suppress(ConnectionError):
        await connection.send_json(frame)
