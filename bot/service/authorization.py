"""Authorization of a use case: a refusal is an event of the log."""

from bot.domain.events import action_refused
from bot.domain.outcomes import NotAllowed
from bot.domain.permission import Action, Subject, authorize
from bot.domain.requests import Asker
from bot.service.repositories import EventRepository


async def check_permission(
    events: EventRepository, action: Action, asker: Asker, subject: Subject
) -> NotAllowed | None:
    """Return why the asker may not do this, and record the refusal; None elsewhere.

    Raises StorageUnavailable.
    """
    denied = authorize(asker.person, action, subject)
    if denied is not None:
        event = action_refused(action, denied.denial, asker, target=subject.target)
        await events.add_event(event)
    return denied
