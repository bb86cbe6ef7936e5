"""The client of a workspace is found by its id, and only the bot's own has one."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place
from bot.sandbox.slack import LocalSlack
from bot.slack.client.identity import Identity
from bot.slack.client.workspaces import UNKNOWN_WORKSPACE, WorkspaceClients
from bot.slack.outbox.messenger import Messenger
from tests.fakes import FakeRequests, Memory
from tests.slack.posted_cards import finished, store
from tests.slack.sample_requests import NOW, request
from tests.slack_users import IN_MAIL, TEAM
from tests.translators import IN_ENGLISH

ELSEWHERE = Place("T0ELSEWHERE", IN_MAIL)


def test_the_bots_own_workspace_has_its_client(
    clients: WorkspaceClients, client: AsyncWebClient
) -> None:
    assert clients.of(TEAM) is client


@pytest.mark.parametrize("workspace", ["T0ELSEWHERE", ""])
def test_another_workspace_is_closed_for_good(
    clients: WorkspaceClients, workspace: str
) -> None:
    with pytest.raises(PermanentNotificationError) as unknown:
        clients.of(workspace)

    assert unknown.value.code == UNKNOWN_WORKSPACE


def test_before_slack_has_said_who_the_bot_is_every_workspace_waits(
    client: AsyncWebClient,
) -> None:
    clients = WorkspaceClients(Identity(client), client)

    for workspace in (TEAM, "T0ELSEWHERE"):
        with pytest.raises(RetryableNotificationError) as early:
            clients.of(workspace)
        assert not early.value.may_have_arrived


async def test_a_request_of_another_workspace_is_shown_nowhere(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished("1.1", place=ELSEWHERE))

    for showing in (
        messenger.post_card(request(place=ELSEWHERE)),
        messenger.update_card(done.id),
        messenger.post_result(done.id, again=True),
        messenger.post_follow_up_ended(done.id),
    ):
        with pytest.raises(PermanentNotificationError, match=UNKNOWN_WORKSPACE):
            await showing

    assert [call.method for call in slack.calls()] == ["auth.test"]


async def test_what_is_left_from_before_a_start_waits_for_slack(
    client: AsyncWebClient, memory: Memory
) -> None:
    clients = WorkspaceClients(Identity(client), client)
    starting = Messenger(clients, FakeRequests(memory), IN_ENGLISH, NOW)
    done = store(memory, finished("1.1"))

    for showing in (
        starting.update_card(done.id),
        starting.post_result(done.id, again=True),
    ):
        with pytest.raises(RetryableNotificationError):
            await showing
