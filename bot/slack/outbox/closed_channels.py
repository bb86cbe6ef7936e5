"""Closed channels: whoever made a channel follow an app is told that it is closed."""

import logging
from collections.abc import Sequence

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.blocks import Message
from bot.slack.outbox.posting import send

_log = logging.getLogger("bot.slack")


async def tell_followers(
    clients: WorkspaceClients,
    workspace: str,
    followers: Sequence[str],
    message: Message,
) -> None:
    """Send these people, once each, what their channel could not be told."""
    for person in followers:
        try:
            post = clients.of(workspace).chat_postMessage
            # A person's id opens the direct messages with them.
            await send(post, {"channel": person, **message.body(None)})
        except (RetryableNotificationError, PermanentNotificationError) as lost:
            _log.warning("%s is not told of a closed channel: %s", person, lost)
