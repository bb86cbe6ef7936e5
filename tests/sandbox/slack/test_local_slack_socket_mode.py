"""Socket Mode behaves as Slack's: one envelope, one connection, one answer in time."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.slack.errors import DeliveryError
from tests.sandbox.slack.local_slack_server import Serve, Served

APP_TOKEN = "xapp-sandbox-not-a-secret"


async def test_hello_says_how_many_connections_there_are(served: Served) -> None:
    await served.socket()
    opened = await served.call("apps.connections.open", APP_TOKEN)

    connection = await served.http.ws_connect(opened.body["url"])

    hello = await connection.receive_json(timeout=30)
    assert hello["type"] == "hello"
    assert hello["num_connections"] == 2
    assert hello["connection_info"] == {"app_id": "A0ROLLOUT"}
    assert hello["debug_info"]["approximate_connection_time"] == 3600
    assert served.slack.connected is True


async def test_an_address_is_good_for_one_connection(served: Served) -> None:
    opened = await served.call("apps.connections.open", APP_TOKEN)
    await served.http.ws_connect(opened.body["url"])

    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        await served.http.ws_connect(opened.body["url"])


async def test_the_eleventh_connection_is_sent_away(served: Served) -> None:
    for _ in range(10):
        await served.socket()
    opened = await served.call("apps.connections.open", APP_TOKEN)

    eleventh = await served.http.ws_connect(opened.body["url"])

    assert (await eleventh.receive_json(timeout=30))["reason"] == "too_many_websockets"
    assert (await eleventh.receive(timeout=30)).type == aiohttp.WSMsgType.CLOSE
    assert served.slack.socket_mode.connections == 10


async def test_each_envelope_goes_to_one_connection(served: Served) -> None:
    first, second = await served.socket(), await served.socket()

    async def answer(
        connection: aiohttp.ClientWebSocketResponse,
    ) -> dict[str, Any]:
        envelope: dict[str, Any] = await connection.receive_json(timeout=30)
        await connection.send_json({"envelope_id": envelope["envelope_id"]})
        return envelope

    both = asyncio.gather(answer(first), answer(second))
    await served.slack.command("U0ANN", "C0MAIL", "/rollout status one")
    await served.slack.command("U0ANN", "C0MAIL", "/rollout status two")

    envelopes = await both
    assert [each["payload"]["text"] for each in envelopes] == [
        "status one",
        "status two",
    ]
    assert {each["type"] for each in envelopes} == {"slash_commands"}
    assert all(each["accepts_response_payload"] for each in envelopes)


async def test_an_answer_may_come_over_another_connection(served: Served) -> None:
    first, second = await served.socket(), await served.socket()
    command = asyncio.create_task(
        served.slack.command("U0ANN", "C0MAIL", "/rollout help")
    )
    envelope = await first.receive_json(timeout=30)
    await first.close()

    await second.send_json({"envelope_id": envelope["envelope_id"]})

    done, _ = await asyncio.wait([command], timeout=30)
    assert [each.exception() for each in done] == [None]


async def test_a_late_answer_is_a_timeout_and_then_ignored(serve: Serve) -> None:
    served = await serve(ack_seconds=0.05)
    connection = await served.socket()

    with pytest.raises(DeliveryError, match="operation_timeout"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    envelope = await connection.receive_json(timeout=30)
    await connection.send_json(
        {"envelope_id": envelope["envelope_id"], "payload": {"text": "too late"}}
    )
    await asyncio.sleep(0.02)
    assert served.slack.seen("U0ANN", "C0MAIL") == []


async def test_without_a_connection_a_command_fails_at_once(served: Served) -> None:
    with pytest.raises(DeliveryError, match="dispatch_failed"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")


async def test_a_connection_that_broke_a_moment_ago_fails_the_command(
    served: Served,
) -> None:
    await served.socket()
    [broken] = served.slack.socket_mode._open
    assert broken._req is not None
    assert broken._req.transport is not None
    broken._req.transport.abort()

    with pytest.raises(DeliveryError, match="dispatch_failed"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    await served.slack.until(lambda: not served.slack.connected)


async def test_nonsense_from_the_app_does_no_harm(served: Served) -> None:
    connection = await served.socket()
    command = asyncio.create_task(
        served.slack.command("U0ANN", "C0MAIL", "/rollout help")
    )
    envelope = await connection.receive_json(timeout=30)
    answer = {"envelope_id": envelope["envelope_id"]}

    await connection.send_bytes(b"\x00")
    await connection.send_str("{")
    await connection.send_str("[]")
    await connection.send_json({"envelope_id": "unknown"})
    await connection.send_json({**answer, "payload": "not a message"})
    await connection.send_json(answer)

    done, _ = await asyncio.wait([command], timeout=30)
    assert [each.exception() for each in done] == [None]


async def test_an_unacknowledged_event_is_sent_again_with_retry_fields(
    serve: Serve,
) -> None:
    served = await serve(ack_seconds=0.03, retry_seconds=(0.0, 0.01))
    connection = await served.socket()

    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")
    envelopes = [await connection.receive_json(timeout=30) for _ in range(3)]
    await served.slack.settle()

    assert [each["retry_attempt"] for each in envelopes] == [0, 1, 2]
    assert [each["retry_reason"] for each in envelopes] == ["", "timeout", "timeout"]
    assert len({each["payload"]["event_id"] for each in envelopes}) == 1
    assert len({each["envelope_id"] for each in envelopes}) == 3
    with pytest.raises(TimeoutError):
        await connection.receive_json(timeout=0.05)


async def test_an_event_waits_for_the_app_to_come_back(serve: Serve) -> None:
    served = await serve(retry_seconds=(0.0, 0.3))
    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")
    connection = await served.socket()

    envelope = await connection.receive_json(timeout=30)
    await connection.send_json({"envelope_id": envelope["envelope_id"]})
    await served.slack.settle()

    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (
        2,
        "connection_failed",
    )


async def test_an_event_still_under_way_is_given_up_at_the_end(serve: Serve) -> None:
    served = await serve(retry_seconds=(60.0,))
    await served.slack.say("U0ANN", "C0MAIL", "@Rollout help")

    await served.slack.close()

    async with asyncio.timeout(1):
        await served.slack.settle()
    assert served.slack.connected is False


async def test_commands_never_come_twice(serve: Serve) -> None:
    served = await serve(ack_seconds=0.02, retry_seconds=(0.0,))
    connection = await served.socket()

    with pytest.raises(DeliveryError):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    await connection.receive_json(timeout=30)
    with pytest.raises(TimeoutError):
        await connection.receive_json(timeout=0.05)


async def test_a_warning_leaves_the_connection_open(served: Served) -> None:
    connection = await served.socket()

    await served.slack.socket_mode.disconnect("warning")

    frame = await connection.receive_json(timeout=30)
    assert (frame["type"], frame["reason"]) == ("disconnect", "warning")
    assert served.slack.connected is True


async def test_a_refresh_takes_no_more_envelopes_and_ends_later(served: Served) -> None:
    served.slack.socket_mode.refresh_grace = 0.02
    connection = await served.socket()

    await served.slack.socket_mode.disconnect("refresh_requested")

    assert served.slack.connected is False
    frame = await connection.receive_json(timeout=30)
    assert frame["reason"] == "refresh_requested"
    assert (await connection.receive(timeout=30)).type == aiohttp.WSMsgType.CLOSE


async def test_a_refresh_that_is_still_due_does_not_hold_up_the_end(
    served: Served,
) -> None:
    connection = await served.socket()
    await served.slack.socket_mode.disconnect("refresh_requested")
    await connection.receive_json(timeout=30)

    async with asyncio.timeout(3):
        closing = asyncio.create_task(served.slack.close())
        ended = await connection.receive()
        await closing

    assert ended.type == aiohttp.WSMsgType.CLOSE


async def test_a_disabled_link_closes_at_once(served: Served) -> None:
    connection = await served.socket()

    disconnecting = asyncio.create_task(
        served.slack.socket_mode.disconnect("link_disabled")
    )

    assert (await connection.receive_json(timeout=30))["reason"] == "link_disabled"
    assert (await connection.receive(timeout=30)).type == aiohttp.WSMsgType.CLOSE
    await disconnecting
    assert served.slack.connected is False


async def test_a_handshake_that_failed_uses_up_its_address(served: Served) -> None:
    opened = await served.call("apps.connections.open", APP_TOKEN)
    served.slack.arm("socket", "internal_error")

    with pytest.raises(aiohttp.WSServerHandshakeError, match="500"):
        await served.http.ws_connect(opened.body["url"])
    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        await served.http.ws_connect(opened.body["url"])
