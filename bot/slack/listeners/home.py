"""The Home tab that somebody has opened."""

from http import HTTPStatus
from typing import Any

from slack_bolt import BoltResponse

from bot.domain.log_fields import log_fields
from bot.slack.inbound.home_payloads import HomeOpened, read_home_opened
from bot.slack.listeners.context import ListenerContext


async def on_home_opened(
    body: dict[str, Any], *, context: ListenerContext
) -> BoltResponse | None:
    """Hand it over; Bolt acks it when this returns None, and Slack sends it again else.

    A second delivery publishes the same once more, and needs no record.
    """
    opened = read_home_opened(body, context.identity.workspace)
    if opened is None or context.tasks.spawn(_publish(opened, context)):
        return None
    return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)


async def _publish(opened: HomeOpened, context: ListenerContext) -> None:
    with log_fields(user=opened.person.user_id):
        person = await context.organisation.resolve(opened.person)
        await context.home.open(opened.workspace, person)
