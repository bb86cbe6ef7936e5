"""The connection to the Store: one session, one request, and what silence means."""

import logging
import time
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from bot.store import errors
from bot.store.messages import Words
from bot.store.timeouts import StoreTimeouts
from bot.store.wire import StoreResponse

# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services
_PREFIX: Final = "/v1.0/my/"
# Raised before a request is written, so that it surely had no effect.
_NOT_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
)

_log = logging.getLogger("bot.store")


def open_session(base_url: str) -> aiohttp.ClientSession:
    """Open the session; whoever opens it closes it.

    A proxy named by HTTPS_PROXY or HTTP_PROXY is used unless NO_PROXY names the
    Store's host: the sign-in and Slack take the same variables, and a bot that
    reaches those two but not the Store would be of no use.
    """
    parts = urlsplit(base_url)
    passed_by = proxy_bypass(parts.hostname or "")
    return aiohttp.ClientSession(
        proxy=None if passed_by else getproxies().get(parts.scheme)
    )


class Connection:
    """Every request to the Store goes this way; `base_url` is without `/v1.0/my`."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, timeouts: StoreTimeouts
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/") + _PREFIX
        self._patience = timeouts

    async def send(self, method: str, path: str, token: str) -> StoreResponse:
        """Send one request and give what came back, whatever it means.

        Raises Unavailable where no answer came; it says whether a write may have acted.

        aiohttp itself sends a GET again where a kept-alive connection turns out to be
        dead, and never a POST: it retries idempotent methods only.
        """
        write = method == "POST"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if write:
            # The Store refuses other media types even on a POST without a body.
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(
            total=self._patience.write if write else self._patience.read,
            connect=self._patience.connect,
        )
        started = time.monotonic()
        try:
            async with self._session.request(
                method,
                URL(self._base + path, encoded=True),
                headers=headers,
                timeout=timeout,
                # A redirected POST would be a second write, and a redirected token a
                # leak; the Store has no redirects.
                allow_redirects=False,
                raise_for_status=False,
            ) as response:
                body = await response.read()
        except _NOT_SENT as error:
            _log_silence(method, path, started, error)
            raise errors.not_sent() from None
        except TimeoutError as error:
            _log_silence(method, path, started, error)
            raise errors.no_answer(Words.TIMEOUT, write=write) from None
        except (aiohttp.ClientError, OSError) as error:
            _log_silence(method, path, started, error)
            raise errors.no_answer(Words.CUT_OFF, write=write) from None
        received = StoreResponse(
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
        )
        _log.info(
            "%s %s: %d, correlation id %s, %d ms",
            method,
            path,
            received.status,
            errors.correlation_id(received.headers),
            _milliseconds_since(started),
        )
        return received


def _log_silence(method: str, path: str, started: float, error: Exception) -> None:
    # The error's text is left out: it can carry a host, a header or a body.
    name, spent = type(error).__name__, _milliseconds_since(started)
    _log.warning("%s %s: no answer (%s), %d ms", method, path, name, spent)


def _milliseconds_since(started: float) -> float:
    return (time.monotonic() - started) * 1000
