"""Opening a form: Slack does it while the trigger id of a press is valid."""

from typing import Any, Final

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import call
from bot.slack.listeners.context import ListenerContext

# How long a trigger id opens a form.
# https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
_TRIGGER_SECONDS: Final = 3.0


async def open_form(
    view: dict[str, Any], workspace: str, trigger_id: str, context: ListenerContext
) -> PermanentNotificationError | RetryableNotificationError | None:
    """Open the form; return why Slack has not, None where it has."""
    try:
        await call(
            context.clients.of(workspace).views_open,
            timeout_seconds=_TRIGGER_SECONDS,
            trigger_id=trigger_id,
            view=view,
        )
    except (RetryableNotificationError, PermanentNotificationError) as reason:
        return reason
    return None
