"""Requests as Slack signs and sends them over HTTP."""

import hashlib
import hmac
import io
import json
import time
from typing import Any
from urllib.parse import urlencode

from tests.slack.slack_harness import SIGNING_SECRET, Bot

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def signed(
    body: bytes, content_type: str = FORM, *, secret: str = SIGNING_SECRET, age: int = 0
) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    base = b"v0:" + timestamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }


async def post(
    bot: Bot, body: bytes | io.BytesIO, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    headers = signed(body) if headers is None and isinstance(body, bytes) else headers
    async with bot.session.post(bot.url, data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def send(bot: Bot, payload: dict[str, Any]) -> tuple[int, str]:
    """Send a payload as Slack does: events as JSON, clicks inside a form."""
    if "event" in payload or payload.get("type") == "url_verification":
        body = json.dumps(payload).encode()
        return await post(bot, body, signed(body, JSON))
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return await post(bot, body)
