"""What the app answers through a response URL, or in the acknowledgement itself.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

import json
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from bot.sandbox.slack import arguments, blocks, outage
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import RESPONSE_URL
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.response_urls import ResponseUrl
from bot.sandbox.slack.workspace import Workspace, check_text
from bot.sandbox.slack.world import BOT_USER_ID

RESPONSE_PATH: Final = "/slack/response/"
_DEAD: Final = ("expired_url", "used_url")


def routes(workspace: Workspace) -> list[web.RouteDef]:
    """Give the route to mount."""

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(workspace, request)

    return [web.post(RESPONSE_PATH + "{key}", serve)]


def respond(
    workspace: Workspace, key: str, body: dict[str, Any], *, counted: bool = True
) -> None:
    """Do what an answer says: post, replace or delete.

    Raises `SlackError` for a URL that is used up, and for what the Web API would refuse
    too. An answer in the acknowledgement is not `counted`.
    """
    url = workspace.response_urls.use(key, counted=counted)
    if arguments.flag(body, "delete_original"):
        original = _original(workspace, url)
        if original is not None:
            workspace.messages.remove(original)
        workspace.changed()
        return
    text, shown = arguments.text(body, "text"), blocks.read(body.get("blocks"))
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
    """Give the message whose button was pressed; a command has none."""
    find = workspace.messages.find
    if url.ephemeral:
        find = workspace.messages.find_ephemeral
    return find(url.channel, url.message_ts or "")


async def _serve(workspace: Workspace, request: web.Request) -> web.StreamResponse:
    fault = workspace.meet_fault(RESPONSE_URL)
    refusal = await outage.meet(fault)
    if refusal is not None:
        return refusal
    error, body = None, {}
    try:
        body = await _object(request)
        respond(workspace, request.match_info["key"], body)
    except SlackError as refused:
        error = refused.error
    workspace.calls.add(RESPONSE_URL, body, error)
    outage.lose(fault, request)
    if error is None:
        return web.Response(text="ok")
    status = HTTPStatus.NOT_FOUND if error in _DEAD else HTTPStatus.BAD_REQUEST
    return web.json_response({"ok": False, "error": error}, status=status)


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text())
    except (ValueError, LookupError) as error:
        raise SlackError("invalid_payload") from error
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body
