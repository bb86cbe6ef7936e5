"""A failed call to Slack is told apart: wait, or give up."""

import asyncio
from typing import ClassVar

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.sandbox.slack import LocalSlack
from bot.slack.client import calls


async def test_a_slack_that_hangs_is_not_waited_for(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    slack.arm("auth.test", "slow", seconds=1)

    with pytest.raises(
        RetryableNotificationError, match="did not answer within"
    ) as late:
        await calls.call(client.auth_test, timeout_seconds=0.05)

    assert late.value.may_have_arrived


async def test_a_slack_that_cannot_be_reached_took_nothing(
    client: AsyncWebClient,
) -> None:
    client.base_url = "http://127.0.0.1:9/"

    with pytest.raises(RetryableNotificationError, match="cannot be reached") as away:
        await calls.call(client.auth_test)

    assert not away.value.may_have_arrived


async def test_a_wrong_token_may_be_mended_while_we_wait(
    client: AsyncWebClient,
) -> None:
    client.token = "xoxb-wrong-not-a-secret"

    with pytest.raises(RetryableNotificationError, match="invalid_auth") as wrong:
        await calls.call(client.auth_test)

    assert not wrong.value.may_have_arrived


@pytest.mark.parametrize(
    ("status", "headers", "data", "wait"),
    [
        (429, {"Retry-After": "4"}, "", 4.0),
        (429, {"retry-after": "soon"}, None, 1.0),
        (200, {}, {"ok": False, "error": "ratelimited"}, 1.0),
        (502, {}, "<html>", None),
        (503, {}, {"ok": False, "error": "channel_not_found"}, None),
    ],
)
async def test_an_odd_failure_of_slack_is_a_reason_to_wait(
    status: int, headers: dict[str, str], data: object, wait: float | None
) -> None:
    class Response:
        status_code = status

    Response.headers = headers  # type: ignore[attr-defined]
    Response.data = data  # type: ignore[attr-defined]

    async def fails() -> None:
        raise SlackApiError("no", Response())  # type: ignore[no-untyped-call]

    with pytest.raises(RetryableNotificationError) as failed:
        await calls.call(fails)  # type: ignore[arg-type]

    assert failed.value.retry_after == wait


async def test_an_answer_that_is_nested_too_deep_is_a_lost_answer(
    client: AsyncWebClient,
) -> None:
    body = b"[" * 100_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n" % len(body)

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + b"Content-Type: application/json\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    client.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    with pytest.raises(RetryableNotificationError, match="was lost") as lost:
        await calls.call(client.auth_test)
    server.close()

    assert lost.value.may_have_arrived


async def test_an_answer_that_is_no_object_is_a_lost_answer() -> None:
    async def fails() -> None:
        raise AttributeError("'str' object has no attribute 'get'")

    with pytest.raises(RetryableNotificationError, match="was lost"):
        await calls.call(fails)  # type: ignore[arg-type]


async def test_a_scope_that_is_missing_is_named(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    slack.workspace.scopes.discard("chat:write")

    with pytest.raises(PermanentNotificationError) as missing:
        await calls.call(client.chat_postMessage, channel="C0MAIL", text="x")

    assert missing.value.code == "missing_scope"
    assert missing.value.needed == "chat:write"
    assert str(missing.value) == "Slack says missing_scope (needed: chat:write)"


@pytest.mark.parametrize(
    ("status", "refused"), [(404, True), (403, True), (502, False), (200, False)]
)
async def test_a_refusal_by_http_itself_is_told_from_being_away(
    status: int, *, refused: bool
) -> None:
    class Response:
        headers: ClassVar[dict[str, str]] = {}
        data = "<html>"

    Response.status_code = status  # type: ignore[attr-defined]

    async def fails() -> None:
        raise SlackApiError("no", Response())  # type: ignore[no-untyped-call]

    with pytest.raises(RetryableNotificationError) as failed:
        await calls.call(fails)  # type: ignore[arg-type]

    assert calls.is_refusal(failed.value) is refused
