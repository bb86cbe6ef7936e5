"""Typed text, converted to the format in which Slack sends it to an app."""

import re
from collections.abc import Iterator
from typing import Any, Final

from bot.sandbox.slack.directory import BOT_NAME, BOT_REAL_NAME, BOT_USER_ID, Directory

_BROADCASTS: Final = ("channel", "here", "everyone")
# A link ends before blank space and before punctuation that closes a sentence.
_URL: Final = r"https?://[^\s<>]*[^\s<>.,;:!?)\]}'\"]"
_WIRE: Final = re.compile(r"<([@!#]?)([^<>|]+)(?:\|([^<>]*))?>")


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def command_text(typed: str, directory: Directory) -> str:
    """Return a slash command's text as ``should_escape`` makes it: ids with names.

    https://docs.slack.dev/interactivity/implementing-slash-commands#creating_commands
    """
    return _wire(typed.strip(), directory, with_names=True)


def message_text(typed: str, directory: Directory) -> str:
    """Return the text of a message as an event has it: people by id alone."""
    return _wire(typed, directory, with_names=False)


def rich_text(text: str, block_id: str) -> dict[str, Any]:
    """Return the block that Slack's own clients add to a typed message."""
    return {
        "type": "rich_text",
        "block_id": block_id,
        "elements": [{"type": "rich_text_section", "elements": list(_runs(text))}],
    }


def _wire(typed: str, directory: Directory, *, with_names: bool) -> str:
    names = _names(directory, with_names=with_names)
    handles = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    token = re.compile(rf"(?<![\w@#])(?:{handles})(?![\w-])|{_URL}", re.IGNORECASE)
    parts, end = [], 0
    for match in token.finditer(typed):
        parts.append(escape(typed[end : match.start()]))
        found = match.group()
        parts.append(names.get(found.lower()) or f"<{escape(found)}>")
        end = match.end()
    return "".join([*parts, escape(typed[end:])])


def _names(directory: Directory, *, with_names: bool) -> dict[str, str]:
    """Return the mention of every person, channel and broadcast by its handle."""
    people = [(p.id, p.name, p.real_name) for p in directory.people.values()]
    people.append((BOT_USER_ID, BOT_NAME, BOT_REAL_NAME))
    names: dict[str, str] = {f"@{word}": f"<!{word}>" for word in _BROADCASTS}
    for user_id, name, real_name in people:
        wire = f"<@{user_id}|{name}>" if with_names else f"<@{user_id}>"
        names[f"@{name.lower()}"] = names[f"@{real_name.lower()}"] = wire
    for group in directory.groups.values():
        names[f"@{group.handle.lower()}"] = (
            f"<!subteam^{group.id}|@{group.handle}>"
            if with_names
            else f"<!subteam^{group.id}>"
        )
    for channel in [each for each in directory.channels.values() if not each.direct]:
        # Slack sends no name of a private channel: the app may not be a member.
        shown = "" if channel.private else channel.name
        names[f"#{channel.name.lower()}"] = f"<#{channel.id}|{shown}>"
    return names


def _runs(text: str) -> Iterator[dict[str, Any]]:
    end = 0
    for match in _WIRE.finditer(text):
        if match.start() > end:
            yield {"type": "text", "text": unescape(text[end : match.start()])}
        sign, target, _ = match.groups()
        if sign == "@":
            yield {"type": "user", "user_id": target}
        elif sign == "#":
            yield {"type": "channel", "channel_id": target}
        elif sign == "!" and target.startswith("subteam^"):
            group = target.removeprefix("subteam^")
            yield {"type": "usergroup", "usergroup_id": group}
        elif sign == "!":
            yield {"type": "broadcast", "range": target}
        else:
            yield {"type": "link", "url": unescape(target)}
        end = match.end()
    if text[end:]:
        yield {"type": "text", "text": unescape(text[end:])}
