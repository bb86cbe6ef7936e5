"""Delivery to a request URL: signed HTTP, with retries of events."""

import asyncio
import json
import time
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack.errors import DeliveryError
from tests.sandbox.slack.local_slack_server import Serve

SECRET = "sandbox-signing-not-a-secret"


class Receiver:
    """A request URL that records requests and sends the prepared `answers`."""

    def __init__(self) -> None:
        self.requests: list[tuple[Any, bytes]] = []
        self.answers: list[web.Response] = []
        self.url = ""
        self.seconds = 0.0

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((request.headers.copy(), await request.read()))
        await asyncio.sleep(self.seconds)
        return self.answers.pop(0) if self.answers else web.Response()

    def form(self, number: int = 0) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(self.requests[number][1].decode()))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/slack/events", receiver.handle)
    server = TestServer(app)
    await server.start_server()
    receiver.url = str(server.make_url("/slack/events"))
    yield receiver
    await server.close()


async def test_a_command_is_a_signed_form(serve: Serve, receiver: Receiver) -> None:
    served = await serve(request_url=receiver.url)

    await served.slack.command("U0ANN", "C0MAIL", "/rollout halt mail & more")

    headers, body = receiver.requests[0]
    form = receiver.form()
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert SignatureVerifier(SECRET).is_valid_request(body, dict(headers))
    assert not SignatureVerifier("wrong").is_valid_request(body, dict(headers))
    assert abs(time.time() - int(headers["X-Slack-Request-Timestamp"])) < 5
    assert form["command"] == "/rollout"
    assert form["text"] == "halt mail &amp; more"
    assert form["is_enterprise_install"] == "false"
    assert served.slack.connected is True


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (web.json_response({"text": "as json"}), "as json"),
        (web.Response(text="as text"), "as text"),
        (web.json_response("[]"), '"[]"'),
    ],
)
async def test_a_message_in_the_answer_is_shown_to_the_asker(
    serve: Serve, receiver: Receiver, answer: web.Response, text: str
) -> None:
    served = await serve(request_url=receiver.url)
    receiver.answers = [answer]

    await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    [message] = served.slack.seen("U0ANN", "C0MAIL")
    assert (message["text"], message["ephemeral"]) == (text, True)


async def test_a_click_is_a_payload_in_a_form(
    serve: Serve, receiver: Receiver, buttons: list[dict[str, Any]]
) -> None:
    served = await serve(request_url=receiver.url)
    await served.json("chat.postMessage", channel="C0MAIL", blocks=buttons)

    await served.slack.press_label("U0BEN", "C0MAIL", "Halt rollout")

    payload = json.loads(receiver.form()["payload"])
    assert payload["type"] == "block_actions"
    assert payload["actions"][0]["value"] == "request-1"


async def test_an_event_that_failed_comes_again_with_its_number(
    serve: Serve, receiver: Receiver
) -> None:
    served = await serve(request_url=receiver.url, retry_seconds=(0.0, 0.01))
    receiver.answers = [web.Response(status=500), web.Response(status=302)]

    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")
    await served.slack.settle()

    headers = [each for each, _ in receiver.requests]
    assert [each.get("X-Slack-Retry-Num") for each in headers] == [None, "1", "2"]
    assert headers[1]["X-Slack-Retry-Reason"] == "http_error"
    bodies = [json.loads(body) for _, body in receiver.requests]
    assert len({body["event_id"] for body in bodies}) == 1
    assert bodies[0]["type"] == "event_callback"


async def test_an_app_can_ask_for_no_retry(serve: Serve, receiver: Receiver) -> None:
    served = await serve(request_url=receiver.url, retry_seconds=(0.0,))
    receiver.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]

    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")
    await served.slack.settle()

    assert len(receiver.requests) == 1


async def test_an_error_answer_fails_the_command(
    serve: Serve, receiver: Receiver
) -> None:
    served = await serve(request_url=receiver.url)
    receiver.answers = [web.Response(status=404)]

    with pytest.raises(DeliveryError, match="dispatch_failed"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    assert len(receiver.requests) == 1


async def test_an_app_that_is_away_fails_the_command(serve: Serve) -> None:
    served = await serve(request_url="http://127.0.0.1:9/slack/events")

    with pytest.raises(DeliveryError, match="dispatch_failed"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")


async def test_an_app_that_is_late_times_out(serve: Serve, receiver: Receiver) -> None:
    # Long enough for the request to arrive, also on a busy machine.
    served = await serve(request_url=receiver.url, ack_seconds=0.5)
    receiver.seconds = 2.0

    with pytest.raises(DeliveryError, match="operation_timeout"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    assert len(receiver.requests) == 1


async def test_delivery_can_be_switched_while_running(
    serve: Serve, receiver: Receiver
) -> None:
    served = await serve()
    connection = await served.socket()

    await served.control("delivery", mode="http", url=receiver.url)
    await served.slack.command("U0ANN", "C0MAIL", "/rollout help")
    await served.control("delivery", mode="socket")
    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")

    assert len(receiver.requests) == 1
    envelope = await connection.receive_json(timeout=30)
    assert envelope["type"] == "events_api"
    await connection.send_json({"envelope_id": envelope["envelope_id"]})
