"""The real slack-bolt works against the local Slack, by socket and by signed HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.errors import DeliveryError
from tests.sandbox.slack.local_slack_server import MANY_SCOPES, Serve, Served

BOT_TOKEN = "xoxb-sandbox-not-a-secret"
APP_TOKEN = "xapp-sandbox-not-a-secret"


class Bot:
    """A small bot: a card for a command, a result for a click, a reply to a mention."""

    def __init__(self, client: AsyncWebClient, buttons: list[dict[str, Any]]) -> None:
        self.bolt = AsyncApp(
            client=client, signing_secret="sandbox-signing-not-a-secret"
        )
        self.client = client
        self.buttons = buttons
        self.ack_after = 0.0
        self.clicks: list[dict[str, Any]] = []
        self.bolt.command("/rollout")(self.on_command)
        self.bolt.action("halt")(self.on_halt)
        self.bolt.event("app_mention")(self.on_mention)

    async def on_command(
        self, ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]
    ) -> None:
        await asyncio.sleep(self.ack_after)
        await ack()
        await respond(f"You typed {command['text']}")
        await self.client.chat_postMessage(
            channel=command["channel_id"], text="Halt?", blocks=self.buttons
        )

    async def on_halt(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.clicks.append(body)
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        await self.client.chat_update(channel=channel, ts=ts, text="Halted")
        await self.client.chat_postMessage(
            channel=channel, text="Stopped at 25 %", thread_ts=ts
        )

    async def on_mention(self, event: dict[str, Any], say: AsyncSay) -> None:
        await say("Here I am", thread_ts=event.get("thread_ts") or event["ts"])


@pytest.fixture
async def bot(served: Served, buttons: list[dict[str, Any]]) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=f"{served.url}/slack/api/", session=session
        )
        yield Bot(client, buttons)


@pytest.fixture
async def by_socket(bot: Bot) -> AsyncIterator[Bot]:
    handler = AsyncSocketModeHandler(
        bot.bolt, APP_TOKEN, web_client=bot.client, ping_interval=0.5
    )
    await handler.connect_async()  # type: ignore[no-untyped-call]
    yield bot
    await handler.close_async()  # type: ignore[no-untyped-call]
    # The client leaves its tasks to the loop; they end at their next step.
    await asyncio.sleep(0.6)


@pytest.fixture
async def by_http(served: Served, bot: Bot) -> AsyncIterator[Bot]:
    async def events(request: web.Request) -> web.Response:
        answer = await bot.bolt.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    app = web.Application()
    app.router.add_post("/slack/events", events)
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/slack/events"))
    await served.control("delivery", mode="http", url=url)
    yield bot
    await served.slack.delivery.use_socket()
    await server.close()


def texts(served: Served, user: str = "U0ANN", channel: str = "C0MAIL") -> list[str]:
    return [each["text"] for each in served.slack.seen(user, channel)]


async def check_a_command_a_click_and_a_mention(served: Served, bot: Bot) -> None:
    """Play one dialogue; the same for both ways of delivery."""
    taken = await served.control(
        "command", channel="C0MAIL", text="/rollout halt mail", **{"as": "U0ANN"}
    )
    assert taken.body == {"ok": True}
    await served.slack.until(lambda: len(texts(served)) == 2)
    assert texts(served) == ["You typed halt mail", "Halt?"]
    assert texts(served, "U0BEN") == ["Halt?"]

    card = served.slack.seen("U0BEN", "C0MAIL")[0]
    where = {"channel": "C0MAIL", "ts": card["ts"], "as": "U0BEN"}
    pressed = await served.control(
        "press", block_id="choice", action_id="halt", **where
    )
    assert pressed.body == {"ok": True}
    await served.slack.until(
        lambda: served.slack.seen("U0BEN", "C0MAIL")[0]["reply_count"] == 1
    )
    [card] = served.slack.seen("U0BEN", "C0MAIL")
    assert (card["text"], card["blocks"]) == ("Halted", [])
    assert card["replies"][0]["text"] == "Stopped at 25 %"
    assert bot.clicks[0]["user"]["id"] == "U0BEN"

    ts = await served.slack.say("U0GIL", "C0GAMES", "@Rollout status")
    await served.slack.until(
        lambda: served.slack.seen("U0GIL", "C0GAMES")[0]["reply_count"] == 1
    )
    assert served.slack.seen("U0GIL", "C0GAMES")[0]["ts"] == ts
    assert not served.slack.pings


async def test_a_dialogue_by_socket(served: Served, by_socket: Bot) -> None:
    await check_a_command_a_click_and_a_mention(served, by_socket)


async def test_a_dialogue_by_signed_http(served: Served, by_http: Bot) -> None:
    await check_a_command_a_click_and_a_mention(served, by_http)


async def test_a_late_ack_shows_a_failure_though_the_bot_goes_on(
    serve: Serve, buttons: list[dict[str, Any]]
) -> None:
    served = await serve(ack_seconds=0.05)
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token=BOT_TOKEN, base_url=f"{served.url}/slack/api/", session=session
        )
        bot = Bot(client, buttons)
        bot.ack_after = 0.1
        handler = AsyncSocketModeHandler(bot.bolt, APP_TOKEN, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]

        with pytest.raises(DeliveryError, match="operation_timeout"):
            await served.slack.command("U0ANN", "C0MAIL", "/rollout halt mail")
        await served.slack.until(lambda: len(texts(served)) == 2)

        await handler.close_async()  # type: ignore[no-untyped-call]
    assert texts(served, "U0BEN") == ["Halt?"]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_the_client_comes_back_after_a_disconnect(
    served: Served, by_socket: Bot, reason: str
) -> None:
    before = len(served.slack.calls("apps.connections.open"))

    await served.control("disconnect", reason=reason)
    await served.slack.until(
        lambda: (
            served.slack.connected
            and len(served.slack.calls("apps.connections.open")) > before
        )
    )
    # The client may connect twice, for the word and for the end of the connection, and
    # what comes over the first of the two is lost: a person types it again.
    taken = False
    async with asyncio.timeout(60):
        while not taken:
            with suppress(DeliveryError):
                await served.slack.command("U0ANN", "C0MAIL", "/rollout help")
                taken = True
            await asyncio.sleep(0.05)

    await served.slack.until(lambda: len(texts(served)) >= 2)
    assert by_socket.clicks == []


async def test_the_client_sees_slacks_errors_as_its_own(
    served: Served, bot: Bot
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await bot.client.chat_postMessage(channel="C0GENERAL", text="hello")

    assert refused.value.response["error"] == "not_in_channel"
    assert texts(served, channel="C0GENERAL") == []


async def test_every_read_that_the_client_offers_works(
    served: Served, bot: Bot
) -> None:
    served.slack.workspace.scopes = set(MANY_SCOPES)
    client = bot.client
    posted = await client.chat_postMessage(
        channel="C0MAIL",
        text="card",
        metadata={"event_type": "card", "event_payload": {"request": "r-1"}},
    )
    ts = posted["ts"]

    tested = await client.auth_test()
    history = await client.conversations_history(
        channel="C0MAIL", include_all_metadata=True
    )
    replies = await client.conversations_replies(
        channel="C0MAIL", ts=ts, include_all_metadata=True
    )
    link = await client.chat_getPermalink(channel="C0MAIL", message_ts=ts)
    user = await client.users_info(user="U0BEN", include_locale=True)
    quiet = await client.chat_postEphemeral(channel="C0MAIL", user="U0BEN", text="psst")

    assert "commands" in tested.headers["X-OAuth-Scopes"]
    assert history["messages"][0]["metadata"]["event_payload"] == {"request": "r-1"}
    assert replies["messages"][0]["metadata"] == history["messages"][0]["metadata"]
    assert link["permalink"].endswith(ts.replace(".", ""))
    assert user["user"]["locale"] == "de-DE"
    assert quiet["message_ts"] > ts
    assert (await client.conversations_info(channel="C0MAIL"))["channel"]["is_member"]
    assert len((await client.conversations_members(channel="C0MAIL"))["members"]) == 4
    assert (await client.bots_info(bot=tested["bot_id"]))["bot"]["name"] == "Rollout"
    assert (await client.team_info())["team"]["id"] == "T0CONTOSO"
    assert all(call.ok for call in served.slack.calls())
