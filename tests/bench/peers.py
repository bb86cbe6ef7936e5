"""A lean Store, Slack and token authority on loopback, that count and time each call.

The sandbox's own are faithful and slow; these answer just what the bot asks, so that
under load the bot is measured and not its peers. Latency can be added to each.
"""

import asyncio
import json
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from bot.sandbox.certificate import certificate

HOST: Final = "127.0.0.1"
TEAM: Final = "T0BENCH"
BOT_USER: Final = "U0BOT"
APP: Final = "9NBENCH00001"
PUBLISHED: Final = "1152921505000000001"
FALLBACK: Final = "1152921505000000000"
SIGNING_SECRET: Final = "bench-signing-secret-not-a-secret"

# What Slack is asked about people, groups and channels.
LOOKUPS: Final = frozenset(
    {
        "conversations.members",
        "users.conversations",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
    }
)

_TOKEN: Final = {
    "token_type": "Bearer",
    "expires_in": 86400,
    "access_token": "bench-token-not-a-secret",
}
_PACKAGES: Final = [
    {"fileStatus": "Uploaded", "version": "1.1.0.0", "architecture": each}
    for each in ("x64", "arm64")
]


@dataclass
class Seen:
    """What has arrived since the last `Peers.forget`; times are perf_counter's."""

    store: list[tuple[float, str, str]] = field(default_factory=list)
    slack: list[tuple[float, str]] = field(default_factory=list)
    halts: dict[str, list[float]] = field(default_factory=dict)
    cards: dict[str, float] = field(default_factory=dict)
    results: dict[str, list[float]] = field(default_factory=dict)
    ephemeral: int = 0


