"""Payloads of every shape are read, or left out; none ends in an error."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.requests import Place
from bot.slack.inbound.board_payloads import read_board_press, read_submission
from bot.slack.inbound.payloads import (
    read_choice,
    read_click,
    read_command,
    read_mention,
    workspaces_of,
)
from bot.slack.inbound.shapes import is_for_us, is_readable
from tests.slack.signed_requests import JSON, post, signed
from tests.slack.slack_harness import Bot
from tests.slack_users import IN_MAIL, TEAM

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
            IN_MAIL,
            TEAM,
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
OURS = st.just(TEAM)
PAYLOADS = st.one_of(
    st.dictionaries(NAMES, VALUES, max_size=10),
    st.fixed_dictionaries(
        {"command": st.just("/rollout"), "team_id": OURS},
        optional=dict.fromkeys(("user_id", "channel_id", "text", "team"), VALUES),
    ),
)
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
    optional={
        **dict.fromkeys(("user", "channel", "container", "message"), VALUES),
        "team": st.one_of(st.fixed_dictionaries({"id": OURS}), VALUES),
    },
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
    optional={
        "event_id": VALUES,
        "team_id": st.one_of(OURS, VALUES),
        "authorizations": VALUES,
    },
)
PRESSES = st.fixed_dictionaries(
    {
        "type": st.just("block_actions"),
        "actions": st.lists(
            st.fixed_dictionaries(
                {"action_id": st.sampled_from(["board_halt", "board_set"])},
                optional={"value": VALUES},
            ),
            min_size=1,
            max_size=2,
        ),
    },
    optional=dict.fromkeys(
        ("user", "channel", "container", "trigger_id", "response_urls"), VALUES
    ),
)
FORMS = st.fixed_dictionaries(
    {
        "type": st.just("view_submission"),
        "team": st.fixed_dictionaries({"id": OURS}),
        "view": st.fixed_dictionaries(
            {"type": st.just("modal"), "callback_id": st.just("rollout_set")},
            optional=dict.fromkeys(
                ("id", "hash", "private_metadata", "state", "app_installed_team_id"),
                VALUES,
            ),
        ),
    },
    optional=dict.fromkeys(("user", "response_urls", "trigger_id"), VALUES),
)
ANY_PAYLOAD = st.one_of(PAYLOADS, CLICKS, EVENTS, PRESSES, FORMS)


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
    body = json.dumps(payload).encode()

    status, _ = await post(bot, body, signed(body, JSON))
    await bot.quiet()

    assert status == (200 if is_readable(payload) else 400)
    assert not [r for r in caplog.records if r.exc_info]


@settings(max_examples=200, deadline=None)
@given(ANY_PAYLOAD)
def test_reading_a_payload_never_fails(payload: dict[str, Any]) -> None:
    for read in (
        read_command,
        read_mention,
        read_click,
        read_choice,
        read_board_press,
        read_submission,
    ):
        found = read(payload, TEAM)
        assert found is None or found.place.workspace == TEAM
    assert all(workspaces_of(payload))
    assert is_for_us(payload) in {True, False}
    assert is_readable(payload) in {True, False}


def test_a_guest_in_a_shared_channel_is_never_taken_for_a_colleague() -> None:
    event = {"type": "app_mention", "user": "U0GIL", "channel": "C0GAMES", "text": "x"}
    shared = {"event": event, "team_id": "T0CONTOSO", "is_ext_shared_channel": True}

    asked = read_mention(shared, TEAM)

    assert asked is not None
    assert asked.person.team_id == ""


def test_a_click_is_read_from_its_message_where_the_container_is_silent() -> None:
    body = {
        "user": {"id": "U0ANN", "team_id": "T0CONTOSO"},
        "channel": {"id": IN_MAIL},
        "message": {"ts": "2.2", "thread_ts": "1.1"},
        "actions": [{"action_id": "rollout_cancel", "value": "r1"}],
    }

    click = read_click(body, TEAM)

    assert click is not None
    assert (click.card, click.place.thread, click.request_id) == ("2.2", "1.1", "r1")
    own_thread = {**body, "message": {"ts": "2.2", "thread_ts": "2.2"}}
    own = read_click(own_thread, TEAM)
    assert own is not None
    assert own.place.thread is None
    assert read_click({**body, "user": "U0ANN"}, TEAM) is None


def test_a_choice_is_a_command_of_the_one_who_pressed() -> None:
    action = {"action_id": "rollout_choose_1", "value": "halt mail"}
    body = {
        "user": {"id": "U0ANN", "team_id": "T0CONTOSO"},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "2.2", "thread_ts": "1.1"},
        "response_url": "https://hooks.slack.example/1",
        "actions": [action],
    }

    asked = read_choice(body, TEAM)

    assert asked is not None
    assert (asked.text, asked.person.user_id, asked.place.thread) == (
        "halt mail",
        "U0ANN",
        "1.1",
    )
    assert asked.response_url == "https://hooks.slack.example/1"
    # The second press of the same button is a second delivery; of another it is not.
    assert asked.delivery_id == f"{IN_MAIL}/2.2/rollout_choose_1"
    for value in (None, "", 7, ["halt"], "x" * 2001):
        assert read_choice({**body, "actions": [{**action, "value": value}]}, TEAM) is (
            None
        )
    assert read_choice({**body, "user": "U0ANN"}, TEAM) is None
    assert read_choice({**body, "actions": []}, TEAM) is None


def test_a_place_is_in_the_workspace_that_the_payload_was_accepted_for() -> None:
    who = {"id": "U0GIL", "team_id": "T0FABRIKAM"}
    command = {"team_id": "T0A", "user_id": "U0ANN", "channel_id": IN_MAIL}
    mention = {
        "team_id": "T0B",
        "event": {"user": "U0GIL", "user_team": "T0FABRIKAM", "channel": IN_MAIL},
    }
    click = {
        "team": {"id": "T0C"},
        "user": who,
        "channel": {"id": IN_MAIL},
        "message": {"ts": "2.2"},
    }

    found = [
        read_command(command, "T0A"),
        read_mention(mention, "T0B"),
        read_click(click, "T0C"),
    ]

    assert [one and one.place for one in found] == [
        Place(workspace, IN_MAIL) for workspace in ("T0A", "T0B", "T0C")
    ]
    assert [workspaces_of(body) for body in (command, mention, click)] == [
        {"T0A"},
        {"T0B"},
        {"T0C"},
    ]
    assert [one and one.person.team_id for one in found] == [
        "T0A",
        "T0FABRIKAM",
        "T0FABRIKAM",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"team_id": None},
        {"team": None},
        {"team": "T0"},
        {"team": {}},
        {"authorizations": None},
    ],
)
def test_a_payload_may_name_no_workspace(body: dict[str, Any]) -> None:
    assert workspaces_of(body) == set()


def test_an_event_names_the_installation_that_it_is_delivered_to_too() -> None:
    granted = [{"team_id": "T0OURS"}, {"team_id": None}]

    found = workspaces_of({"team_id": "T0THEIRS", "authorizations": granted})

    assert found == {"T0OURS", "T0THEIRS"}


@pytest.mark.parametrize("odd", [None, 7, 1.5, "x", {}, [1], [None], [[]]])
def test_odd_response_urls_never_reach_bolt(odd: object) -> None:
    body = {"type": "block_actions", "actions": [{"action_id": "x"}]}

    assert is_readable({**body, "response_urls": [{"response_url": "x"}]})
    assert is_readable({**body, "response_urls": []})
    assert not is_readable({**body, "response_urls": odd})


@pytest.mark.parametrize("missing", ["view", "type", "callback_id"])
@pytest.mark.parametrize("odd", [None, 7, []])
def test_a_form_without_what_bolt_reads_never_reaches_it(
    missing: str, odd: object
) -> None:
    view: dict[str, object] = {"type": "modal", "callback_id": "rollout_set"}
    body: dict[str, object] = {"type": "view_submission", "view": view}
    assert is_readable(body)
    assert is_for_us(body)

    (body if missing == "view" else view)[missing] = odd

    assert not is_readable(body)


def test_a_form_names_the_workspace_of_the_app_where_the_presser_has_another() -> None:
    view = {"app_installed_team_id": TEAM}

    assert workspaces_of({"team": {"id": "T0LABS"}, "view": view}) == {"T0LABS", TEAM}
