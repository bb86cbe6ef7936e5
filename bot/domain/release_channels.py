"""Release channels: a channel that has an app; only there it and its flights change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.events import Event, EventKind
from bot.domain.requests import Place
from bot.domain.submissions import Target


@dataclass(frozen=True, slots=True)
class ReleaseChannel:
    """A channel that has an app, since when and by whom.

    `app_name` is what its aliases call the app; None where it has none.
    """

    channel: str
    added_by: str
    added_at: datetime
    app_name: str | None = None


def channel_added(
    place: Place,
    target: Target,
    actor: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Return the event of a channel that has an app from now on."""
    app = Target(target.account, target.app_id)
    kind = EventKind.CHANNEL_ADDED
    return Event(kind, at, place, app, actor, details=details or {})


def channel_removed(place: Place, target: Target, actor: str, at: datetime) -> Event:
    """Return the event of a channel that has given an app up."""
    app = Target(target.account, target.app_id)
    return Event(EventKind.CHANNEL_REMOVED, at, place, app, actor)
