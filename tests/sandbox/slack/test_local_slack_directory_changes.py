"""People, groups and members of channels change, and the app is told as by Slack."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import BOT_USER_ID, Channel, UserGroup, seed
from bot.sandbox.slack.errors import UserActionError
from tests.sandbox.slack.local_slack_server import MANY_SCOPES, Serve, Served
from tests.slack_users import ANN, BEN, DEE, GIL, IN_GAMES, IN_GENERAL, IN_MAIL

MANAGERS = "S0MANAGERS"


async def receive(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """Return the next event, and acknowledge it."""
    envelope: dict[str, Any] = await socket.receive_json(timeout=30)
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert envelope["type"] == "events_api"
    event: dict[str, Any] = envelope["payload"]["event"]
    return event


async def test_a_person_who_changes_is_an_event_with_all_of_them(
    served: Served,
) -> None:
    socket = await served.socket()
    await served.control("directory/person", user=BEN, deactivated=True, admin=True)

    event = await receive(socket)

    assert event["type"] == "user_change"
    assert (event["user"]["id"], event["user"]["deleted"]) == (BEN, True)
    assert event["user"]["is_admin"] is True
    shown = (await served.call("users.info", user=BEN)).body["user"]
    assert (shown["deleted"], shown["is_admin"]) == (True, True)


async def test_a_person_who_reads_another_language_is_an_event(served: Served) -> None:
    socket = await served.socket()
    await served.control("directory/person", user=DEE, locale="ru-RU")

    event = await receive(socket)

    assert event["type"] == "user_change"
    assert (event["user"]["id"], event["user"]["locale"]) == (DEE, "ru-RU")
    shown = await served.call("users.info", user=DEE, include_locale="true")
    assert shown.body["user"]["locale"] == "ru-RU"


async def test_who_joins_and_leaves_a_channel_is_an_event(served: Served) -> None:
    socket = await served.socket()
    gil = {"channel": IN_GAMES, "user": GIL}
    await served.control("directory/channel", "POST", **gil, member=False)
    left = await receive(socket)
    await served.control("directory/channel", "POST", **gil, member=False)
    await served.control("directory/channel", "POST", **gil, member=True)
    joined = await receive(socket)

    assert (left["type"], left["user"]) == ("member_left_channel", GIL)
    assert (joined["type"], joined["channel"]) == ("member_joined_channel", IN_GAMES)
    assert (joined["channel_type"], joined["team"]) == ("C", "T0FABRIKAM")


async def test_who_leaves_a_group_is_two_events(served: Served) -> None:
    socket = await served.socket()
    await served.control("directory/group", group=MANAGERS, user=BEN, member=False)
    members, group = await receive(socket), await receive(socket)

    kinds = {event["type"]: event for event in (members, group)}
    changed = kinds["subteam_members_changed"]
    assert (changed["subteam_id"], changed["team_id"]) == (MANAGERS, "T0CONTOSO")
    assert (changed["added_users"], changed["removed_users"]) == ([], [BEN])
    assert changed["removed_users_count"] == "1"
    assert kinds["subteam_updated"]["subteam"]["users"] == [ANN]
    listed = await served.call("usergroups.users.list", usergroup=MANAGERS)
    assert listed.body["users"] == [ANN]


async def test_a_new_group_is_an_event(served: Served) -> None:
    socket = await served.socket()
    served.slack.directory_actions.put_group(UserGroup("S0QA", "qa", "QA", (BEN,)))

    event = await receive(socket)

    assert event["type"] == "subteam_created"
    assert (event["subteam"]["id"], event["subteam"]["users"]) == ("S0QA", [BEN])


async def test_nothing_is_told_without_the_scope_or_outside_the_apps_channels(
    serve: Serve,
) -> None:
    directory = seed()
    directory.channels["C0SECRET"] = Channel(
        "C0SECRET", "secret", "", {ANN, BOT_USER_ID}, private=True
    )
    unscoped = {"users:read", "usergroups:read", "groups:read"}
    served = await serve(directory=directory, scopes=MANY_SCOPES - unscoped)
    actions, socket = served.slack.directory_actions, await served.socket()
    actions.change_person(ANN, admin=True)
    actions.change_group_member(MANAGERS, DEE, member=True)
    actions.change_member("C0SECRET", BEN, member=True)
    actions.change_member(IN_GENERAL, BEN, member=False)
    actions.change_member(IN_MAIL, BEN, member=False)

    event = await receive(socket)

    assert (event["type"], event["channel"]) == ("member_left_channel", IN_MAIL)
    assert await settled(served)


async def settled(served: Served) -> bool:
    """Return whether no event is left to deliver."""
    async with asyncio.timeout(30):
        await served.slack.settle()
    return True


async def test_a_change_that_changes_nothing_is_not_told(served: Served) -> None:
    actions = served.slack.directory_actions
    actions.change_person(ANN, admin=False, deactivated=False)
    actions.change_person(ANN)
    actions.change_member(IN_MAIL, ANN, member=True)
    actions.change_group_member(MANAGERS, ANN, member=True)
    actions.change_group_member(MANAGERS, DEE, member=False)
    actions.put_group(seed().groups[MANAGERS])

    # Without a connection an event would be tried for minutes.
    assert await settled(served)
    assert served.slack.workspace.directory.groups == seed().groups


async def test_guests_join_shared_channels_alone_and_no_group(served: Served) -> None:
    channel = await served.control(
        "directory/channel", channel=IN_MAIL, user=GIL, member=True
    )
    group = await served.control(
        "directory/group", group=MANAGERS, user=GIL, member=True
    )

    assert channel.status == group.status == 400
    assert "#release-mail is not shared" in channel.error
    assert "cannot be in a user group" in group.error


@pytest.mark.parametrize(
    ("name", "body", "sentence"),
    [
        (
            "person",
            {"user": "U0NOBODY", "admin": True},
            "nobody with the id “U0NOBODY”",
        ),
        ("person", {"user": ANN, "admin": "yes"}, "“admin” is missing"),
        ("person", {"admin": True}, "“user” is missing"),
        ("person", {"user": ANN, "locale": 7}, "“locale” is missing"),
        ("person", {"user": ANN, "locale": "xx-XX"}, "no locale “xx-XX”. Known are: "),
        (
            "channel",
            {"channel": "C0NOWHERE", "user": ANN, "member": True},
            "no channel with the id",
        ),
        ("channel", {"channel": IN_MAIL, "user": ANN}, "“member” is missing"),
        (
            "group",
            {"group": "S0NONE", "user": ANN, "member": True},
            "no user group with the id",
        ),
        ("group", {"group": MANAGERS, "user": ANN}, "“member” is missing"),
        ("plan", {"free": 1}, "“free” is missing"),
    ],
)
async def test_what_cannot_be_changed_is_said_in_words(
    served: Served, name: str, body: dict[str, Any], sentence: str
) -> None:
    answer = await served.control(f"directory/{name}", **body)

    assert answer.status == 400
    assert sentence in answer.error


async def test_on_the_free_plan_there_are_no_user_groups(served: Served) -> None:
    await served.control("directory/plan", free=True)
    listed = await served.call("usergroups.list")
    members = await served.call("usergroups.users.list", usergroup=MANAGERS)
    await served.control("directory/plan", free=False)

    assert listed.error == members.error == "plan_upgrade_required"
    assert (await served.call("usergroups.list")).body["ok"] is True


async def test_a_deactivated_person_does_nothing_but_a_late_press(
    served: Served, buttons: list[dict[str, Any]]
) -> None:
    slack = served.slack
    posted = await served.json("chat.postMessage", channel=IN_MAIL, blocks=buttons)
    socket = await served.socket()
    slack.directory_actions.change_person(BEN, deactivated=True)
    assert (await receive(socket))["type"] == "user_change"
    [where] = [
        block for block in posted.body["message"]["blocks"] if "elements" in block
    ]
    button = (where["block_id"], where["elements"][0]["action_id"])

    for act in (
        slack.command(BEN, IN_MAIL, "/rollout status"),
        slack.say(BEN, IN_MAIL, "hello"),
        slack.press(BEN, IN_MAIL, posted.body["ts"], *button),
    ):
        with pytest.raises(UserActionError, match="Ben Kaya is deactivated"):
            await act
    with pytest.raises(UserActionError, match="is deactivated"):
        slack.open_home(BEN)

    late = slack.press(BEN, IN_MAIL, posted.body["ts"], *button, late=True)
    pressing = asyncio.create_task(late)
    envelope = await socket.receive_json(timeout=30)
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    await pressing
    assert envelope["payload"]["user"]["id"] == BEN


async def test_the_page_is_shown_who_is_where(served: Served) -> None:
    served.slack.directory_actions.change_plan(free=True)
    state = (await served.control(f"state?as={ANN}", "GET")).body

    users = {user["id"]: user for user in state["users"]}
    assert (users[DEE]["admin"], users[ANN]["admin"]) == (True, False)
    assert users[BEN]["locale"] == "de-DE"
    assert {user["locale"] for user in users.values()} <= set(state["locales"])
    assert not any(user["deactivated"] for user in users.values())
    assert state["groups"][0]["members"] == [ANN, BEN]
    mail = next(one for one in state["channels"] if one["id"] == IN_MAIL)
    assert mail["members"] == [ANN, BEN, DEE, BOT_USER_ID]
    assert state["free_plan"] is True


async def test_the_directory_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "slack.json"
    slack = LocalSlack(file)
    actions = slack.directory_actions
    actions.change_person(BEN, deactivated=True)
    actions.change_person(DEE, admin=False, locale="zh-CN")
    actions.change_member(IN_MAIL, BEN, member=False)
    actions.change_group_member(MANAGERS, DEE, member=True)
    actions.put_group(UserGroup("S0QA", "qa", "QA", (BEN,), disabled=True))
    actions.change_plan(free=True)
    await slack.close()

    again = LocalSlack(file).workspace

    assert again.directory == slack.workspace.directory
    assert again.free_plan is True


async def test_the_directory_starts_over(served: Served) -> None:
    actions = served.slack.directory_actions
    socket = await served.socket()
    actions.change_person(BEN, deactivated=True, locale="fr-FR")
    actions.change_member(IN_GAMES, GIL, member=False)
    actions.change_group_member(MANAGERS, BEN, member=False)
    actions.put_group(UserGroup("S0QA", "qa", "QA", (BEN,)))
    actions.change_plan(free=True)
    for _ in range(5):
        await receive(socket)

    actions.start_over()

    assert served.slack.workspace.directory == seed()
    assert served.slack.workspace.free_plan is False
    events = [await receive(socket) for _ in range(5)]
    assert sorted(event["type"] for event in events) == [
        "member_joined_channel",
        "subteam_members_changed",
        "subteam_updated",
        "subteam_updated",
        "user_change",
    ]


def test_people_keep_their_locale_where_an_older_file_has_none() -> None:
    directory = seed()

    directory.restore({BEN: [True, False]}, None)

    assert (directory.people[BEN].admin, directory.people[BEN].locale) == (
        True,
        "de-DE",
    )
