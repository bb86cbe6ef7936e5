"""Receiver of signed HTTP requests from Slack, one path for all kinds of payload.

The texts of its errors are for whoever debugs the sender, so they are not translated.
"""

import json
import logging
import re
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.slack.client.identity import Identity
from bot.slack.inbound.dispatch import dispatch
from bot.slack.inbound.shapes import is_for_us, is_readable
from bot.slack.inbound.workspaces import WorkspaceFilter

PATH: Final = "/slack/events"

_TIMESTAMP: Final = "X-Slack-Request-Timestamp"
_SIGNATURE: Final = "X-Slack-Signature"
_SECONDS: Final = re.compile(r"[0-9]{1,12}")

_TOO_LARGE: Final = "The request is larger than anything that Slack sends."
_BAD_SIGNATURE: Final = (
    "The signature does not fit: the signing secret is not this app's, "
    "or the clocks differ by more than five minutes."
)
_UNREADABLE: Final = "The body is not a payload that Slack sends."
_NOT_READY: Final = "The bot is starting. Please send this again in a moment."

_log = logging.getLogger("bot.slack.inbound")


class Receiver:
    """The route of signed HTTP; an unsigned request is refused before it is read.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """

    def __init__(self, app: AsyncApp, identity: Identity, signing_secret: str) -> None:
        self._app = app
        self._identity = identity
        self._filter = WorkspaceFilter(identity)
        self._verifier = SignatureVerifier(signing_secret)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to mount."""
        return [web.post(PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """Answer one request; the answer is Bolt's ack, or why there is none."""
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
        except (web.RequestPayloadError, ConnectionError):
            # Its chunks are malformed, or its sender is gone and sees no answer.
            return _error(HTTPStatus.BAD_REQUEST, _UNREADABLE)
        if not self._is_signed(request, raw):
            _log.warning(
                "a request of %s with a wrong signature was refused; where it is"
                " Slack's, SLACK_SIGNING_SECRET or the clock is wrong",
                request.remote,
            )
            return _error(HTTPStatus.UNAUTHORIZED, _BAD_SIGNATURE)
        body = _parse(raw, request.content_type)
        if not is_readable(body):
            return _error(HTTPStatus.BAD_REQUEST, _UNREADABLE)
        if not is_for_us(body):
            return web.Response()
        if not self._identity.known:
            return _error(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_READY)
        if not self._filter.accepts(body):
            return web.Response()
        return _reply(await dispatch(self._app, body))

    def _is_signed(self, request: web.Request, raw: bytes) -> bool:
        timestamp = request.headers.get(_TIMESTAMP, "")
        signature = request.headers.get(_SIGNATURE, "")
        # The SDK's verifier takes these three for granted.
        if not _SECONDS.fullmatch(timestamp) or not signature.isascii():
            return False
        try:
            return self._verifier.is_valid(raw.decode(), timestamp, signature)
        except UnicodeDecodeError:
            return False


def _parse(raw: bytes, content_type: str) -> Any:  # noqa: ANN401 - is_readable judges
    """Read the body: JSON, or a form that may carry it; None where it is neither."""
    try:
        text = raw.decode()
        if content_type == "application/json" or text.startswith("{"):
            return json.loads(text)
        form = dict(parse_qsl(text, keep_blank_values=True))
        if "payload" in form:
            return json.loads(form["payload"])
    except (ValueError, RecursionError):
        return None
    return form


def _reply(bolt: BoltResponse) -> web.Response:
    return web.Response(
        status=bolt.status,
        text=bolt.body or "",
        content_type=bolt.first_headers()
        .get("content-type", "text/plain")
        .split(";")[0],
    )


def _error(status: HTTPStatus, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
