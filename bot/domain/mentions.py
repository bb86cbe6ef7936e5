"""Mentions of user groups in a typed text: Slack names each by its id."""

import re
from typing import Final

# https://docs.slack.dev/messaging/formatting-message-text#mentioning-groups
GROUP: Final = re.compile(r"<!subteam\^(?P<id>[A-Z0-9]{2,32})(?:\|(?P<name>[^<>]*))?>")


def group_id(word: str) -> str | None:
    """Return the id of the user group that the word mentions, or None."""
    found = GROUP.fullmatch(word)
    return found["id"] if found else None


def without_ids(text: str) -> str:
    """Return the text with each user group as people read it: by its name."""
    return GROUP.sub(lambda found: f"@{_name(found)}", text)


def _name(found: re.Match[str]) -> str:
    return (found["name"] or "").strip().removeprefix("@") or found["id"]
