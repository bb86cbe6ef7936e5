"""State that the sandbox page shows to one person, as JSON."""

import operator
from typing import Any, Final

from bot.sandbox.slack.directory import BOT_REAL_NAME, BOT_USER_ID, LOCALES
from bot.sandbox.slack.faults import FAULT_CHOICES, describe_methods
from bot.sandbox.slack.messages import ButtonLocation, Message
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

# The page shows the end of a channel only, to stay fast in a long one.
MOST_MESSAGES: Final = 200


def state(
    workspace: Workspace, user: str, *, connected: bool, url: str | None
) -> dict[str, Any]:
    """Return everything that `user` may see, without others' ephemeral messages.

    Raises KeyError for an unknown user.
    """
    directory = workspace.directory
    viewer = directory.people[user]
    channels = [
        each for each in directory.channels.values() if directory.can_see(user, each)
    ]
    return {
        "team": {"id": directory.home.id, "name": directory.home.name},
        "bot": {"id": BOT_USER_ID, "name": BOT_REAL_NAME, "connected": connected},
        "users": [
            {
                "id": person.id,
                "name": person.name,
                "real_name": person.real_name,
                "team_id": person.team_id,
                "team_name": directory.teams[person.team_id].name,
                "guest": directory.is_guest(person.id),
                "admin": person.admin,
                "deactivated": person.deactivated,
                "locale": person.locale,
            }
            for person in directory.people.values()
        ],
        "locales": LOCALES,
        "groups": [
            {
                "id": group.id,
                "handle": group.handle,
                "name": group.name,
                "members": list(group.members),
            }
            for group in directory.groups.values()
            if not group.disabled
        ],
        "free_plan": workspace.free_plan,
        "channels": [
            {
                "id": channel.id,
                "name": channel.name,
                "topic": channel.topic,
                "bot_is_member": channel.bot_is_member,
                "members": sorted(channel.members),
                "shared": channel.shared,
                "private": channel.private,
                "direct": channel.direct,
            }
            for channel in channels
        ],
        "messages": {
            channel.id: messages(workspace, channel.id, viewer.id)
            for channel in channels
        },
        "home": _home(workspace, viewer.id),
        "modal": _view(workspace.views.modals.get(viewer.id)),
        "faults": workspace.faults.to_json(),
        "fault_choices": FAULT_CHOICES,
        "fault_methods": describe_methods(),
        "delivery": {"mode": "http" if url else "socket", "url": url},
    }


def messages(workspace: Workspace, channel: str, user: str) -> list[dict[str, Any]]:
    """Return a channel's last messages with their threads, as `user` sees them.

    An ephemeral message in a thread is shown only once the thread has a reply:
    https://docs.slack.dev/reference/methods/chat.postEphemeral#threads
    """
    own = workspace.messages.ephemeral(channel, user)
    in_threads: dict[str, list[Message]] = {}
    for each in own:
        if each.thread_ts is not None:
            in_threads.setdefault(each.thread_ts, []).append(each)
    in_channel = [each for each in own if each.thread_ts is None]
    top = sorted(
        [*workspace.messages.top_level(channel, MOST_MESSAGES), *in_channel],
        key=operator.attrgetter("ts"),
    )
    shown = []
    for each in top[-MOST_MESSAGES:]:
        body = _message(workspace, each)
        if each.replies:
            replies = workspace.messages.thread(each)[1:]
            replies += in_threads.get(each.ts, [])
            body["replies"] = [
                _message(workspace, reply)
                for reply in sorted(replies, key=operator.attrgetter("ts"))
            ]
        root = workspace.messages.root(each)
        if root is not None:
            body["root_text"] = root.text
        shown.append(body)
    return shown


def find_button(
    workspace: Workspace, channel: str, user: str, label: str
) -> ButtonLocation:
    """Return the newest button with this label.

    Raises LookupError when `user` sees none in the channel.
    """
    shown = messages(workspace, channel, user)
    flat = [each for top in shown for each in (top, *top["replies"])]
    for each in sorted(flat, key=operator.itemgetter("ts"), reverse=True):
        found = find_labelled(each["blocks"], label)
        if found is not None:
            return ButtonLocation(each["ts"], *found)
    raise LookupError(label)


def find_labelled(blocks: list[dict[str, Any]], label: str) -> tuple[str, str] | None:
    """Return the block id and the action id of the button with this label, or None."""
    for block in blocks:
        for element in [*block.get("elements", ()), block.get("accessory") or {}]:
            text = element.get("text")
            if isinstance(text, dict) and text.get("text") == label:
                return block["block_id"], element["action_id"]
    return None


def _home(workspace: Workspace, user: str) -> dict[str, Any]:
    visible = workspace.home_tab and not workspace.directory.is_guest(user)
    return {"enabled": visible, "view": _view(workspace.views.homes.get(user))}


def _view(view: View | None) -> dict[str, Any] | None:
    if view is None:
        return None
    return {**view.body, "id": view.id, "hash": view.hash}


def _message(workspace: Workspace, each: Message) -> dict[str, Any]:
    person = workspace.directory.people.get(each.user)
    return {
        "ts": each.ts,
        "user": each.user,
        "bot": each.bot,
        "name": person.real_name if person else BOT_REAL_NAME,
        "text": each.text,
        "blocks": each.blocks or [],
        "edited": each.edited is not None,
        "thread_ts": each.thread_ts,
        "broadcast": each.broadcast,
        "ephemeral": each.seen_by is not None,
        "reply_count": len(each.replies),
        "replies": [],
    }
