"""Fields of a control request's JSON body, checked for their types."""

import json
import re
import urllib.parse
from typing import Any, Final

from aiohttp import web

from bot.sandbox.origin_guard import is_loopback
from bot.sandbox.slack.errors import UserActionError

NOT_LOOPBACK: Final = "The sandbox delivers only to http addresses of this machine."
NOT_AN_OBJECT: Final = "Send a JSON object."
MISSING: Final = "“{name}” is missing, or is not what it should be."

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Body = dict[str, Any]


async def read_body(request: web.Request) -> Body:
    """Return the JSON object of a request, {} for an empty body."""
    try:
        content = await request.text()
        body = json.loads(content) if content else {}
    except (ValueError, LookupError) as error:
        raise UserActionError(NOT_AN_OBJECT) from error
    if not isinstance(body, dict):
        raise UserActionError(NOT_AN_OBJECT)
    return body


def text_field(body: Body, name: str) -> str:
    """Return a text field; raises `UserActionError` for anything else."""
    value = body.get(name)
    # A lone surrogate is valid JSON, but nobody can type it.
    if not isinstance(value, str) or _LONE_SURROGATE.search(value):
        raise UserActionError(MISSING, name=name)
    return value


def text_fields(body: Body, *names: str) -> list[str]:
    """Return several text fields; raises `UserActionError` for anything else."""
    return [text_field(body, name) for name in names]


def flag_field(body: Body, name: str) -> bool:
    """Return a field that is true or false; raises `UserActionError` for others."""
    value = body.get(name)
    if not isinstance(value, bool):
        raise UserActionError(MISSING, name=name)
    return value


def loopback_url(body: Body) -> str:
    """Return the field `url`; raises `UserActionError` for another machine's."""
    url = text_field(body, "url")
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise UserActionError(NOT_LOOPBACK) from error
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise UserActionError(NOT_LOOPBACK)
    return url


def thread_ts(body: Body) -> str | None:
    """Return the field `thread_ts`, None where there is none."""
    return None if body.get("thread_ts") is None else text_field(body, "thread_ts")


def number_field(body: Body, name: str, default: float) -> float:
    """Return a positive number; raises `UserActionError` for anything else."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise UserActionError(MISSING, name=name)
    return float(value)
