"""Web API methods that write: chat.*."""

from typing import Any

from bot.sandbox.slack import arguments, blocks, wire
from bot.sandbox.slack.arguments import Args
from bot.sandbox.slack.directory import BOT_USER_ID, Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.workspace import Workspace, check_text


def post_message(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Post for everybody, or to one person where `channel` is a person's id.

    https://docs.slack.dev/reference/methods/chat.postMessage
    """
    direct = workspace.directory.direct(arguments.required(args, "channel"))
    channel = direct or _writable_channel(workspace, args, member=True)
    workspace.rate.take(channel.id)
    message = workspace.post(
        channel.id,
        arguments.text(args, "text"),
        blocks.parse(args.get("blocks")),
        thread_ts=arguments.text(args, "thread_ts") or None,
        metadata=arguments.metadata(args) or None,
        broadcast=arguments.flag(args, "reply_broadcast"),
        link_names=_links_names(args),
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": wire.message(
            workspace.directory,
            message,
            with_metadata=True,
            root=workspace.messages.root(message),
        ),
    }


def post_ephemeral(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Post for one person.

    https://docs.slack.dev/reference/methods/chat.postEphemeral
    """
    channel = _writable_channel(workspace, args, member=True)
    user = arguments.required(args, "user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    workspace.rate.take(f"{channel.id}/ephemeral")
    message = workspace.post(
        channel.id,
        arguments.text(args, "text"),
        blocks.parse(args.get("blocks")),
        thread_ts=arguments.text(args, "thread_ts") or None,
        seen_by=user,
        link_names=_links_names(args),
    )
    return {"message_ts": message.ts}


def update(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Change a message of the bot's own.

    Text without blocks removes the blocks; blocks without text keep the text; only a
    change made by text alone shows an edited mark; metadata stay unless given anew. An
    ephemeral message is not found.
    https://docs.slack.dev/reference/methods/chat.update
    """
    channel = _writable_channel(workspace, args, member=False)
    ts = arguments.required(args, "ts")
    message = workspace.messages.find(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.user != BOT_USER_ID:
        raise SlackError("cant_update_message")
    new_blocks = blocks.parse(args.get("blocks"))
    new_metadata = arguments.metadata(args)
    if args.get("text") is None and new_blocks is None:
        raise SlackError("no_text")
    text = message.text if args.get("text") is None else arguments.text(args, "text")
    check_text(text, new_blocks)
    marked_by = BOT_USER_ID if not new_blocks else ""
    workspace.messages.change(message, text, new_blocks or None, marked_by=marked_by)
    if new_metadata is not None:
        message.metadata = new_metadata or None
    workspace.record_pings(message, link_names=_links_names(args))
    workspace.changed()
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": wire.message(workspace.directory, message, with_metadata=True),
    }


def _writable_channel(workspace: Workspace, args: Args, *, member: bool) -> Channel:
    """Return the channel; raises `SlackError` for one where nothing can be written."""
    channel = arguments.channel(args, workspace.directory, member=member)
    if channel.archived:
        raise SlackError("is_archived")
    return channel


def _links_names(args: Args) -> bool:
    return arguments.flag(args, "link_names") or arguments.text(args, "parse") == "full"
