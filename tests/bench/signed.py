"""The signed requests that Slack would send: a command, and a click on a card."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any, Final
from urllib.parse import urlencode

from bot.domain.requests import Request
from bot.slack.ids import CANCEL, CARD_PART, CONFIRM, DECISION_BLOCK, metadata
from bot.slack.inbound.receiver import PATH
from bot.slack.messages.cards import card
from bot.slack.messages.translator import load_translator
from tests.bench.peers import BOT_USER, HOST, SIGNING_SECRET, TEAM

CHANNEL: Final = "C0BENCH"
PERSON: Final = "U0ANN"

# A command with the trigger of another one would be taken for its second delivery.
_TRIGGERS: Final = itertools.count()

_HEAD: Final = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Slackbot 1.0\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    "X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: v0={digest}\r\n"
    "Content-Length: {length}\r\n\r\n"
)


def command(text: str) -> bytes:
    """Return a whole HTTP request with a slash command."""
    fields = {
        "token": "bench-verification-not-a-secret",
        "team_id": TEAM,
        "team_domain": "bench",
        "channel_id": CHANNEL,
        "channel_name": "bench",
        "user_id": PERSON,
        "user_name": "ann",
        "command": "/rollout",
        "text": text,
        "api_app_id": "A0BENCH",
        "is_enterprise_install": "false",
        "trigger_id": f"{time.time_ns()}.{next(_TRIGGERS)}.bench",
    }
    return _request(urlencode(fields))


def click(request: Request, *, on: str = CONFIRM, by: str = PERSON) -> bytes:
    """Return a whole HTTP request with a click on a request's card, message and all."""
    drawn = card(load_translator(), request)
    message: dict[str, Any] = {
        "type": "message",
        "user": BOT_USER,
        "ts": request.card,
        "text": drawn.text,
        "blocks": drawn.rendered(),
        "metadata": metadata(request.id, CARD_PART),
    }
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": by, "username": "ann", "name": "ann", "team_id": TEAM},
        "api_app_id": "A0BENCH",
        "token": "bench-verification-not-a-secret",
        "container": {
            "type": "message",
            "message_ts": request.card,
            "channel_id": CHANNEL,
            "is_ephemeral": False,
        },
        "trigger_id": "1.2.bench",
        "team": {"id": TEAM, "domain": "bench"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": CHANNEL, "name": "bench"},
        "state": {"values": {}},
        "message": message,
        "actions": [
            {
                "type": "button",
                "action_id": on,
                "block_id": DECISION_BLOCK,
                "value": request.id,
                "action_ts": "1800000000.000001",
            }
        ],
    }
    return _request(urlencode({"payload": json.dumps(payload)}))


def cancel(request: Request) -> bytes:
    """Return a whole HTTP request with a click on Cancel."""
    return click(request, on=CANCEL)


def _request(body: str) -> bytes:
    timestamp = str(int(time.time()))
    base = f"v0:{timestamp}:{body}".encode()
    digest = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    head = _HEAD.format(
        path=PATH, host=HOST, timestamp=timestamp, digest=digest, length=len(body)
    )
    return (head + body).encode()
