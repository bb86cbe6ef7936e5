"""Slack's own client reads people, channels and user groups of the local Slack."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.directory import BOT_USER_ID, Channel, UserGroup, seed
from tests.sandbox.slack.local_slack_server import MANY_SCOPES, Serve, Served

ClientOf = Callable[[Served], AsyncWebClient]


@pytest.fixture
async def web(serve: Serve, client_of: ClientOf) -> AsyncWebClient:
    directory = seed()
    directory.channels["C0SECRET"] = Channel(
        "C0SECRET", "secret", "", {"U0ANN", BOT_USER_ID}, private=True
    )
    directory.channels["C0DIARY"] = Channel(
        "C0DIARY", "diary", "", {"U0ANN"}, private=True
    )
    directory.channels["C0OLD"] = Channel(
        "C0OLD", "old", "", {"U0ANN", BOT_USER_ID}, archived=True
    )
    directory.groups["S0GONE"] = UserGroup("S0GONE", "gone", "Gone", (), disabled=True)
    return client_of(await serve(directory=directory, scopes=MANY_SCOPES))


async def ids(web: AsyncWebClient, **arguments: str) -> list[str]:
    answer = await web.api_call("users.conversations", data=arguments)
    return [channel["id"] for channel in answer["channels"]]


async def code(web: AsyncWebClient, method: str, **arguments: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await web.api_call(method, data=arguments)
    return str(refused.value.response["error"])


async def test_the_channels_of_a_person_are_public_ones_unless_asked(
    web: AsyncWebClient,
) -> None:
    assert await ids(web, user="U0ANN") == ["C0MAIL", "C0GAMES", "C0GENERAL", "C0OLD"]
    assert await ids(web, user="U0GIL") == ["C0GAMES"]


async def test_private_channels_are_listed_only_where_the_bot_is_too(
    web: AsyncWebClient,
) -> None:
    assert await ids(web, user="U0ANN", types="private_channel") == ["C0SECRET"]
    assert await ids(web, user="U0BEN", types="private_channel") == []


async def test_without_a_person_the_bots_own_channels_are_listed(
    web: AsyncWebClient,
) -> None:
    types = "public_channel, private_channel"
    shown = await ids(web, types=types, exclude_archived="true")
    assert shown == ["C0MAIL", "C0GAMES", "C0SECRET"]


async def test_channels_come_in_pages(web: AsyncWebClient) -> None:
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        answer = await web.users_conversations(user="U0ANN", limit=3, cursor=cursor)
        found += [channel["name"] for channel in answer["channels"]]
        cursor, pages = answer["response_metadata"]["next_cursor"], pages + 1

    assert found == ["release-mail", "release-games", "general", "old"]
    assert pages == 2


async def test_unknown_people_and_types_are_refused(web: AsyncWebClient) -> None:
    method = "users.conversations"
    assert await code(web, method, user="U0NOBODY") == "user_not_found"
    assert await code(web, method, types="public_channel,attic") == "invalid_types"


async def test_each_type_of_conversation_needs_its_scope(
    serve: Serve, client_of: ClientOf
) -> None:
    web = client_of(await serve(scopes={"channels:read"}))

    assert await ids(web, user="U0GIL") == ["C0GAMES"]
    with pytest.raises(SlackApiError) as refused:
        await web.users_conversations(types="public_channel,private_channel,im")
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "channels:read,groups:read,im:read"


async def test_a_person_has_a_zone_an_offset_and_a_locale(
    serve: Serve, client_of: ClientOf
) -> None:
    winter = datetime(2026, 1, 15, tzinfo=UTC)
    web = client_of(await serve(now=lambda: winter))

    ben = (await web.users_info(user="U0BEN", include_locale=True))["user"]
    ann = (await web.users_info(user="U0ANN"))["user"]

    assert (ben["tz"], ben["tz_offset"], ben["tz_label"]) == (
        "Europe/Berlin",
        3600,
        "CET",
    )
    assert ben["locale"] == "de-DE"
    assert ann["tz_offset"] == -5 * 3600
    assert "locale" not in ann


async def test_user_groups_are_listed_with_their_members(web: AsyncWebClient) -> None:
    plain = (await web.usergroups_list())["usergroups"]
    full = await web.usergroups_list(
        include_users=True, include_count=True, include_disabled=True
    )

    assert [group["handle"] for group in plain] == ["release-managers"]
    assert "users" not in plain[0]
    assert full["usergroups"][0]["users"] == ["U0ANN", "U0BEN"]
    assert full["usergroups"][0]["user_count"] == 2
    assert full["usergroups"][1]["date_delete"] > 0


async def test_the_members_of_a_user_group_are_listed(web: AsyncWebClient) -> None:
    members = await web.usergroups_users_list(usergroup="S0MANAGERS")
    method = "usergroups.users.list"

    assert members["users"] == ["U0ANN", "U0BEN"]
    assert await code(web, method, usergroup="S0NONE") == "no_such_subteam"
    assert await code(web, method, usergroup="S0GONE") == "no_such_subteam"


async def test_user_groups_need_their_scope(serve: Serve, client_of: ClientOf) -> None:
    web = client_of(await serve(scopes=MANY_SCOPES - {"usergroups:read"}))
    assert await code(web, "usergroups.list") == "missing_scope"


async def test_a_typed_group_reaches_the_app_as_a_mention(
    served: Served,
) -> None:
    socket = await served.socket()
    typed = "/rollout subscribe mail mention @release-managers"
    command = served.control("command", **{"as": "U0ANN"}, channel="C0MAIL", text=typed)
    asked = asyncio.create_task(command)
    envelope = await socket.receive_json(timeout=30)
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    await asked

    assert envelope["payload"]["text"] == (
        "subscribe mail mention <!subteam^S0MANAGERS|@release-managers>"
    )


async def test_nothing_is_posted_in_an_archived_channel(web: AsyncWebClient) -> None:
    post = {"channel": "C0OLD", "text": "hello"}
    assert await code(web, "chat.postMessage", **post) == "is_archived"
    assert await code(web, "chat.postEphemeral", **post, user="U0ANN") == "is_archived"


async def test_an_archived_channel_says_so_and_can_be_brought_back(
    serve: Serve, client_of: ClientOf
) -> None:
    served = await serve(scopes=MANY_SCOPES)
    web = client_of(served)
    served.slack.archive("C0MAIL")
    shown = (await web.conversations_info(channel="C0MAIL"))["channel"]
    served.slack.archive("C0MAIL", archived=False)
    posted = await web.chat_postMessage(channel="C0MAIL", text="hello")

    assert shown["is_archived"] is True
    assert posted["ok"]
