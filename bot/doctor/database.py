"""Checks of the database, and of the operations in it and in the engine."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.config import Settings
from bot.db.diagnostics import read_diagnostics, read_log, unsettled
from bot.db.session import Database
from bot.doctor.finding import Finding
from bot.doctor.watching import check_watching
from bot.domain.storage import SchemaOutdated, StorageUnavailable
from bot.engine.diagnostics import failed_requests

_MIGRATE: Final = "Run: python -m bot migrate"
_REACH: Final = (
    "Check DATABASE_URL, and that the database server runs and gives its role the"
    " rights that the README names."
)
_REACH_FILE: Final = "Check DATABASE_URL, and that the bot may write in its folder."
_STUCK: Final = (
    "They continue by themselves once the bot runs and Slack and the Store answer;"
    " the log names what they wait for."
)
_ENGINE: Final = (
    "Check that the engine's file beside the database (….engine.db) is intact and"
    " writable."
)
_FAILED: Final = "The bot's log has the traceback of each."


async def check_database(
    settings: Settings, channels: list[str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    """Check the database; append the channels that have aliases to `channels`."""
    database = Database(settings.database_url)
    try:
        async for finding in _unfinished_work(database, channels, clock):
            yield finding
        yield await _log_of_events(database, settings.keep_events_for)
        async for finding in check_watching(database, clock()):
            yield finding
        async for finding in _failed_workflows(database, settings.database_url):
            yield finding
    except SchemaOutdated as outdated:
        yield Finding("database", str(outdated), _MIGRATE, bad=True)
    except StorageUnavailable as away:
        fix = _REACH_FILE if database.dialect == "sqlite" else _REACH
        yield Finding("database", f"cannot be reached: {away}", fix, bad=True)
    finally:
        await database.close()


async def _unfinished_work(
    database: Database, channels: list[str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    await database.check()
    diagnostics = await read_diagnostics(database, clock())
    yield Finding("database", "reachable and migrated")
    channels.extend(diagnostics.channels)
    counts = f"running: {diagnostics.running}; open cards: {diagnostics.waiting}"
    yield Finding("operations", counts)
    if diagnostics.stuck:
        names = ", ".join(diagnostics.stuck[:5])
        yield Finding(
            "operations",
            f"running for more than five minutes: {len(diagnostics.stuck)} ({names})",
            _STUCK,
        )


async def _log_of_events(database: Database, keep_for: timedelta | None) -> Finding:
    events, oldest = await read_log(database)
    found = f"{events} events"
    if oldest is not None:
        found += f" since {oldest:%Y-%m-%d %H:%M} UTC"
    kept = "for good" if keep_for is None else f"for {keep_for.days} days"
    return Finding("log of events", f"{found}; kept {kept}")


async def _failed_workflows(database: Database, url: str) -> AsyncGenerator[Finding]:
    """Report workflows that failed: those left so, and those started again and done."""
    try:
        failed = await failed_requests(url)
    except StorageUnavailable as away:
        yield Finding("operations", f"cannot be read: {away}", _ENGINE, bad=True)
        return
    lost = len(await unsettled(database, failed))
    if lost:
        yield Finding("operations", f"failed for good: {lost}", _FAILED, bad=True)
    if recovered := len(failed) - lost:
        found = f"failed, started again and finished: {recovered}"
        yield Finding("operations", found, _FAILED)
