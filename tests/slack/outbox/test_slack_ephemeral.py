"""A private answer finds its way, by response_url or in the channel."""

from datetime import UTC, datetime, timedelta

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
from bot.sandbox.slack import chart_schema
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.blocks import CHART, Message, note
from bot.slack.messages.charts import percentage_chart
from bot.slack.messages.errors import card_not_posted
from bot.slack.outbox.ephemeral import EphemeralReplies, EphemeralReply
from tests.slack.sample_requests import ANN, PLACE
from tests.slack.slack_harness import Bot
from tests.slack_users import IN_GENERAL, texts
from tests.translators import ENGLISH

WORDS = note("Only for you.")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DRAWN = percentage_chart(ENGLISH, [(NOON, 10.0), (NOON + timedelta(hours=1), 40.0)])
assert DRAWN is not None
WITH_CHART = Message(WORDS.text, (*WORDS.blocks, DRAWN))


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


async def test_a_chart_that_slack_does_not_know_is_left_out_of_an_answer(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(chart_schema._KINDS, "line")

    await EphemeralReplies(bot.clients).reply_to(PLACE, ANN)(WITH_CHART)

    [answer] = [one for one in bot.seen("U0ANN") if one["ephemeral"]]
    assert [block["type"] for block in answer["blocks"]] == ["section"]


async def test_a_response_url_is_asked_without_the_chart_that_it_has_refused(
    client: AsyncWebClient,
) -> None:
    bodies = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        refused = any(one["type"] == CHART for one in bodies[-1]["blocks"])
        return web.Response(status=400 if refused else 200)

    app = web.Application()
    app.add_routes([web.post("/answer", take)])
    async with TestServer(app) as server:
        address = str(server.make_url("/answer"))
        # In a channel that the bot is no member of nothing else would be taken.
        place = Place("T0CONTOSO", IN_GENERAL)
        await EphemeralReply(client, place, ANN, address)(WITH_CHART)

    shown = [[block["type"] for block in body["blocks"]] for body in bodies]
    assert shown == [["section", CHART], ["section"]]


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
