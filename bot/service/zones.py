"""Time zones of people: what times by the clock mean that somebody has typed."""

from bot.domain.directory import LookupFailed
from bot.domain.requests import Asker
from bot.domain.wall_time import zone_named
from bot.service.ports import Directory


async def zone_of(directory: Directory, asker: Asker) -> str | None:
    """Return the asker's time zone; None where Slack does not say."""
    try:
        profile = await directory.profile(asker.place.workspace, asker.person.user_id)
    except LookupFailed:
        return None
    return zone_named(profile.zone)
