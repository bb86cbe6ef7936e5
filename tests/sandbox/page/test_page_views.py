"""Home tab, forms, charts and broadcast replies on the page, as a person uses them."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.browser_fixtures import OpenPage
from tests.sandbox.page.small_app import SmallApp
from tests.sandbox.page.view_examples import (
    chart,
    field,
    home,
    modal,
    options,
    pie,
    plain,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERCENT = field(
    "percent", "Percentage", {"type": "number_input", "is_decimal_allowed": True}
)
REASON = field("reason", "Reason", {"type": "plain_text_input"}, optional=True)


async def open_form(
    sandbox: Sandbox, web: AsyncWebClient, view: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Open a form as an app does for Ann, and return it."""
    trigger = sandbox.slack.workspace.triggers.make("U0ANN")
    view = view or modal(blocks=[PERCENT, REASON])
    answer = await web.views_open(trigger_id=trigger, view=view)
    return dict(answer["view"])


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Set the percentage")


async def test_a_form_takes_the_focus_and_shows_errors_at_their_fields(
    open_page: OpenPage, app: SmallApp, sandbox: Sandbox
) -> None:
    submitted: list[dict[str, Any]] = []

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        values = body["view"]["state"]["values"]
        submitted.append(values)
        low = float(values["percent"]["value"]["value"]) < 25
        errors = {"percent": "It is 25 % now, and can only be raised."}
        if low:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    app.bolt.view("set")(on_submission)
    page = await open_page()
    await open_form(sandbox, app.client)
    percent = dialog(page).get_by_label("Percentage")
    await expect(percent).to_be_focused()

    await percent.press("Enter")
    await expect(percent).to_have_accessible_description(
        "Please complete this required field."
    )
    await percent.fill("10")
    await percent.press("Enter")
    await expect(percent).to_have_accessible_description(
        "It is 25 % now, and can only be raised."
    )
    await expect(percent).to_have_attribute("aria-invalid", "true")
    await expect(percent).to_be_focused()
    await percent.fill("40")
    await page.keyboard.press("Tab")
    await page.keyboard.type("looks good")
    await page.keyboard.press("Enter")

    await expect(dialog(page)).to_be_hidden()
    assert submitted[-1]["percent"]["value"]["value"] == "40"
    assert submitted[-1]["reason"]["value"]["value"] == "looks good"
    assert len(submitted) == 2


