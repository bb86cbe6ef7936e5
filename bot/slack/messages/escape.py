"""Escaping: text from people and from the Store does nothing in a Slack message."""

import html
import re
import unicodedata
from typing import Final

from bot.slack.messages.translator import Translator

ELLIPSIS: Final = "…"
NAME_LENGTH: Final = 60

# https://docs.slack.dev/messaging/formatting-message-text#escaping
_CONTROL: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escape for its formatting marks, so they are shown by twins.
_MARKS: Final = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
# Inside a word an underscore formats nothing, and ids are copied with it.
_LOOSE_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_BLANKS: Final = re.compile(r"\s+")
# Control characters, lone surrogates and unassigned code points.
_UNSHOWN: Final = ("Cc", "Cs", "Cn")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
# Overrides and isolates reach beyond the text that they stand in.
_DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_JOINERS: Final = "\u200d\ufe0f\u200c"
_SLACK_ID: Final = re.compile(r"[A-Z0-9]{2,32}")


def escape(text: str, limit: int = NAME_LENGTH) -> str:
    """Return text for mrkdwn: it pings nobody, formats nothing and links to nothing."""
    shown = _LOOSE_UNDERSCORE.sub("ˍ", cut(text, limit).translate(_MARKS))
    return _isolate(shown.translate(_CONTROL))


def plain(text: str, limit: int = NAME_LENGTH) -> str:
    """Return text for a plain_text object, where Slack reads no marks at all."""
    return _isolate(cut(text, limit))


def code(text: str, limit: int = NAME_LENGTH) -> str:
    """Return text as a code span; a dash where there is nothing to show."""
    shown = cut(text, limit).replace("`", "ˋ").translate(_CONTROL)
    return f"`{_isolate(shown)}`" if shown else "–"


def as_plain(mrkdwn: str) -> str:
    """Return what a safe text of ours says where Slack reads no marks."""
    return html.unescape(mrkdwn.replace("`", ""))


def cut(text: str, limit: int) -> str:
    """Put text on one line of at most `limit` characters, cut ends with an ellipsis."""
    # Most text has nothing but what can be shown, and is not looked at by character.
    if not text.isprintable():
        text = "".join(map(_shown, _DIRECTIONS.sub("", text)))
    line = _BLANKS.sub(" ", text).strip()
    if len(line) <= limit:
        return line
    return line[: limit - 1].rstrip(_JOINERS + " ") + ELLIPSIS


def mention(t: Translator, user_id: str | None) -> str:
    """Name a person by their Slack id; what is no id is shown as text."""
    if not user_id:
        return t.gettext("(unknown person)")
    return f"<@{user_id}>" if _SLACK_ID.fullmatch(user_id) else escape(user_id)


def group(group_id: str) -> str:
    """Mention a user group by its Slack id; what is no id is shown as text."""
    if _SLACK_ID.fullmatch(group_id):
        return f"<!subteam^{group_id}>"
    return escape(group_id)


def link(address: str, label: str) -> str:
    """Return a link to an address that Slack has named."""
    return f"<{address.translate(_CONTROL)}|{label}>"


def channel(channel_id: str) -> str:
    """Name a channel by its Slack id; what is no id is shown as text."""
    return f"<#{channel_id}>" if _SLACK_ID.fullmatch(channel_id) else escape(channel_id)


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _UNSHOWN else character


def _isolate(text: str) -> str:
    """Keep right-to-left text from turning round what stands beside it.

    https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
    """
    if text.isascii():
        return text
    if _RIGHT_TO_LEFT.isdisjoint(map(unicodedata.bidirectional, set(text))):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
