"""Trigger ids: each opens one view, within three seconds after a person has acted.

https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
"""

import dataclasses
import re
import secrets
import time
from typing import Final

from bot.sandbox.slack.errors import SlackError

LIFETIME: Final = 3.0
_REMEMBERED: Final = 1000
_FORMAT: Final = re.compile(r"\d+\.\d+\.[0-9a-f]+")


@dataclasses.dataclass(slots=True)
class _Trigger:
    user: str
    expires_at: float
    exchanged: bool = False


class Triggers:
    """The trigger ids that were sent to the app; `lifetime` is in seconds."""

    def __init__(self) -> None:
        self._sent: dict[str, _Trigger] = {}
        self.lifetime = LIFETIME

    def make(self, user: str) -> str:
        """Return a new trigger id for what `user` has just done."""
        key = (
            f"{time.time_ns() // 1_000_000}.{secrets.randbits(40)}"
            f".{secrets.token_hex(16)}"
        )
        self._sent[key] = _Trigger(user, time.monotonic() + self.lifetime)
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]
        return key

    def exchange(self, key: str) -> str:
        """Use up a trigger id and return who acted.

        Raises `SlackError`: ``invalid_trigger_id``, ``exchanged_trigger_id`` or
        ``expired_trigger_id``.
        """
        if not _FORMAT.fullmatch(key):
            raise SlackError("invalid_trigger_id")
        trigger = self._sent.get(key)
        if trigger is not None and trigger.exchanged:
            raise SlackError("exchanged_trigger_id")
        if trigger is None or trigger.expires_at <= time.monotonic():
            raise SlackError("expired_trigger_id")
        trigger.exchanged = True
        return trigger.user
