"""Identity of the bot in Slack: its workspace and its user, asked for once."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.calls import TOKEN_REFUSED, call

_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 30.0
_REFUSED: Final = (
    "SLACK_BOT_TOKEN is refused (%s): copy the bot token from OAuth & Permissions of"
    " the Slack app, and start the bot again"
)
_NOT_KNOWN: Final = (
    "Slack has not said yet who the bot is: %s; check the network, HTTPS_PROXY and"
    " SLACK_API_URL"
)

_log = logging.getLogger("bot.slack")


class IdentityUnknown(Exception):
    """Slack has not said yet who the bot is."""


class Identity:
    """What `auth.test` says of the bot; learned before any payload is taken.

    Bolt would ask Slack during the first payload, before its ack; a payload must
    never wait for that.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: AuthorizeResult | None = None

    @property
    def known(self) -> bool:
        """Whether Slack has said who the bot is."""
        return self._known is not None

    @property
    def workspace(self) -> str:
        """The id of the workspace in which the bot is installed."""
        return self.result.team_id or ""

    @property
    def user_id(self) -> str:
        """The id of the bot's own user."""
        return self.result.bot_user_id or ""

    @property
    def enterprise(self) -> str:
        """The id of the Enterprise Grid organisation of the workspace, or empty."""
        return self.result.enterprise_id or ""

    def wrote(self, message: Mapping[str, object]) -> bool:
        """Return whether the bot itself posted this message, as Slack shows it.

        The metadata, the text and the blocks could be any other app's.
        """
        return bool(self.result.bot_id) and message.get("bot_id") == self.result.bot_id

    @property
    def result(self) -> AuthorizeResult:
        """The whole answer, as Bolt takes it. Raises IdentityUnknown."""
        if self._known is None:
            raise IdentityUnknown
        return self._known

    async def learn(self) -> None:
        """Ask Slack once.

        Raises RetryableNotificationError or PermanentNotificationError.
        """
        answer = await call(self._client.auth_test)
        self._known = AuthorizeResult(
            enterprise_id=answer.get("enterprise_id"),
            team_id=answer.get("team_id"),
            team=answer.get("team"),
            url=answer.get("url"),
            bot_user_id=answer.get("user_id"),
            bot_id=answer.get("bot_id"),
            bot_token=self._client.token,
        )

    async def learn_with_retry(self, pause: float = _PAUSE) -> None:
        """Ask Slack until it answers; what is wrong meanwhile is in the log."""
        while not self.known:
            try:
                await self.learn()
            except (RetryableNotificationError, PermanentNotificationError) as reason:
                if reason.code in TOKEN_REFUSED:
                    _log.error(_REFUSED, reason.code)
                else:
                    _log.warning(_NOT_KNOWN, reason)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
