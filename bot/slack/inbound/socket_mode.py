"""Socket Mode: one connection to Slack, kept open, and closed without losing an ack."""

import asyncio
import logging
import time
from typing import Any, Final

from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import TOKEN_REFUSED, call
from bot.slack.client.identity import Identity
from bot.slack.client.redaction import redacted_logger
from bot.slack.inbound.dispatch import dispatch
from bot.slack.inbound.shapes import is_for_us, is_readable
from bot.slack.inbound.workspaces import WorkspaceFilter

_PING_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 3.0
# How long payloads that were taken may still be answered while the bot ends.
_LAST_ACKS: Final = 3.0

# Seconds between two tries to open the connection; each is twice the one before.
_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 60.0
_REFUSED: Final = (
    "SLACK_APP_TOKEN is refused (%s): make an app-level token with the scope"
    " connections:write, switch Socket Mode on, and start the bot again"
)

_log = logging.getLogger("bot.slack")


class _Socket(SocketModeClient):
    """The SDK's client, which would log each failed try twice, every few seconds."""

    async def issue_new_wss_url(self) -> str:
        """Return the address of a new connection, once Slack gives one."""
        pause = _PAUSE
        while True:
            try:
                answer = await call(
                    self.web_client.apps_connections_open, app_token=self.app_token
                )
            except PermanentNotificationError as refused:
                wait = pause
                _log.error(_REFUSED, refused.code)
            except RetryableNotificationError as away:
                # Without a connection nobody can halt anything.
                wait = max(pause, min(away.retry_after or 0.0, _LONGEST_PAUSE))
                if away.code in TOKEN_REFUSED:
                    _log.error(_REFUSED, away.code)
                else:
                    _log.warning("Socket Mode waits %.0f s: %s", wait, away)
            else:
                return str(answer["url"])
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)


class SocketConnection:
    """One connection; Slack gives each payload to one of an app's connections.

    https://docs.slack.dev/apis/events-api/using-socket-mode
    """

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        identity: Identity,
        app_token: str,
        watch_seconds: float = _WATCH_SECONDS,
    ) -> None:
        self._app = app
        self._client = client
        self._identity = identity
        self._filter = WorkspaceFilter(identity)
        self._app_token = app_token
        self._watch_seconds = watch_seconds
        self._socket: SocketModeClient | None = None
        self._running: asyncio.Task[None] | None = None
        self._taken: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Begin to connect; return at once, since Slack may be away for long."""
        self._running = asyncio.create_task(self._run())

    async def connected(self) -> bool:
        """Return whether payloads can arrive now."""
        return self._socket is not None and await self._socket.is_connected()

    async def close(self) -> None:
        """Finish the acks of what was taken, then hang up."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._taken:
            await asyncio.wait(set(self._taken), timeout=_LAST_ACKS)
        if self._socket is not None:
            await _disconnect(self._socket)

    async def _run(self) -> None:
        await self._identity.learn_with_retry()
        self._socket = socket = _Socket(
            app_token=self._app_token,
            web_client=self._client,
            logger=redacted_logger("bot.slack.socket", logging.INFO),
            ping_interval=_PING_SECONDS,
        )
        socket.socket_mode_request_listeners.append(self._on_request)
        connecting = asyncio.create_task(_connect(socket))
        try:
            while True:
                await asyncio.sleep(self._watch_seconds)
                await self._watch(socket)
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)

    async def _watch(self, socket: SocketModeClient) -> None:
        """Free the SDK from an address that has failed.

        It tries the same one-time address for ever after one failed handshake;
        without an address, its next try asks Slack for a new one.
        """
        if not await socket.is_connected():
            socket.wss_uri = None

    async def _on_request(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._taken.add(task)
        try:
            await self._answer(client, request)
        except ConnectionError as lost:
            _log.warning("an ack could not be sent: %s", type(lost).__name__)
        finally:
            self._taken.discard(task)

    async def _answer(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        payload = request.payload
        if not is_readable(payload) or not is_for_us(payload):
            _log.warning("dropped a payload of type %r", str(request.type)[:40])
            await _ack(client, request)
            return
        if not self._filter.accepts(payload):
            await _ack(client, request)
            return
        reply = await dispatch(self._app, payload)
        await send_async_response(client, request, reply, time.time())


async def _ack(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
    await client.send_socket_mode_response(
        SocketModeResponse(envelope_id=request.envelope_id)
    )


async def _connect(socket: SocketModeClient) -> None:
    await _untyped(socket).connect()


async def _disconnect(socket: SocketModeClient) -> None:
    """Close the connection and wait for the SDK's own tasks, which it does not do."""
    tasks = [
        task
        for task in (
            socket.message_processor,
            socket.current_session_monitor,
            socket.message_receiver,
        )
        if task is not None
    ]
    await _untyped(socket).close()
    await asyncio.gather(*tasks, return_exceptions=True)


def _untyped(socket: SocketModeClient) -> Any:  # noqa: ANN401 - the SDK has no types here
    return socket
