"""Forms and Home tabs of the local Slack, with Bolt and the client of slack_sdk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.errors import DeliveryError, UserActionError
from tests.sandbox.slack.local_slack_server import APP_TOKEN, Serve, Served

ClientOf = Callable[[Served], AsyncWebClient]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def field(block_id: str, element: dict[str, Any], **more: object) -> dict[str, Any]:
    block = {"type": "input", "block_id": block_id, "label": plain(block_id)}
    return {**block, "element": {"action_id": "value", **element}, **more}


PERCENT = field(
    "percent",
    {
        "type": "number_input",
        "is_decimal_allowed": True,
        "min_value": "1",
        "max_value": "100",
    },
)
REASON = field(
    "reason", {"type": "plain_text_input", "max_length": 20, "min_length": 3}
)
OPTIONAL_REASON = {**REASON, "optional": True}
BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [{"type": "button", "action_id": "more", "text": plain("More")}],
}
SECTION = {"type": "section", "text": plain("Contoso Mail")}


def modal(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": plain("Set"),
        "submit": plain("Set"),
        "callback_id": "set",
        "private_metadata": "request-1",
        "blocks": list(blocks or (PERCENT, OPTIONAL_REASON)),
        **more,
    }


def home(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks or (SECTION,)), **more}


class App:
    """A Bolt app that opens a form, and answers it as `answer` says."""

    def __init__(self, served: Served, client: AsyncWebClient) -> None:
        self.served, self.client = served, client
        self.slack = served.slack
        self.form = modal()
        self.answer: dict[str, Any] = {}
        self.bodies: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.came = asyncio.Event()
        self.bolt = AsyncApp(client=client)
        self.bolt.command("/rollout")(self.on_command)
        self.bolt.view("set")(self.on_submission)
        self.bolt.view_closed("set")(self.keep)
        self.bolt.action("more")(self.keep)
        self.bolt.options("value")(self.on_typed)
        self.bolt.event("app_home_opened")(self.keep)

    async def on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.bodies.append(body)
        await self.attempt(
            self.client.views_open, trigger_id=body["trigger_id"], view=self.form
        )

    async def on_submission(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(**self.answer)

    async def on_typed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(self.answer)

    async def keep(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.bodies.append(body)
        self.came.set()

    async def attempt(self, call: Any, **arguments: Any) -> None:  # noqa: ANN401
        """Call a method; keep the error, if there is one."""
        try:
            await call(**arguments)
        except SlackApiError as refused:
            self.problems.append(str(refused.response["error"]))

    async def open(self, form: dict[str, Any] | None = None) -> None:
        """Open the form as Ann, and wait for it."""
        self.form = form or self.form
        await self.slack.command("U0ANN", "C0MAIL", "/rollout set")
        await self.slack.until(lambda: self.slack.modal("U0ANN") is not None)


@pytest.fixture
async def app(served: Served, client_of: ClientOf) -> AsyncIterator[App]:
    made = App(served, client_of(served))
    handler = AsyncSocketModeHandler(made.bolt, APP_TOKEN, web_client=made.client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await served.slack.until(lambda: served.slack.connected)
    yield made
    await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_form_is_submitted_with_what_was_entered(app: App) -> None:
    await app.open()
    errors = await app.slack.submit("U0ANN", percent="12.5", reason="looks good")
    body = app.bodies[-1]

    assert errors == {}
    assert body["type"] == "view_submission"
    assert body["user"]["id"] == "U0ANN"
    assert body["view"]["private_metadata"] == "request-1"
    assert body["view"]["state"]["values"] == {
        "percent": {"value": {"type": "number_input", "value": "12.5"}},
        "reason": {"value": {"type": "plain_text_input", "value": "looks good"}},
    }
    assert app.slack.modal("U0ANN") is None


async def test_what_slack_can_see_is_refused_without_asking_the_app(app: App) -> None:
    await app.open(modal(PERCENT, REASON))
    asked = len(app.bodies)

    async def errors(percent: str, reason: str) -> dict[str, str]:
        return await app.slack.submit("U0ANN", percent=percent, reason=reason)

    assert await errors("", " ") == {
        "percent": "Please complete this required field.",
        "reason": "Please complete this required field.",
    }
    assert await errors("much", "ok") == {
        "percent": "Must be a number.",
        "reason": "Must be at least 3 characters.",
    }
    assert await errors("0.5", "x" * 21) == {
        "percent": "Must be 1 or more.",
        "reason": "Must be at most 20 characters.",
    }
    assert await errors("100.5", "fine") == {"percent": "Must be 100 or less."}
    assert await errors("inf", "fine") == {"percent": "Must be a number."}
    assert len(app.bodies) == asked
    assert app.slack.modal("U0ANN") is not None


async def test_the_apps_errors_leave_the_form_open(app: App) -> None:
    await app.open()
    app.answer = {"response_action": "errors", "errors": {"percent": "Too low"}}

    assert await app.slack.submit("U0ANN", percent="12") == {"percent": "Too low"}
    assert app.slack.modal("U0ANN") is not None

    app.answer = {"response_action": "clear"}
    assert await app.slack.submit("U0ANN", percent="80") == {}
    assert app.slack.modal("U0ANN") is None


async def test_an_answer_can_show_another_view(app: App) -> None:
    await app.open()
    opened = app.slack.modal("U0ANN")
    assert opened is not None
    before, view_id = opened.hash, opened.id
    app.answer = {
        "response_action": "update",
        "view": modal(SECTION, title=plain("Sure?")),
    }

    assert await app.slack.submit("U0ANN", percent="80") == {}
    shown = app.slack.modal("U0ANN")
    assert shown is not None
    assert (shown.id, shown.body["title"]["text"]) == (view_id, "Sure?")
    assert shown.hash != before


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nothing": "Too low"}},
        {"response_action": "errors", "errors": {"percent": ""}},
        {"response_action": "update", "view": home()},
        {"response_action": "dance"},
    ],
)
async def test_an_answer_that_slack_does_not_understand_is_trouble(
    app: App, answer: dict[str, Any]
) -> None:
    await app.open()
    app.answer = answer

    with pytest.raises(DeliveryError) as trouble:
        await app.slack.submit("U0ANN", percent="12")

    assert trouble.value.error == "invalid_view_response"
    assert app.slack.modal("U0ANN") is not None


async def test_a_trigger_opens_one_view(app: App) -> None:
    await app.open()
    trigger = app.bodies[0]["trigger_id"]
    await app.attempt(app.client.views_open, trigger_id=trigger, view=modal())
    await app.attempt(app.client.views_open, trigger_id="nonsense", view=modal())
    await app.attempt(app.client.views_open, trigger_id="1.2.3a", view=modal())

    assert app.problems == [
        "exchanged_trigger_id",
        "invalid_trigger_id",
        "expired_trigger_id",
    ]


async def test_a_trigger_expires(app: App) -> None:
    assert app.slack.workspace.triggers.lifetime == 3
    app.slack.workspace.triggers.lifetime = 0
    await app.slack.command("U0ANN", "C0MAIL", "/rollout set")
    await app.slack.until(lambda: bool(app.problems))

    assert app.problems == ["expired_trigger_id"]
    assert app.slack.modal("U0ANN") is None


async def test_closing_is_told_where_the_app_asked_for_it(app: App) -> None:
    await app.open(modal(notify_on_close=True))
    view = app.slack.modal("U0ANN")
    assert view is not None
    await app.slack.view_actions.close("U0ANN", view.id)

    assert app.bodies[-1]["type"] == "view_closed"
    assert app.bodies[-1]["view"]["id"] == view.id
    assert app.slack.modal("U0ANN") is None
    with pytest.raises(UserActionError, match="no longer open"):
        await app.slack.view_actions.submit("U0ANN", view.id, {})


async def test_a_button_in_a_form_sends_the_view_and_what_was_entered(app: App) -> None:
    await app.open(modal(PERCENT, BUTTON))
    view = app.slack.modal("U0ANN")
    assert view is not None
    entered = {"percent": "30"}
    await app.slack.view_actions.press("U0ANN", view.id, "row", "more", entered)
    body = app.bodies[-1]

    assert body["container"] == {"type": "view", "view_id": view.id}
    assert body["view"]["state"]["values"]["percent"]["value"]["value"] == "30"
    assert body["actions"][0]["block_id"] == "row"
    await app.attempt(
        app.client.views_update, view_id=view.id, view=modal(SECTION), hash="old"
    )
    assert app.problems == ["hash_conflict"]
    await app.client.views_update(
        view_id=view.id, view=modal(SECTION), hash=body["view"]["hash"]
    )
    assert view.body["blocks"][0]["type"] == "section"


async def test_each_kind_of_field_sends_its_own_state(app: App) -> None:
    options = [{"text": plain(name), "value": name} for name in "abc"]
    await app.open(
        modal(
            field("select", {"type": "static_select", "options": options}),
            field("radio", {"type": "radio_buttons", "options": options}),
            field(
                "checks",
                {
                    "type": "checkboxes",
                    "options": options,
                    "initial_options": options[:1],
                },
                optional=True,
            ),
            field("day", {"type": "datepicker", "initial_date": "2026-01-31"}),
            field("time", {"type": "timepicker"}, optional=True),
            field("who", {"type": "users_select"}),
            field("all", {"type": "multi_users_select"}),
        )
    )
    entered = {"select": "b", "radio": "c", "who": "U0BEN", "all": ["U0ANN", "U0BEN"]}
    assert await app.slack.submit("U0ANN", **entered) == {}
    values = {
        block: {name: what for name, what in state["value"].items() if name != "type"}
        for block, state in app.bodies[-1]["view"]["state"]["values"].items()
    }

    assert values == {
        "select": {"selected_option": options[1]},
        "radio": {"selected_option": options[2]},
        "checks": {"selected_options": [options[0]]},
        "day": {"selected_date": "2026-01-31"},
        "time": {"selected_time": None},
        "who": {"selected_user": "U0BEN"},
        "all": {"selected_users": ["U0ANN", "U0BEN"]},
    }
    await app.open()
    with pytest.raises(LookupError):
        await app.slack.submit("U0BEN", percent="1")


async def test_an_opened_home_tab_is_an_event_with_the_view_once_there_is_one(
    app: App,
) -> None:
    app.slack.open_home("U0ANN")
    await asyncio.wait_for(app.came.wait(), 30)
    first = app.bodies[-1]["event"]
    await app.client.views_publish(user_id="U0ANN", view=home())
    app.came.clear()
    app.slack.open_home("U0ANN")
    await asyncio.wait_for(app.came.wait(), 30)
    second = app.bodies[-1]["event"]

    assert (first["type"], first["tab"]) == ("app_home_opened", "home")
    assert first["user"] == "U0ANN"
    assert first["channel"].startswith("D")
    assert "view" not in first
    assert second["view"]["type"] == "home"


async def test_a_button_in_a_view_is_found_by_its_label(app: App) -> None:
    with pytest.raises(LookupError):
        await app.slack.press_in_view("U0ANN", "More")
    await app.client.views_publish(user_id="U0ANN", view=home(SECTION, BUTTON))
    await app.slack.press_in_view("U0ANN", "More")
    on_home = app.bodies[-1]
    await app.open(modal(PERCENT, BUTTON))
    await app.slack.press_in_view("U0ANN", "More", percent="5")

    assert on_home["view"]["type"] == "home"
    assert app.bodies[-1]["view"]["type"] == "modal"
    with pytest.raises(LookupError):
        await app.slack.press_in_view("U0ANN", "Less")


async def test_a_home_tab_is_for_members_of_the_apps_workspace(app: App) -> None:
    with pytest.raises(UserActionError, match="Contoso"):
        app.slack.open_home("U0GIL")
    for user in ("U0GIL", "U0NOBODY"):
        await app.attempt(app.client.views_publish, user_id=user, view=home())
    app.slack.workspace.home_tab = False
    await app.attempt(app.client.views_publish, user_id="U0ANN", view=home())

    assert app.problems == ["user_not_found", "user_not_found", "not_enabled"]
    with pytest.raises(UserActionError, match="no Home"):
        app.slack.open_home("U0ANN")


async def test_publishing_checks_the_hash_that_it_is_sent(app: App) -> None:
    published = await app.client.views_publish(user_id="U0ANN", view=home())
    view = published["view"]
    again = await app.client.views_publish(
        user_id="U0ANN", view=home(BUTTON), hash=view["hash"]
    )
    await app.attempt(
        app.client.views_publish, user_id="U0ANN", view=home(), hash=view["hash"]
    )

    assert again["view"]["id"] == view["id"]
    assert again["view"]["hash"] != view["hash"]
    assert app.problems == ["hash_conflict"]


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(title=plain("x" * 25)), "/view/title"),
        (modal(*[SECTION] * 101), "no more than 100 items"),
        (modal(submit=None), "needs submit"),
        (modal({"type": "markdown", "text": "a"}), "unsupported type: markdown"),
        (modal({"type": "data_visualization"}), "unsupported type"),
        (modal(PERCENT, PERCENT), "already exists: percent"),
        (home(), "must be a view of the type modal"),
        (modal(field("a", {"type": "number_input"})), "is_decimal_allowed"),
        (modal(field("a", {"type": "email_text_input"})), "unsupported type"),
        (modal(colour="red"), "no additional property allowed"),
    ],
)
async def test_a_malformed_form_is_refused_with_the_reason(
    app: App, form: dict[str, Any], reason: str
) -> None:
    arguments = {"trigger_id": app.slack.workspace.triggers.make("U0ANN")}
    with pytest.raises(SlackApiError) as refused:
        await app.client.api_call("views.open", json={**arguments, "view": form})

    assert refused.value.response["error"] == "invalid_arguments"
    (message,) = refused.value.response["response_metadata"]["messages"][:1]
    assert reason in message
    # What was refused did not use up the trigger.
    await app.client.views_open(view=modal(), **arguments)


async def test_a_home_tab_holds_a_hundred_blocks_and_no_form(app: App) -> None:
    await app.client.views_publish(user_id="U0ANN", view=home(*[SECTION] * 100))
    for view in (home(*[SECTION] * 101), modal(), home(title=plain("Home"))):
        await app.attempt(app.client.views_publish, user_id="U0ANN", view=view)
    assert app.problems == ["invalid_arguments"] * 3


async def test_a_view_that_is_too_large_or_not_open_or_not_unique_is_refused(
    app: App,
) -> None:
    text = {"type": "section", "text": plain("x" * 3000)}
    await app.attempt(
        app.client.views_publish, user_id="U0ANN", view=home(*[text] * 90)
    )
    await app.attempt(app.client.views_update, view_id="V0", view=modal())
    await app.client.views_publish(user_id="U0ANN", view=home(external_id="mine"))
    await app.attempt(
        app.client.views_publish, user_id="U0BEN", view=home(external_id="mine")
    )

    assert app.problems == ["view_too_large", "not_found", "duplicate_external_id"]


async def test_home_tabs_survive_a_restart_and_forms_do_not(
    serve: Serve, client_of: ClientOf, tmp_path: Path
) -> None:
    path = tmp_path / "slack.json"
    served = await serve(state_file=path)
    web = client_of(served)
    trigger = served.slack.workspace.triggers.make("U0ANN")
    await web.views_open(trigger_id=trigger, view=modal())
    await web.views_publish(user_id="U0ANN", view=home())

    again = LocalSlack(path)

    kept = again.home("U0ANN")
    assert kept is not None
    assert kept.body["blocks"][0]["text"] == SECTION["text"]
    assert again.modal("U0ANN") is None


async def test_the_page_works_with_views_over_the_control_api(app: App) -> None:
    assert (await app.served.control("views/home", **{"as": "U0GIL"})).status == 400
    assert (await app.served.control("views/home", **{"as": "U0ANN"})).status == 200
    await app.client.views_publish(user_id="U0ANN", view=home(BUTTON))
    await app.open()
    state = (await app.served.control("state?as=U0ANN", "GET")).body
    as_ann = {"as": "U0ANN", "view": state["modal"]["id"]}
    press = {"as": "U0ANN", "view": state["home"]["view"]["id"], "block_id": "row"}
    pressed = await app.served.control("views/press", **press, action_id="more")
    missing = await app.served.control("views/press", **press, action_id="none")
    refused = await app.served.control("views/submit", **as_ann, values={})
    odd = await app.served.control("views/submit", **as_ann, values=[])
    closed = await app.served.control("views/close", **as_ann)
    gone = await app.served.control("views/close", **as_ann)
    others = (await app.served.control("state?as=U0BEN", "GET")).body

    assert pressed.body == {"ok": True}
    assert missing.error.startswith("That button is no longer there")
    required = {"message": "Please complete this required field.", "values": {}}
    assert refused.body["errors"] == {"percent": required}
    assert odd.status == 400
    assert closed.status == 200
    assert gone.error == "That form is no longer open."
    assert (others["modal"], others["home"]["view"]) == (None, None)


def option(name: str) -> dict[str, Any]:
    return {"text": plain(f"@{name}"), "value": name}


def groups(**more: object) -> dict[str, Any]:
    element = {"type": "multi_external_select", "min_query_length": 0, **more}
    return field("groups", element, optional=True)


async def test_the_app_is_asked_for_the_options_of_what_is_typed(app: App) -> None:
    app.answer = {"options": [option("S1"), option("S2")]}
    await app.open(modal(groups(initial_options=[option("S9")]), OPTIONAL_REASON))

    offered = await app.slack.suggest("U0ANN", "groups", "rel")
    asked = app.bodies[-1]
    app.answer = {}
    errors = await app.slack.submit("U0ANN", groups=["S9", "S2"])
    state = app.bodies[-1]["view"]["state"]["values"]["groups"]["value"]

    assert offered == ["S1", "S2"]
    assert asked["type"] == "block_suggestion"
    assert (asked["block_id"], asked["action_id"]) == ("groups", "value")
    assert (asked["value"], asked["user"]["id"]) == ("rel", "U0ANN")
    assert asked["container"] == {"type": "view", "view_id": asked["view"]["id"]}
    assert asked["view"]["private_metadata"] == "request-1"
    assert "trigger_id" not in asked
    assert "response_url" not in asked
    assert errors == {}
    assert state == {
        "type": "multi_external_select",
        "selected_options": [option("S9"), option("S2")],
    }


async def test_the_options_of_groups_are_offered_in_their_order(app: App) -> None:
    group = {"label": plain("Teams"), "options": [option("S2")]}
    app.answer = {"option_groups": [group, {**group, "options": [option("S1")]}]}
    await app.open(modal(groups()))

    assert await app.slack.suggest("U0ANN", "groups") == ["S2", "S1"]


async def test_the_app_is_not_asked_before_enough_is_typed(app: App) -> None:
    app.answer = {"options": [option("S1")]}
    form = groups()
    del form["element"]["min_query_length"]
    await app.open(modal(form))
    asked = len(app.bodies)

    assert await app.slack.suggest("U0ANN", "groups", "re") == []
    assert len(app.bodies) == asked
    assert await app.slack.suggest("U0ANN", "groups", "rel") == ["S1"]


async def test_only_what_was_offered_can_be_chosen_and_no_more_than_fits(
    app: App,
) -> None:
    app.answer = {"options": [option("S1"), option("S2")]}
    await app.open(modal(groups(max_selected_items=1)))
    await app.slack.suggest("U0ANN", "groups")

    with pytest.raises(UserActionError, match="no option “S3”"):
        await app.slack.submit("U0ANN", groups=["S3"])
    with pytest.raises(UserActionError, match="up to 1"):
        await app.slack.submit("U0ANN", groups=["S1", "S2"])
    with pytest.raises(LookupError):
        await app.slack.suggest("U0ANN", "reason")
    with pytest.raises(LookupError):
        await app.slack.suggest("U0BEN", "groups")
    app.answer = {}
    assert await app.slack.submit("U0ANN", groups=["S2"]) == {}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"options": [{"value": "S1"}]},
        {"options": [{**option("S1"), "text": {"type": "mrkdwn", "text": "a"}}]},
        {"options": [option("x" * 151)]},
        {"options": [{**option("S1"), "text": plain("x" * 76)}]},
        {"options": [option("S1")] * 101},
        {"options": [option("S1")], "option_groups": []},
        {"option_groups": []},
        {"option_groups": [{"label": plain("Teams")}]},
    ],
)
async def test_options_that_slack_would_not_show_are_refused(
    app: App, answer: dict[str, Any]
) -> None:
    app.answer = answer
    await app.open(modal(groups()))

    with pytest.raises(DeliveryError) as refused:
        await app.slack.suggest("U0ANN", "groups")

    assert refused.value.error == "invalid_options"


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"options": [option("S1")]}, "no additional property allowed: options"),
        ({"initial_options": []}, "no fewer than 1 items allowed"),
        ({"initial_options": [{"value": "S1"}]}, "missing required field: text"),
        ({"min_query_length": -1}, "must be more than -1"),
        ({"max_selected_items": 0}, "must be more than 0"),
        ({"placeholder": plain("x" * 151)}, "must be less than 151 characters"),
    ],
)
async def test_a_select_that_slack_would_not_show_is_refused(
    app: App, element: dict[str, Any], reason: str
) -> None:
    trigger = app.slack.workspace.triggers.make("U0ANN")
    with pytest.raises(SlackApiError) as refused:
        await app.client.views_open(trigger_id=trigger, view=modal(groups(**element)))

    assert reason in refused.value.response["response_metadata"]["messages"][0]


async def test_the_page_searches_in_a_select_over_the_control_api(app: App) -> None:
    app.answer = {"options": [option("S1")]}
    await app.open(modal(groups()))
    view = app.slack.modal("U0ANN")
    assert view is not None
    where = {"as": "U0ANN", "view": view.id, "block_id": "groups"}

    found = await app.served.control(
        "views/suggest", **where, action_id="value", value=""
    )
    unsaid = await app.served.control("views/suggest", **where, action_id="value")
    missing = await app.served.control(
        "views/suggest", **where, action_id="none", value=""
    )

    assert found.body["options"] == [option("S1")]
    assert unsaid.status == 400
    assert missing.error == "That field is no longer there."
