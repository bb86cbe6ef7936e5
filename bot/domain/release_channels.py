"""Release channels: a channel that has an app; only there it and its flights change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.requests import Place
from bot.domain.submissions import Target

# The code of the event of a channel that was let in, and did not name the app first.
LET_IN: Final = "let_in"


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
    """Return the event of a channel that has an app from now on.

    `details` say who has let it in; one that is the first to name the app has none.
    """
    app = Target(target.account, target.app_id)
    kind = EventKind.CHANNEL_ADDED
    if details is None:
        return Event(kind, at, place, app, actor)
    return Event(kind, at, place, app, actor, code=LET_IN, details=details)


def channel_removed(place: Place, target: Target, actor: str, at: datetime) -> Event:
    """Return the event of a channel that has given an app up."""
    app = Target(target.account, target.app_id)
    return Event(EventKind.CHANNEL_REMOVED, at, place, app, actor)
