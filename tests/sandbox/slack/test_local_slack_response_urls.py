"""Response URLs work five times in thirty minutes, ephemerally by default."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.slack.local_slack_server import Served


async def response_url(served: Served, user: str = "U0ANN") -> str:
    """Run a command, acknowledge it, and return its response URL."""
    connection = served.sockets[0] if served.sockets else await served.socket()
    typed = asyncio.create_task(served.slack.command(user, "C0MAIL", "/rollout help"))
    envelope = await connection.receive_json(timeout=30)
    await connection.send_json({"envelope_id": envelope["envelope_id"]})
    await typed
    return str(envelope["payload"]["response_url"])


async def pressed(served: Served) -> str:
    """Press the button of the card, and return the click's response URL."""
    connection = await served.socket()
    click = asyncio.create_task(
        served.slack.press_label("U0ANN", "C0MAIL", "Halt rollout")
    )
    envelope = await connection.receive_json(timeout=30)
    await connection.send_json({"envelope_id": envelope["envelope_id"]})
    await click
    return str(envelope["payload"]["response_url"])


def texts(served: Served, user: str) -> list[str]:
    return [each["text"] for each in served.slack.seen(user, "C0MAIL")]


async def test_an_answer_is_for_the_asker_unless_it_says_otherwise(
    served: Served,
) -> None:
    url = await response_url(served)

    quiet = await served.send("POST", url, json={"text": "psst"})
    await served.send("POST", url, json={"text": "all", "response_type": "in_channel"})

    assert (quiet.status, quiet.body) == (200, "ok")
    assert texts(served, "U0ANN") == ["psst", "all"]
    assert texts(served, "U0BEN") == ["all"]


async def test_the_sixth_use_is_refused(served: Served) -> None:
    url = await response_url(served)

    answers = [await served.send("POST", url, json={"text": "x"}) for _ in range(6)]

    assert [each.status for each in answers] == [200] * 5 + [404]
    assert answers[5].error == "used_url"
    assert len(texts(served, "U0ANN")) == 5
    assert [call.error for call in served.slack.calls("response_url")][-1] == "used_url"


async def test_after_its_lifetime_a_url_is_dead(served: Served) -> None:
    served.slack.workspace.response_urls.lifetime = 0.0
    url = await response_url(served)
    await response_url(served)

    answer = await served.send("POST", url, json={"text": "too late"})

    assert (answer.status, answer.error) == (404, "expired_url")


async def test_an_unknown_url_is_dead(served: Served) -> None:
    url = f"{served.url}/slack/response/never-given-out"
    assert (await served.send("POST", url, json={"text": "x"})).error == "expired_url"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{", "invalid_payload"),
        ("[]", "invalid_payload"),
        ("{}", "no_text"),
        ('{"text": "a", "thread_ts": "1.0"}', "thread_not_found"),
        ('{"blocks": [{"type": "carpet"}]}', "invalid_blocks"),
    ],
)
async def test_an_answer_that_slack_cannot_use_is_refused(
    served: Served, body: str, error: str
) -> None:
    url = await response_url(served)
    answer = await served.send("POST", url, data=body)
    assert (answer.status, answer.error) == (400, error)


async def test_a_card_can_be_replaced_and_deleted_through_its_click(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    await served.json(
        "chat.postMessage", channel="C0MAIL", text="Halt?", blocks=buttons
    )
    url = await pressed(served)

    await served.send("POST", url, json={"replace_original": True, "text": "Halted"})
    replaced = texts(served, "U0BEN")
    await served.send("POST", url, json={"delete_original": True})

    assert replaced == ["Halted"]
    assert texts(served, "U0BEN") == []
    again = await served.send("POST", url, json={"delete_original": "true"})
    assert again.status == 200


async def test_an_ephemeral_message_is_changed_only_through_its_click(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    await served.json(
        "chat.postEphemeral", channel="C0MAIL", user="U0ANN", blocks=buttons
    )
    url = await pressed(served)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Chosen"}}

    await served.send("POST", url, json={"replace_original": True, "blocks": [section]})
    [message] = served.slack.seen("U0ANN", "C0MAIL")
    empty = await served.send("POST", url, json={"replace_original": True})
    await served.send("POST", url, json={"delete_original": True})

    assert message["blocks"][0]["text"]["text"] == "Chosen"
    assert (message["ephemeral"], message["edited"]) == (True, False)
    assert empty.error == "no_text"
    assert texts(served, "U0ANN") == []


async def test_a_deleted_reply_leaves_its_thread(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    parent = await served.slack.say("U0ANN", "C0MAIL", "look")
    await served.json(
        "chat.postMessage", channel="C0MAIL", blocks=buttons, thread_ts=parent
    )
    url = await pressed(served)

    await served.send("POST", url, json={"delete_original": True})

    [message] = served.slack.seen("U0ANN", "C0MAIL")
    assert (message["reply_count"], message["replies"]) == (0, [])


async def test_a_replacement_without_an_original_is_a_new_answer(
    served: Served,
) -> None:
    url = await response_url(served)
    await served.send("POST", url, json={"replace_original": True, "text": "new"})
    assert texts(served, "U0ANN") == ["new"]


async def test_a_response_url_can_be_made_to_fail(served: Served) -> None:
    url = await response_url(served)
    served.slack.arm("response_url", "internal_error")
    served.slack.arm("response_url", "lost_answer")

    assert (await served.send("POST", url, json={"text": "x"})).status == 500
    with pytest.raises(aiohttp.ClientError):
        await served.send("POST", url, json={"text": "y"})
    assert texts(served, "U0ANN") == ["y"]
