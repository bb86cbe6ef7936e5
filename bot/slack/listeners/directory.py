"""Events of people, user groups and channels: what was known of them is asked again."""

from typing import Any

from bot.slack.inbound.directory_payloads import read_directory_change
from bot.slack.listeners.context import ListenerContext


async def on_directory_change(
    body: dict[str, Any], *, context: ListenerContext
) -> None:
    """Forget what has changed; Bolt acks it when this returns.

    Slack sends an event to one replica: the others know of it after a minute.
    """
    changed, workspace = read_directory_change(body), context.identity.workspace
    directory = context.directory
    if changed.user_id:
        directory.forget_person(workspace, changed.user_id)
        context.languages.forget(workspace, changed.user_id)
    if changed.group_id:
        directory.forget_group(workspace, changed.group_id)
    if changed.channel:
        directory.forget_channel(workspace, changed.channel)
