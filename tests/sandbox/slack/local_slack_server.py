"""A local Slack behind a real server, and an HTTP client for it."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import DEFAULT_SCOPES

BOT_TOKEN = "xoxb-sandbox-not-a-secret"
APP_TOKEN = "xapp-sandbox-not-a-secret"
# An app may have been granted more than the bot's manifest asks for.
MANY_SCOPES = frozenset(
    {*DEFAULT_SCOPES, "channels:read", "groups:read", "team:read", "users:read"}
)


@dataclasses.dataclass(frozen=True)
class HttpResponse:
    status: int
    headers: Any
    body: Any

    @property
    def error(self) -> str:
        return str(self.body.get("error"))


@dataclasses.dataclass(frozen=True)
class Served:
    """A local Slack that is served at `url`."""

    slack: LocalSlack
    url: str
    http: aiohttp.ClientSession
    sockets: list[aiohttp.ClientWebSocketResponse] = dataclasses.field(
        default_factory=list
    )

    async def call(
        self, method: str, token: str | None = BOT_TOKEN, **args: object
    ) -> HttpResponse:
        """Call a Web API method with a form, as most clients do."""
        return await self.send("POST", f"/slack/api/{method}", token=token, data=args)

    async def json(
        self, method: str, token: str | None = BOT_TOKEN, **args: object
    ) -> HttpResponse:
        """Call a Web API method with a JSON body."""
        return await self.send("POST", f"/slack/api/{method}", token=token, json=args)

    async def control(
        self, name: str, verb: str = "POST", **body: object
    ) -> HttpResponse:
        """Use the control API."""
        path = f"/sandbox/slack/{name}"
        return await self.send(verb, path, json=None if verb == "GET" else body)

    async def send(
        self,
        verb: str,
        path: str,
        *,
        token: str | None = None,
        json: object = None,
        data: object = None,
    ) -> HttpResponse:
        """Send any request, and read JSON or text."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("http") else f"{self.url}{path}"
        async with self.http.request(
            verb, url, headers=headers, json=json, data=data
        ) as response:
            if response.content_type == "application/json":
                return HttpResponse(
                    response.status, response.headers, await response.json()
                )
            return HttpResponse(
                response.status, response.headers, await response.text()
            )

    async def socket(self) -> aiohttp.ClientWebSocketResponse:
        """Open a Socket Mode connection and read its hello."""
        answer = await self.call("apps.connections.open", APP_TOKEN)
        connection = await self.http.ws_connect(answer.body["url"])
        hello = await connection.receive_json(timeout=30)
        assert hello["type"] == "hello"
        # A connection that nobody holds is collected, and closed by that.
        self.sockets.append(connection)
        return connection


Serve = Callable[..., Awaitable[Served]]
