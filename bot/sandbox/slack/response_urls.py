"""Response URLs that Slack issued, and how often they were used.

Five uses within 30 minutes:
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import dataclasses
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from bot.sandbox.slack.errors import SlackError

MAX_USES: Final = 5
LIFETIME: Final = 30 * 60.0


@dataclasses.dataclass(slots=True)
class ResponseUrl:
    """One URL; `message_ts` names the message whose button was pressed, if any."""

    channel: str
    user: str
    expires_at: float
    message_ts: str | None = None
    ephemeral: bool = False
    uses: int = 0


class ResponseUrls:
    """All live response URLs, by the secret part of their path."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._urls: dict[str, ResponseUrl] = {}
        self.lifetime = LIFETIME

    def make(
        self,
        channel: str,
        user: str,
        *,
        message_ts: str | None = None,
        ephemeral: bool = False,
    ) -> str:
        """Create a response URL and return the secret part of its path."""
        now = self._now().timestamp()
        self._delete_expired(now)
        key = secrets.token_urlsafe(18)
        self._urls[key] = ResponseUrl(
            channel, user, now + self.lifetime, message_ts, ephemeral
        )
        return key

    def use(self, key: str, *, counted: bool = True) -> ResponseUrl:
        """Count one use; raises `SlackError`: ``expired_url`` or ``used_url``."""
        url = self._urls.get(key)
        if url is None or url.expires_at <= self._now().timestamp():
            raise SlackError("expired_url")
        if url.uses >= MAX_USES:
            raise SlackError("used_url")
        url.uses += counted
        return url

    def clear(self) -> None:
        """Delete all response URLs."""
        self._urls.clear()

    def to_json(self) -> dict[str, Any]:
        """Return all response URLs, in the form that `restore` takes."""
        return {key: dataclasses.asdict(url) for key, url in self._urls.items()}

    def restore(self, saved: dict[str, Any]) -> None:
        """Restore the response URLs from `to_json`."""
        self._urls = {key: ResponseUrl(**url) for key, url in saved.items()}

    def _delete_expired(self, now: float) -> None:
        # All have the same lifetime, so the first ones expire first.
        for key, url in list(self._urls.items()):
            if url.expires_at > now:
                break
            del self._urls[key]