async def test_escape_closes_a_form_for_good(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.locator("#composer-input").focus()
    await open_form(sandbox, web)
    await expect(dialog(page)).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(dialog(page)).to_be_hidden()
    await expect(page.locator("#composer-input")).to_be_focused()
    await sandbox.slack.until(lambda: sandbox.slack.modal("U0ANN") is None)
    await open_form(sandbox, web)
    await dialog(page).get_by_role("button", name="Not now").click()
    await sandbox.slack.until(lambda: sandbox.slack.modal("U0ANN") is None)
    await expect(dialog(page)).to_be_hidden()


async def test_a_form_is_shown_to_its_own_person_and_survives_a_reload(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    page, other = await open_page(), await open_page(me="U0BEN")
    await open_form(sandbox, web)
    await expect(dialog(page)).to_be_visible()
    await expect(dialog(other)).to_be_hidden()

    await page.reload()

    await expect(dialog(page)).to_be_visible()


async def test_an_update_keeps_what_was_entered(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    page = await open_page()
    view = await open_form(sandbox, web)
    await dialog(page).get_by_label("Reason").fill("because")
    note = {"type": "section", "text": plain("It is 25 % now.")}

    await web.views_update(
        view_id=view["id"], view=modal(blocks=[note, PERCENT, REASON])
    )

    await expect(dialog(page)).to_contain_text("It is 25 % now.")
    await expect(dialog(page).get_by_label("Reason")).to_have_value("because")
    await expect(dialog(page).get_by_label("Reason")).to_be_focused()


async def test_an_app_that_does_not_answer_leaves_the_form_with_a_warning(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    page = await open_page()
    await open_form(sandbox, web)
    await dialog(page).get_by_label("Percentage").fill("40")
    await dialog(page).get_by_role("button", name="Ask").click()

    await expect(dialog(page).get_by_role("alert")).to_contain_text("dispatch_failed")
    await expect(dialog(page).get_by_label("Percentage")).to_have_value("40")


async def test_each_kind_of_field_can_be_filled_on_a_phone(
    open_page: OpenPage, app: SmallApp, sandbox: Sandbox
) -> None:
    submitted: list[dict[str, Any]] = []

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        submitted.append(body["view"]["state"]["values"])
        await ack()

    app.bolt.view("set")(on_submission)
    page = await open_page(width=390, height=700)
    await open_form(sandbox, app.client, modal())
    form = dialog(page)
    await form.get_by_label("Percentage").fill("12.5")
    await form.get_by_label("Reason").fill("one\ntwo")
    await form.get_by_role("radio", name="later").check()
    await form.get_by_role("checkbox", name="sales").check()
    await form.get_by_label("App").select_option("maps")
    await form.get_by_label("Who").select_option("Ben Kaya")
    await form.get_by_label("Day").fill("2026-12-31")
    width = await form.evaluate("e => e.getBoundingClientRect().width")
    await form.get_by_role("button", name="Ask").click()
    await expect(form).to_be_hidden()
    values = {block: state["value"] for block, state in submitted[0].items()}

    assert width <= 390
    assert values["percent"]["value"] == "12.5"
    assert values["reason"]["value"] == "one\ntwo"
    assert values["how"]["selected_option"]["value"] == "later"
    assert [each["value"] for each in values["tell"]["selected_options"]] == ["sales"]
    assert values["app"]["selected_option"]["value"] == "maps"
    assert values["who"]["selected_user"] == "U0BEN"
    assert values["day"]["selected_date"] == "2026-12-31"


async def test_opening_home_tells_the_app_which_publishes_it(
    open_page: OpenPage, app: SmallApp
) -> None:
    async def opened(event: dict[str, Any]) -> None:
        await app.client.views_publish(user_id=event["user"], view=home())

    app.bolt.event("app_home_opened")(opened)
    page = await open_page()
    await page.locator("#channels button", has_text="Home").press("Enter")

    await expect(page.locator("#home")).to_contain_text("Open rollouts")
    await expect(
        page.get_by_role("heading", name="Rollout", exact=True)
    ).to_be_visible()
    await expect(page.locator("#composer")).to_be_hidden()
    await page.get_by_role("button", name="Set…").press("Enter")
    assert await app.press() == ("U0ANN", "yes")

    await page.locator("#channels button", has_text="release-mail").click()
    await expect(page.locator("#home")).to_be_hidden()
    await expect(page.locator("#composer")).to_be_visible()


async def test_home_is_redrawn_when_it_is_published_and_keeps_the_focus(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    page = await open_page(channel="home")
    await expect(page.locator("#home")).to_contain_text("Nothing here yet")
    await web.views_publish(user_id="U0ANN", view=home())
    await page.get_by_role("button", name="Set…").focus()

    later = home()
    later["blocks"].append({"type": "section", "text": plain("Finished this week")})
    await web.views_publish(user_id="U0ANN", view=later)

    await expect(page.locator("#home")).to_contain_text("Finished this week")
    await expect(page.get_by_role("button", name="Set…")).to_be_focused()


async def test_a_guest_has_no_home(open_page: OpenPage) -> None:
    page = await open_page(me="U0GIL", channel="home")
    await expect(page.locator("#channels .name")).to_have_text(["release-games"])
    await expect(page.locator("#composer")).to_be_visible()


async def test_a_chart_is_a_picture_with_its_figures_in_words(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    for block in (chart(), chart("bar"), chart("area"), pie(60, 40)):
        await web.chat_postMessage(channel="C0MAIL", text="chart", blocks=[block])
    page = await open_page()
    figure = page.locator(".chart")

    real = "real: Mon 5, Tue 10, Wed 10, Thu 55.5."
    plan = "plan: Mon 5, Tue 10, Wed 25, Thu 50."
    await expect(figure.nth(0).get_by_role("img")).to_have_accessible_name(
        f"Line chart, Contoso Mail. {real} {plan}"
    )
    await expect(figure.nth(1).locator("g rect")).to_have_count(8)
    await expect(figure.nth(2).locator("polygon")).to_have_count(2)
    await expect(figure.nth(3).get_by_role("img")).to_have_accessible_name(
        "Pie chart, Versions. v1 60, v2 40."
    )
    await expect(figure.nth(0).locator(".legend li")).to_have_text(["real", "plan"])


@pytest.mark.parametrize("values", [(0, 0, 0, 0), (-5, 0, 5, 1e9), (0.1, 0.2, 0.3, 0)])
async def test_a_chart_of_odd_figures_is_drawn(
    open_page: OpenPage, web: AsyncWebClient, values: tuple[float, ...]
) -> None:
    block = chart()
    for point, value in zip(block["chart"]["series"][0]["data"], values, strict=True):
        point["value"] = value
    await web.chat_postMessage(channel="C0MAIL", text="chart", blocks=[block])
    page = await open_page()
    drawn = page.locator(".chart polyline").first

    await expect(drawn).to_be_attached()
    assert "NaN" not in str(await drawn.get_attribute("points"))


async def test_a_broadcast_reply_says_where_it_belongs(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    root = await web.chat_postMessage(channel="C0MAIL", text="Contoso Mail: 25 %")
    await web.chat_postMessage(
        channel="C0MAIL",
        text="Halted",
        thread_ts=str(root["ts"]),
        reply_broadcast=True,
    )
    page = await open_page()
    shown = page.locator("#messages > .message")

    await expect(shown).to_have_count(2)
    await expect(shown.nth(1).locator(".origin")).to_contain_text(
        "replied to a thread:Contoso Mail: 25 %"
    )
    await expect(shown.nth(0).locator(".replies .origin")).to_have_text(
        "Also sent to the channel"
    )
    await shown.nth(1).locator(".origin button").click()
    await expect(shown.nth(0)).to_be_focused()


async def test_a_select_that_the_app_feeds_is_searched_and_keeps_what_is_chosen(
    open_page: OpenPage, app: SmallApp, sandbox: Sandbox
) -> None:
    offered = options("release-managers", "testers", "designers")
    submitted: list[list[str]] = []

    async def on_typed(ack: AsyncAck, body: dict[str, Any]) -> None:
        typed = body["value"]
        await ack(options=[one for one in offered if typed in one["value"]])

    async def on_submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        chosen = body["view"]["state"]["values"]["groups"]["value"]
        submitted.append([one["value"] for one in chosen["selected_options"]])
        await ack()

    app.bolt.options("value")(on_typed)
    app.bolt.view("set")(on_submission)
    element = {
        "type": "multi_external_select",
        "min_query_length": 0,
        "initial_options": offered[:1],
    }
    page = await open_page()
    view = modal(blocks=[field("groups", "Groups", element)])
    await open_form(sandbox, app.client, view)
    search = dialog(page).get_by_role("searchbox", name="Search")
    await search.fill("test")
    boxes = dialog(page).get_by_role("checkbox")
    await expect(boxes).to_have_count(2)
    await expect(boxes.first).to_be_checked()
    await dialog(page).get_by_label("testers").check()
    await search.fill("design")
    await expect(boxes).to_have_count(3)
    await dialog(page).get_by_role("button", name="Ask").click()

    await expect(dialog(page)).to_be_hidden()
    assert submitted == [["release-managers", "testers"]]
