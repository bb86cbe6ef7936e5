"""Notifications: every mention in the bot's messages that notifies somebody."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, Final

_MENTION: Final = re.compile(r"<(?:!(channel|here|everyone|subteam)|(@))[^<>]*>")
# With `link_names` or `parse=full` Slack itself turns bare words into mentions.
_BARE: Final = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")
_RICH: Final = {
    "user": ("user", "user_id"),
    "usergroup": ("subteam", "usergroup_id"),
    "broadcast": ("", "range"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Ping:
    """One mention; `kind` is user, channel, here, everyone or subteam."""

    kind: str
    mention: str
    channel: str
    ts: str
    ephemeral: bool


def mentions(
    text: str, blocks: list[dict[str, Any]] | None, *, link_names: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield (kind, mention) for each control sequence that notifies somebody.

    They count in message text, mrkdwn and markdown, but not in plain text.
    https://docs.slack.dev/messaging/formatting-message-text#special-mentions
    """
    yield from _in_text(text, link_names=link_names)
    for block in blocks or ():
        yield from _in_object(block)


def _in_object(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _in_object(item)
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in ("mrkdwn", "markdown"):
        yield from _in_text(str(value.get("text", "")))
    elif kind in _RICH:
        name, key = _RICH[kind]
        yield name or str(value.get(key)), str(value.get(key))
    else:
        for item in value.values():
            yield from _in_object(item)


def _in_text(text: str, *, link_names: bool = False) -> Iterator[tuple[str, str]]:
    for match in _MENTION.finditer(text):
        yield match.group(1) or "user", match.group()
    if link_names:
        for match in _BARE.finditer(text):
            yield match.group(1), match.group()
