"""The doctor: check everything that the bot needs, and report how to fix it."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final

from bot.config import BadSettings, Settings
from bot.doctor.database import check_database
from bot.doctor.finding import Finding
from bot.doctor.slack import check_slack
from bot.doctor.store import check_store
from bot.web import AddressError, check_host

_FINE: Final = "ok  "
_BAD: Final = "BAD "
_NOTE: Final = "note"

_HEALTHY: Final = "No problem was found."
_UNHEALTHY: Final = "Fix what is marked BAD, then run this again."
_SET_IT: Final = "Set it in the environment or in .env; .env.example explains each."


def _now() -> datetime:
    return datetime.now(UTC)


async def examine(
    env: Mapping[str, str],
    write_line: Callable[[str], None],
    clock: Callable[[], datetime] = _now,
) -> bool:
    """Write the findings as they come in; return True where nothing is wrong."""
    healthy = True
    async with aclosing(_findings(env, clock)) as findings:
        async for finding in findings:
            mark = _BAD if finding.bad else _NOTE if finding.fix else _FINE
            write_line(f"{mark} {finding.subject}: {finding.found}")
            if finding.fix:
                write_line(f"       {finding.fix}")
            healthy = healthy and not finding.bad
    write_line(_HEALTHY if healthy else _UNHEALTHY)
    return healthy


async def _findings(
    env: Mapping[str, str], clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    try:
        settings = Settings.from_env(env)
    except BadSettings as bad:
        for problem in bad.problems:
            yield Finding("settings", problem, _SET_IT, bad=True)
        return
    yield Finding("settings", "complete")
    try:
        await check_host(settings.host)
    except AddressError as wrong:
        yield Finding("HTTP", str(wrong), bad=True)
    else:
        yield Finding("HTTP", f"can listen on {settings.host}")
    channels: list[str] = []
    async for finding in check_database(settings, channels, clock):
        yield finding
    async for finding in check_store(settings, clock):
        yield finding
    async for finding in check_slack(settings, channels, clock):
        yield finding
