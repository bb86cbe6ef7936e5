"""What Slack says of people, user groups and channels is kept for a minute."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.directory import LookupFailed, Profile, UserGroup
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack import directory as sandbox
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.users import read_user
from bot.slack.client.workspaces import WorkspaceClients
from tests.slack_users import ANN, BEN, GIL, IN_MAIL, TEAM, Clock

MANAGERS = "S0MANAGERS"
OF_OURS = {"enterprise_id": "E0CONTOSO"}
OF_ANOTHER = {"enterprise_id": "E0FABRIKAM"}
PERSON_LOOKUPS = "bot.slack.client.directory._PERSON_SECONDS"
LIST_LOOKUPS = "bot.slack.client.directory._LIST_SECONDS"

Lookup = Callable[[SlackDirectory], Awaitable[object]]

# Each lookup with the method of Slack that it calls.
LOOKUPS: dict[str, Lookup] = {
    "users.info": lambda directory: directory.profile(TEAM, ANN),
    "usergroups.list": lambda directory: directory.groups(TEAM),
    "usergroups.users.list": lambda directory: directory.group_members(TEAM, MANAGERS),
    "conversations.members": lambda directory: directory.is_in_channel(
        TEAM, IN_MAIL, ANN
    ),
}
every_lookup = pytest.mark.parametrize(
    ("method", "look_up"), LOOKUPS.items(), ids=list(LOOKUPS)
)
FORGET: dict[str, Callable[[SlackDirectory], None]] = {
    "users.info": lambda directory: directory.forget_person(TEAM, ANN),
    "usergroups.list": lambda directory: directory.forget_group(TEAM, "S0OTHER"),
    "usergroups.users.list": lambda directory: directory.forget_group(TEAM, MANAGERS),
    "conversations.members": lambda directory: directory.forget_channel(TEAM, IN_MAIL),
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(
    clients: WorkspaceClients, identity: Identity, clock: Clock
) -> SlackDirectory:
    return SlackDirectory(clients, identity, clock)


async def code(looked_up: Awaitable[object]) -> str:
    """Return the code with which a lookup fails."""
    with pytest.raises(LookupFailed) as failed:
        await looked_up
    return failed.value.code


async def test_a_person_has_a_name_and_a_zone(directory: SlackDirectory) -> None:
    assert await directory.profile(TEAM, BEN) == Profile(
        BEN, "Ben Kaya", zone="Europe/Berlin"
    )


async def test_an_admin_and_a_deactivated_person_are_known_as_such(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    slack.directory_actions.change_person(ANN, admin=True)
    slack.directory_actions.change_person(BEN, deactivated=True)

    ann, ben = [await directory.profile(TEAM, each) for each in (ANN, BEN)]

    assert (ann.is_admin, ann.is_deactivated) == (True, False)
    assert (ben.is_admin, ben.is_deactivated) == (False, True)


async def test_the_bot_is_a_bot(directory: SlackDirectory) -> None:
    profile = await directory.profile(TEAM, sandbox.BOT_USER_ID)

    assert profile.is_bot
    assert profile.is_colleague


async def test_somebody_of_another_company_is_no_colleague(
    directory: SlackDirectory,
) -> None:
    assert not (await directory.profile(TEAM, GIL)).is_colleague


async def test_on_enterprise_grid_a_person_of_the_organisation_is_a_colleague(
    directory: SlackDirectory, slack: LocalSlack, identity: Identity
) -> None:
    teams = slack.workspace.directory.teams
    for team in teams.values():
        teams[team.id] = replace(team, organisation="E0CONTOSO")
    await identity.learn()

    assert (await directory.profile(TEAM, GIL)).is_colleague


@pytest.mark.parametrize(
    ("user", "is_admin", "is_colleague"),
    [
        ({"is_owner": True}, True, True),
        ({"is_primary_owner": True}, True, True),
        ({"is_admin": "yes"}, False, True),
        # An admin of the other company, and of another workspace of ours.
        ({"team_id": "T0FABRIKAM", "is_admin": True}, False, False),
        (
            {
                "team_id": "T0OTHER",
                "is_admin": True,
                "enterprise_user": {**OF_OURS, "teams": ["T0OTHER"]},
            },
            False,
            True,
        ),
        # Their first workspace is another one, and ours is one of theirs.
        (
            {
                "team_id": "T0OTHER",
                "enterprise_user": {**OF_OURS, "teams": [TEAM]},
            },
            False,
            True,
        ),
        # An owner of the organisation, and of another one.
        (
            {"enterprise_user": {"enterprise_id": "E0CONTOSO", "is_owner": True}},
            True,
            True,
        ),
        (
            {"enterprise_user": {"enterprise_id": "E0OTHER", "is_owner": True}},
            False,
            True,
        ),
    ],
)
async def test_an_admin_is_one_of_our_workspace_or_organisation(
    slack: LocalSlack,
    identity: Identity,
    user: dict[str, object],
    is_admin: bool,
    is_colleague: bool,
) -> None:
    home = slack.workspace.directory.home
    slack.workspace.directory.teams[TEAM] = replace(home, organisation="E0CONTOSO")
    await identity.learn()

    profile = read_user({"id": ANN, "team_id": TEAM, **user}, identity).profile

    assert (profile.is_admin, profile.is_colleague) == (is_admin, is_colleague)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"profile": {"display_name": "annie", "real_name": "Ann O."}}, "annie"),
        ({"profile": {"display_name": "", "real_name": "Ann O."}}, "Ann O."),
        ({"profile": None, "real_name": "Ann Ortega"}, "Ann Ortega"),
        ({"name": "ann"}, "ann"),
        ({"name": 5}, ""),
    ],
)
async def test_a_person_is_called_as_slack_calls_them(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    user: dict[str, object],
    name: str,
) -> None:
    answer(client, monkeypatch, user={"id": ANN, **user})

    assert (await directory.profile(TEAM, ANN)).name == name


@pytest.mark.parametrize("user", [None, [], "U0ANN", 0])
async def test_an_answer_about_nobody_is_a_failure(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    user: object,
) -> None:
    answer(client, monkeypatch, user=user)

    assert await code(directory.profile(TEAM, ANN)) == "no_user"


async def test_user_groups_are_those_that_are_not_switched_off(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    gone = sandbox.UserGroup("S0GONE", "gone", "Gone", (), disabled=True)
    slack.directory_actions.put_group(gone)

    groups = await directory.groups(TEAM)

    assert groups == (UserGroup(MANAGERS, "release-managers", "Release managers"),)
    assert await directory.group_members(TEAM, MANAGERS) == {ANN, BEN}
    assert await code(directory.group_members(TEAM, "S0GONE")) == "no_such_subteam"


@pytest.mark.parametrize("odd", [None, {}, "S0ODD", [None, "S0ODD", {"id": 5}, []]])
async def test_an_odd_answer_has_no_groups_and_no_members(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
    odd: Any,  # noqa: ANN401
) -> None:
    members = {"S0ODD"} if isinstance(odd, list) else set()
    answer(client, monkeypatch, usergroups=odd, users=odd, members=odd)

    assert await directory.groups(TEAM) == ()
    assert await directory.group_members(TEAM, MANAGERS) == members
    assert not await directory.is_in_channel(TEAM, IN_MAIL, ANN)


async def test_who_is_in_a_channel_is_read_to_the_last_page(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    members = slack.workspace.directory.channels[IN_MAIL].members
    members |= {f"U1{number:05}" for number in range(2500)}

    assert await directory.is_in_channel(TEAM, IN_MAIL, "U102499")
    assert await directory.is_in_channel(TEAM, IN_MAIL, ANN)
    assert not await directory.is_in_channel(TEAM, IN_MAIL, GIL)
    assert len(slack.calls("conversations.members")) == 3


async def test_a_channel_with_too_many_members_is_not_known(
    directory: SlackDirectory, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.client.directory._MOST_PAGES", 2)
    members = slack.workspace.directory.channels[IN_MAIL].members
    members |= {f"U1{number:05}" for number in range(2500)}

    failed = await code(directory.is_in_channel(TEAM, IN_MAIL, ANN))

    assert failed == "too_many_members"


@every_lookup
async def test_an_answer_is_kept_for_a_minute(
    directory: SlackDirectory,
    slack: LocalSlack,
    clock: Clock,
    method: str,
    look_up: Lookup,
) -> None:
    first = await look_up(directory)
    clock.forward(0.95)
    assert await look_up(directory) == first
    assert len(slack.calls(method)) == 1

    clock.forward(0.05)

    assert await look_up(directory) == first
    assert len(slack.calls(method)) == 2


async def test_a_clock_that_is_set_back_makes_no_answer_last_longer(
    directory: SlackDirectory, slack: LocalSlack, clock: Clock
) -> None:
    await directory.profile(TEAM, ANN)
    clock.forward(-60)

    await directory.profile(TEAM, ANN)

    assert len(slack.calls("users.info")) == 2


@every_lookup
async def test_all_who_ask_at_once_share_one_call(
    directory: SlackDirectory, slack: LocalSlack, method: str, look_up: Lookup
) -> None:
    found = await asyncio.gather(*(look_up(directory) for _ in range(20)))

    assert len(slack.calls(method)) == 1
    assert all(each == found[0] for each in found)


@every_lookup
async def test_a_failure_is_told_to_all_who_wait_and_not_kept(
    directory: SlackDirectory, slack: LocalSlack, method: str, look_up: Lookup
) -> None:
    slack.arm(method, "ratelimited", seconds=5)

    failed = await asyncio.gather(*(code(look_up(directory)) for _ in range(5)))

    assert failed == ["ratelimited"] * 5
    assert await look_up(directory)
    assert len(slack.calls(method)) == 2


@every_lookup
async def test_slack_is_not_waited_for_longer_than_a_click_lasts(
    directory: SlackDirectory,
    slack: LocalSlack,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    look_up: Lookup,
) -> None:
    for limit in (PERSON_LOOKUPS, LIST_LOOKUPS):
        monkeypatch.setattr(limit, 0.05)
    slack.arm(method, "slow", seconds=1)

    assert await code(look_up(directory)) == "timeout"


@every_lookup
async def test_the_scope_that_is_missing_is_a_code(
    directory: SlackDirectory, slack: LocalSlack, method: str, look_up: Lookup
) -> None:
    slack.workspace.scopes = {"chat:write"}

    assert await code(look_up(directory)) == "missing_scope"
    assert slack.calls(method)[-1].error == "missing_scope"


@every_lookup
async def test_an_answer_that_is_lost_is_a_failure(
    directory: SlackDirectory, slack: LocalSlack, method: str, look_up: Lookup
) -> None:
    # A broken connection that was used before is tried once more by aiohttp.
    slack.arm(method, "lost_answer", times=2)

    assert await code(look_up(directory)) == "unreachable"


async def test_slack_being_down_is_a_failure(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    slack.arm("*", "downtime")

    assert await code(directory.profile(TEAM, ANN)) == "service_unavailable"


async def test_a_free_plan_has_no_user_groups(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    slack.directory_actions.change_plan(free=True)

    assert await code(directory.groups(TEAM)) == "plan_upgrade_required"
    members = directory.group_members(TEAM, MANAGERS)
    assert await code(members) == "plan_upgrade_required"


async def test_the_other_word_for_a_free_plan_is_the_same(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuses(**_: object) -> None:
        said = AsyncSlackResponse(
            client=client,
            http_verb="GET",
            api_url="",
            req_args={},
            data={"ok": False, "error": "paid_teams_only"},
            headers={},
            status_code=200,
        )
        raise SlackApiError("refused", said)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(client, "usergroups_list", refuses)

    assert await code(directory.groups(TEAM)) == "plan_upgrade_required"


async def test_nobody_unknown_is_anybody(directory: SlackDirectory) -> None:
    assert await code(directory.profile(TEAM, "U0NOBODY")) == "user_not_found"
    nowhere = directory.is_in_channel(TEAM, "C0NOWHERE", ANN)
    assert await code(nowhere) == "channel_not_found"


async def test_another_workspace_is_not_asked_about(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    before = len(slack.calls())

    assert await code(directory.profile("T0FABRIKAM", GIL)) == "unknown_workspace"
    assert len(slack.calls()) == before


async def test_nothing_is_known_before_the_bot_knows_itself(
    client: AsyncWebClient, clock: Clock
) -> None:
    identity = Identity(client)
    directory = SlackDirectory(WorkspaceClients(identity, client), identity, clock)

    assert await code(directory.profile(TEAM, ANN)) == "unreachable"


@every_lookup
async def test_what_has_changed_is_asked_for_again(
    directory: SlackDirectory, slack: LocalSlack, method: str, look_up: Lookup
) -> None:
    await look_up(directory)
    FORGET[method](directory)
    await look_up(directory)

    assert len(slack.calls(method)) == 2


async def test_what_has_changed_while_slack_is_asked_is_asked_for_again(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    members: list[list[str]] = [[ANN, BEN], [ANN]]

    async def says(**_: object) -> dict[str, object]:
        before = members.pop(0)
        asked.set()
        await go_on.wait()
        return {"users": before}

    monkeypatch.setattr(client, "usergroups_users_list", says)
    early = asyncio.create_task(directory.group_members(TEAM, MANAGERS))
    await asked.wait()

    directory.forget_group(TEAM, MANAGERS)
    late = asyncio.create_task(directory.group_members(TEAM, MANAGERS))
    go_on.set()

    assert await early == {ANN, BEN}
    assert await late == {ANN}
    assert await directory.group_members(TEAM, MANAGERS) == {ANN}


async def test_a_failure_of_before_does_not_drop_the_answer_of_after(
    directory: SlackDirectory,
    client: AsyncWebClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, go_on = asyncio.Event(), asyncio.Event()

    async def says(**_: object) -> dict[str, object]:
        if first.is_set():
            return {"users": [ANN]}
        first.set()
        await go_on.wait()
        raise OSError

    monkeypatch.setattr(client, "usergroups_users_list", says)
    early = asyncio.create_task(code(directory.group_members(TEAM, MANAGERS)))
    await first.wait()
    directory.forget_group(TEAM, MANAGERS)
    assert await directory.group_members(TEAM, MANAGERS) == {ANN}
    go_on.set()
    assert await early == "unreachable"

    async def fails(**_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(client, "usergroups_users_list", fails)
    assert await directory.group_members(TEAM, MANAGERS) == {ANN}


async def test_who_gives_up_does_not_end_the_lookup_of_the_others(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    slack.arm("users.info", "slow", seconds=0.2)
    hasty = asyncio.create_task(directory.profile(TEAM, ANN))
    patient = asyncio.create_task(directory.profile(TEAM, ANN))
    await asyncio.sleep(0)
    hasty.cancel()

    assert (await patient).user_id == ANN
    assert len(slack.calls("users.info")) == 1


async def test_all_is_warmed_at_once_and_kept(
    directory: SlackDirectory, slack: LocalSlack
) -> None:
    await directory.warm(
        TEAM, people=(ANN, BEN), groups=(MANAGERS,), channels=(IN_MAIL,)
    )
    warmed = len(slack.calls())

    await directory.profile(TEAM, ANN)
    await directory.profile(TEAM, BEN)
    await directory.group_members(TEAM, MANAGERS)
    await directory.is_in_channel(TEAM, IN_MAIL, BEN)

    assert len(slack.calls()) == warmed


async def test_warming_leaves_a_failure_to_whoever_asks(
    directory: SlackDirectory,
    slack: LocalSlack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    slack.directory_actions.change_plan(free=True)
    caplog.set_level(logging.WARNING)

    await directory.warm(TEAM, people=("U0NOBODY", ANN), groups=(MANAGERS,))

    assert await code(directory.profile(TEAM, "U0NOBODY")) == "user_not_found"
    assert caplog.messages == []


async def test_only_so_many_are_kept(
    directory: SlackDirectory, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.client.lookups._MOST_KEPT", 1)

    for person in (ANN, BEN, ANN):
        assert (await directory.profile(TEAM, person)).user_id == person

    assert len(slack.calls("users.info")) == 3
    assert len(directory._users._kept) == 1


def answer(
    client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch, **fields: object
) -> None:
    """Let Slack answer each lookup with these fields."""

    async def says(**_: object) -> dict[str, object]:
        return fields

    for method in (
        "users_info",
        "usergroups_list",
        "usergroups_users_list",
        "conversations_members",
    ):
        monkeypatch.setattr(client, method, says)
