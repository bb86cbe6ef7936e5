"""The token authority of the sandbox: discovery and tokens over TLS on loopback."""

import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from bot.sandbox.certificate import certificate
from bot.sandbox.grants import (
    BAD_KEY,
    OLD_KEY,
    THROTTLED,
    TROUBLE,
    Credentials,
    decide,
    entra_error,
    granted,
    tenant_problem,
)
from bot.sandbox.store import LocalStore
from bot.sandbox.store.answers import Answer, found
from bot.sandbox.store.damage import instead
from bot.sandbox.store.exchange import Effect
from bot.sandbox.store.faults import Armed, Fault

HOST = "127.0.0.1"
NOT_STARTED = "The authority has not been started."


class LocalAuthority:
    """Gives out the tokens that `store` accepts, to whoever holds `credentials`.

    `folder` is where the certificate files go and stay; None takes a temporary one
    that goes away at `stop`. Faults armed for "token" and "discovery" strike here,
    and the calls stand in the Store's journal.
    """

    def __init__(
        self,
        store: LocalStore,
        folder: Path | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.credentials = credentials or Credentials()
        self._store = store
        self._folder = folder
        self._temporary: TemporaryDirectory[str] | None = None
        self._runner: web.AppRunner | None = None
        self._ca_file: Path | None = None
        self._address = ""

    @property
    def address(self) -> str:
        """Where it listens: https://127.0.0.1:PORT, without a slash at the end."""
        return self._address

    @property
    def ca_file(self) -> Path:
        """The PEM file a client has to trust; raises RuntimeError before `start`."""
        if self._ca_file is None:
            raise RuntimeError(NOT_STARTED)
        return self._ca_file

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one. Raises OSError if taken."""
        folder = self._folder
        if folder is None:
            self._temporary = TemporaryDirectory(prefix="rollout-sandbox-")
            folder = Path(self._temporary.name)
        files = certificate(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.server_file)
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port, ssl_context=context)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        self._ca_file = files.ca_file
        self._address = f"https://{HOST}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop to listen and remove a temporary folder; may be called twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def routes(self) -> list[web.RouteDef]:
        """Give the two routes that msal needs."""
        discovery = "/{tenant}/v2.0/.well-known/openid-configuration"
        return [
            web.get(discovery, self._discovery),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
        ]

    async def _discovery(self, request: web.Request) -> web.StreamResponse:
        tenant = request.match_info["tenant"]

        def effect() -> Answer:
            problem = tenant_problem(self.credentials, tenant)
            return problem or found(_configuration(f"https://{request.host}/{tenant}"))

        return await self._answer(request, "discovery", effect)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        tenant = request.match_info["tenant"]
        form = _texts(await request.post())

        def effect() -> Answer:
            status = int(self._store.switches.wrong_secret_status)
            decision = decide(self.credentials, tenant, form, status)
            if isinstance(decision, Answer):
                return decision
            token = self._store.tokens.issue(decision.audience)
            self._store.keep()
            return granted(token)

        return await self._answer(request, "token", effect)

    async def _answer(
        self, request: web.Request, operation: str, effect: Effect
    ) -> web.StreamResponse:
        carry = self._store.exchange.carry
        answer = await carry(request, operation, effect, replacement=self._instead)
        # A TLS connection that idles in msal's pool would outlive `stop` by half a
        # minute, because closing it waits for the client's consent.
        answer.force_close()
        return answer

    def _instead(self, armed: Armed) -> Answer | None:
        """Give Entra's own words for the faults that have them."""
        plain, client = instead(armed), self.credentials.client
        match armed.fault:
            case Fault.TOKEN_REFUSED:
                status = int(self._store.switches.wrong_secret_status)
                error, code = "invalid_client", 7000215
                return entra_error(status, error, code, BAD_KEY, client)
            case Fault.EXPIRED_SECRET:
                error, code = "invalid_client", 7000222
                return entra_error(401, error, code, OLD_KEY, client)
            case Fault.UNAVAILABLE | Fault.INTERNAL:
                status = int(armed.fault)
                return entra_error(status, "temporarily_unavailable", 90033, TROUBLE)
            case Fault.LIMITED | Fault.LIMITED_SAYING_WHEN if plain is not None:
                error, code = "temporarily_unavailable", 90055
                limited = entra_error(429, error, code, THROTTLED)
                return replace(limited, headers=plain.headers)
            case _:
                return plain


def _configuration(base: str) -> dict[str, object]:
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "issuer": f"{base}/v2.0",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "response_types_supported": ["code"],
    }


def _texts(form: Mapping[str, object]) -> dict[str, str]:
    # An uploaded file is no field of a token request.
    return {name: value for name, value in form.items() if isinstance(value, str)}
