"""Lookup of the Web API client of a workspace."""

from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.slack.client.identity import Identity

# Not Slack's code but ours: the record is of a workspace that no token is for.
UNKNOWN_WORKSPACE = "unknown_workspace"


class WorkspaceClients:
    """The clients by workspace. Today there is one: the workspace of the bot token."""

    def __init__(self, identity: Identity, client: AsyncWebClient) -> None:
        self._identity = identity
        self._client = client

    def of(self, workspace: str) -> AsyncWebClient:
        """Return the client of a workspace.

        Raises RetryableNotificationError before Slack has told which workspace the
        token is for, and PermanentNotificationError for another one.
        """
        if not self._identity.known:
            raise RetryableNotificationError("Slack has not said which workspace it is")
        if workspace != self._identity.workspace:
            raise PermanentNotificationError(UNKNOWN_WORKSPACE)
        return self._client

    def wrote(self, workspace: str, message: Mapping[str, object]) -> bool:
        """Return whether the bot of a workspace posted this message itself.

        Raises as `of` does.
        """
        self.of(workspace)
        return self._identity.wrote(message)
