"""The command `sandbox`: a local Slack and a local Store, and the bot beside them.

It is a module of its own because the sandbox takes memory: nothing else imports it.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from bot import logs
from bot.config import Settings
from bot.db.migrate import migrate
from bot.engine import EngineTiming, restrict_files
from bot.options import Options
from bot.process import run_until_stopped, stop_signal
from bot.sandbox.server import Sandbox, start

_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_UP: Final = """\
The sandbox is up: open {address}
Type there:  /rollout alias add mail 9NMAIL000001   then   /rollout halt mail
Nothing leaves this machine. The state is kept in {data}; --fresh starts over.
Stop it with Ctrl-C."""
# Of the local Store's requests: somebody who tries the commands sends more than 20.
_REQUESTS_PER_MINUTE: Final = "600"
# A person who lets time pass waits for what becomes due.
_TIMING: Final = EngineTiming(sweep_interval=1.0, job_interval=1.0)
_WITHOUT_BOT_UP: Final = (
    "Slack and the Store are up: open {}\nNow start the bot in a second terminal."
    " Stop this with Ctrl-C."
)
_SETTINGS: Final = "# A bot of your own can use it with these settings:"
_ENVIRONMENT_WINS: Final = (
    "# The environment has {} with other values, and they win over .env: unset them"
    " before you start the bot."
)


async def run(data: Path, port: int, *, fresh: bool, with_bot: bool) -> None:
    """Run the sandbox until SIGTERM or Ctrl-C.

    Raises FolderError, PortError or StateUnreadableError where it cannot start, and
    with the bot what that raises.
    """
    sandbox = await start(data, port, fresh=fresh, movable_clock=with_bot)
    try:
        if not with_bot:
            stopped = stop_signal()
            _print_settings(sandbox)
            await stopped.wait()
            return
        # The sandbox's token authority has a certificate of the sandbox's own. msal
        # uses `requests`, which reads the certificates to trust from this variable.
        os.environ["REQUESTS_CA_BUNDLE"] = str(sandbox.ca_file)
        # All servers are on this machine, where no proxy may stand in between.
        for name in _PROXIES:
            os.environ.pop(name, None)
            os.environ.pop(name.lower(), None)
        settings = Settings.from_env({**_bot_settings(sandbox), "PORT": "0"})
        logs.set_up("WARNING", "text", settings.secrets)
        restrict_files(settings.database_url)
        await asyncio.to_thread(migrate, settings.database_url)
        await run_until_stopped(
            settings,
            lambda: print(_UP.format(address=sandbox.address, data=data)),
            Options(clock=sandbox.clock, engine_timing=_TIMING),
        )
    finally:
        await sandbox.stop()


def _bot_settings(sandbox: Sandbox) -> dict[str, str]:
    budget = _REQUESTS_PER_MINUTE
    return {**sandbox.settings, "STORE_REQUESTS_PER_MINUTE": budget}


def _print_settings(sandbox: Sandbox) -> None:
    """Print a file .env; also tell the terminal, as the output is often a file."""
    ca_file = {"REQUESTS_CA_BUNDLE": str(sandbox.ca_file)}
    settings = {**_bot_settings(sandbox), **ca_file}
    lines = [_SETTINGS, *(f"{name}={it}" for name, it in settings.items())]
    # python-dotenv leaves alone what is set already.
    kept = [name for name, it in settings.items() if os.environ.get(name, it) != it]
    told = _WITHOUT_BOT_UP.format(sandbox.address)
    if kept:
        wins = _ENVIRONMENT_WINS.format(", ".join(kept))
        lines.append(wins)
        told += "\n" + wins.removeprefix("# ")
    print("\n".join([*lines, f"# Open {sandbox.address}"]), flush=True)
    if not sys.stdout.isatty():
        print(told, file=sys.stderr)
