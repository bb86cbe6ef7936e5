"""The control API of the local Slack: people's actions, settings and errors."""

from typing import Any

import pytest

from tests.sandbox.slack.local_slack_server import Served


async def test_the_state_is_what_one_person_may_see(served: Served) -> None:
    await served.json("chat.postMessage", channel="C0MAIL", text="for all")
    await served.json(
        "chat.postEphemeral", channel="C0MAIL", user="U0ANN", text="only you"
    )

    ann = (await served.control("state?as=U0ANN", "GET")).body
    gil = (await served.control("state?as=U0GIL", "GET")).body

    assert ann["team"] == {"id": "T0CONTOSO", "name": "Contoso"}
    assert ann["bot"] == {"id": "U0ROLLOUT", "name": "Rollout", "connected": False}
    assert [each["guest"] for each in ann["users"]] == [False, False, False, True]
    assert [each["name"] for each in ann["channels"]] == [
        "release-mail",
        "release-games",
        "general",
    ]
    assert [each["bot_is_member"] for each in ann["channels"]] == [True, True, False]
    assert [each["text"] for each in ann["messages"]["C0MAIL"]] == [
        "for all",
        "only you",
    ]
    assert [each["id"] for each in gil["channels"]] == ["C0GAMES"]
    assert list(gil["messages"]) == ["C0GAMES"]
    assert ann["delivery"] == {"mode": "socket", "url": None}


async def test_a_message_has_the_shape_that_the_page_draws(served: Served) -> None:
    answer = await served.control(
        "message", channel="C0MAIL", text="hi", **{"as": "U0ANN"}
    )

    state = await served.control("state?as=U0BEN", "GET")

    assert state.body["messages"]["C0MAIL"] == [
        {
            "ts": answer.body["ts"],
            "user": "U0ANN",
            "bot": False,
            "name": "Ann Ortega",
            "text": "hi",
            "blocks": [],
            "edited": False,
            "thread_ts": None,
            "broadcast": False,
            "ephemeral": False,
            "reply_count": 0,
            "replies": [],
        }
    ]


async def test_a_reply_is_written_into_its_thread(served: Served) -> None:
    ann = {"as": "U0ANN", "channel": "C0MAIL"}
    parent = (await served.control("message", text="a", **ann)).body["ts"]

    answer = await served.control("message", text="b", thread_ts=parent, **ann)

    [message] = served.slack.seen("U0ANN", "C0MAIL")
    assert message["replies"][0]["ts"] == answer.body["ts"]


async def test_a_command_that_no_app_acknowledges_has_slacks_error_code(
    served: Served,
) -> None:
    answer = await served.control(
        "command", channel="C0MAIL", text="/rollout", **{"as": "U0ANN"}
    )
    assert (answer.status, answer.body) == (
        400,
        {"ok": False, "error": "dispatch_failed"},
    )


async def test_a_command_in_a_thread_is_rejected_with_a_sentence(
    served: Served,
) -> None:
    answer = await served.control(
        "command", channel="C0MAIL", text="/rollout", thread_ts="1.0", **{"as": "U0ANN"}
    )
    assert answer.error == "/rollout is not supported in threads. Sorry!"
    # What the page needs to say it in another language.
    assert answer.body["sentence"] == {
        "message": "{command} is not supported in threads. Sorry!",
        "values": {"command": "/rollout"},
    }


async def test_a_missing_button_is_rejected_with_a_sentence(served: Served) -> None:
    ts = await served.slack.say("U0ANN", "C0MAIL", "hi")
    answer = await served.control(
        "press",
        channel="C0MAIL",
        ts=ts,
        block_id="b",
        action_id="a",
        **{"as": "U0ANN"},
    )
    assert answer.error == "That button is no longer there. The message has changed."


async def test_the_bot_is_invited_and_removed(served: Served) -> None:
    async def post() -> str:
        answer = await served.json("chat.postMessage", channel="C0GENERAL", text="hi")
        return str(answer.body.get("error", "ok"))

    await served.control("membership", channel="C0GENERAL", bot=True)
    inside = await post()
    await served.control("membership", channel="C0GENERAL", bot=False)
    outside = await post()
    served.slack.invite("C0GENERAL")

    assert (inside, outside, await post()) == ("ok", "not_in_channel", "ok")


async def test_faults_are_armed_shown_and_cleared(served: Served) -> None:
    await served.control(
        "faults", method="chat.postMessage", fault="ratelimited", times=2, seconds=3
    )
    await served.control("faults", fault="downtime")
    armed = (await served.control("state?as=U0ANN", "GET")).body
    down = await served.call("auth.test")

    await served.control("faults", "DELETE")

    assert armed["faults"] == {
        "downtime": True,
        "armed": {
            "chat.postMessage": [{"fault": "ratelimited", "times": 2, "seconds": 3.0}],
            "*": [{"fault": "downtime", "times": 1, "seconds": 1.0}],
        },
    }
    assert set(armed["fault_choices"]) == {
        "ratelimited",
        "internal_error",
        "lost_answer",
        "slow",
        "downtime",
    }
    assert down.status == 503
    assert (await served.call("auth.test")).status == 200


async def test_rate_and_scopes_can_be_changed(served: Served) -> None:
    await served.control("rate", per_second=1, burst=1)
    fast = [
        (await served.json("chat.postMessage", channel="C0MAIL", text="x")).status
        for _ in range(2)
    ]
    await served.control("rate", per_second=None)
    free = await served.json("chat.postMessage", channel="C0MAIL", text="x")
    await served.control("scopes", scopes=["commands"])
    bare = await served.json("chat.postMessage", channel="C0MAIL", text="x")

    assert fast == [200, 429]
    assert free.status == 200
    assert bare.error == "missing_scope"


async def test_a_reset_deletes_messages_and_later_timestamps_stay_later(
    served: Served,
) -> None:
    before = await served.slack.say("U0ANN", "C0MAIL", "hi")

    await served.control("reset")

    assert served.slack.seen("U0ANN", "C0MAIL") == []
    assert await served.slack.say("U0ANN", "C0MAIL", "hi again") > before


async def test_calls_and_pings_can_be_read(served: Served) -> None:
    await served.json("chat.postMessage", channel="C0MAIL", text="<!channel>")

    calls = (await served.control("calls?method=chat.postMessage", "GET")).body
    pings = (await served.control("pings", "GET")).body

    assert [call["error"] for call in calls] == [None]
    assert calls[0]["args"] == {"channel": "C0MAIL", "text": "<!channel>"}
    assert [(ping["kind"], ping["ephemeral"]) for ping in pings] == [("channel", False)]


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        ("message", {"channel": "C0MAIL", "text": "hi"}, "“as” is missing"),
        ("message", {"as": 1, "channel": "C0MAIL", "text": "hi"}, "“as” is missing"),
        (
            "message",
            {"as": "U0ANN", "channel": "C0MAIL", "text": "\ud800"},
            "“text” is missing",
        ),
        ("membership", {"channel": "C0NOWHERE", "bot": True}, "no channel with the id"),
        ("membership", {"channel": "C0MAIL", "bot": "yes"}, "“bot” is missing"),
        ("faults", {"fault": "fire"}, "There is no fault “fire”"),
        ("faults", {"fault": "slow", "method": "chat.shout"}, "There is no method"),
        ("faults", {"fault": "slow", "times": 0}, "“times” is missing"),
        ("faults", {"fault": "downtime", "method": "socket"}, "of all methods"),
        ("faults", {"fault": "slow", "seconds": True}, "“seconds” is missing"),
        ("delivery", {"mode": "pigeon"}, "The mode is"),
        ("delivery", {"mode": "http"}, "“url” is missing"),
        (
            "delivery",
            {"mode": "http", "url": "http://a.example/slack/events"},
            "only to http addresses of this machine",
        ),
        ("delivery", {"mode": "http", "url": "http://[::1"}, "of this machine"),
        ("delivery", {"mode": "http", "url": "file:///etc"}, "of this machine"),
        ("scopes", {"scopes": "all"}, "“scopes” is missing"),
        ("disconnect", {"reason": "boredom"}, "There is no reason “boredom”"),
    ],
)
async def test_an_invalid_request_is_rejected_with_a_sentence(
    served: Served, name: str, body: dict[str, Any], sentence: str
) -> None:
    answer = await served.control(name, **body)

    assert answer.status == 400
    assert answer.body["ok"] is False
    assert sentence in answer.error


async def test_the_state_needs_a_known_viewer(served: Served) -> None:
    answer = await served.control("state", "GET")
    assert (answer.status, answer.body["ok"]) == (400, False)


@pytest.mark.parametrize("text", ["{", "[]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(
    served: Served, text: str | bytes
) -> None:
    answer = await served.send("POST", "/sandbox/slack/reset", data=text)
    assert answer.error == "Send a JSON object."
