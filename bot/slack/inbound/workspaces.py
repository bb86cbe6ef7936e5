"""Filter of payloads by the workspace that they name."""

import logging
from typing import Final

from bot.slack.client.identity import Identity
from bot.slack.inbound.payloads import message_of, workspaces_of
from bot.slack.inbound.shapes import Payload

# These come before a workspace is known, and carry none.
_WITHOUT_WORKSPACE: Final = frozenset({"url_verification"})

_log = logging.getLogger("bot.slack")


class WorkspaceFilter:
    """Accepts the payloads of the bot's own workspace; the others are counted."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.dropped = 0

    def accepts(self, body: Payload) -> bool:
        """Return whether the payload is for the bot's workspace; log the first drop.

        A click on a message of the bot's own is, whichever workspace it names: on
        Enterprise Grid that is one of the presser's. The bot's identity must be known.
        """
        if body.get("type") in _WITHOUT_WORKSPACE or "ssl_check" in body:
            return True
        own = self._identity
        if own.workspace in workspaces_of(body) or own.wrote(message_of(body)):
            return True
        if not self.dropped:
            _log.warning("a payload of another workspace is dropped; more are counted")
        self.dropped += 1
        return False
