"""Closed channels: whoever made a channel follow an app is told that it is closed."""

import logging
from collections.abc import Callable, Sequence

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.blocks import Message
from bot.slack.messages.translator import Translator
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.posting import send

_log = logging.getLogger("bot.slack")


async def tell_followers(
    clients: WorkspaceClients,
    workspace: str,
    followers: Sequence[str],
    languages: Languages,
    draw: Callable[[Translator], Message],
) -> None:
    """Send these people, once each, what their channel could not be told."""
    for person in followers:
        t = await languages.of_reader_soon(Place(workspace, ""), person)
        try:
            post = clients.of(workspace).chat_postMessage
            # A person's id opens the direct messages with them.
            await send(post, {"channel": person, **draw(t).body(None)})
        except (RetryableNotificationError, PermanentNotificationError) as lost:
            _log.warning("%s is not told of a closed channel: %s", person, lost)
