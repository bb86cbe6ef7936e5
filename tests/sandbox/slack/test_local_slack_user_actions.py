"""Actions of people in the local Slack, and the payloads that the app gets."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.sandbox.slack import page_state
from bot.sandbox.slack.errors import DeliveryError, UserActionError
from bot.sandbox.slack.rate_limit import RateLimit
from tests.sandbox.slack.local_slack_server import Serve, Served


class App:
    """The app's end of a Socket Mode connection; it sends the prepared `answers`."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self.connection = connection
        self.payloads: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            envelope = await self.connection.receive_json()
            self.payloads.append(envelope["payload"])
            answer = {"envelope_id": envelope["envelope_id"]}
            if self.answers:
                answer["payload"] = self.answers.pop(0)
            await self.connection.send_json(answer)


@pytest.fixture
async def app(served: Served) -> AsyncIterator[App]:
    app = App(await served.socket())
    yield app
    app.task.cancel()
    await asyncio.gather(app.task, return_exceptions=True)


async def test_a_command_carries_everything_that_slack_sends(
    served: Served, app: App
) -> None:
    await served.slack.command("U0ANN", "C0MAIL", " /rollout\thalt @Ben #general a>b ")

    [payload] = app.payloads
    assert re.fullmatch(r"\d+\.\d+\.[0-9a-f]{32}", payload.pop("trigger_id"))
    assert payload.pop("response_url").startswith(f"{served.url}/slack/response/")
    assert payload == {
        "token": "sandbox-verification-not-a-secret",
        "team_id": "T0CONTOSO",
        "team_domain": "contoso",
        "channel_id": "C0MAIL",
        "channel_name": "release-mail",
        "user_id": "U0ANN",
        "user_name": "ann",
        "command": "/rollout",
        "text": "halt <@U0BEN|ben> <#C0GENERAL|general> a&gt;b",
        "api_app_id": "A0ROLLOUT",
        "is_enterprise_install": "false",
    }


async def test_a_bare_command_has_no_text(served: Served, app: App) -> None:
    await served.slack.command("U0ANN", "C0GENERAL", "/rollout")
    assert app.payloads[0]["text"] == ""


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("U0NOBODY", "C0MAIL", "/rollout", None), "There is nobody with the id"),
        (("U0ANN", "C0NOWHERE", "/rollout", None), "cannot see a channel"),
        (("U0GIL", "C0MAIL", "/rollout", None), "Gil Moreau cannot see a channel"),
        (("U0ANN", "C0MAIL", "/deploy mail", None), "/deploy is not a valid command"),
        (("U0ANN", "C0MAIL", "  ", None), "is not a valid command"),
        (("U0ANN", "C0MAIL", "/rollout", "1.0"), "not supported in threads"),
        (("U0GIL", "C0GAMES", "/rollout", None), "belongs to Contoso"),
        (("U0ANN", "C0MAIL", "/rollout " + "x" * 40_000, None), "Please shorten it"),
    ],
)
async def test_slack_itself_refuses_some_commands(
    served: Served,
    app: App,
    typed: tuple[str, str, str, str | None],
    sentence: str,
) -> None:
    with pytest.raises(UserActionError, match=sentence):
        await served.slack.command(*typed)

    assert app.payloads == []


