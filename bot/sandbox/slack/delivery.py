"""Delivery of payloads to the app: by socket or HTTP, with retries for events."""

import asyncio
from typing import Any, Final

from bot.sandbox.slack.errors import DeliveryError
from bot.sandbox.slack.payloads import Retry
from bot.sandbox.slack.signed_http import SignedHttp
from bot.sandbox.slack.socket_mode import SocketMode

# Retries at once, after a minute and after five minutes: https://docs.slack.dev/apis/events-api#retries
RETRY_SECONDS: Final = (0.0, 60.0, 300.0)


class Delivery:
    """Delivers by Socket Mode, or to a request URL once there is one."""

    def __init__(
        self,
        socket_mode: SocketMode,
        *,
        request_url: str | None = None,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        self.retry_seconds = retry_seconds
        self._socket_mode = socket_mode
        self._http = self._signed(request_url) if request_url else None
        self._events: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str | None:
        """The request URL, None in Socket Mode."""
        return self._http.url if self._http else None

    @property
    def connected(self) -> bool:
        """Whether the app is connected; with a request URL nobody can know."""
        return self._http is not None or self._socket_mode.connected

    async def use_http(self, url: str) -> None:
        """Deliver to this URL from now on."""
        await self.use_socket()
        self._http = self._signed(url)

    async def use_socket(self) -> None:
        """Deliver by Socket Mode from now on."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    def restore(self, url: str | None) -> None:
        """Deliver to the same URL as before a crash."""
        if url is not None:
            self._http = self._signed(url)

    async def deliver_once(
        self, kind: str, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Deliver a command or a click, which Slack never sends twice.

        Returns the message in the answer, if any; raises `DeliveryError`.
        """
        return await self._transport.deliver(kind, payload)

    def deliver_event(self, payload: dict[str, Any]) -> None:
        """Deliver an event in the background; retry until it is acknowledged."""
        task = asyncio.create_task(self._deliver_with_retries(payload))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def settle(self) -> None:
        """Wait until every event was acknowledged or given up."""
        while self._events:
            await asyncio.wait(self._events)

    async def close(self) -> None:
        """Stop delivering."""
        for task in self._events:
            task.cancel()
        await asyncio.gather(*self._events, return_exceptions=True)
        await self.use_socket()

    @property
    def _transport(self) -> SocketMode | SignedHttp:
        return self._http or self._socket_mode

    async def _deliver_with_retries(self, payload: dict[str, Any]) -> None:
        reason = ""
        for number, wait in enumerate((0.0, *self.retry_seconds)):
            await asyncio.sleep(wait)
            retry = Retry(number, reason)
            try:
                await self._transport.deliver("events_api", payload, retry)
            except DeliveryError as error:
                reason = error.reason
                if not error.retry:
                    return
            else:
                return

    def _signed(self, url: str) -> SignedHttp:
        return SignedHttp(url, self._socket_mode.ack_seconds)
