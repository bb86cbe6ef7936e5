"""The command `audit export`: write the log of events as JSON lines or as CSV.

It reads while the bot runs, and needs the setting DATABASE_URL alone.
"""

import argparse
import asyncio
import csv
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Row

from bot import logs
from bot.config import database_secrets, migration_settings
from bot.db.event_export import read_pages, require_database
from bot.db.session import Database

# The columns of an export. They never change; a new one comes last.
COLUMNS: Final = (
    *("id", "at", "kind", "workspace", "channel", "thread"),
    *("account", "app_id", "flight_id", "actor", "request_id", "operation_id"),
    *("alias", "code", "correlation_id", "unique_key", "details"),
)
_DESCRIPTION: Final = (
    "Write the events of the database of DATABASE_URL, the oldest first. WHEN is a date"
    " (2026-11-01, from midnight UTC), a time (2026-11-01T09:30+01:00), or how long"
    " ago (7d, 12h, 30m)."
)
_BAD_TIME: Final = "{!r} is no date, no time and no duration such as 7d, 12h or 30m"
_ORDER: Final = "--since must be before --until"
_INCOMPLETE: Final = "The export is not complete: {}"
_READER_GONE: Final = "nobody reads what it writes any more"

_AGO: Final = re.compile(r"([0-9]{1,5})([dhm])")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
_STDOUT: Final = 1
# A spreadsheet takes a cell that begins so for a formula, and runs it.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")

_EVER: Final = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_NEVER: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)

Write = Callable[[Mapping[str, Any]], object]


class ExportError(Exception):
    """The export could not be written; the text says why."""


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    run: Callable[[argparse.Namespace], int],
) -> None:
    """Add the command to those of the command line; `run` runs it."""
    text = "export the log of events"
    audit = commands.add_parser("audit", help=text, description=text)
    inner = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parser = inner.add_parser("export", help=text, description=_DESCRIPTION)
    for name, what in (
        ("--since", "the first event's time (default: the first of all)"),
        ("--until", "before this time (default: the last of all)"),
    ):
        parser.add_argument(name, type=_moment, metavar="WHEN", help=what)
    parser.add_argument(
        "--format",
        choices=tuple(_FORMATS),
        default="jsonl",
        help="JSON lines, or CSV for a spreadsheet (default: %(default)s)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default: standard output"
    )
    parser.set_defaults(command=run, parser=parser)


def _moment(text: str) -> datetime:
    """Return the moment that is named: a date, a time, or how long ago."""
    now = datetime.now(UTC)
    if (ago := _AGO.fullmatch(text)) is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        named = datetime.fromisoformat(text)
        return (named if named.tzinfo else named.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as odd:
        raise argparse.ArgumentTypeError(_BAD_TIME.format(text)) from odd


def export(options: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Write the events; return how many.

    Raises BadSettings, StorageUnavailable, and ExportError where the writing fails.
    """
    since, until = options.since or _EVER, options.until or _NEVER
    if since >= until:
        options.parser.error(_ORDER)
    url, level, form = migration_settings(env)
    logs.set_up(level, form, database_secrets(url))
    require_database(url)
    try:
        with _opened(options.output) as file:
            writing = _write(url, since, until, _FORMATS[options.format](file))
            return asyncio.run(writing)
    except OSError as error:
        gone = isinstance(error, BrokenPipeError)
        reason = _READER_GONE if gone else error.strerror or str(error)
        where = f" ({options.output})" if options.output else ""
        raise ExportError(_INCOMPLETE.format(f"{reason}{where}")) from error


async def _write(url: str, since: datetime, until: datetime, write: Write) -> int:
    """Write all events of the period; return how many."""
    database, written = Database(url), 0
    try:
        await database.check()
        async with aclosing(read_pages(database, since, until)) as pages:
            async for page in pages:
                for row in page:
                    write(_record(row))
                written += len(page)
    finally:
        await database.close()
    return written


def _record(row: Row[Any]) -> dict[str, Any]:
    """Return an event by its columns, its time as text and its details as a value."""
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for public use
    record = {name: values[name] for name in COLUMNS}
    record["at"] = row.at.isoformat(timespec="microseconds")
    record["details"] = json.loads(row.details)
    return record


def _json_lines(file: TextIO) -> Write:
    return lambda record: file.write(json.dumps(record) + "\n")


def _csv(file: TextIO) -> Write:
    rows = csv.writer(file)
    rows.writerow(COLUMNS)

    def write(record: Mapping[str, Any]) -> object:
        details = json.dumps(record["details"], ensure_ascii=False)
        return rows.writerow(map(_cell, {**record, "details": details}.values()))

    return write


def _cell(value: object) -> object:
    """Return the value of a cell, quoted where a spreadsheet would run it."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


_FORMATS: Final[Mapping[str, Callable[[TextIO], Write]]] = {
    "jsonl": _json_lines,
    "csv": _csv,
}


@contextmanager
def _opened(path: Path | None) -> Iterator[TextIO]:
    """Open what is written to; a file takes its name once it is complete."""
    if path is None or (path.exists() and not path.is_file()):
        target = _STDOUT if path is None else path
        file = open(  # noqa: SIM115 - closing fails once more where writing did
            target, "w", encoding="utf-8", newline="", closefd=path is not None
        )
        try:
            yield file
            file.flush()
        finally:
            with suppress(OSError):
                file.close()
        return
    whole = path.resolve()
    # It is readable by its owner alone.
    descriptor, name = tempfile.mkstemp(prefix=f"{whole.name}.", dir=whole.parent)
    try:
        with open(  # noqa: PTH123 - a descriptor has no path
            descriptor, "w", encoding="utf-8", newline=""
        ) as file:
            yield file
        Path(name).replace(whole)
    finally:
        Path(name).unlink(missing_ok=True)
