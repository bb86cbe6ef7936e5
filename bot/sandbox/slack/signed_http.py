"""Delivery to the app's request URL by signed HTTP.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from bot.sandbox.slack.directory import SIGNING_SECRET
from bot.sandbox.slack.errors import DeliveryError
from bot.sandbox.slack.payloads import FIRST_ATTEMPT, Retry

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"


class SignedHttp:
    """Posts payloads to `url`; the app has to answer within `ack_seconds`."""

    def __init__(self, url: str, ack_seconds: float = 3.0) -> None:
        self.url = url
        self.ack_seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None

    async def deliver(
        self, kind: str, payload: dict[str, Any], retry: Retry = FIRST_ATTEMPT
    ) -> dict[str, Any] | None:
        """Post one payload and return the message in the answer, if there is one.

        Raises `DeliveryError` when the app is unreachable, late or answers an error.
        """
        body, content_type = encode(kind, payload)
        headers = {"Content-Type": content_type, **sign(body)}
        if retry.number:
            headers["X-Slack-Retry-Num"] = str(retry.number)
            headers["X-Slack-Retry-Reason"] = retry.reason
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(self.ack_seconds),
                self._session.post(
                    self.url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                if response.status != HTTPStatus.OK:
                    again = response.headers.get("x-slack-no-retry") != "1"
                    raise DeliveryError("dispatch_failed", "http_error", retry=again)
                return _message(await response.text())
        except TimeoutError as error:
            raise DeliveryError("operation_timeout", "http_timeout") from error
        except aiohttp.ClientError as error:
            raise DeliveryError("dispatch_failed", "connection_failed") from error

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._session is not None:
            await self._session.close()


def encode(kind: str, payload: dict[str, Any]) -> tuple[bytes, str]:
    """Return the body and the content type, which depend on the kind of payload."""
    if kind == "slash_commands":
        return urllib.parse.urlencode(payload).encode(), _FORM
    if kind == "interactive":
        return urllib.parse.urlencode({"payload": json.dumps(payload)}).encode(), _FORM
    return json.dumps(payload).encode(), _JSON


def sign(body: bytes, at: float | None = None) -> dict[str, str]:
    """Return the headers with the request signature."""
    timestamp = str(int(time.time() if at is None else at))
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


def _message(body: str) -> dict[str, Any] | None:
    """Parse an answer: nothing, text, or a message as JSON."""
    if not body.strip():
        return None
    try:
        answer = json.loads(body)
    except ValueError:
        return {"text": body}
    return answer if isinstance(answer, dict) else {"text": body}
