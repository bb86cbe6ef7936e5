"""Wall time: what the clocks of an IANA time zone show, and the moment when they do.

Where the clocks are set forward some times are left out, and where they are set back an
hour comes twice.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_SECOND: Final = timedelta(seconds=1)


def first_moment(wall: datetime, zone: str) -> datetime:
    """Return the first moment, in UTC, when the clocks of a zone show this or more.

    Of a time that a change of the clock leaves out that is the change itself.
    """
    return _moment(wall, _zone(zone), fold=0)


def last_moment(wall: datetime, zone: str) -> datetime:
    """Return the last moment, in UTC, when the clocks of a zone come to this time.

    Only where an hour comes twice it is another than the first.
    """
    return _moment(wall, _zone(zone), fold=1)


def wall_time(at: datetime, zone: str) -> datetime:
    """Return what the clocks of a zone show at a moment."""
    return at.astimezone(_zone(zone)).replace(tzinfo=None)


@cache
def zone_named(name: str) -> str | None:
    """Return the IANA name of a zone as it is written; None where there is none."""
    return _zones().get(name.casefold())


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@cache
def _zone(name: str) -> ZoneInfo:
    """Return a zone; one that this machine does not know is taken for UTC.

    Nobody can type such a zone; only a replica with newer data may have stored it.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _moment(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if _shown(moment, zone) == wall:
        return moment
    # The clocks are set forward over this time: one guess is before, one behind it.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while late - early > _SECOND:
        middle = early + (late - early) // _SECOND // 2 * _SECOND
        early, late = (
            (early, middle) if _shown(middle, zone) >= wall else (middle, late)
        )
    return late


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
