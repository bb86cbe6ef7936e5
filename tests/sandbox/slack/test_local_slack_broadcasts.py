"""A reply that is broadcast is in its thread, and in the channel as well."""

from collections.abc import Callable
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.local_slack_server import Serve, Served

ClientOf = Callable[[Served], AsyncWebClient]


async def test_a_broadcast_reply_is_in_the_thread_and_in_the_channel(
    served: Served, client_of: ClientOf
) -> None:
    web = client_of(served)
    root = await web.chat_postMessage(channel="C0MAIL", text="Contoso Mail: 25 %")
    ts = str(root["ts"])
    quiet = await web.chat_postMessage(channel="C0MAIL", text="30 %", thread_ts=ts)
    told = await web.chat_postMessage(
        channel="C0MAIL", text="Halted", thread_ts=ts, reply_broadcast=True
    )
    history = (await web.conversations_history(channel="C0MAIL"))["messages"]
    thread = (await web.conversations_replies(channel="C0MAIL", ts=ts))["messages"]

    assert told["message"]["subtype"] == "thread_broadcast"
    assert told["message"]["root"]["ts"] == ts
    assert "subtype" not in quiet["message"]
    assert [message["text"] for message in history] == ["Halted", "Contoso Mail: 25 %"]
    assert history[0]["thread_ts"] == ts
    assert history[0]["root"]["text"] == "Contoso Mail: 25 %"
    assert [message["text"] for message in thread][1:] == ["30 %", "Halted"]


async def test_outside_a_thread_there_is_nothing_to_broadcast(
    served: Served, client_of: ClientOf
) -> None:
    web = client_of(served)
    posted = await web.chat_postMessage(
        channel="C0MAIL", text="alone", reply_broadcast=True
    )
    assert "subtype" not in posted["message"]


async def test_the_page_is_told_that_a_reply_was_broadcast(
    served: Served, client_of: ClientOf
) -> None:
    web = client_of(served)
    root = await web.chat_postMessage(channel="C0MAIL", text="root")
    ts = str(root["ts"])
    await web.chat_postMessage(
        channel="C0MAIL", text="Halted", thread_ts=ts, reply_broadcast=True
    )
    first, second = served.slack.seen("U0ANN", "C0MAIL")

    assert [reply["text"] for reply in first["replies"]] == ["Halted"]
    assert (second["text"], second["broadcast"]) == ("Halted", True)
    assert second["thread_ts"] == ts
    assert second["replies"] == []


async def test_a_broadcast_survives_a_restart(
    serve: Serve, client_of: ClientOf, tmp_path: Path
) -> None:
    path = tmp_path / "slack.json"
    web = client_of(await serve(state_file=path))
    root = await web.chat_postMessage(channel="C0MAIL", text="root")
    await web.chat_postMessage(
        channel="C0MAIL", text="Halted", thread_ts=str(root["ts"]), reply_broadcast=True
    )

    again = LocalSlack(path)

    assert [each["text"] for each in again.seen("U0ANN", "C0MAIL")] == [
        "root",
        "Halted",
    ]
