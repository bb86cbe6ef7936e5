"""Checks of what is due: looks, steps of ramps, notices, and closed channels."""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.db.backlog import (
    FailingTarget,
    list_blocked,
    list_failing,
    read_backlog,
)
from bot.db.session import Database
from bot.doctor.finding import Finding

# As in the alerts of the README.
LATE_LOOK: Final = timedelta(minutes=15)
LATE_NOTICE: Final = timedelta(minutes=10)
_MOST_NAMED: Final = 5

_LOOKS: Final = (
    "Check that the bot runs. Where it does, the Store refuses its requests (429) or"
    " there are too many rollouts for STORE_REQUESTS_PER_MINUTE."
)
_STEPS: Final = "Check that the bot runs; its log has why a step could not be sent."
_AGAIN: Final = "The bot tries again by itself; its log has the cause of each."
_NOTICES: Final = (
    "They are posted once the bot runs and Slack takes messages; its log has the cause."
)
_INVITE: Final = (
    "In that channel, type /invite @Rollout; the next change is told there again."
)
_REOPEN: Final = (
    "Unarchive the channel, or let another one follow its apps; the next change is told"
    " there again."
)
_ALLOW: Final = (
    "Let the app post in that channel, or let another one follow its apps; the next"
    " change is told there again."
)
# What Slack says of chat.postMessage.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
_FIXES: Final[Mapping[str, str]] = {
    "not_in_channel": _INVITE,
    "channel_not_found": _INVITE,
    "is_archived": _REOPEN,
}


async def check_watching(database: Database, now: datetime) -> AsyncGenerator[Finding]:
    """Report what is followed, and what of it is late. Raises StorageUnavailable."""
    backlog = await read_backlog(database, now)
    found = f"targets followed: {backlog.followed}"
    if backlog.overdue > LATE_LOOK:
        found += f"; the longest overdue: {_duration(backlog.overdue)}"
        yield Finding("watching", found, _LOOKS)
    else:
        yield Finding("watching", found)
    if failing := await list_failing(database):
        names = ", ".join(_name(one) for one in failing[:_MOST_NAMED])
        yield Finding("watching", f"cannot be read: {len(failing)} ({names})", _AGAIN)
    for channel in await list_blocked(database):
        yield Finding(
            f"channel {channel.channel}",
            f"cannot be told since {_time(channel.since)}: {channel.code}",
            _FIXES.get(channel.code, _ALLOW),
            bad=True,
        )
    if backlog.ramps:
        found = f"live: {backlog.ramps}; held for a person: {backlog.held_ramps}"
        if backlog.overdue_step > LATE_LOOK:
            found += f"; the longest overdue step: {_duration(backlog.overdue_step)}"
            yield Finding("ramps", found, _STEPS)
        else:
            yield Finding("ramps", found)
    found = f"waiting: {backlog.notices}"
    if backlog.notices:
        found += f"; the oldest for {_duration(backlog.oldest_notice)}"
    fix = _NOTICES if backlog.oldest_notice > LATE_NOTICE else None
    yield Finding("notices", found, fix)


def _name(failing: FailingTarget) -> str:
    name = failing.app_name or failing.target.app_id
    return f"{name} since {_time(failing.since)}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _duration(length: timedelta) -> str:
    """Return the length in the largest unit of which there are two."""
    seconds = int(length.total_seconds())
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"
