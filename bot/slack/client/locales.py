"""Locales: the language in which each person reads Slack, looked up behind their back.

Nothing waits for an answer but what says so: until then a locale is not known. An
answer is kept for an hour, and an older one stands while Slack does not give another.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from bot.domain.clock import monotonic
from bot.domain.directory import LookupFailed
from bot.slack.client.directory import SlackDirectory

_KEEP_SECONDS: Final = 3600.0
_RETRY_SECONDS: Final = 60.0
_MOST_KEPT: Final = 2000

_log = logging.getLogger("bot.slack")


@dataclass(slots=True)
class _Locale:
    """What is known of one person's; `lookup` is the last one, None if it is old."""

    value: str | None = None
    lookup: asyncio.Task[None] | None = None
    again_at: float = 0.0


class Locales:
    """The locales of those who have typed or pressed something."""

    def __init__(self, directory: SlackDirectory) -> None:
        self._directory = directory
        self._kept: dict[tuple[str, str], _Locale] = {}

    def locale(self, workspace: str, user_id: str) -> str | None:
        """Return a locale such as `de-DE`, None where it is not known by now.

        A lookup begins where none has for a while.
        """
        return self._asked(workspace, user_id).value

    async def look_up(self, workspace: str, user_id: str) -> None:
        """Wait for the lookup that has begun, or begins: a second at most."""
        kept = self._asked(workspace, user_id)
        if kept.lookup is not None:
            await asyncio.shield(kept.lookup)

    def forget(self, workspace: str, user_id: str) -> None:
        """Ask again for a person who has changed; what was known stands meanwhile."""
        kept = self._kept.get((workspace, user_id))
        if kept is not None:
            kept.again_at = 0.0

    def _asked(self, workspace: str, user_id: str) -> _Locale:
        key = workspace, user_id
        if key not in self._kept and len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        kept = self._kept.setdefault(key, _Locale())
        if kept.lookup is None and monotonic() >= kept.again_at:
            kept.lookup = asyncio.create_task(self._ask(workspace, user_id, kept))
        return kept

    async def _ask(self, workspace: str, user_id: str, kept: _Locale) -> None:
        kept.again_at = monotonic() + _RETRY_SECONDS
        try:
            user = await self._directory.user(workspace, user_id)
        except LookupFailed as reason:
            _log.debug("the locale of %s is not known: %s", user_id, reason)
        else:
            kept.value = user.locale
            kept.again_at = monotonic() + _KEEP_SECONDS
        finally:
            kept.lookup = None
