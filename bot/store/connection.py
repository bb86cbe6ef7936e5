"""HTTP connection to the Store: one session, single requests, network errors."""

import logging
import time
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from bot.domain.failures import (
    FailureCode,
    FailureDetail,
    RateLimitedError,
    UnavailableError,
)
from bot.domain.log_fields import log_fields
from bot.store import errors
from bot.store.budget import Priority, RequestBudget
from bot.store.timeouts import StoreTimeouts
from bot.store.wire import StoreResponse

# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services
_PREFIX: Final = "/v1.0/my/"
# A submission with listings in all languages has a few megabytes. A compressed answer
# of one megabyte could be a gigabyte, and would keep the event loop busy for a minute.
MOST_BYTES: Final = 16 * 1024 * 1024
# Raised before a request is written, so that it surely had no effect.
_NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)

_log = logging.getLogger("bot.store")


class RequestObserver(Protocol):
    """What is told of each request; its methods return at once and raise nothing."""

    def write_sent(self) -> None:
        """Take note that a write is about to be sent."""
        ...

    def request_ended(self, priority: str, status: str) -> None:
        """Take note of a response's HTTP status; `timeout` or `error` without one."""
        ...


class Unobserved:
    """An observer that takes note of nothing."""

    def write_sent(self) -> None:
        """Do nothing."""

    def request_ended(self, priority: str, status: str) -> None:
        """Do nothing."""


UNOBSERVED: Final = Unobserved()


def open_session(base_url: str) -> aiohttp.ClientSession:
    """Open the session; whoever opens it closes it.

    A proxy named by HTTPS_PROXY or HTTP_PROXY is used unless NO_PROXY names the
    Store's host, as for the sign-in and for Slack, which read the same variables.
    """
    parts = urlsplit(base_url)
    bypassed = proxy_bypass(parts.hostname or "")
    return aiohttp.ClientSession(
        # aiohttp's limit of 100 would let reads that hang keep a halt waiting.
        connector=aiohttp.TCPConnector(limit=0),
        # Cookies that pile up make the headers of a later request too large.
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=None if bypassed else getproxies().get(parts.scheme),
    )


class Connection:
    """Sends every request to the Store; `base_url` is without `/v1.0/my`.

    Each request is booked in the budget, the repeated ones too.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the client passes on what it is given
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        timeouts: StoreTimeouts,
        budget: RequestBudget | None,
        priority: Priority,
        observer: RequestObserver = UNOBSERVED,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/") + _PREFIX
        self._timeouts = timeouts
        self._budget = budget
        self._priority = priority
        self._observer = observer

    async def send(self, method: str, path: str, token: str) -> StoreResponse:
        """Send one request and return the response, whatever its status.

        Raises UnavailableError where no response came; its `may_have_acted` says
        whether a write may have had its effect. Raises what `RequestBudget.admit`
        raises; nothing was sent then.

        aiohttp itself sends a GET again where a kept-alive connection turns out to be
        dead, and never a POST: it retries idempotent methods only.
        """
        write = method == "POST"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if write:
            # The Store refuses other media types even on a POST without a body.
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(
            total=self._timeouts.write if write else self._timeouts.read,
            connect=self._timeouts.connect,
        )
        if self._budget is not None:
            await self._budget.admit(self._priority)
        started = time.monotonic()
        if write:
            self._observer.write_sent()
        try:
            async with self._session.request(
                method,
                URL(self._base + path, encoded=True),
                headers=headers,
                timeout=timeout,
                # A redirected POST would be a second write, and a redirect would send
                # the token to another host; the Store does not redirect.
                allow_redirects=False,
                raise_for_status=False,
            ) as response:
                body = await _read(response)
        except _NOT_SENT as error:
            self._no_response(method, path, started, error)
            raise _unavailable(FailureCode.NO_CONNECTION) from None
        except TimeoutError as error:
            self._no_response(method, path, started, error)
            raise _unavailable(FailureCode.TIMEOUT, write=write) from None
        except (aiohttp.ClientError, OSError) as error:
            self._no_response(method, path, started, error)
            raise _unavailable(FailureCode.CONNECTION_LOST, write=write) from None
        received = StoreResponse(
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
        )
        self._observer.request_ended(self._priority, str(received.status))
        _log_response(method, path, started, received)
        self._note_limit(received)
        return received

    def _no_response(
        self, method: str, path: str, started: float, error: Exception
    ) -> None:
        late = isinstance(error, TimeoutError)
        self._observer.request_ended(self._priority, "timeout" if late else "error")
        # The error's text is left out: it can carry a host, a header or a body.
        name, spent = type(error).__name__, _milliseconds_since(started)
        with log_fields(milliseconds=spent):
            _log.warning("%s %s: no response (%s), %d ms", method, path, name, spent)

    def _note_limit(self, response: StoreResponse) -> None:
        """Send nothing but operations for a while where the Store asks for that."""
        if self._budget is None or response.status < HTTPStatus.BAD_REQUEST:
            return
        error = errors.error_of(response, write=False)
        if isinstance(error, RateLimitedError):
            self._budget.pause(error.retry_after)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body. Raises ClientPayloadError for one that is too large."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            raise aiohttp.ClientPayloadError("the body is too large")
    return bytes(body)


def _unavailable(code: FailureCode, *, write: bool = False) -> UnavailableError:
    return UnavailableError(FailureDetail(code), may_have_acted=write)


def _log_response(
    method: str, path: str, started: float, received: StoreResponse
) -> None:
    status, spent = received.status, _milliseconds_since(started)
    correlation = errors.correlation_id(received.headers)
    with log_fields(status=status, milliseconds=spent, correlation=correlation):
        _log.info(
            "%s %s: %d, correlation id %s, %d ms",
            method,
            path,
            status,
            correlation,
            spent,
        )


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
