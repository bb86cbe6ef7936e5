"""The Web API over HTTP: authentication, scopes and faults of every method."""

import dataclasses
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from bot.sandbox.slack import (
    directory_methods,
    fault_responses,
    read_methods,
    view_methods,
    write_methods,
)
from bot.sandbox.slack.arguments import Args, invalid_arguments
from bot.sandbox.slack.directory import APP_ID, APP_TOKEN, BOT_REAL_NAME, BOT_TOKEN
from bot.sandbox.slack.errors import RateLimitedError, SlackError
from bot.sandbox.slack.socket_mode import SocketMode
from bot.sandbox.slack.workspace import Workspace

PATH: Final = "/slack/api/"
SOCKET_OPEN: Final = "apps.connections.open"


@dataclasses.dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: its function, its scope, and whether it accepts JSON."""

    run: Callable[[Workspace, Args], dict[str, Any]]
    scope: str = ""
    json: bool = False
    # A method whose scopes depend on another argument than the channel.
    scopes: Callable[[Args], list[str]] | None = None


# Scopes and content types: https://docs.slack.dev/reference/methods
METHODS: Final = {
    "auth.test": Method(read_methods.auth_test, json=True),
    "bots.info": Method(directory_methods.bot_info, "users:read"),
    "chat.getPermalink": Method(read_methods.permalink),
    "chat.postEphemeral": Method(write_methods.post_ephemeral, "chat:write", json=True),
    "chat.postMessage": Method(write_methods.post_message, "chat:write", json=True),
    "chat.update": Method(write_methods.update, "chat:write", json=True),
    "conversations.history": Method(read_methods.history, "{}:history"),
    "conversations.info": Method(read_methods.channel_info, "{}:read"),
    "conversations.members": Method(read_methods.channel_members, "{}:read"),
    "conversations.replies": Method(read_methods.replies, "{}:history"),
    "team.info": Method(directory_methods.team_info, "team:read"),
    "usergroups.list": Method(directory_methods.user_groups, "usergroups:read"),
    "usergroups.users.list": Method(
        directory_methods.user_group_members, "usergroups:read"
    ),
    "users.conversations": Method(
        directory_methods.user_conversations,
        scopes=directory_methods.conversation_scopes,
    ),
    "users.info": Method(directory_methods.user_info, "users:read"),
    "views.open": Method(view_methods.open_view, json=True),
    "views.publish": Method(view_methods.publish_view, json=True),
    "views.update": Method(view_methods.update_view, json=True),
}


class WebApi:
    """Serves ``/slack/api/{method}``."""

    def __init__(self, workspace: Workspace, socket_mode: SocketMode) -> None:
        self._workspace = workspace
        self._socket_mode = socket_mode

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the Web API."""
        return [
            web.post(PATH + "{method}", self._call),
            web.get(PATH + "{method}", self._call),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        self._workspace.address = f"{request.scheme}://{request.host}"
        sent = await _read(request)
        fault = self._workspace.take_fault(name)
        failure = await fault_responses.error_response(fault)
        if failure is not None:
            error = fault.kind if fault else None
            self._workspace.calls.add(name, sent.args, error)
            return failure
        response = self._respond(name, sent)
        fault_responses.drop_connection(fault, request)
        return response

    def _respond(self, name: str, sent: "_Sent") -> web.Response:
        headers: dict[str, str] = {}
        status, error = HTTPStatus.OK, None
        try:
            body = {"ok": True, **self._run(name, sent, headers)}
        except SlackError as failed:
            body, error = failed.body(), failed.error
        except RateLimitedError as failed:
            status, error = HTTPStatus.TOO_MANY_REQUESTS, "ratelimited"
            headers["Retry-After"] = str(failed.retry_after)
            body = {"ok": False, "error": error}
        self._workspace.calls.add(name, sent.args, error)
        return web.json_response(body, status=status, headers=headers)

    def _run(self, name: str, sent: "_Sent", headers: dict[str, str]) -> dict[str, Any]:
        if not sent.token:
            raise SlackError("not_authed")
        if sent.token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackError("invalid_auth")
        if sent.error:
            raise SlackError(sent.error)
        if sent.token == APP_TOKEN:
            headers["X-OAuth-Scopes"] = "connections:write"
            return self._run_for_app(name)
        if name == SOCKET_OPEN:
            raise SlackError("not_allowed_token_type")
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        provided = ",".join(sorted(self._workspace.scopes))
        scopes = self._needed_scopes(method, sent.args)
        needed = ",".join(scopes)
        headers["X-OAuth-Scopes"] = provided
        headers["X-Accepted-OAuth-Scopes"] = needed
        if not self._workspace.scopes.issuperset(scopes):
            raise SlackError("missing_scope", needed=needed, provided=provided)
        if sent.json and not method.json:
            raise invalid_arguments(f"[ERROR] {name} takes a form or a query, not JSON")
        return method.run(self._workspace, sent.args)

    def _run_for_app(self, name: str) -> dict[str, Any]:
        if name == "auth.test":
            return {"app_id": APP_ID, "app_name": BOT_REAL_NAME}
        if name != SOCKET_OPEN:
            raise SlackError("not_allowed_token_type")
        address = self._workspace.address.replace("http", "ws", 1)
        return {"url": address + self._socket_mode.new_connection_path()}

    def _needed_scopes(self, method: Method, args: Args) -> list[str]:
        """Return the scopes that are needed, which may depend on the arguments."""
        if method.scopes is not None:
            return method.scopes(args)
        if not method.scope:
            return []
        channel = self._workspace.directory.channels.get(str(args.get("channel")))
        if channel is None or not channel.private:
            return [method.scope.format("channels")]
        return [method.scope.format("im" if channel.direct else "groups")]


@dataclasses.dataclass(frozen=True, slots=True)
class _Sent:
    args: Args
    token: str
    json: bool = False
    error: str = ""


async def _read(request: web.Request) -> _Sent:
    """Read the arguments and the token, wherever Slack allows them."""
    args: Args = dict(request.query)
    header = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if request.content_type == "application/json":
        # A token inside a JSON body is not read.
        try:
            sent = await request.json()
        except (ValueError, LookupError):
            return _Sent(args, header, json=True, error="invalid_json")
        if not isinstance(sent, dict):
            return _Sent(args, header, json=True, error="json_not_object")
        return _Sent({**args, **sent}, header, json=True)
    try:
        args.update(await request.post())
    except (ValueError, LookupError):
        return _Sent(args, header, error="invalid_form_data")
    return _Sent(args, header or str(args.get("token", "")))
