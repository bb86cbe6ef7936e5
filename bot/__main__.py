"""Command line: run the bot, the sandbox, the doctor, the migrations or the export."""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from dotenv import load_dotenv

from bot import __version__, audit_command, logs
from bot.config import (
    BadSettings,
    Settings,
    database_secrets,
    migration_settings,
)
from bot.db.migrate import migrate
from bot.domain.storage import StorageUnavailable
from bot.engine import AlreadyRunning, restrict_files
from bot.process import limit_malloc_arenas, log_start, run_until_stopped
from bot.sandbox.folder import FolderError
from bot.sandbox.json_state import StateUnreadableError
from bot.sandbox.ports import IMPOSSIBLE, LAST_PORT, PORT, PortError
from bot.web import AddressError

OK: Final = 0
FAILED: Final = 1
BAD_SETTINGS: Final = 2

_SANDBOX_DATA: Final = Path(".sandbox")
_BAD_SETTINGS: Final = "The settings cannot be used:"
_WHERE_SETTINGS: Final = (
    "Set them in the environment or in a file named .env; .env.example explains each."
)
_NO_DATABASE: Final = (
    "The database cannot be used: {}\nIt is the one of DATABASE_URL; python -m bot"
    " doctor names what to do."
)
_EXPORTED: Final = "Events exported: {}"
_NO_START: Final = "The bot cannot start: {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 1 (failed) or 2 (bad settings)."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        status = command(options)
        sys.stdout.flush()
    except BadSettings as bad:
        lines = [_BAD_SETTINGS, *(f"  - {p}" for p in bad.problems), _WHERE_SETTINGS]
        print("\n".join(lines), file=sys.stderr)
        return BAD_SETTINGS
    except StorageUnavailable as reason:
        print(_NO_DATABASE.format(reason), file=sys.stderr)
    except (
        AddressError,
        AlreadyRunning,
        audit_command.ExportError,
        FolderError,
        PortError,
        StateUnreadableError,
    ) as reason:
        print(reason, file=sys.stderr)
    except BrokenPipeError:
        # Nobody reads on, as after `doctor | head`. Python flushes again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as reason:
        print(_NO_START.format(reason), file=sys.stderr)
    else:
        return status
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Control Microsoft Store package rollouts from Slack.",
        epilog="Without a command the bot runs; it migrates its database first.",
    )
    parser.add_argument(
        "--version", action="version", version=f"Rollout Bot {__version__}"
    )
    parser.set_defaults(command=_run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    sandbox = commands.add_parser(
        "sandbox",
        help="try the bot on this machine, without accounts",
        description="Run the bot with a local Slack and a local Store, on loopback.",
    )
    sandbox.add_argument(
        "--port",
        type=_port,
        default=PORT,
        help="port of the page (default: %(default)s)",
    )
    sandbox.add_argument(
        "--data",
        type=Path,
        default=_SANDBOX_DATA,
        metavar="DIR",
        help="folder for the state of the sandbox (default: %(default)s)",
    )
    sandbox.add_argument(
        "--fresh",
        action="store_true",
        help="delete the state in this folder first",
    )
    sandbox.add_argument(
        "--without-bot",
        action="store_true",
        help="start only Slack and the Store, for a bot that you start yourself",
    )
    sandbox.set_defaults(command=_sandbox)
    for name, run, text in (
        ("doctor", _doctor, "check settings, database, token, Slack and Store access"),
        (
            "migrate",
            _migrate,
            "migrate the database to the version that this bot needs",
        ),
    ):
        commands.add_parser(name, help=text, description=text).set_defaults(command=run)
    audit_command.add_parser(commands, _export_events)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(IMPOSSIBLE.format(port=text))
    return int(text)


def _run(_: argparse.Namespace) -> int:
    limit_malloc_arenas()
    load_dotenv(Path(".env"))
    settings = Settings.from_env(os.environ)
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    log_start(settings)
    restrict_files(settings.database_url)
    migrate(settings.database_url)
    asyncio.run(run_until_stopped(settings))
    return OK


def _migrate(_: argparse.Namespace) -> int:
    load_dotenv(Path(".env"))
    url, level, form = migration_settings(os.environ)
    logs.set_up(level, form, database_secrets(url))
    restrict_files(url)
    migrate(url)
    print("The database is up to date.")
    return OK


def _doctor(_: argparse.Namespace) -> int:
    load_dotenv(Path(".env"))
    with contextlib.suppress(BadSettings):
        # The report names every problem; the log is for unexpected errors only.
        settings = Settings.from_env(os.environ)
        logs.set_up("CRITICAL", "text", settings.secrets)
        restrict_files(settings.database_url)
    from bot import doctor  # noqa: PLC0415 - memory that only this command needs

    return OK if asyncio.run(doctor.examine(os.environ, print)) else FAILED


def _export_events(options: argparse.Namespace) -> int:
    load_dotenv(Path(".env"))
    written = audit_command.export(options, os.environ)
    print(_EXPORTED.format(written), file=sys.stderr)
    return OK


def _sandbox(options: argparse.Namespace) -> int:
    limit_malloc_arenas()
    # The sandbox takes 10 MB, which a bot that runs without it must not have.
    from bot import sandbox_command  # noqa: PLC0415

    running = sandbox_command.run(
        options.data,
        options.port,
        fresh=options.fresh,
        with_bot=not options.without_bot,
    )
    asyncio.run(running)
    return OK


if __name__ == "__main__":
    sys.exit(main())
