"""Composes the sandbox: one HTTP listener for page, Slack and Store, one for tokens."""

import dataclasses
import errno
import socket
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.sandbox import files
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.changes import Changes
from bot.sandbox.door import door
from bot.sandbox.events import Events
from bot.sandbox.folder import claim
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from bot.sandbox.store import LocalStore

HOST: Final = "127.0.0.1"
PORT: Final = 3333
LAST_PORT: Final = 65535
TAKEN: Final = (
    "Port {port} is taken by another program, perhaps by another sandbox. "
    "Stop that one, or choose another port."
)
FORBIDDEN: Final = (
    "This account may not use port {port}. Choose one above 1023, such as 3333."
)
IMPOSSIBLE: Final = "{port} is not a port. A port is a number from 0 to 65535."
UNUSABLE: Final = "Port {port} cannot be used: {why}. Choose another port."
# An answer that an armed fault holds back must not hold up the end.
SHUTDOWN_SECONDS: Final = 1.0


class PortError(OSError):
    """The wanted port cannot be used; the message says what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, what a bot needs to use it, and its parts.

    `address` is the page, `settings` the environment of a bot, `ca_file` the
    certificate that signs the token authority's (PEM), for `SSL_CERT_FILE` and
    `REQUESTS_CA_BUNDLE`.
    """

    address: str
    settings: dict[str, str]
    ca_file: Path
    store: LocalStore
    slack: LocalSlack
    authority: LocalAuthority
    changes: Changes
    _closing: AsyncExitStack

    async def stop(self) -> None:
        """Stop listening and end every open connection; a second call does nothing."""
        await self._closing.aclose()


async def start(data: Path | None, port: int = PORT, *, fresh: bool = False) -> Sandbox:
    """Start everything on loopback, and give it once it answers.

    `data` is the folder that keeps the state between runs; None keeps it in a folder
    that goes away at the end. `port` 0 takes any free one. With `fresh` what was kept
    is forgotten first. Raises `PortError` or `FolderError` when the port or the folder
    cannot be used, and `SavedUnreadableError` for a damaged saved state.
    """
    async with AsyncExitStack() as stack:
        listener = _listen(port)
        stack.callback(listener.close)
        folder = _folder(data, stack, fresh=fresh)
        kept = None if data is None else folder
        address = f"http://{HOST}:{listener.getsockname()[1]}/"
        changes = Changes()
        store = LocalStore(kept and kept / "store.json", changes)
        slack = LocalSlack(kept and kept / "slack.json", changes, address=address)
        authority = LocalAuthority(store, folder)
        await authority.start()
        stack.push_async_callback(authority.stop)
        await _serve(listener, store, slack, changes, stack)
        return Sandbox(
            address=address,
            settings=_settings(address, authority, folder),
            ca_file=authority.ca_file,
            store=store,
            slack=slack,
            authority=authority,
            changes=changes,
            _closing=stack.pop_all(),
        )


def _folder(data: Path | None, stack: AsyncExitStack, *, fresh: bool) -> Path:
    if data is None:
        temporary = tempfile.TemporaryDirectory(
            prefix="rollout-sandbox-", ignore_cleanup_errors=True
        )
        return Path(stack.enter_context(temporary))
    claim(data, stack.enter_context(ExitStack()), fresh=fresh)
    return data.resolve()


def _listen(port: int) -> socket.socket:
    if not 0 <= port <= LAST_PORT:
        raise PortError(IMPOSSIBLE.format(port=port))
    try:
        # Without reuse_port, so that a second sandbox on the same port is noticed.
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        known = {errno.EADDRINUSE: TAKEN, errno.EACCES: FORBIDDEN}
        text = known.get(error.errno or 0, UNUSABLE)
        raise PortError(text.format(port=port, why=error.strerror)) from error


async def _serve(
    listener: socket.socket,
    store: LocalStore,
    slack: LocalSlack,
    changes: Changes,
    stack: AsyncExitStack,
) -> None:
    events = Events(changes.listen)
    app = web.Application(middlewares=[door])
    for part in (files, events, slack, store):
        app.add_routes(part.routes())

    async def let_go(_: web.Application) -> None:
        events.close()
        store.close()
        await slack.close()

    app.on_shutdown.append(let_go)
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
