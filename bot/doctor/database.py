"""Look at the database, and at the operations that it and the engine remember."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

from bot.config import Settings
from bot.db.diagnostics import read_diagnostics, unsettled
from bot.db.session import Database
from bot.doctor.finding import Finding
from bot.domain.storage import SchemaOutdated, StorageUnavailable
from bot.engine.diagnostics import failed_requests

_MIGRATE: Final = "Run: python -m bot migrate"
_REACH: Final = "See that DATABASE_URL is right and that the database server runs."
_STUCK: Final = (
    "They go on by themselves once the bot runs and Slack and the Store answer;"
    " the log says what they wait for."
)
_ENGINE: Final = (
    "See that the file of the work under way, beside the database, is whole and can be"
    " written."
)
_GIVEN_UP: Final = "The bot's log has the traceback of each."


async def check_database(
    settings: Settings, channels: list[str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    """Look at the database; the channels that have aliases are put into `channels`."""
    database = Database(settings.database_url)
    try:
        async for finding in _memory(database, channels, clock):
            yield finding
        async for finding in _broken_off(database, settings.database_url):
            yield finding
    except SchemaOutdated as outdated:
        yield Finding("database", str(outdated), _MIGRATE, bad=True)
    except StorageUnavailable as away:
        yield Finding("database", f"cannot be reached: {away}", _REACH, bad=True)
    finally:
        await database.close()


async def _memory(
    database: Database, channels: list[str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    await database.check()
    inventory = await read_diagnostics(database, clock())
    yield Finding("database", "reachable and migrated")
    channels.extend(inventory.channels)
    work = f"{inventory.waiting} cards wait for a click, {inventory.running} run"
    yield Finding("operations", work)
    if inventory.stuck:
        names = ", ".join(inventory.stuck[:5])
        yield Finding(
            "operations",
            f"{len(inventory.stuck)} run for longer than five minutes: {names}",
            _STUCK,
        )


async def _broken_off(database: Database, url: str) -> AsyncGenerator[Finding]:
    """Tell what the engine gave up from what was started again and settled."""
    try:
        failed = await failed_requests(url)
    except StorageUnavailable as away:
        yield Finding("operations", f"cannot be read: {away}", _ENGINE, bad=True)
        return
    lost = len(await unsettled(database, failed))
    if lost:
        yield Finding("operations", f"{lost} were given up", _GIVEN_UP, bad=True)
    if mended := len(failed) - lost:
        told = f"{mended} broke off, were started again and came to their end"
        yield Finding("operations", told, _GIVEN_UP)
