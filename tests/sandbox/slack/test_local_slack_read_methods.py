"""Web API methods that read return channels, threads and people as Slack does."""

from dataclasses import replace

import pytest

from bot.sandbox.slack.directory import Team
from tests.sandbox.slack.local_slack_server import MANY_SCOPES, Serve, Served


@pytest.fixture
async def served(serve: Serve) -> Served:
    """A local Slack whose app may read all that these methods return."""
    return await serve(scopes=MANY_SCOPES)


async def test_a_channel_says_whether_the_bot_is_in_it_and_whether_it_is_shared(
    served: Served,
) -> None:
    games = await served.call(
        "conversations.info", channel="C0GAMES", include_num_members="true"
    )
    general = await served.call("conversations.info", channel="C0GENERAL")

    assert games.body["channel"]["is_ext_shared"] is True
    assert games.body["channel"]["is_member"] is True
    assert games.body["channel"]["num_members"] == 5
    assert general.body["channel"]["is_member"] is False
    assert general.body["channel"]["is_ext_shared"] is False


async def test_members_come_in_pages(served: Served) -> None:
    first = await served.call("conversations.members", channel="C0GAMES", limit="4")
    cursor = first.body["response_metadata"]["next_cursor"]
    last = await served.call("conversations.members", channel="C0GAMES", cursor=cursor)

    assert first.body["members"] == ["U0ANN", "U0BEN", "U0DEE", "U0GIL"]
    assert last.body["members"] == ["U0ROLLOUT"]
    assert last.body["response_metadata"]["next_cursor"] == ""


async def test_a_limit_that_is_no_number_is_refused(served: Served) -> None:
    answer = await served.call("conversations.members", channel="C0GAMES", limit="all")
    assert answer.error == "invalid_arguments"


async def test_history_is_newest_first_without_replies_and_between_two_times(
    served: Served,
) -> None:
    first, second, third = [
        await served.slack.say("U0ANN", "C0MAIL", text) for text in ("a", "b", "c")
    ]
    await served.slack.say("U0BEN", "C0MAIL", "a reply", first)

    async def texts(**args: str) -> list[str]:
        answer = await served.call("conversations.history", channel="C0MAIL", **args)
        return [message["text"] for message in answer.body["messages"]]

    assert await texts() == ["c", "b", "a"]
    assert await texts(limit="1") == ["c"]
    assert await texts(oldest=first, latest=third) == ["b"]
    assert await texts(oldest=second, inclusive="true") == ["c", "b"]


async def test_times_that_are_no_numbers_are_refused(served: Served) -> None:
    answer = await served.call(
        "conversations.history", channel="C0MAIL", oldest="yesterday"
    )
    assert answer.error == "invalid_ts_latest"


async def test_a_thread_is_found_by_its_parent_and_by_a_reply(served: Served) -> None:
    parent = await served.slack.say("U0ANN", "C0MAIL", "parent")
    reply = await served.slack.say("U0BEN", "C0MAIL", "reply", parent)

    for ts in (parent, reply):
        answer = await served.call("conversations.replies", channel="C0MAIL", ts=ts)
        texts = [message["text"] for message in answer.body["messages"]]
        assert texts == ["parent", "reply"]
    assert answer.body["messages"][0]["reply_count"] == 1
    assert answer.body["messages"][0]["latest_reply"] == reply


async def test_a_thread_that_is_not_there_is_not_found(served: Served) -> None:
    answer = await served.call("conversations.replies", channel="C0MAIL", ts="1.000100")
    assert answer.error == "thread_not_found"


async def test_people_have_a_locale_for_those_who_ask(served: Served) -> None:
    plain = await served.call("users.info", user="U0BEN")
    whole = await served.call("users.info", user="U0BEN", include_locale="true")

    assert "locale" not in plain.body["user"]
    assert whole.body["user"]["locale"] == "de-DE"
    assert whole.body["user"]["team_id"] == "T0CONTOSO"


async def test_a_guest_is_a_stranger_of_another_team(served: Served) -> None:
    answer = await served.call("users.info", user="U0GIL")

    assert answer.body["user"]["team_id"] == "T0FABRIKAM"
    assert answer.body["user"]["is_stranger"] is True


async def test_the_bot_is_a_user_too(served: Served) -> None:
    user = await served.call("users.info", user="U0ROLLOUT")
    bot = await served.call("bots.info", bot="B0ROLLOUT")

    assert user.body["user"]["is_bot"] is True
    assert bot.body["bot"]["user_id"] == user.body["user"]["id"]


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("bots.info", {"bot": "B0NOBODY"}, "bot_not_found"),
        ("team.info", {"team": "T0NOBODY"}, "team_not_found"),
        (
            "chat.getPermalink",
            {"channel": "C0MAIL", "message_ts": "1.0"},
            "message_not_found",
        ),
    ],
)
async def test_what_does_not_exist_is_not_found(
    served: Served, method: str, args: dict[str, str], error: str
) -> None:
    assert (await served.call(method, **args)).error == error


async def test_a_query_does_as_well_as_a_form(served: Served) -> None:
    answer = await served.send(
        "GET", "/slack/api/team.info", token="xoxb-sandbox-not-a-secret"
    )
    assert answer.body["team"]["name"] == "Contoso"


async def test_a_permalink_leads_to_the_message_on_the_page(served: Served) -> None:
    parent = await served.slack.say("U0ANN", "C0MAIL", "parent")
    reply = await served.slack.say("U0ANN", "C0MAIL", "reply", parent)

    links = [
        (await served.call("chat.getPermalink", channel="C0MAIL", message_ts=ts)).body[
            "permalink"
        ]
        for ts in (parent, reply)
    ]

    base = f"{served.url}/#/archives/C0MAIL/p"
    assert links[0] == base + parent.replace(".", "")
    assert links[1] == (f"{base}{reply.replace('.', '')}?thread_ts={parent}&cid=C0MAIL")


async def test_a_workspace_can_be_one_of_an_organisation(served: Served) -> None:
    directory = served.slack.workspace.directory
    alone = await served.call("auth.test")
    nobodys = await served.call("users.info", user="U0ANN")

    directory.teams["T0CONTOSO"] = replace(directory.home, organisation="E0CONTOSO")
    directory.teams["T0LABS"] = Team("T0LABS", "Labs", "labs", "E0CONTOSO")
    inside = await served.call("auth.test")
    ann = await served.call("users.info", user="U0ANN")
    gil = await served.call("users.info", user="U0GIL")

    assert "enterprise_id" not in alone.body
    assert inside.body["enterprise_id"] == "E0CONTOSO"
    assert "enterprise_user" not in nobodys.body["user"]
    assert ann.body["user"]["enterprise_user"] == {
        "enterprise_id": "E0CONTOSO",
        "teams": ["T0CONTOSO", "T0LABS"],
    }
    assert "enterprise_user" not in gil.body["user"]
