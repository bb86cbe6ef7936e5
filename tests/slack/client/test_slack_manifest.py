"""The manifest asks for what the code uses, and for nothing more."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bot.domain.submissions import Target
from bot.slack import ids
from bot.slack.client.diagnostics import optional_scopes, required_scopes
from bot.slack.inbound.directory_payloads import DIRECTORY_EVENTS
from bot.slack.inbound.receiver import PATH

# Each Web API method that the room calls, with the scope that it needs:
# https://docs.slack.dev/reference/methods
SCOPES = {
    "chat.postMessage": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.update": {"chat:write"},
    # Public and private channels: find a card or a result whose posting had no answer.
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    # Whether somebody is an admin, a bot or deactivated, their time zone, and on
    # Enterprise Grid whether somebody of another workspace is a colleague.
    "users.info": {"users:read"},
    # User groups that may confirm: which there are, and who is in one.
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    # Public and private channels: whether somebody is in one that has an app.
    "conversations.members": {"channels:read", "groups:read"},
    # Public and private channels that somebody is in: which one knows an alias, and
    # whose rollouts the Home tab shows.
    "users.conversations": {"channels:read", "groups:read"},
    "auth.test": set(),
    "slash command": {"commands"},
    "app_mention": {"app_mentions:read"},
    "app_home_opened": set(),
    # What is known of people, groups and channels is asked for again at once.
    # https://docs.slack.dev/reference/events
    "user_change": {"users:read"},
    "subteam_created": {"usergroups:read"},
    "subteam_updated": {"usergroups:read"},
    "subteam_members_changed": {"usergroups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
}

# https://docs.slack.dev/changelog/2026/03/16/optional-scopes
OPTIONAL = {
    *("channels:history", "groups:history"),
    *("channels:read", "groups:read"),
    *("usergroups:read", "users:read"),
}


@pytest.fixture
def manifest() -> dict[str, Any]:
    text = files("bot.slack").joinpath("manifest.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_scopes_are_the_fewest_that_work(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set().union(
        *SCOPES.values()
    )


def test_the_bot_does_its_work_without_the_optional_scopes(
    manifest: dict[str, Any],
) -> None:
    scopes = manifest["oauth_config"]["scopes"]

    assert set(scopes["bot_optional"]) == OPTIONAL
    assert set(scopes["bot"]) > OPTIONAL
    assert required_scopes() == set(scopes["bot"]) - OPTIONAL
    assert optional_scopes() == OPTIONAL


def test_the_command_is_ours_with_a_hint_and_escaped_names(
    manifest: dict[str, Any],
) -> None:
    (command,) = manifest["features"]["slash_commands"]

    assert command["command"] == ids.COMMAND
    assert command["should_escape"] is True
    assert "halt" in command["usage_hint"]
    assert manifest["features"]["bot_user"]["display_name"] == ids.BOT_NAME


def test_mentions_buttons_and_socket_mode_are_switched_on(
    manifest: dict[str, Any],
) -> None:
    settings = manifest["settings"]

    events = settings["event_subscriptions"]["bot_events"]
    assert events == sorted({"app_home_opened", "app_mention", *DIRECTORY_EVENTS})
    assert set(SCOPES) >= set(events)
    assert settings["interactivity"]["is_enabled"] is True
    assert settings["socket_mode_enabled"] is True


def test_the_manifest_for_http_differs_in_its_addresses_alone(
    manifest: dict[str, Any],
) -> None:
    text = files("bot.slack").joinpath("manifest-http.json").read_text()
    http: dict[str, Any] = json.loads(text)
    settings = http["settings"]

    address = http["features"]["slash_commands"][0].pop("url")
    assert address.startswith("https://")
    assert address.endswith(PATH)
    assert settings["interactivity"].pop("request_url") == address
    assert settings["event_subscriptions"].pop("request_url") == address
    assert settings["socket_mode_enabled"] is False
    settings["socket_mode_enabled"] = True
    assert http == manifest


def test_the_bot_may_write_to_one_person_and_takes_nothing_there(
    manifest: dict[str, Any],
) -> None:
    # Without the tab Slack answers messages_tab_disabled.
    # https://docs.slack.dev/reference/methods/chat.postMessage#errors
    home = manifest["features"]["app_home"]

    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is True


def test_the_bot_has_a_home_tab(manifest: dict[str, Any]) -> None:
    # Without it Slack sends no app_home_opened, and takes no view.
    # https://docs.slack.dev/reference/events/app_home_opened
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True


@pytest.mark.parametrize("scope", sorted(required_scopes() | optional_scopes()))
def test_the_readme_says_what_each_scope_is_for(scope: str) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Install it")[1].split("\n## ")[0]

    [row] = [line for line in section.splitlines() if f"`{scope}`" in line]

    assert row.startswith("| ")
    assert row.count("|") == 4


@pytest.mark.parametrize("event", DIRECTORY_EVENTS)
def test_the_readme_says_what_each_event_is_for(event: str) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    section = readme.split("## Install it")[1].split("\n## ")[0]

    [row] = [line for line in section.splitlines() if f"`{event}`" in line]

    assert row.startswith("| ")
    assert row.count("|") == 4


def test_slacks_own_length_limits_are_kept(manifest: dict[str, Any]) -> None:
    # https://docs.slack.dev/reference/app-manifest
    about = manifest["display_information"]

    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert len(manifest["features"]["slash_commands"][0]["usage_hint"]) <= 1000


def test_a_request_id_is_the_only_thing_a_button_carries() -> None:
    assert ids.request_id_of("0f3a-B_1") == "0f3a-B_1"
    for other in (None, 5, "", "a b", "x" * 129, '{"verb": "halt"}'):
        assert ids.request_id_of(other) is None


@pytest.mark.parametrize("flight_id", [None, "7bfc11d5-f2f8-4a6e-9c0e-1d1e0f1a2b3c"])
def test_the_value_of_a_board_s_button_names_its_target(flight_id: str | None) -> None:
    target = Target("main", "9NBLGGH4R315", flight_id)
    value = ids.target_value(target)

    assert ids.target_of(value) == target
    assert len(value) <= ids.MOST_VALUE


@pytest.mark.parametrize(
    "value",
    [None, 3, "", "main", "main/a", "main//f", "/a/", "a/b/c/d", "m/a/f\n", "m/a b/"],
)
def test_a_value_that_is_no_target_names_none(value: object) -> None:
    assert ids.target_of(value) is None


def test_another_apps_metadata_is_not_ours() -> None:
    mark = ids.metadata("r1", ids.CARD_PART)

    assert ids.part_of({"metadata": mark}, "r1") == "card"
    assert ids.part_of({"metadata": mark}, "r2") is None
    assert ids.part_of({"metadata": {**mark, "event_type": "other"}}, "r1") is None
    assert ids.part_of({"metadata": {"event_type": ids.EVENT_TYPE}}, "r1") is None
    assert ids.part_of({}, "r1") is None
