"""Token authority of the sandbox: OAuth discovery and tokens over TLS on loopback."""

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
    V1,
    V2,
    Credentials,
    check_request,
    entra_error,
    tenant_error,
    token_response,
    token_response_v1,
)
from bot.sandbox.store import LocalStore
from bot.sandbox.store.fault_responses import replacement_response
from bot.sandbox.store.faults import ArmedFault, Fault
from bot.sandbox.store.pipeline import Effect
from bot.sandbox.store.responses import ApiResponse, json_response

HOST = "127.0.0.1"
NOT_STARTED = "The authority has not been started."


class LocalAuthority:
    """Issues the tokens that `store` accepts, to clients with the right `credentials`.

    `folder` is where the certificate files are kept; None takes a temporary folder
    that is removed at `stop`. Faults armed for "token" and "discovery" are injected
    here, and the calls are added to the Store's journal.
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
        """The base URL: https://127.0.0.1:PORT, without a slash at the end."""
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
        """Stop listening and remove a temporary folder; may be called twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the discovery and of both token endpoints.

        msal uses the second version; the Store's own pages document the first.
        """
        discovery = "/{tenant}/v2.0/.well-known/openid-configuration"
        return [
            web.get(discovery, self._discovery),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
            web.post("/{tenant}/oauth2/token", self._token_v1),
        ]

    async def _discovery(self, request: web.Request) -> web.StreamResponse:
        tenant = request.match_info["tenant"]

        def effect() -> ApiResponse:
            error = tenant_error(self.credentials, tenant)
            base = f"https://{request.host}/{tenant}"
            return error or json_response(_configuration(base))

        return await self._process(request, "discovery", effect)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self._grant(request, V2)

    async def _token_v1(self, request: web.Request) -> web.StreamResponse:
        return await self._grant(request, V1)

    async def _grant(self, request: web.Request, version: str) -> web.StreamResponse:
        tenant = request.match_info["tenant"]
        form = _text_fields(await request.post())

        def effect() -> ApiResponse:
            status = int(self._store.switches.wrong_secret_status)
            grant = check_request(self.credentials, tenant, form, status, version)
            if isinstance(grant, ApiResponse):
                return grant
            token = self._store.tokens.issue(grant.audience)
            self._store.save()
            if version == V1:
                return token_response_v1(token, grant.audience)
            return token_response(token)

        return await self._process(request, "token", effect)

    async def _process(
        self, request: web.Request, operation: str, effect: Effect
    ) -> web.StreamResponse:
        process = self._store.pipeline.process
        response = await process(
            request, operation, effect, replacement=self._replacement
        )
        # A TLS connection that idles in msal's pool would outlive `stop` by half a
        # minute, because closing it waits for the client's consent.
        response.force_close()
        return response

    def _replacement(self, armed: ArmedFault) -> ApiResponse | None:
        """Return Entra's own error for a fault that has one."""
        plain, client = replacement_response(armed), self.credentials.client
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
            case Fault.LIMITED | Fault.LIMITED_WITH_RETRY_AFTER if plain is not None:
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


def _text_fields(form: Mapping[str, object]) -> dict[str, str]:
    # A form may hold uploaded files too.
    return {name: value for name, value in form.items() if isinstance(value, str)}
