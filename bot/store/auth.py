"""Access tokens for the Store, from Microsoft Entra through msal."""

import asyncio
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import msal
import requests

from bot.domain.failures import StoreError
from bot.store import sign_in
from bot.store.errors import retry_after
from bot.store.messages import Words

# The resource has no slash at its end, or the Store does not take the token:
# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services#obtain-an-azure-ad-access-token
SCOPE: Final = "https://manage.devcenter.microsoft.com/.default"

_CONNECT_TIMEOUT: Final = 5.0
_SENDABLE: Final = re.compile(r"[!-~]+")
# What msal runs into where something answers it that is no sign-in service.
_NO_OAUTH: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)

_log = logging.getLogger("bot.store")


class Tokens:
    """The access tokens of one Entra application. Both methods raise StoreError.

    msal is synchronous and does network work even while it is built, so it runs in a
    worker thread; however many wait for a token, one acquisition runs. msal keeps the
    token and replaces it once less than five minutes are left.

    `timeout` is in seconds, for one answer of the sign-in service; `ca_file` names a
    file of certificates to trust instead of the usual ones.
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
        # Two answers at most, the discovery's and the token's, each with a connection.
        # An answer that drips in byte by byte would otherwise never be too late.
        self._deadline = 4 * timeout
        self._app: msal.ConfidentialClientApplication | None = None
        self._latest: str | None = None
        self._running: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Return a token that is good for five minutes at least."""
        if self._running is None:
            # The application comes back only with a token: after an error msal would
            # repeat that error for a minute, even to a person who has mended its cause.
            app, self._app = self._app, None
            self._running = asyncio.create_task(self._acquire(app))
        # A waiter that gives up must not take the token away from the others.
        return await asyncio.shield(self._running)

    async def renew(self, stale: str) -> str:
        """Return a token in place of the stale one, which the Store has turned down.

        However many come with the same stale token, one acquisition runs.
        """
        if stale == self._latest:
            # msal cannot be forced to ask again; a new application has kept nothing.
            # What runs at this moment still looks into the old one.
            self._app = self._latest = self._running = None
        return await self.token()

    async def _acquire(self, app: msal.ConfidentialClientApplication | None) -> str:
        mine = asyncio.current_task()
        try:
            app, token = await asyncio.wait_for(
                asyncio.to_thread(self._ask, app), self._deadline
            )
        except TimeoutError:
            raise sign_in.unavailable(Words.SIGN_IN_UNREACHABLE) from None
        else:
            if self._running is mine:
                self._app, self._latest = app, token
            return token
        finally:
            if self._running is mine:
                self._running = None

    def _ask(
        self, app: msal.ConfidentialClientApplication | None
    ) -> tuple[msal.ConfidentialClientApplication, str]:
        """Run msal, in a worker thread. Raises StoreError and nothing else."""
        if not self._tenant_id.strip():
            raise sign_in.wrong_tenant()
        try:
            app = app or self._new_app()
            return app, _token(app.acquire_token_for_client([self._scope]))
        except _SignInFailed as failed:
            raise failed.failure from None
        except requests.exceptions.SSLError:
            raise sign_in.unavailable(Words.SIGN_IN_UNTRUSTED) from None
        except requests.exceptions.RequestException:
            raise sign_in.unavailable(Words.SIGN_IN_UNREACHABLE) from None
        except OSError:
            # The file of certificates to trust is not there.
            raise sign_in.unavailable(Words.SIGN_IN_UNTRUSTED) from None
        except _NO_OAUTH:
            raise sign_in.unreadable() from None

    def _new_app(self) -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._client_secret,
            authority=f"{self._authority_host}/{quote(self._tenant_id, safe='')}",
            # The host is the operator's own setting. Asking Microsoft about it would
            # fail for any other host, and adds a request after each failed sign-in.
            instance_discovery=False,
            http_client=self._transport,
        )


class _SignInFailed(requests.exceptions.RequestException):
    """Carries a failure through msal, which knows how to live with this family.

    With a token that is old but still good, msal then goes on with that one.
    """

    def __init__(self, failure: StoreError) -> None:
        super().__init__(failure.code)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _MsalResponse:
    """The three things that msal wants to know of an answer."""

    status_code: int
    text: str
    headers: Mapping[str, str]


class _Transport:
    """msal's way to the network: bounded in time, and strict about what comes back.

    msal would log a body that is no JSON in full, and a broken one may hold a token.
    https://learn.microsoft.com/python/api/msal/msal.application.confidentialclientapplication
    """

    def __init__(self, timeout: float, ca_file: str | None) -> None:
        self._timeouts = (min(timeout, _CONNECT_TIMEOUT), timeout)
        self._verify = ca_file or True

    def get(self, url: str, **details: Any) -> _MsalResponse:  # noqa: ANN401 - msal's own
        """Read the discovery document; only a wrong tenant is answered with 4xx."""
        response = self._send("GET", url, details)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise _SignInFailed(sign_in.wrong_tenant())
        return response

    def post(self, url: str, **details: Any) -> _MsalResponse:  # noqa: ANN401 - msal's own
        """Ask for a token."""
        return self._send("POST", url, details)

    def close(self) -> None:
        """Do nothing: no connection outlives its request."""

    def _send(self, method: str, url: str, details: dict[str, Any]) -> _MsalResponse:
        response = requests.request(
            method,
            url,
            timeout=self._timeouts,
            verify=self._verify,
            # A redirect would carry the secret to another address.
            allow_redirects=False,
            **details,
        )
        headers = {name.lower(): text for name, text in response.headers.items()}
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise _SignInFailed(sign_in.busy(retry_after(headers)))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            failure = sign_in.unavailable(Words.SIGN_IN_BROKEN, status=status)
            raise _SignInFailed(failure)
        text = response.content.decode(errors="replace")
        if not (status == HTTPStatus.OK or status >= HTTPStatus.BAD_REQUEST):
            raise _SignInFailed(sign_in.unreadable())
        if not _is_object(text) and (method == "POST" or status == HTTPStatus.OK):
            raise _SignInFailed(sign_in.unreadable())
        return _MsalResponse(status, text, headers)


def _token(response: Mapping[str, Any]) -> str:
    token = response.get("access_token")
    if isinstance(token, str) and _SENDABLE.fullmatch(token):
        if response.get("token_source") == "identity_provider":
            _log.info("signed in with Microsoft Entra")
        return token
    raise sign_in.refused(response) if "error" in response else sign_in.unreadable()


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
