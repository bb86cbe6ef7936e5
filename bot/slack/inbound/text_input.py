"""Text input: what Slack sends for a typed text, decoded into what was typed."""

import re
from typing import Final

from bot.domain.mentions import group_id

# https://docs.slack.dev/messaging/formatting-message-text#special-mentions
_TOKEN: Final = re.compile(r"<(?P<sign>[@#!]?)(?P<inner>[^<>\s][^<>]*)>")
_ENTITY: Final = re.compile(r"&(lt|gt|amp);")
_CHARACTERS: Final = {"lt": "<", "gt": ">", "amp": "&"}
_SCHEME: Final = re.compile(r"^[a-z][a-z0-9+.-]*:(//)?", re.IGNORECASE)


def plain_text(text: str, *, groups: bool = False) -> str:
    """Return plain words for people, channels, groups, links and escaped signs.

    Links come back as they were typed; a link under other words keeps both. With
    `groups` a user group stays as Slack writes it: its name alone does not say which.
    """
    parts, end = [], 0
    for match in _TOKEN.finditer(text):
        kept = groups and group_id(match[0]) is not None
        parts += [
            _unescape(text[end : match.start()]),
            match[0] if kept else _words(match),
        ]
        end = match.end()
    return "".join((*parts, _unescape(text[end:])))


def mention_text(text: str, bot_user_id: str) -> str:
    """Return the words of a mention without the bot's own name, wherever it stands."""
    own = re.compile(rf"<@{re.escape(bot_user_id)}(?:\|[^<>]*)?>[,:;]?")
    return plain_text(own.sub(" ", text), groups=True).strip()


def _words(match: re.Match[str]) -> str:
    target, _, label = match["inner"].partition("|")
    label, target = _unescape(label).strip(), _unescape(target)
    match match["sign"]:
        case "@":
            return f"@{(label or target).removeprefix('@')}"
        case "#":
            return f"#{(label or target).removeprefix('#')}"
        case "!":
            return _special(target, label)
        case _:
            return _link(target, label)


def _special(target: str, label: str) -> str:
    kind, _, rest = target.partition("^")
    if kind == "date":
        return label or rest
    return f"@{(label or rest or kind).removeprefix('@')}"


def _link(target: str, label: str) -> str:
    bare = _SCHEME.sub("", target)
    if not label or label == target:
        return target
    # Slack itself puts a scheme before an address that was typed without one.
    same = label.rstrip("/") == bare.rstrip("/")
    return label if same else f"{label} ({target})"


def _unescape(text: str) -> str:
    """Undo Slack's three escapes, once."""
    return _ENTITY.sub(lambda found: _CHARACTERS[found[1]], text)
