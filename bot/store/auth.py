"""Access tokens for the Store, from Microsoft Entra through msal."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from http import HTTPStatus
from threading import Thread
from time import monotonic
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msal
import requests

from bot.domain.failures import FailureCode, StoreError
from bot.domain.retry_after import retry_after
from bot.store import sign_in

# The resource has no slash at its end, or the Store does not take the token:
# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#obtain-an-azure-ad-access-token
SCOPE: Final = "https://manage.devcenter.microsoft.com/.default"

_CONNECT_TIMEOUT: Final = 5.0
# A token has two or three kilobytes, and so has the discovery document.
_MOST_BYTES: Final = 256 * 1024
_SENDABLE: Final = re.compile(r"[!-~]+")
# What msal raises where the response does not come from a sign-in service.
_NO_OAUTH: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)

_log = logging.getLogger("bot.store")

T = TypeVar("T")


class Tokens:
    """The access tokens of one Entra application. Both methods raise StoreError.

    msal is synchronous and sends requests even from its constructor, so it runs in a
    thread of its own. Concurrent callers share one acquisition. msal caches the token
    and refreshes it once less than five minutes are left.

    `timeout` is in seconds, for one response of the sign-in service; `ca_file` names
    a file of certificates to trust instead of the usual ones.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        tenant_id: str,
        client_id: str,
        client_secret: str,
        authority_host: str,
        *,
        scope: str = SCOPE,
        timeout: float = 10.0,
        ca_file: str | None = None,
    ) -> None:
        self._tenant_id = tenant_id
        self._client_id = client_id
        self._client_secret = client_secret
        self._authority_host = authority_host.rstrip("/")
        self._scope = scope
        self._transport = _Transport(timeout, ca_file)
        # At most two responses, discovery and token, each with a new connection. A
        # response that arrives byte by byte would otherwise never time out.
        self._deadline = 4 * timeout
        self._app: msal.ConfidentialClientApplication | None = None
        self._latest: str | None = None
        self._running: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a token that stays valid for five minutes at least."""
        if self._running is None:
            # The application is kept only with a token: after an error msal would
            # repeat that error for a minute, although its cause may be fixed by then.
            app, self._app = self._app, None
            self._running = asyncio.create_task(self._acquire(app))
        # A caller that is cancelled must not cancel the acquisition for the others.
        return await asyncio.shield(self._running)

    async def renew(self, stale: str) -> str:
        """Return a new token in place of the stale one, which the Store has rejected.

        Concurrent callers with the same stale token share one acquisition.
        """
        if stale == self._latest:
            # msal cannot be forced to refresh; a new application has an empty cache.
            # An acquisition that is running still uses the old one.
            self._app = self._latest = self._running = None
        return await self.token()

    async def _acquire(self, app: msal.ConfidentialClientApplication | None) -> str:
        own_task = asyncio.current_task()
        try:
            acquiring = _in_own_thread(lambda: self._acquire_with_msal(app))
            app, token = await asyncio.wait_for(acquiring, self._deadline)
        except TimeoutError:
            raise sign_in.unavailable(FailureCode.SIGN_IN_UNREACHABLE) from None
        else:
            if self._running is own_task:
                self._app, self._latest = app, token
            return token
        finally:
            if self._running is own_task:
                self._running = None

    def _acquire_with_msal(
        self, app: msal.ConfidentialClientApplication | None
    ) -> tuple[msal.ConfidentialClientApplication, str]:
        """Run msal, in a worker thread. Raises StoreError and nothing else."""
        if not self._tenant_id.strip():
            raise sign_in.tenant_unknown()
        try:
            app = app or self._new_app()
            return app, _token(app.acquire_token_for_client([self._scope]))
        except _SignInFailed as failed:
            raise failed.error from None
        except requests.exceptions.SSLError:
            raise sign_in.unavailable(FailureCode.SIGN_IN_UNTRUSTED) from None
        except requests.exceptions.RequestException:
            raise sign_in.unavailable(FailureCode.SIGN_IN_UNREACHABLE) from None
        except OSError:
            # The file of certificates to trust does not exist.
            raise sign_in.unavailable(FailureCode.SIGN_IN_UNTRUSTED) from None
        except _NO_OAUTH:
            raise sign_in.unreadable() from None

    def _new_app(self) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._client_secret,
            authority=f"{self._authority_host}/{quote(self._tenant_id, safe='')}",
            # The host is the operator's own setting. Instance discovery would fail for
            # any other host, and adds a request after each failed sign-in.
            instance_discovery=False,
            http_client=self._transport,
        )


class _SignInFailed(requests.exceptions.RequestException):
    """A StoreError inside an exception of requests, which msal lets pass.

    While an older token is still valid, msal catches it and returns that token.
    """

    def __init__(self, error: StoreError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class _MsalResponse:
    """The three attributes of a response that msal reads."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class _Transport:
    """The HTTP client of msal: with timeouts, and strict about the responses.

    msal would log a body that is not JSON in full, and a truncated one may hold a
    token.
    https://learn.microsoft.com/python/api/msal/msal.application.confidentialclientapplication
    """

    def __init__(self, timeout: float, ca_file: str | None) -> None:
        self._timeouts = (min(timeout, _CONNECT_TIMEOUT), timeout)
        self._verify = ca_file or True

    def get(self, url: str, **details: Any) -> _MsalResponse:  # noqa: ANN401 - msal's own
        """Read the discovery document; Entra returns 4xx only for a wrong tenant."""
        response = self._send("GET", url, details)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise _SignInFailed(sign_in.tenant_unknown())
        return response

    def post(self, url: str, **details: Any) -> _MsalResponse:  # noqa: ANN401 - msal's own
        """Request a token."""
        return self._send("POST", url, details)

    def close(self) -> None:
        """Do nothing: each request has a connection of its own."""

    def _send(self, method: str, url: str, details: dict[str, Any]) -> _MsalResponse:
        response = requests.request(
            method,
            url,
            timeout=self._timeouts,
            verify=self._verify,
            # A redirect would send the secret to another address.
            allow_redirects=False,
            stream=True,
            **details,
        )
        with response:
            content = _read(response, monotonic() + self._timeouts[1])
        headers = {name.lower(): text for name, text in response.headers.items()}
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _SignInFailed(sign_in.too_many_sign_ins(retry_after(headers)))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = sign_in.unavailable(FailureCode.SIGN_IN_OUTAGE, status=status)
            raise _SignInFailed(error)
        text = content.decode(errors="replace")
        if not (status == HTTPStatus.OK or status >= HTTPStatus.BAD_REQUEST):
            raise _SignInFailed(sign_in.unreadable())
        if not _is_object(text) and (method == "POST" or status == HTTPStatus.OK):
            raise _SignInFailed(sign_in.unreadable())
        return _MsalResponse(status, text, headers)


def _read(response: requests.Response, until: float) -> bytes:
    """Return the body of a response, which has to end by then."""
    body = bytearray()
    # Piece by piece: a larger piece would be waited for until all of it is there.
    for byte in response.iter_content(1):
        body += byte
        if len(body) > _MOST_BYTES:
            raise _SignInFailed(sign_in.unreadable())
        if monotonic() > until:
            raise requests.exceptions.ReadTimeout
    return bytes(body)


def _in_own_thread(work: Callable[[], T]) -> "asyncio.Future[T]":
    """Run work that may hang, apart from the threads that all others share."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - the caller has it
            future.set_exception(error)

    context = copy_context()
    # At the end of the process nobody waits for it.
    Thread(target=context.run, args=(run,), name="sign-in", daemon=True).start()
    return asyncio.wrap_future(future)


def _token(response: Mapping[str, Any]) -> str:
    token = response.get("access_token")
    if isinstance(token, str) and _SENDABLE.fullmatch(token):
        if response.get("token_source") == "identity_provider":
            _log.info("signed in with Microsoft Entra")
        return token
    raise sign_in.error_of(response) if "error" in response else sign_in.unreadable()


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
