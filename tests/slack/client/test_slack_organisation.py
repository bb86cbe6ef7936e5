"""What Slack says of a person is kept for a while, and read as what it is."""

from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.requests import Person
from bot.sandbox.slack import LocalSlack
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from tests.slack_users import ANN, GIL, TEAM, Clock

GUEST = Person(GIL, "T0FABRIKAM")
UNSAID = Person(ANN, "")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def same_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the monotonic clock go forward with the other one."""
    monkeypatch.setattr(
        "bot.slack.client.organisation.monotonic", lambda: clock().timestamp()
    )


@pytest.fixture
async def organisation(
    slack: LocalSlack, clients: WorkspaceClients, identity: Identity, clock: Clock
) -> Organisation:
    directory = slack.workspace.directory
    directory.teams[TEAM] = replace(directory.home, organisation="E0CONTOSO")
    await identity.learn()
    return Organisation(identity, SlackDirectory(clients, identity, clock))


async def test_a_guest_is_looked_up_again_after_a_minute(
    organisation: Organisation, slack: LocalSlack, clock: Clock
) -> None:
    for _ in range(3):
        assert await organisation.resolve(GUEST) == GUEST
    assert len(slack.calls("users.info")) == 1

    clock.forward(1.02)
    teams = slack.workspace.directory.teams
    teams["T0FABRIKAM"] = replace(teams["T0FABRIKAM"], organisation="E0CONTOSO")

    assert await organisation.resolve(GUEST) == Person(GIL, TEAM)
    assert len(slack.calls("users.info")) == 2


async def test_a_workspace_of_the_organisation_is_asked_for_again_in_ten_minutes(
    organisation: Organisation, slack: LocalSlack, clock: Clock
) -> None:
    teams = slack.workspace.directory.teams
    teams["T0FABRIKAM"] = replace(teams["T0FABRIKAM"], organisation="E0CONTOSO")
    somebody_else = Person("U0OTHER", "T0FABRIKAM")
    for person in (GUEST, somebody_else, GUEST):
        assert (await organisation.resolve(person)).team_id == TEAM
    assert len(slack.calls("users.info")) == 1

    clock.forward(10.02)
    assert (await organisation.resolve(GUEST)).team_id == TEAM
    assert len(slack.calls("users.info")) == 2


async def test_somebody_whose_workspace_is_not_said_is_looked_up(
    organisation: Organisation,
) -> None:
    assert await organisation.resolve(UNSAID) == Person(ANN, TEAM)
    assert await organisation.resolve(Person(GIL, "")) == GUEST


async def test_only_so_many_are_remembered(
    organisation: Organisation, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.client.organisation._MOST_KEPT", 1)
    teams = slack.workspace.directory.teams
    teams["T0FABRIKAM"] = replace(teams["T0FABRIKAM"], organisation="E0CONTOSO")
    teams["T0ELSEWHERE"] = replace(teams["T0FABRIKAM"], id="T0ELSEWHERE")
    for person in (GUEST, Person("U0BEN", "T0ELSEWHERE"), GUEST):
        assert (await organisation.resolve(person)).team_id == TEAM

    del teams["T0ELSEWHERE"]
    assert (await organisation.resolve(Person("U0BEN", "T0OLD"))).team_id == TEAM

    assert set(organisation._workspaces) == {TEAM, "T0FABRIKAM"}
    assert (await organisation.resolve(GUEST)).team_id == TEAM


@pytest.mark.parametrize(
    "answer",
    [{}, {"user": None}, {"user": []}, {"user": "U0ANN"}],
)
async def test_an_answer_about_nobody_says_nothing(
    organisation: Organisation,
    client: AsyncWebClient,
    answer: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def says(**_: object) -> dict[str, object]:
        return answer

    monkeypatch.setattr(client, "users_info", says)

    assert await organisation.resolve(GUEST) == Person(GIL, "")


@pytest.mark.parametrize("grid", [None, "E0CONTOSO", {"teams": "T0CONTOSO"}, {}])
async def test_an_odd_answer_makes_nobody_a_colleague(
    organisation: Organisation,
    client: AsyncWebClient,
    grid: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def says(**_: object) -> dict[str, object]:
        return {"user": {"team_id": "T0FABRIKAM", "enterprise_user": grid}}

    monkeypatch.setattr(client, "users_info", says)

    assert await organisation.resolve(GUEST) == GUEST
