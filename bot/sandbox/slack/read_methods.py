"""Web API methods that read: auth, channels and messages."""

from collections.abc import Iterable
from typing import Any

from bot.sandbox.slack import arguments, wire
from bot.sandbox.slack.arguments import Args
from bot.sandbox.slack.directory import BOT_ID, BOT_NAME, BOT_USER_ID
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.workspace import Workspace


def auth_test(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Describe the bot's token.

    https://docs.slack.dev/reference/methods/auth.test
    """
    del args
    home = workspace.directory.home
    grid = {"enterprise_id": home.organisation} if home.organisation else {}
    return {
        **grid,
        "url": f"https://{home.domain}.slack.com/",
        "team": home.name,
        "user": BOT_NAME,
        "team_id": home.id,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def permalink(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return a message's permalink, which is one of the sandbox page."""
    channel = arguments.channel(args, workspace.directory, member=False)
    ts = arguments.required(args, "message_ts")
    message = workspace.messages.find(channel.id, ts)
    if message is None:
        raise SlackError("message_not_found")
    link = f"{workspace.address}/#/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def channel_info(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Describe a channel."""
    channel = arguments.channel(args, workspace.directory, member=False)
    body = wire.channel(workspace.directory, channel)
    if arguments.flag(args, "include_num_members"):
        body["num_members"] = len(channel.members)
    return {"channel": body}


def channel_members(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return the ids of a channel's members, a page at a time."""
    channel = arguments.channel(args, workspace.directory, member=False)
    page, cursor = arguments.page(sorted(channel.members), args, default=100)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def history(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return a channel's messages, newest first, a page at a time."""
    channel = arguments.channel(args, workspace.directory, member=True)
    newest_first = reversed(workspace.messages.top_level(channel.id))
    page, cursor = arguments.page(_between(newest_first, args), args, default=100)
    return _messages(workspace, page, cursor, args)


def replies(workspace: Workspace, args: Args) -> dict[str, Any]:
    """Return a thread, the parent first, a page at a time."""
    channel = arguments.channel(args, workspace.directory, member=True)
    found = workspace.messages.find(channel.id, arguments.required(args, "ts"))
    if found is None:
        raise SlackError("thread_not_found")
    parent = workspace.messages.find(channel.id, found.thread_ts or found.ts) or found
    thread = workspace.messages.thread(parent)
    inside = [thread[0], *_between(thread[1:], args)]
    page, cursor = arguments.page(inside, args, default=arguments.MAX_PAGE)
    return _messages(workspace, page, cursor, args)


def _between(found: Iterable[Message], args: Args) -> list[Message]:
    """Return the messages between `oldest` and `latest`."""
    try:
        oldest = float(arguments.text(args, "oldest") or 0)
        latest = float(arguments.text(args, "latest") or "inf")
    except ValueError as error:
        raise SlackError("invalid_ts_latest") from error
    if arguments.flag(args, "inclusive"):
        return [each for each in found if oldest <= float(each.ts) <= latest]
    return [each for each in found if oldest < float(each.ts) < latest]


def _messages(
    workspace: Workspace, page: list[Message], cursor: str, args: Args
) -> dict[str, Any]:
    with_metadata = arguments.flag(args, "include_all_metadata")
    return {
        "messages": [
            wire.message(
                workspace.directory,
                each,
                with_metadata=with_metadata,
                root=workspace.messages.root(each),
            )
            for each in page
        ],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }
