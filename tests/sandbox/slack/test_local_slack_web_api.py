"""The local Slack's Web API is as strict as Slack's."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.slack.directory import DEFAULT_SCOPES, Channel, Directory, seed
from bot.sandbox.slack.rate_limit import RateLimit
from tests.sandbox.slack.local_slack_server import (
    BOT_TOKEN,
    MANY_SCOPES,
    HttpResponse,
    Serve,
    Served,
)

MANIFEST = Path(__file__).parents[3] / "bot" / "slack" / "manifest.json"
APP_TOKEN = "xapp-sandbox-not-a-secret"


def world_with_a_private_channel(*, bot: bool) -> Directory:
    directory = seed()
    members = {"U0ANN", "U0ROLLOUT"} if bot else {"U0ANN"}
    directory.channels["G0SECRET"] = Channel(
        "G0SECRET", "release-secret", "", members, private=True
    )
    return directory


async def test_a_call_without_a_token_is_not_authed(served: Served) -> None:
    assert (await served.call("auth.test", None)).error == "not_authed"


async def test_a_wrong_token_is_invalid(served: Served) -> None:
    assert (await served.call("auth.test", "xoxb-wrong")).error == "invalid_auth"


async def test_a_token_may_be_sent_in_a_form_but_not_in_json(served: Served) -> None:
    bot = "xoxb-sandbox-not-a-secret"

    in_form = await served.send("POST", "/slack/api/auth.test", data={"token": bot})
    in_json = await served.send("POST", "/slack/api/auth.test", json={"token": bot})

    assert in_form.body["ok"] is True
    assert in_json.error == "not_authed"


async def test_auth_test_says_who_the_bot_is_and_lists_its_scopes(
    served: Served,
) -> None:
    answer = await served.call("auth.test")

    assert answer.body == {
        "ok": True,
        "url": "https://contoso.slack.com/",
        "team": "Contoso",
        "user": "rollout",
        "team_id": "T0CONTOSO",
        "user_id": "U0ROLLOUT",
        "bot_id": "B0ROLLOUT",
        "is_enterprise_install": False,
    }
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_each_kind_of_token_opens_its_own_methods(served: Served) -> None:
    opened = await served.call("apps.connections.open", APP_TOKEN)
    refused = await served.call("apps.connections.open")
    posted = await served.call("chat.postMessage", APP_TOKEN, channel="C0MAIL")
    tested = await served.call("auth.test", APP_TOKEN)

    assert opened.body["url"].startswith("ws://127.0.0.1")
    assert refused.error == "not_allowed_token_type"
    assert posted.error == "not_allowed_token_type"
    assert tested.body["app_id"] == "A0ROLLOUT"


async def test_a_method_that_is_not_there_is_unknown(served: Served) -> None:
    answer = await served.call("chat.shout")

    assert answer.body == {
        "ok": False,
        "error": "unknown_method",
        "req_method": "chat.shout",
    }


def test_the_app_has_the_scopes_of_its_manifest_and_no_other() -> None:
    scopes = json.loads(MANIFEST.read_text())["oauth_config"]["scopes"]
    asked = {*scopes["bot"], *scopes.get("bot_optional", [])}

    assert set(DEFAULT_SCOPES) == asked


async def test_a_missing_scope_is_named(serve: Serve) -> None:
    served = await serve(scopes={"commands", "app_mentions:read"})

    answer = await served.call("chat.postMessage", channel="C0MAIL", text="hello")

    assert answer.body == {
        "ok": False,
        "error": "missing_scope",
        "needed": "chat:write",
        "provided": "app_mentions:read,commands",
    }
    assert answer.headers["X-OAuth-Scopes"] == "app_mentions:read,commands"
    assert answer.headers["X-Accepted-OAuth-Scopes"] == "chat:write"


async def test_a_private_channel_needs_the_scopes_for_groups(serve: Serve) -> None:
    directory = world_with_a_private_channel(bot=True)
    served = await serve(directory=directory, scopes={"channels:read"})

    public = await served.call("conversations.info", channel="C0MAIL")
    private = await served.call("conversations.info", channel="G0SECRET")

    assert public.body["ok"] is True
    assert private.body["needed"] == "groups:read"


async def test_a_public_channel_without_the_bot_says_not_in_channel(
    served: Served,
) -> None:
    for method in ("chat.postMessage", "conversations.history"):
        answer = await served.call(method, channel="C0GENERAL", text="hello")
        assert answer.error == "not_in_channel"


async def test_a_private_channel_without_the_bot_does_not_exist(serve: Serve) -> None:
    directory = world_with_a_private_channel(bot=False)
    served = await serve(directory=directory, scopes=MANY_SCOPES)
    for channel in ("G0SECRET", "C0NOWHERE"):
        for method in ("chat.postMessage", "conversations.info", "chat.update"):
            answer = await served.call(method, channel=channel, text="hello", ts="1.0")
            assert answer.error == "channel_not_found"


async def test_a_message_is_posted_by_form_and_by_json_and_gets_block_ids(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    to_json = await served.json(
        "chat.postMessage", channel="C0MAIL", text="Halt?", blocks=buttons
    )
    as_form = await served.call(
        "chat.postMessage",
        channel="C0MAIL",
        text="Halt?",
        blocks='[{"type": "divider"}]',
    )

    first, second = to_json.body["message"], as_form.body["message"]
    assert len(first["blocks"][0]["block_id"]) == 5
    assert first["blocks"][1]["block_id"] == "choice"
    assert second["blocks"][0]["type"] == "divider"
    assert first["bot_id"] == "B0ROLLOUT"
    assert to_json.body["ts"] < as_form.body["ts"]
    assert len(to_json.body["ts"].partition(".")[2]) == 6


@pytest.mark.parametrize("blocks", ["{", "{}", '"text"', "[1"])
async def test_blocks_that_are_no_list_have_the_wrong_format(
    served: Served, blocks: str
) -> None:
    answer = await served.call("chat.postMessage", channel="C0MAIL", blocks=blocks)
    assert answer.error == "invalid_blocks_format"


async def test_invalid_blocks_are_refused_with_the_fault_named(served: Served) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}

    answer = await served.json("chat.postMessage", channel="C0MAIL", blocks=[header])

    fault = (
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    )
    assert answer.error == "invalid_blocks"
    assert answer.body["response_metadata"]["messages"] == [fault]


@pytest.mark.parametrize("text", ["", "   \n"])
async def test_a_message_with_nothing_in_it_is_refused(
    served: Served, text: str
) -> None:
    answer = await served.json("chat.postMessage", channel="C0MAIL", text=text)
    assert answer.error == "no_text"


async def test_a_text_beyond_slacks_limit_is_too_long(served: Served) -> None:
    answer = await served.json("chat.postMessage", channel="C0MAIL", text="x" * 40_001)
    assert answer.error == "msg_too_long"


async def test_a_reply_needs_a_parent_that_is_there_and_is_no_reply(
    served: Served,
) -> None:
    async def reply(thread_ts: str) -> HttpResponse:
        return await served.json(
            "chat.postMessage", channel="C0MAIL", text="reply", thread_ts=thread_ts
        )

    parent = await served.json("chat.postMessage", channel="C0MAIL", text="parent")
    child = await reply(parent.body["ts"])

    assert child.body["message"]["thread_ts"] == parent.body["ts"]
    assert (await reply("1.000100")).error == "thread_not_found"
    assert (await reply(child.body["ts"])).error == "cannot_reply_to_message"


async def test_a_call_without_a_channel_has_invalid_arguments(served: Served) -> None:
    answer = await served.json("chat.postMessage", text="hello")

    assert answer.error == "invalid_arguments"
    assert "channel" in answer.body["response_metadata"]["messages"][0]


async def test_json_that_is_broken_or_no_object_is_refused(served: Served) -> None:
    async def send(body: str) -> str:
        answer = await served.send(
            "POST",
            "/slack/api/chat.postMessage",
            token="xoxb-sandbox-not-a-secret",
            data=aiohttp.StringPayload(body, content_type="application/json"),
        )
        return str(answer.error)

    assert await send("{") == "invalid_json"
    assert await send("[]") == "json_not_object"


async def test_a_form_that_cannot_be_read_is_refused(served: Served) -> None:
    payload = aiohttp.BytesPayload(
        b"text=%FF", content_type="application/x-www-form-urlencoded; charset=pigeon"
    )

    answer = await served.send(
        "POST", "/slack/api/auth.test", token=BOT_TOKEN, data=payload
    )

    assert answer.error == "invalid_form_data"


async def test_reading_methods_do_not_take_json(serve: Serve) -> None:
    served = await serve(scopes=MANY_SCOPES)
    answer = await served.json("users.info", user="U0ANN")
    assert answer.error == "invalid_arguments"


async def test_more_than_a_burst_is_rate_limited_a_channel(serve: Serve) -> None:
    served = await serve(rate=RateLimit(per_second=0.5, burst=2))

    answers = [
        await served.json("chat.postMessage", channel="C0MAIL", text="hello")
        for _ in range(3)
    ]
    other = await served.json("chat.postMessage", channel="C0GAMES", text="hello")

    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[2].error == "ratelimited"
    assert answers[2].headers["Retry-After"] == "2"
    assert other.body["ok"] is True
    assert len(served.slack.seen("U0ANN", "C0MAIL")) == 2


async def test_the_rate_limit_can_be_switched_off(serve: Serve) -> None:
    served = await serve(rate=RateLimit(None))
    for _ in range(30):
        answer = await served.json("chat.postMessage", channel="C0MAIL", text="hello")
        assert answer.status == 200


async def test_text_alone_takes_blocks_away_and_marks_the_message_edited(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    posted = await served.json(
        "chat.postMessage", channel="C0MAIL", text="Halt?", blocks=buttons
    )
    ts = posted.body["ts"]

    answer = await served.json("chat.update", channel="C0MAIL", ts=ts, text="Halted")

    message = answer.body["message"]
    assert (message["text"], message.get("blocks")) == ("Halted", None)
    assert message["edited"]["user"] == "U0ROLLOUT"


async def test_blocks_alone_keep_the_text_and_show_no_edited_mark(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    posted = await served.json("chat.postMessage", channel="C0MAIL", text="Halt?")
    ts = posted.body["ts"]

    answer = await served.json("chat.update", channel="C0MAIL", ts=ts, blocks=buttons)

    message = answer.body["message"]
    assert message["text"] == "Halt?"
    assert message["blocks"][1]["block_id"] == "choice"
    assert "edited" not in message


async def test_an_update_with_nothing_new_has_no_text(served: Served) -> None:
    posted = await served.json("chat.postMessage", channel="C0MAIL", text="Halt?")

    answer = await served.json("chat.update", channel="C0MAIL", ts=posted.body["ts"])

    assert answer.error == "no_text"


async def test_only_the_bots_own_messages_can_be_updated(served: Served) -> None:
    anns = await served.slack.say("U0ANN", "C0MAIL", "hello")

    hers = await served.json("chat.update", channel="C0MAIL", ts=anns, text="changed")
    gone = await served.json("chat.update", channel="C0MAIL", ts="1.0", text="changed")

    assert hers.error == "cant_update_message"
    assert gone.error == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_and_cannot_be_updated(
    served: Served,
) -> None:
    posted = await served.json(
        "chat.postEphemeral", channel="C0MAIL", user="U0ANN", text="only you"
    )
    ts = posted.body["message_ts"]

    updated = await served.json("chat.update", channel="C0MAIL", ts=ts, text="changed")

    assert updated.error == "message_not_found"
    assert [each["ephemeral"] for each in served.slack.seen("U0ANN", "C0MAIL")] == [
        True
    ]
    assert served.slack.seen("U0BEN", "C0MAIL") == []


async def test_an_ephemeral_message_needs_somebody_in_the_channel(
    served: Served,
) -> None:
    for user in ("U0GIL", "U0NOBODY"):
        answer = await served.json(
            "chat.postEphemeral", channel="C0MAIL", user=user, text="only you"
        )
        assert answer.error == "user_not_in_channel"


async def test_an_ephemeral_reply_shows_only_in_an_active_thread(
    served: Served,
) -> None:
    posted = await served.json("chat.postMessage", channel="C0MAIL", text="parent")
    ts = posted.body["ts"]
    await served.json(
        "chat.postEphemeral", channel="C0MAIL", user="U0ANN", text="psst", thread_ts=ts
    )
    before = served.slack.seen("U0ANN", "C0MAIL")

    await served.slack.say("U0BEN", "C0MAIL", "now it is a thread", ts)

    [parent] = served.slack.seen("U0ANN", "C0MAIL")
    assert [each["replies"] for each in before] == [[]]
    assert [each["text"] for each in parent["replies"]] == [
        "psst",
        "now it is a thread",
    ]
    assert parent["reply_count"] == 1


async def test_metadata_survive_an_update_and_are_returned_only_on_request(
    served: Served,
) -> None:
    metadata = {"event_type": "rollout_card", "event_payload": {"request": "r-1"}}
    posted = await served.json(
        "chat.postMessage", channel="C0MAIL", text="card", metadata=metadata
    )
    ts = posted.body["ts"]
    await served.json("chat.update", channel="C0MAIL", ts=ts, text="done")

    plain = await served.call("conversations.history", channel="C0MAIL")
    whole = await served.call(
        "conversations.history", channel="C0MAIL", include_all_metadata="true"
    )
    await served.json("chat.update", channel="C0MAIL", ts=ts, text="done", metadata={})
    emptied = await served.call(
        "conversations.history", channel="C0MAIL", include_all_metadata="true"
    )

    assert posted.body["message"]["metadata"] == metadata
    assert "metadata" not in plain.body["messages"][0]
    assert whole.body["messages"][0]["metadata"] == metadata
    assert "metadata" not in emptied.body["messages"][0]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ("[]", "invalid_metadata_format"),
        ('{"event_type": "x"}', "invalid_metadata_schema"),
        ('{"event_payload": {}}', "invalid_metadata_schema"),
    ],
)
async def test_bad_metadata_are_refused(
    served: Served, metadata: str, error: str
) -> None:
    answer = await served.call(
        "chat.postMessage", channel="C0MAIL", text="card", metadata=metadata
    )
    assert answer.error == error


async def test_the_call_log_knows_method_and_error_but_no_token(served: Served) -> None:
    await served.send(
        "POST",
        "/slack/api/chat.postMessage",
        data={"token": "xoxb-sandbox-not-a-secret", "channel": "C0MAIL"},
    )

    [call] = served.slack.calls("chat.postMessage")
    assert (call.args, call.error, call.ok) == ({"channel": "C0MAIL"}, "no_text", False)
    assert served.slack.calls("auth.test") == []


async def test_real_pings_are_recorded_and_escaped_ones_are_not(served: Served) -> None:
    mrkdwn = {"type": "mrkdwn", "text": "<!here> <@U0BEN> <!subteam^S1|@team>"}
    plain = {"type": "plain_text", "text": "<!everyone>"}
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "broadcast", "range": "channel"},
                    {"type": "user", "user_id": "U0ANN"},
                    {"type": "usergroup", "usergroup_id": "S2"},
                ],
            }
        ],
    }
    await served.json(
        "chat.postMessage",
        channel="C0MAIL",
        text="&lt;!channel&gt; <!everyone>",
        blocks=[
            {"type": "section", "text": mrkdwn},
            {"type": "section", "fields": [plain]},
            rich,
        ],
    )

    assert [ping.kind for ping in served.slack.pings] == [
        "everyone",
        "here",
        "user",
        "subteam",
        "channel",
        "user",
        "subteam",
    ]
    assert served.slack.pings[3].mention == "<!subteam^S1|@team>"


async def test_link_names_turn_bare_words_into_pings(served: Served) -> None:
    text = "@channel, mail@here.example and @everyone"
    await served.json("chat.postMessage", channel="C0MAIL", text=text)
    assert not served.slack.pings

    await served.json("chat.postMessage", channel="C0MAIL", text=text, link_names=True)

    assert [ping.kind for ping in served.slack.pings] == ["channel", "everyone"]


@pytest.mark.parametrize(
    ("fault", "status"),
    [("ratelimited", 429), ("internal_error", 500)],
)
async def test_an_armed_fault_hits_once_and_nothing_is_done(
    served: Served, fault: str, status: int
) -> None:
    served.slack.arm("chat.postMessage", fault, seconds=7)

    first = await served.json("chat.postMessage", channel="C0MAIL", text="hello")
    second = await served.json("chat.postMessage", channel="C0MAIL", text="hello")

    assert (first.status, second.status) == (status, 200)
    assert first.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert len(served.slack.seen("U0ANN", "C0MAIL")) == 1
    assert served.slack.calls()[0].error == fault


async def test_a_lost_answer_was_done_all_the_same(served: Served) -> None:
    served.slack.arm("*", "lost_answer")

    with pytest.raises(aiohttp.ClientError):
        await served.json("chat.postMessage", channel="C0MAIL", text="hello")

    assert len(served.slack.seen("U0ANN", "C0MAIL")) == 1


async def test_a_slow_answer_comes_at_last(served: Served) -> None:
    served.slack.arm("auth.test", "slow", seconds=0.05, times=2)
    for _ in range(3):
        assert (await served.call("auth.test")).body["ok"] is True
    assert served.slack.workspace.faults.to_json()["armed"] == {}


async def test_downtime_lasts_until_it_is_cleared(served: Served) -> None:
    served.slack.arm("*", "downtime")
    down = [(await served.call("auth.test")).status for _ in range(3)]

    served.slack.workspace.faults.clear()

    assert down == [503, 503, 503]
    assert (await served.call("auth.test")).status == 200


def test_a_fault_that_does_not_exist_cannot_be_armed(served: Served) -> None:
    with pytest.raises(ValueError, match="fire"):
        served.slack.arm("*", "fire")
