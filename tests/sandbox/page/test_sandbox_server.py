"""The sandbox's server: start, stop, its routes and its origin guard."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from yarl import URL

from bot.sandbox import server, static_files
from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.event_stream import EventStream
from bot.sandbox.origin_guard import is_loopback
from bot.sandbox.ports import PortError
from bot.sandbox.server import Sandbox, start


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Sandbox]:
    sandbox = await start(None, 0)
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_after_its_end_nobody_answers_and_a_second_end_is_none(
    http: aiohttp.ClientSession,
) -> None:
    sandbox = await start(None, 0)
    await sandbox.stop()
    await sandbox.stop()

    with pytest.raises(aiohttp.ClientConnectorError):
        await http.get(sandbox.address)


async def test_a_taken_port_is_an_error_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortError, match=f"Port {port} is taken"):
            await start(None, port)


async def test_an_impossible_port_is_an_error_with_a_sentence() -> None:
    with pytest.raises(PortError, match="70000 is not a port"):
        await start(None, 70000)


async def test_a_second_sandbox_does_not_take_the_place_of_the_first(
    running: Sandbox,
) -> None:
    port = urlsplit(running.address).port
    assert port is not None

    with pytest.raises(PortError, match="taken"):
        await start(None, port)


async def test_the_settings_are_all_that_a_bot_needs(running: Sandbox) -> None:
    base = running.address

    assert {
        name: value
        for name, value in running.settings.items()
        if name.endswith("_API_URL")
    } == {"SLACK_API_URL": f"{base}slack/api/", "STORE_API_URL": f"{base}store"}
    assert set(running.settings) == {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_API_URL",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_AUTHORITY_HOST",
        "STORE_API_URL",
        "DATABASE_URL",
    }
    assert running.settings["DATABASE_URL"].startswith("sqlite:////")


async def test_a_token_of_the_authority_opens_the_store(
    running: Sandbox, http: aiohttp.ClientSession
) -> None:
    given = running.settings
    trust = ssl.create_default_context(cafile=running.ca_file)
    authority = f"{given['AZURE_AUTHORITY_HOST']}/{given['AZURE_TENANT_ID']}"
    form = {
        "grant_type": "client_credentials",
        "client_id": given["AZURE_CLIENT_ID"],
        "client_secret": given["AZURE_CLIENT_SECRET"],
        "scope": "https://manage.devcenter.microsoft.com/.default",
    }
    answer = await http.post(f"{authority}/oauth2/v2.0/token", data=form, ssl=trust)
    token = (await answer.json())["access_token"]

    listed = await http.get(
        f"{given['STORE_API_URL']}/v1.0/my/applications",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert listed.status == 200


async def test_what_happened_is_there_after_a_restart(tmp_path: Path) -> None:
    first = await start(tmp_path, 0)
    await first.slack.say("U0ANN", "C0MAIL", "remember me")
    first.store.publish("9NMAIL000001", None, 77.0)
    await first.stop()

    second = await start(tmp_path, 0)

    published = second.store.slot("9NMAIL000001").published
    texts = [one["text"] for one in second.slack.seen("U0BEN", "C0MAIL")]
    await second.stop()
    assert texts == ["remember me"]
    assert published is not None
    assert published.rollout.percentage == 77.0
    assert str(tmp_path) in second.settings["DATABASE_URL"]


async def test_without_a_folder_nothing_is_left_behind() -> None:
    sandbox = await start(None, 0)
    folder = sandbox.ca_file.parent
    assert folder.exists()

    await sandbox.stop()

    assert not folder.exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "text/html"),
        ("page/app.js", "text/javascript"),
        ("page/style.css", "text/css"),
        ("page/icon.svg", "image/svg+xml"),
    ],
)
async def test_the_page_comes_with_its_type_and_a_strict_policy(
    running: Sandbox, http: aiohttp.ClientSession, path: str, kind: str
) -> None:
    answer = await http.get(running.address + path)

    assert answer.status == 200
    assert answer.content_type == kind
    assert answer.charset == "utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2Fetc%2Fpasswd"])
async def test_only_the_pages_own_files_are_served(
    running: Sandbox, http: aiohttp.ClientSession, name: str
) -> None:
    url = f"{running.address}page/{name}"

    answer = await http.get(URL(url, encoded=True))

    assert answer.status == 404


def test_every_file_of_the_page_is_of_a_known_type() -> None:
    unknown = [each.name for each in static_files.FOLDER.iterdir() if _is_odd(each)]

    assert unknown == []


def _is_odd(path: Path) -> bool:
    return path.suffix not in static_files.TYPES


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::1"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_foreign_hosts_and_origins_are_rejected(
    running: Sandbox,
    http: aiohttp.ClientSession,
    headers: dict[str, str],
    method: str,
) -> None:
    path = "sandbox/store/state" if method == "GET" else "sandbox/slack/reset"

    answer = await http.request(method, running.address + path, headers=headers)

    assert answer.status == 403
    assert (await answer.json())["ok"] is False


POSTING = (
    "slack/api/chat.postMessage?token=xoxb-sandbox-not-a-secret&channel=C0MAIL&text=a"
)
# Chrome calls another port of this machine the same site, but it is another's page.
FOREIGN_SITES = ("cross-site", "same-site")


@pytest.mark.parametrize("site", FOREIGN_SITES)
@pytest.mark.parametrize(
    "path",
    [
        POSTING,
        "sandbox/store/state",
        "sandbox/events",
        "page/app.js",
        "store/v1.0/my/applications",
    ],
)
@pytest.mark.parametrize("mode", ["no-cors", "cors", "navigate"])
async def test_what_another_web_page_asks_for_is_refused(
    running: Sandbox, http: aiohttp.ClientSession, path: str, site: str, mode: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    answer = await http.get(running.address + path, headers=headers)

    assert answer.status == 403
    assert (await answer.json())["ok"] is False
    assert running.slack.seen("U0ANN", "C0MAIL") == []


@pytest.mark.parametrize("site", FOREIGN_SITES)
async def test_a_link_elsewhere_may_lead_to_the_page_and_nothing_else_may_load_it(
    running: Sandbox, http: aiohttp.ClientSession, site: str
) -> None:
    statuses = []
    for method, mode in (("GET", "navigate"), ("POST", "navigate"), ("GET", "no-cors")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        answer = await http.request(method, running.address, headers=headers)
        statuses.append(answer.status)

    assert statuses == [200, 403, 403]


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_our_own_page_and_a_typed_address_are_let_in(
    running: Sandbox, http: aiohttp.ClientSession, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}
    answer = await http.get(f"{running.address}sandbox/store/state", headers=headers)

    assert answer.status == 200


async def test_our_own_page_is_let_in(
    running: Sandbox, http: aiohttp.ClientSession
) -> None:
    port = urlsplit(running.address).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        headers = {"Host": host, "Origin": f"http://{host}"}

        answer = await http.post(
            f"{running.address}sandbox/slack/reset", headers=headers
        )

        assert answer.status == 200


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:3333", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("127.8.9.1", True),
        ("192.168.1.4:3333", False),
        ("localhost.evil.example", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_loopback_is_known_by_its_names(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


async def test_every_change_is_sent_as_an_event(
    running: Sandbox, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{running.address}sandbox/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"\n\n") == b"retry: 500\n\n"

        await running.slack.say("U0ANN", "C0MAIL", "one")
        first = await stream.content.readuntil(b"\n\n")
        running.store.arm("halt", "503")
        second = await stream.content.readuntil(b"\n\n")

    assert first == b"event: slack\ndata: 1\n\n"
    assert second == b"event: store\ndata: 2\n\n"


@asynccontextmanager
async def quick_events(
    broadcaster: Broadcaster,
) -> AsyncIterator[tuple[EventStream, str]]:
    """Serve the event stream alone, with short pings that a test can wait for."""
    events = EventStream(broadcaster.subscribe, ping_seconds=0.02)
    app = web.Application()
    app.add_routes(events.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield events, f"http://127.0.0.1:{runner.addresses[0][1]}/sandbox/events"
    await runner.cleanup()


async def test_an_idle_stream_is_kept_alive_and_loses_nothing(
    http: aiohttp.ClientSession,
) -> None:
    broadcaster = Broadcaster()
    async with quick_events(broadcaster) as (events, url), http.get(url) as stream:
        await stream.content.readuntil(b"\n\n")
        for _ in range(3):
            assert await stream.content.readuntil(b"\n\n") == b": still here\n\n"
        broadcaster.send("store")
        rest = b""
        while b"event: store" not in rest:
            rest = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 30)
        events.close()
        end = await asyncio.wait_for(stream.content.read(), 30)
    assert end.replace(b": still here\n\n", b"") == b""


async def test_a_closed_page_is_unsubscribed(http: aiohttp.ClientSession) -> None:
    broadcaster = Broadcaster()
    async with quick_events(broadcaster) as (_, url):
        async with http.get(url) as stream:
            await stream.content.readuntil(b"\n\n")
            assert len(broadcaster._subscriptions) == 1

        async with asyncio.timeout(30):
            # Nobody tells when a listener was dropped.
            while len(broadcaster._subscriptions):
                await asyncio.sleep(0.01)

    assert len(broadcaster._subscriptions) == 0


async def test_open_streams_do_not_hold_up_the_end(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SHUTDOWN_SECONDS", 3600.0)
    sandbox = await start(None, 0)
    async with http.get(f"{sandbox.address}sandbox/events") as stream:
        await stream.content.readuntil(b"\n\n")

        async with asyncio.timeout(30):
            await sandbox.stop()

        assert await stream.content.read() == b""