async def test_without_the_scope_there_is_no_command(serve: Serve) -> None:
    served = await serve(scopes={"chat:write"})
    with pytest.raises(UserActionError, match="is not a valid command"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout")


async def test_a_message_in_the_acknowledgement_is_shown_to_the_asker_or_to_all(
    served: Served, app: App
) -> None:
    app.answers = [{"text": "psst"}, {"text": "all", "response_type": "in_channel"}]

    await served.slack.command("U0ANN", "C0MAIL", "/rollout help")
    await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    assert [each["text"] for each in served.slack.seen("U0ANN", "C0MAIL")] == [
        "psst",
        "all",
    ]
    assert [each["text"] for each in served.slack.seen("U0BEN", "C0MAIL")] == ["all"]


async def test_a_bad_message_in_the_acknowledgement_fails_the_command(
    served: Served, app: App
) -> None:
    app.answers = [{"blocks": [{"type": "carpet"}]}]

    with pytest.raises(DeliveryError, match="invalid_command_response"):
        await served.slack.command("U0ANN", "C0MAIL", "/rollout help")

    assert served.slack.seen("U0ANN", "C0MAIL") == []


async def test_a_mention_becomes_an_event(served: Served, app: App) -> None:
    ts = await served.slack.say("U0ANN", "C0MAIL", "@Rollout status mail")
    await served.slack.settle()

    [payload] = app.payloads
    event = payload["event"]
    assert event["type"] == "app_mention"
    assert event["text"] == "<@U0ROLLOUT> status mail"
    assert (event["user"], event["channel"]) == ("U0ANN", "C0MAIL")
    assert (event["ts"], event["event_ts"]) == (ts, ts)
    assert "thread_ts" not in event
    assert "user_team" not in event
    assert payload["event_id"].startswith("Ev")
    assert payload["is_ext_shared_channel"] is False
    assert payload["authorizations"][0]["user_id"] == "U0ROLLOUT"


async def test_a_mention_in_a_thread_says_which_thread(
    served: Served, app: App
) -> None:
    parent = await served.slack.say("U0ANN", "C0MAIL", "look")
    await served.slack.say("U0BEN", "C0MAIL", "@rollout help", parent)
    await served.slack.settle()

    assert app.payloads[0]["event"]["thread_ts"] == parent


async def test_a_guests_mention_names_the_guests_team(served: Served, app: App) -> None:
    await served.slack.say("U0GIL", "C0GAMES", "@Rollout status")
    await served.slack.settle()

    event = app.payloads[0]["event"]
    assert event["user_team"] == event["source_team"] == event["team"] == "T0FABRIKAM"
    assert app.payloads[0]["team_id"] == "T0CONTOSO"
    assert app.payloads[0]["is_ext_shared_channel"] is True


async def test_the_app_gets_no_events_that_do_not_concern_it(
    served: Served, app: App
) -> None:
    await served.slack.say("U0ANN", "C0MAIL", "hello @Ben")
    await served.slack.say("U0ANN", "C0GENERAL", "hello @Rollout")
    served.slack.workspace.scopes.discard("app_mentions:read")
    await served.slack.say("U0ANN", "C0MAIL", "hello @Rollout")
    await served.slack.settle()

    assert app.payloads == []
    assert len(served.slack.seen("U0ANN", "C0MAIL")) == 2


@pytest.mark.parametrize(
    ("text", "thread_ts", "sentence"),
    [
        (" ", None, "nothing to send"),
        ("x" * 40_001, None, "Please shorten it"),
        ("hello", "1.0", "thread hangs on is gone"),
    ],
)
async def test_slack_itself_refuses_some_messages(
    served: Served, text: str, thread_ts: str | None, sentence: str
) -> None:
    with pytest.raises(UserActionError, match=sentence):
        await served.slack.say("U0ANN", "C0MAIL", text, thread_ts)


async def test_a_direct_message_of_the_bot_is_visible_to_its_person_only(
    served: Served,
) -> None:
    posted = await served.json("chat.postMessage", channel="U0BEN", text="for you")

    assert posted.body["channel"] == "D0BEN"
    (shown,) = served.slack.seen("U0BEN", "D0BEN")
    assert shown["text"] == "for you"
    workspace = served.slack.workspace
    others = page_state.state(workspace, "U0ANN", connected=True, url=None)
    assert "D0BEN" not in {channel["id"] for channel in others["channels"]}
    with pytest.raises(UserActionError, match="has been turned off"):
        await served.slack.say("U0BEN", "D0BEN", "thanks")
    with pytest.raises(UserActionError, match="has been turned off"):
        await served.slack.command("U0BEN", "D0BEN", "/rollout")
    with pytest.raises(UserActionError, match="cannot see a channel"):
        await served.slack.say("U0ANN", "D0BEN", "hello")

    workspace.reset()
    assert "D0BEN" not in workspace.directory.channels


async def test_a_click_carries_everything_that_slack_sends(
    served: Served, app: App, buttons: list[dict[str, Any]]
) -> None:
    posted = await served.json(
        "chat.postMessage", channel="C0MAIL", text="Halt?", blocks=buttons
    )
    ts = posted.body["ts"]

    await served.slack.press("U0BEN", "C0MAIL", ts, "choice", "halt")

    [payload] = app.payloads
    assert payload["type"] == "block_actions"
    assert payload["user"] == {
        "id": "U0BEN",
        "username": "ben",
        "name": "ben",
        "team_id": "T0CONTOSO",
    }
    assert payload["team"] == {"id": "T0CONTOSO", "domain": "contoso"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0MAIL",
        "is_ephemeral": False,
    }
    assert payload["channel"] == {"id": "C0MAIL", "name": "release-mail"}
    assert payload["message"]["text"] == "Halt?"
    [action] = payload["actions"]
    assert float(action.pop("action_ts")) > 0
    assert action == {
        "type": "button",
        "action_id": "halt",
        "block_id": "choice",
        "text": {"type": "plain_text", "text": "Halt rollout"},
        "value": "request-1",
        "style": "danger",
    }
    assert payload["response_url"].startswith(served.url)
    assert payload["trigger_id"]


async def test_a_click_has_the_time_of_the_sandboxs_clock(
    serve: Serve, buttons: list[dict[str, Any]]
) -> None:
    later = datetime(2040, 5, 6, 7, 8, tzinfo=UTC)
    served = await serve(now=lambda: later)
    app = App(await served.socket())
    await served.json("chat.postMessage", channel="C0MAIL", text="?", blocks=buttons)

    await served.slack.press_label("U0BEN", "C0MAIL", "Halt rollout")

    [action] = app.payloads[-1]["actions"]
    assert float(action["action_ts"]) == later.timestamp()
    app.task.cancel()
    await asyncio.gather(app.task, return_exceptions=True)


async def test_a_guests_click_names_the_guests_team(
    served: Served, app: App, buttons: list[dict[str, Any]]
) -> None:
    await served.json("chat.postMessage", channel="C0GAMES", blocks=buttons)

    await served.slack.press_label("U0GIL", "C0GAMES", "Halt rollout")

    assert app.payloads[0]["user"]["team_id"] == "T0FABRIKAM"
    assert app.payloads[0]["team"]["id"] == "T0CONTOSO"


async def test_a_click_in_a_thread_says_which_thread(
    served: Served, app: App, buttons: list[dict[str, Any]]
) -> None:
    parent = await served.slack.say("U0ANN", "C0MAIL", "look")
    await served.json(
        "chat.postMessage", channel="C0MAIL", blocks=buttons, thread_ts=parent
    )

    await served.slack.press_label("U0ANN", "C0MAIL", "Halt rollout")

    assert app.payloads[0]["container"]["thread_ts"] == parent


async def test_an_ephemeral_message_can_be_pressed_by_the_one_who_sees_it(
    served: Served, app: App, buttons: list[dict[str, Any]]
) -> None:
    posted = await served.json(
        "chat.postEphemeral", channel="C0MAIL", user="U0ANN", blocks=buttons
    )
    ts = posted.body["message_ts"]

    with pytest.raises(UserActionError, match="Ben Kaya sees no message"):
        await served.slack.press("U0BEN", "C0MAIL", ts, "choice", "halt")
    await served.slack.press("U0ANN", "C0MAIL", ts, "choice", "halt")

    [payload] = app.payloads
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload


async def test_a_button_that_an_edit_took_away_can_only_be_pressed_late(
    served: Served, app: App, buttons: list[dict[str, Any]]
) -> None:
    posted = await served.json("chat.postMessage", channel="C0MAIL", blocks=buttons)
    ts = posted.body["ts"]
    await served.json("chat.update", channel="C0MAIL", ts=ts, text="Halting")
    await served.json("chat.update", channel="C0MAIL", ts=ts, text="Halted")

    with pytest.raises(UserActionError, match="no longer there"):
        await served.slack.press("U0ANN", "C0MAIL", ts, "choice", "halt")
    await served.slack.press("U0ANN", "C0MAIL", ts, "choice", "halt", late=True)
    with pytest.raises(UserActionError, match="no longer there"):
        await served.slack.press("U0ANN", "C0MAIL", ts, "choice", "stay", late=True)
    with pytest.raises(LookupError):
        await served.slack.press_label("U0ANN", "C0MAIL", "Halt rollout")

    [payload] = app.payloads
    assert payload["actions"][0]["value"] == "request-1"
    assert payload["message"]["text"] == "Halted"


async def test_waiting_for_what_never_happens_ends(serve: Serve) -> None:
    served = await serve(rate=RateLimit(None))
    with pytest.raises(TimeoutError):
        await served.slack.until(lambda: False, seconds=0.02)


async def test_a_label_is_found_beside_a_section_and_the_newest_wins(
    served: Served, app: App
) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    for value in ("old", "new"):
        section = {
            "type": "section",
            "text": {"type": "plain_text", "text": value},
            "accessory": {**button, "value": value},
        }
        context = {"type": "context", "elements": [section["text"]]}
        await served.json(
            "chat.postMessage", channel="C0MAIL", blocks=[context, section]
        )

    await served.slack.press_label("U0ANN", "C0MAIL", "Go")

    assert app.payloads[0]["actions"][0]["value"] == "new"
