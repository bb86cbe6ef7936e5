"""Messages that the app sends to a response URL, or with an acknowledgement.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from bot.sandbox.slack import arguments, blocks, fault_responses
from bot.sandbox.slack.directory import BOT_USER_ID
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import RESPONSE_URL
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.response_urls import ResponseUrl
from bot.sandbox.slack.workspace import Workspace, check_text

RESPONSE_PATH: Final = "/slack/response/"
_DEAD: Final = ("expired_url", "used_url")


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Return the route of the response URLs."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(workspace, request)

    return [web.post(RESPONSE_PATH + "{key}", serve)]


def apply_response(
    workspace: Workspace, key: str, body: dict[str, Any], *, counted: bool = True
) -> None:
    """Post, replace or delete a message, as `body` says.

    Raises `SlackError` for a URL that is used up, and for a message that the Web API
    would reject too. `counted` is False for a message in an acknowledgement.
    """
    url = workspace.response_urls.use(key, counted=counted)
    if arguments.flag(body, "delete_original"):
        original = _original(workspace, url)
        if original is not None:
            workspace.messages.remove(original)
        workspace.changed()
        return
    text, shown = arguments.text(body, "text"), blocks.parse(body.get("blocks"))
    original = _original(workspace, url)
    if arguments.flag(body, "replace_original") and original is not None:
        check_text(text, shown)
        marked_by = "" if shown else BOT_USER_ID
        workspace.messages.change(original, text, shown, marked_by=marked_by)
        workspace.record_pings(original)
        workspace.changed()
        return
    in_channel = arguments.text(body, "response_type") == "in_channel"
    workspace.post(
        url.channel,
        text,
        shown,
        thread_ts=arguments.text(body, "thread_ts") or None,
        metadata=arguments.metadata(body) or None,
        seen_by=None if in_channel else url.user,
    )


def _original(workspace: Workspace, url: ResponseUrl) -> Message | None:
    """Return the message whose button was pressed; a command has none."""
    find = workspace.messages.find
    if url.ephemeral:
        find = workspace.messages.find_ephemeral
    return find(url.channel, url.message_ts or "")


async def _serve(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    fault = workspace.take_fault(RESPONSE_URL)
    failure = await fault_responses.error_response(fault)
    if failure is not None:
        return failure
    error, body = None, {}
    try:
        body = await _json_object(request)
        apply_response(workspace, request.match_info["key"], body)
    except SlackError as rejection:
        error = rejection.error
    workspace.calls.add(RESPONSE_URL, body, error)
    fault_responses.drop_connection(fault, request)
    if error is None:
        return web.Response(text="ok")
    status = HTTPStatus.NOT_FOUND if error in _DEAD else HTTPStatus.BAD_REQUEST
    return web.json_response({"ok": False, "error": error}, status=status)


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except (ValueError, LookupError) as error:
        raise SlackError("invalid_payload") from error
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body
