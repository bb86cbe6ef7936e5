"""Payloads of every shape are read, or left out; none ends in an error."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncBoltRequest

from bot.slack.inbound.payloads import (
    is_for_us,
    is_readable,
    read_click,
    read_command,
    read_mention,
)
from tests.slack.slack_harness import MAIL, Bot

NAMES = st.sampled_from(
    [
        "type",
        "event",
        "user",
        "team",
        "channel",
        "actions",
        "action_id",
        "block_id",
        "value",
        "container",
        "message",
        "message_ts",
        "ts",
        "thread_ts",
        "id",
        "team_id",
        "user_id",
        "channel_id",
        "text",
        "command",
        "view",
        "callback_id",
        "authorizations",
        "enterprise",
        "response_url",
        "bot_id",
        "subtype",
        "edited",
        "event_id",
        "is_ext_shared_channel",
        "ssl_check",
        "token",
        "function_data",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "block_actions",
            "event_callback",
            "app_mention",
            "message",
            "view_submission",
            "/rollout",
            "rollout_confirm",
            "rollout_cancel",
            "U0ANN",
            MAIL,
            "1",
        ]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=6)
    ),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(NAMES, VALUES, max_size=10)
CLICKS = st.fixed_dictionaries(
    {
        "type": st.just("block_actions"),
        "actions": st.lists(
            st.fixed_dictionaries(
                {
                    "action_id": st.sampled_from(["rollout_confirm", "rollout_cancel"]),
                    "block_id": st.just("rollout_decision"),
                },
                optional={"value": VALUES},
            ),
            min_size=1,
            max_size=2,
        ),
    },
    optional=dict.fromkeys(("user", "channel", "container", "message", "team"), VALUES),
)
EVENTS = st.fixed_dictionaries(
    {
        "type": st.just("event_callback"),
        "event": st.fixed_dictionaries(
            {"type": st.just("app_mention")},
            optional=dict.fromkeys(
                ("user", "channel", "text", "thread_ts", "user_team"), VALUES
            ),
        ),
    },
    optional={"event_id": VALUES, "team_id": VALUES, "authorizations": VALUES},
)
ANY_PAYLOAD = st.one_of(PAYLOADS, CLICKS, EVENTS)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(payload=ANY_PAYLOAD)
async def test_no_payload_that_is_taken_ends_in_an_error(
    bot: Bot, caplog: pytest.LogCaptureFixture, payload: dict[str, Any]
) -> None:
    caplog.clear()
    if is_readable(payload) and is_for_us(payload):
        request = AsyncBoltRequest(body=payload, mode="socket_mode")
        reply = await bot.app.async_dispatch(request)
        await bot.idle()

        assert reply.status == 200
    assert not [r for r in caplog.records if r.exc_info]


@settings(max_examples=200, deadline=None)
@given(ANY_PAYLOAD)
def test_reading_a_payload_never_fails(payload: dict[str, Any]) -> None:
    for read in (read_command, read_mention, read_click):
        found = read(payload, "T0CONTOSO")
        assert found is None or found.place.workspace == "T0CONTOSO"
    assert is_readable(payload) in {True, False}


def test_a_guest_in_a_shared_channel_is_never_taken_for_a_colleague() -> None:
    event = {"type": "app_mention", "user": "U0GIL", "channel": "C0GAMES", "text": "x"}
    shared = {"event": event, "team_id": "T0CONTOSO", "is_ext_shared_channel": True}

    asked = read_mention(shared, "T0CONTOSO")

    assert asked is not None
    assert asked.person.team_id == ""


def test_a_click_is_read_from_its_message_where_the_container_is_silent() -> None:
    body = {
        "user": {"id": "U0ANN", "team_id": "T0CONTOSO"},
        "channel": {"id": MAIL},
        "message": {"ts": "2.2", "thread_ts": "1.1"},
        "actions": [{"action_id": "rollout_cancel", "value": "r1"}],
    }

    click = read_click(body, "T0CONTOSO")

    assert click is not None
    assert (click.card, click.place.thread, click.request_id) == ("2.2", "1.1", "r1")
    own_thread = {**body, "message": {"ts": "2.2", "thread_ts": "2.2"}}
    own = read_click(own_thread, "T0CONTOSO")
    assert own is not None
    assert own.place.thread is None
    assert read_click({**body, "user": "U0ANN"}, "T0CONTOSO") is None
