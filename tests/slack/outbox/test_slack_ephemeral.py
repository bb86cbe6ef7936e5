"""A private answer finds its way, by response_url or in the channel."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.errors import card_not_posted
from bot.slack.outbox.ephemeral import EphemeralReplies, EphemeralReply
from tests.slack.sample_requests import ANN, PLACE
from tests.slack.slack_harness import Bot
from tests.slack_users import IN_GENERAL, texts
from tests.translators import ENGLISH

WORDS = note("Only for you.")


async def test_an_answer_by_response_url_waits_where_slack_asks_for_it(
    bot: Bot,
) -> None:
    bot.slack.arm("response_url", "ratelimited", seconds=0)

    await bot.say("U0ANN", "/rollout help")

    assert len(bot.told("U0ANN")) == 1


@pytest.mark.parametrize("fault", ["ratelimited", "internal_error", "lost_answer"])
async def test_a_response_url_that_fails_leaves_the_channel(
    bot: Bot, fault: str
) -> None:
    bot.slack.arm("response_url", fault, times=2, seconds=0)

    await bot.say("U0ANN", "/rollout help")

    assert len(bot.told("U0ANN")) >= 1


async def test_an_answer_that_cannot_be_shown_is_in_the_log(
    clients: WorkspaceClients, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = EphemeralReplies(clients).reply_to(Place("T0CONTOSO", IN_GENERAL), ANN)

    await nowhere(WORDS)

    assert "an answer could not be shown to its asker" in caplog.text


async def test_an_answer_in_a_thread_stays_in_it(
    client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    bodies = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.Response(text="ok", headers={"Retry-After": "soon"})

    app = web.Application()
    app.add_routes([web.post("/answer", take)])
    async with TestServer(app) as server:
        address = str(server.make_url("/answer"))
        place = Place(PLACE.workspace, PLACE.channel, "1.1")
        await EphemeralReply(client, place, ANN, address)(WORDS)

    assert bodies[0]["thread_ts"] == "1.1"
    assert bodies[0]["response_type"] == "ephemeral"
    assert bodies[0]["replace_original"] is False
    assert client.session is session


async def test_a_wait_without_a_number_is_short(client: AsyncWebClient) -> None:
    answers = [429, 200]

    async def take(_: web.Request) -> web.Response:
        return web.Response(status=answers.pop(0), headers={"Retry-After": "soon"})

    app = web.Application()
    app.add_routes([web.post("/answer", take)])
    async with TestServer(app) as server:
        address = str(server.make_url("/answer"))
        await EphemeralReply(client, PLACE, ANN, address)(WORDS)

    assert answers == []


async def test_an_answer_whose_blocks_are_refused_is_told_by_its_text(
    bot: Bot,
) -> None:
    too_many = Message("Only for you.", WORDS.blocks * 51)

    await EphemeralReplies(bot.clients).reply_to(PLACE, ANN)(too_many)

    assert bot.told("U0ANN") == ["Only for you."]


def test_a_lost_card_that_still_counts_is_not_called_dead() -> None:
    message = card_not_posted(
        ENGLISH, PermanentNotificationError("lost_answer"), taken_back=False
    )

    assert "it counts" in message.text
    assert "cancelled" not in message.text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (PermanentNotificationError("not_in_channel"), "/invite @Rollout"),
        (PermanentNotificationError("channel_not_found"), "/invite @Rollout"),
        (PermanentNotificationError("is_archived"), "archived"),
        (
            PermanentNotificationError("restricted_action_read_only_channel"),
            "Ask an admin",
        ),
        (PermanentNotificationError("lost_answer"), "it does nothing"),
        (PermanentNotificationError("no_text"), "`no_text`"),
        (PermanentNotificationError("missing_scope", "chat:write"), "`chat:write`"),
        (PermanentNotificationError("missing_scope", "chat:write"), "installs"),
        (PermanentNotificationError("missing_scope"), "python -m bot doctor"),
        (RetryableNotificationError("Slack asks to wait"), "ask again in a minute"),
    ],
)
def test_a_card_that_is_not_posted_says_why(
    reason: RetryableNotificationError | PermanentNotificationError, words: str
) -> None:
    message = card_not_posted(ENGLISH, reason)

    assert words in texts({"blocks": message.rendered()})