class Peers:
    """The three of them, in the benchmark's own process and on its clock."""

    def __init__(self, folder: Path) -> None:
        self._certificate = certificate(folder)
        self._runners: list[web.AppRunner] = []
        self._stopped: set[str] = set()
        self._threads: dict[str, list[dict[str, Any]]] = {}
        self._number = 0
        self._moved = asyncio.Event()
        self.store_latency = 0.0
        self.slack_latency = 0.0
        self.seen = Seen()
        # Lookups wait for this, and fail then; None where they are answered.
        self.lookups_fail: asyncio.Event | None = None
        self.effects: Counter[str] = Counter()
        # Apps of the account's list with what they have published, and what is final.
        self.listed: dict[str, str] = {}
        self.complete: set[str] = set()
        self.settings: dict[str, str] = {}

    async def start(self) -> None:
        """Listen on free ports; `settings` is then the environment of a bot."""
        plain = await self._serve(
            [
                web.route("*", "/store/{path:.*}", self._store),
                web.post("/slack/api/{method}", self._slack),
                web.get("/slack/api/{method}", self._slack),
            ],
            None,
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate.server_file)
        secure = await self._serve([web.route("*", "/{path:.*}", _authority)], context)
        self.settings = {
            "SLACK_BOT_TOKEN": "xoxb-bench-not-a-token",
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"http://{HOST}:{plain}/slack/api/",
            "AZURE_TENANT_ID": "00000000-0000-4000-8000-000000000001",
            "AZURE_CLIENT_ID": "00000000-0000-4000-8000-000000000002",
            "AZURE_CLIENT_SECRET": "bench-secret-not-a-secret",
            "AZURE_AUTHORITY_HOST": f"https://{HOST}:{secure}",
            "STORE_API_URL": f"http://{HOST}:{plain}/store",
            "REQUESTS_CA_BUNDLE": str(self._certificate.ca_file),
        }

    async def stop(self) -> None:
        """Stop to listen."""
        for runner in self._runners:
            await runner.cleanup()

    def forget(self) -> None:
        """Forget what has arrived; the rollouts stay as they are."""
        self.seen = Seen()

    async def until(self, true: Callable[[], bool], seconds: float = 120.0) -> bool:
        """Wait until something is true of what has arrived; False where it never is."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return true()
        return True

    async def result_posted(self, request_id: str, seconds: float = 120.0) -> bool:
        """Wait until a request's result is posted; False where it never is."""
        return await self.until(lambda: request_id in self.seen.results, seconds)

    async def cards_posted(self, many: int) -> bool:
        """Wait until so many cards are posted; False where they never are."""
        return await self.until(lambda: len(self.seen.cards) >= many)

    async def _serve(
        self, routes: list[web.RouteDef], context: ssl.SSLContext | None
    ) -> int:
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, HOST, 0, ssl_context=context, backlog=1024).start()
        port: int = runner.addresses[0][1]
        return port

    async def _store(self, request: web.Request) -> web.Response:
        *_, submission, last = ("", *request.path.split("/"))
        self.seen.store.append((time.perf_counter(), request.method, last))
        if last == "haltpackagerollout":
            self.seen.halts.setdefault(submission, []).append(time.perf_counter())
            self._moved.set()
            await self._wait(self.store_latency / 2)
            if submission in self._stopped:
                return web.json_response({"code": "InvalidOperation"}, status=409)
            self._stopped.add(submission)
            self.effects[submission] += 1
            await self._wait(self.store_latency / 2)
            return web.json_response(self._rollout(submission))
        await self._wait(self.store_latency)
        if last == "packagerollout":
            return web.json_response(self._rollout(submission))
        if submission == "submissions":
            return web.json_response(
                {"id": last, "status": "Published", "applicationPackages": _PACKAGES}
            )
        if last == "applications":
            return web.json_response(self._page(request))
        return web.json_response(_application(last, self.listed.get(last, PUBLISHED)))

    async def _slack(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        sent = await _arguments(request)
        self.seen.slack.append((time.perf_counter(), method))
        self._moved.set()
        await self._wait(self.slack_latency)
        if self.lookups_fail is not None and method in LOOKUPS:
            await self.lookups_fail.wait()
            failed = {"ok": False, "error": "internal_error"}
            return web.json_response(failed, status=500)
        answer: dict[str, Any] = {"ok": True}
        if method == "auth.test":
            answer |= {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0BOT"}
        elif method == "chat.postMessage":
            answer["ts"] = self._post(sent)
        elif method == "chat.update":
            answer["ts"] = sent["ts"]
        elif method == "conversations.replies":
            answer["messages"] = self._threads.get(str(sent["ts"]), [])
        elif method == "chat.postEphemeral":
            self.seen.ephemeral += 1
        self._moved.set()
        return web.json_response(answer)

    def _post(self, sent: dict[str, Any]) -> str:
        self._number += 1
        ts = f"1800000000.{self._number:06d}"
        about = sent["metadata"]["event_payload"]
        if "request_id" not in about:
            # A board or a notice.
            return ts
        request_id, part = str(about["request_id"]), str(about["part"])
        if part == "card":
            self.seen.cards[request_id] = time.perf_counter()
        else:
            self.seen.results.setdefault(request_id, []).append(time.perf_counter())
            thread = self._threads.setdefault(str(sent.get("thread_ts")), [])
            thread.append({"ts": ts, "metadata": sent["metadata"]})
        return ts

    def _page(self, request: web.Request) -> dict[str, Any]:
        skip, top = int(request.query.get("skip", 0)), int(request.query["top"])
        some = list(self.listed.items())[skip : skip + top]
        rows = [_application(app, published) for app, published in some]
        return {"value": rows, "totalCount": len(self.listed)}

    def _rollout(self, submission: str) -> dict[str, Any]:
        state = "Complete" if submission in self.complete else "InProgress"
        if submission in self._stopped:
            state = "Stopped"
        return {
            "isPackageRollout": True,
            "packageRolloutPercentage": 10.0,
            "packageRolloutStatus": f"PackageRollout{state}",
            "fallbackSubmissionId": FALLBACK,
        }

    async def _wait(self, seconds: float) -> None:
        if seconds:
            await asyncio.sleep(seconds)


def _application(app: str, published: str) -> dict[str, Any]:
    return {
        "id": app,
        "primaryName": "Bench Mail",
        "lastPublishedApplicationSubmission": {"id": published},
    }


async def _authority(request: web.Request) -> web.Response:
    if request.path.endswith("/token"):
        return web.json_response(_TOKEN)
    base = f"https://{request.host}/{request.path.split('/')[1]}"
    return web.json_response(
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "issuer": f"{base}/v2.0",
        }
    )


async def _arguments(request: web.Request) -> dict[str, Any]:
    """Read what a method was called with: JSON, a form, or the query."""
    if request.content_type == "application/json":
        sent: dict[str, Any] = json.loads(await request.read())
        return sent
    return {**request.query, **await request.post()}
