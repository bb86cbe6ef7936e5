"""Composition of the sandbox: a server for page, Slack and Store, one for tokens."""

import dataclasses
import socket
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.sandbox import static_files
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.clock import SandboxClock
from bot.sandbox.event_stream import EventStream
from bot.sandbox.folder import lock_folder
from bot.sandbox.origin_guard import guard_origin
from bot.sandbox.ports import HOST, LAST_PORT, PORT, listen, port_error
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from bot.sandbox.store import LocalStore

# A response that an armed fault holds back must not delay the shutdown.
SHUTDOWN_SECONDS: Final = 1.0
# A submission with listings in many languages is larger than aiohttp's limit of 1 MiB.
MAX_BODY: Final = 32 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: its address, the settings for a bot, and its parts.

    `address` is the page, `settings` the environment of a bot, `ca_file` the PEM
    file that a client of the token authority has to trust, for `SSL_CERT_FILE` and
    `REQUESTS_CA_BUNDLE`.
    """

    address: str
    settings: dict[str, str]
    ca_file: Path
    store: LocalStore
    slack: LocalSlack
    authority: LocalAuthority
    clock: SandboxClock
    broadcaster: Broadcaster
    _closing: AsyncExitStack

    async def stop(self) -> None:
        """Stop listening and end every open connection; a second call does nothing."""
        await self._closing.aclose()


async def start(
    data: Path | None,
    port: int = PORT,
    *,
    fresh: bool = False,
    movable_clock: bool = False,
) -> Sandbox:
    """Start everything on loopback, and return it once it answers.

    `data` is the folder that keeps the state between runs; None takes a temporary
    folder. The sign-in service has the port after `port`; 0 takes any free ones. With
    `fresh` the saved state is deleted first. With `movable_clock` the page lets time
    pass: the bot has to use `Sandbox.clock`. Raises `PortError` or `FolderError` when
    the port or the folder cannot be used, and `StateUnreadableError` for a damaged
    saved state.
    """
    async with AsyncExitStack() as stack:
        listener = listen(port)
        stack.callback(listener.close)
        folder = _folder(data, stack, fresh=fresh)
        saved = None if data is None else folder
        address = f"http://{HOST}:{listener.getsockname()[1]}/"
        broadcaster = Broadcaster()
        clock = SandboxClock(
            saved and saved / "clock.json", broadcaster, movable=movable_clock
        )
        store = LocalStore(saved and saved / "store.json", broadcaster, clock)
        slack = LocalSlack(
            saved and saved / "slack.json", broadcaster, address=address, now=clock
        )
        authority = LocalAuthority(store, folder)
        await _start_beside(authority, port)
        stack.push_async_callback(authority.stop)
        app = _application(store, slack, clock, broadcaster)
        await _serve(listener, app, stack)
        return Sandbox(
            address=address,
            settings=_settings(address, authority, folder),
            ca_file=authority.ca_file,
            store=store,
            slack=slack,
            authority=authority,
            clock=clock,
            broadcaster=broadcaster,
            _closing=stack.pop_all(),
        )


def _folder(data: Path | None, stack: AsyncExitStack, *, fresh: bool) -> Path:
    if data is None:
        temporary = tempfile.TemporaryDirectory(
            prefix="rollout-sandbox-", ignore_cleanup_errors=True
        )
        return Path(stack.enter_context(temporary))
    lock_folder(data, stack.enter_context(ExitStack()), fresh=fresh)
    return data.resolve()


async def _start_beside(authority: LocalAuthority, port: int) -> None:
    """Start the authority on the port after the page's, so that it stays the same."""
    beside = port and (port + 1 if port < LAST_PORT else port - 1)
    try:
        await authority.start(beside)
    except OSError as error:
        raise port_error(error, beside) from error


def _application(
    store: LocalStore, slack: LocalSlack, clock: SandboxClock, broadcaster: Broadcaster
) -> web.Application:
    events = EventStream(broadcaster.subscribe)
    app = web.Application(middlewares=[guard_origin], client_max_size=MAX_BODY)
    for part in (static_files, events, slack, store, clock):
        app.add_routes(part.routes())

    async def close_parts(_: web.Application) -> None:
        events.close()
        store.close()
        await slack.close()

    app.on_response_prepare.append(clock.set_date)
    app.on_shutdown.append(close_parts)
    return app


async def _serve(
    listener: socket.socket, app: web.Application, stack: AsyncExitStack
) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    stack.push_async_callback(runner.cleanup)
    await runner.setup()
    await web.SockSite(runner, listener).start()


def _settings(address: str, authority: LocalAuthority, folder: Path) -> dict[str, str]:
    entra = authority.credentials
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{address}slack/api/",
        "AZURE_TENANT_ID": entra.tenant,
        "AZURE_CLIENT_ID": entra.client,
        "AZURE_CLIENT_SECRET": entra.secret,
        "AZURE_AUTHORITY_HOST": authority.address,
        "STORE_API_URL": f"{address}store",
        # Three slashes and an absolute path: the bot may run in another folder.
        "DATABASE_URL": f"sqlite:///{(folder / 'rollout.db').as_posix()}",
    }
