"""What a person can do in a channel: command, mention, click, confirm, reply."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.browser_fixtures import OpenPage
from tests.sandbox.page.small_app import SmallApp

pytestmark = pytest.mark.asyncio(loop_scope="session")


def box(page: Page) -> Locator:
    return page.locator("#composer-input")


async def card(web: AsyncWebClient, *, confirm: bool = False) -> str:
    """Post a card with one danger button and return its ts."""
    button: dict[str, Any] = {
        "type": "button",
        "action_id": "yes",
        "style": "danger",
        "text": {"type": "plain_text", "text": "Finalize rollout"},
    }
    if confirm:
        button["confirm"] = {
            "title": {"type": "plain_text", "text": "Finalize?"},
            "text": {"type": "mrkdwn", "text": "It *cannot* be undone &amp; more."},
            "confirm": {"type": "plain_text", "text": "Finalize"},
            "deny": {"type": "plain_text", "text": "Not now"},
            "style": "danger",
        }
    sent = await web.chat_postMessage(
        channel="C0MAIL",
        text="card",
        blocks=[{"type": "actions", "block_id": "card", "elements": [button]}],
    )
    return str(sent["ts"])


async def test_the_answer_to_a_command_is_seen_by_the_asker_alone(
    open_page: OpenPage, app: SmallApp
) -> None:
    ann, ben = await open_page(me="U0ANN"), await open_page(me="U0BEN")

    await box(ann).fill("/rollout status mail")
    await box(ann).press("Enter")

    answer = ann.locator(".message.ephemeral")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("You asked: status mail")
    await expect(box(ann)).to_have_value("")
    await ben.locator("#people input[value=U0ANN]").check(force=True)
    await expect(ben.locator(".message.ephemeral")).to_have_count(1)
    await ben.locator("#people input[value=U0BEN]").check(force=True)
    await expect(ben.locator(".message")).to_have_count(0)
    assert app.presses == []


async def test_a_command_that_nobody_takes_fails_as_in_slack(
    open_page: OpenPage,
) -> None:
    page = await open_page()

    await box(page).fill("/rollout status")
    await box(page).press("Enter")

    await expect(page.locator("#composer .warning")).to_have_text(
        "/rollout failed with the error “dispatch_failed”"
    )
    await expect(page.locator("#bot")).to_have_text("Rollout is not connected")


async def test_what_could_not_be_delivered_is_not_typed_again(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    typed = "/rollout halt mail crash on start, 2 % of sessions"

    await box(page).fill(typed)
    await box(page).press("Enter")

    await expect(page.locator("#composer .warning")).to_contain_text("dispatch_failed")
    await expect(box(page)).to_have_value(typed)
    await expect(box(page)).to_be_focused()


async def test_what_could_not_be_delivered_does_not_follow_into_another_channel(
    open_page: OpenPage, app: SmallApp, sandbox: Sandbox
) -> None:
    page = await open_page()
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.abort()

    await page.route("**/sandbox/slack/command", hold)
    await box(page).fill("/rollout halt mail")
    await box(page).press("Enter")
    await page.locator("#channels").get_by_role("button", name="general").click()
    await expect(box(page)).to_have_attribute("placeholder", "Message #general")
    held.set()

    await expect(page.locator("#composer .warning")).to_be_visible()
    await expect(box(page)).to_have_value("")
    await page.unroute("**/sandbox/slack/command")
    assert app.presses == []
    assert sandbox.address


async def test_an_unknown_command_is_rejected_with_a_sentence(
    open_page: OpenPage,
) -> None:
    page = await open_page()

    await box(page).fill("/deploy mail")
    await box(page).press("Enter")

    await expect(page.locator("#composer .warning")).to_contain_text(
        "/deploy is not a valid command."
    )


async def test_the_page_shows_when_the_bot_connects(
    open_page: OpenPage, app: SmallApp
) -> None:
    page = await open_page()

    await expect(page.locator("#bot")).to_have_text("Rollout is connected")
    assert app.presses == []


async def test_a_button_presses(open_page: OpenPage, app: SmallApp) -> None:
    await card(app.client)
    page = await open_page(me="U0BEN")

    await page.get_by_role("button", name="Finalize rollout").click()

    assert await app.press() == ("U0BEN", "yes")
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    await expect(page.locator(".message .warning")).to_have_count(0)
    assert len(app.presses) == 1


async def test_a_click_that_no_app_acknowledges_shows_an_error_at_the_card(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    await card(web)
    page = await open_page()

    await page.get_by_role("button", name="Finalize rollout").click()

    await expect(page.locator(".message .warning")).to_have_text(
        "The button failed with the error “dispatch_failed”"
    )


async def test_a_confirm_dialog_is_shown_before_the_click_is_sent(
    open_page: OpenPage, app: SmallApp
) -> None:
    await card(app.client, confirm=True)
    page = await open_page()
    dialog = page.locator("dialog")

    await page.get_by_role("button", name="Finalize rollout").click()
    await expect(dialog.locator("h2")).to_have_text("Finalize?")
    await expect(dialog.locator("#confirm-text")).to_have_text(
        "It cannot be undone & more."
    )
    await expect(dialog.locator("#confirm-text strong")).to_have_text("cannot")
    await expect(dialog.locator("button.danger")).to_have_text("Finalize")
    await expect(dialog.get_by_role("button", name="Not now")).to_be_focused()
    assert app.presses == []
    await dialog.get_by_role("button", name="Finalize", exact=True).click()

    await expect(dialog).to_be_hidden()
    assert await app.press() == ("U0ANN", "yes")


@pytest.mark.parametrize("way", ["button", "Escape", "Enter"])
async def test_denying_the_confirm_dialog_presses_nothing(
    open_page: OpenPage, app: SmallApp, way: str
) -> None:
    await card(app.client, confirm=True)
    page = await open_page()
    pressed = page.get_by_role("button", name="Finalize rollout")

    await pressed.click()
    if way == "button":
        await page.get_by_role("button", name="Not now").click()
    else:
        await page.keyboard.press(way)

    await expect(page.locator("dialog")).to_be_hidden()
    await expect(pressed).to_be_focused()
    assert app.presses == []


async def test_a_reply_is_shown_in_the_thread(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    sent = await web.chat_postMessage(channel="C0MAIL", text="root")
    page = await open_page()
    root = page.locator("#messages > .message")

    await root.hover()
    await root.get_by_role("button", name="Reply in thread").click()
    await page.keyboard.type("thanks @Rollout")
    await page.keyboard.press("Enter")
    replies = root.locator(".replies > .message")
    await expect(replies).to_contain_text(["thanks @Rollout"])
    await web.chat_postMessage(channel="C0MAIL", text="done", thread_ts=sent["ts"])

    await expect(replies).to_have_count(2)
    await expect(replies.last).to_contain_text("done")
    await expect(page.locator("#messages > .message")).to_have_count(1)
    await expect(root.locator("textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(root.get_by_role("button", name="Reply in thread")).to_be_focused()


async def test_a_command_in_a_thread_is_refused_as_in_slack(
    open_page: OpenPage, app: SmallApp
) -> None:
    await app.client.chat_postMessage(channel="C0MAIL", text="root")
    page = await open_page()

    await page.locator(".message").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    await page.keyboard.type("/rollout status")
    await page.keyboard.press("Enter")

    await expect(page.locator(".foot .warning")).to_contain_text(
        "/rollout is not supported in threads."
    )
    await expect(page.locator(".message")).to_have_count(1)


async def test_typing_a_slash_shows_the_commands_and_tab_takes_one(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    hints = page.locator("[role=option]")

    await box(page).press_sequentially("/")
    await expect(hints.first).to_contain_text("/rollout status")
    await box(page).press_sequentially("rollout f")
    await expect(hints).to_have_count(1)
    await box(page).press("Tab")

    await expect(box(page)).to_have_value("/rollout finalize ")
    await expect(hints).to_have_count(0)
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(box(page)).not_to_have_attribute("aria-controls", re.compile(".*"))


@pytest.mark.parametrize(
    ("typed", "shapes"),
    [
        (
            "ra",
            [
                "/rollout ramp APP [PERCENT…] [options]",
                "/rollout ramp APP pause|resume|stop",
            ],
        ),
        ("la", ["/rollout language [NAME]"]),
        ("lo", ["/rollout lock APP until TIME [reason]"]),
        ("ru", ["/rollout rules [APP]"]),
        ("su", ["/rollout subscribe APP"]),
    ],
)
async def test_typing_shows_each_shape_of_a_command(
    open_page: OpenPage, typed: str, shapes: list[str]
) -> None:
    page = await open_page()

    await box(page).press_sequentially(f"/rollout {typed}")

    await expect(page.locator("[role=option] code")).to_have_text(shapes)


async def test_hints_are_walked_with_the_arrows_and_closed_with_escape(
    open_page: OpenPage,
) -> None:
    page = await open_page()

    await box(page).press_sequentially("/rollout alias ")
    await box(page).press("ArrowDown")
    await box(page).press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    await expect(chosen).to_contain_text("/rollout alias list")
    await box(page).press("ArrowUp")
    await box(page).press("ArrowUp")
    await expect(chosen).to_contain_text("/rollout alias remove")
    await box(page).press("Enter")
    await expect(box(page)).to_have_value("/rollout alias remove ")
    await box(page).press_sequentially(" ")
    await box(page).fill("/rollout h")
    await box(page).press("Escape")

    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(box(page)).to_have_value("/rollout h")


async def test_an_at_sign_offers_the_bot_and_people(open_page: OpenPage) -> None:
    page = await open_page()

    await box(page).press_sequentially("ask @rol")
    await page.locator("[role=option]").click()
    await expect(box(page)).to_have_value("ask @Rollout ")
    await box(page).press_sequentially("status")
    await box(page).press("Enter")

    await expect(page.locator(".message .mention")).to_have_text("@Rollout")


async def test_the_suggestions_in_a_thread_are_in_sight(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    for number in range(30):
        await sandbox.slack.say("U0ANN", "C0MAIL", f"message {number}")
    page = await open_page()

    for name in ("message 0", "message 29"):
        root = page.locator("#messages > .message").filter(
            has=page.get_by_text(name, exact=True)
        )
        await root.hover()
        await root.get_by_role("button", name="Reply in thread").click()
        await page.keyboard.type("@")

        await expect(page.locator("[role=option]:visible")).to_have_count(6)
        await expect(page.get_by_role("listbox")).to_be_in_viewport(ratio=0.99)
        await page.keyboard.press("Escape")


async def test_the_first_visit_shows_three_things_to_try(open_page: OpenPage) -> None:
    page = await open_page()
    tips = page.get_by_label("Three things to try")

    await tips.get_by_role("button").first.click()
    await expect(box(page)).to_have_value("/rollout alias add mail 9NMAIL000001")
    await expect(box(page)).to_be_focused()
    await tips.get_by_label("Hide these tips").click()
    await expect(tips).to_be_hidden()
    await page.reload()

    await expect(page.locator("#channel-name")).to_have_text("# release-mail")
    await expect(tips).to_be_hidden()


async def test_a_guest_sees_only_the_shared_channel(open_page: OpenPage) -> None:
    page = await open_page(me="U0GIL", channel="C0GAMES")

    await expect(page.locator("#channels .name")).to_have_text(["release-games"])
    await expect(page.locator("#channel-name")).to_have_text("# release-games")


async def test_choosing_a_guest_moves_to_a_channel_he_can_see(
    open_page: OpenPage,
) -> None:
    page = await open_page()

    await page.get_by_role("radio", name="Gil Moreau").check(force=True)

    await expect(page.locator("#channel-name")).to_have_text("# release-games")
    await box(page).fill("bonjour")
    await box(page).press("Enter")
    await expect(page.locator(".message .badge")).to_have_text("Fabrikam")


async def test_an_address_with_a_stranger_in_it_opens_as_the_first_person(
    open_page: OpenPage,
) -> None:
    page = await open_page(me="U0NOBODY", channel="C0NOWHERE")

    await expect(page.get_by_role("radio", name="Ann Ortega")).to_be_checked()
    await expect(page.locator("#channel-name")).to_have_text("# release-mail")


async def test_the_bot_is_invited_where_it_is_not_a_member(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page(channel="C0GENERAL")

    await page.get_by_role("button", name="Invite @Rollout").click()

    await expect(page.get_by_role("button", name="Remove @Rollout")).to_be_visible()
    assert sandbox.slack.workspace.directory.channels["C0GENERAL"].bot_is_member


async def test_the_invite_command_invites_the_bot(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page(channel="C0GENERAL")

    await box(page).fill("/invite @Rollout")
    await box(page).press("Enter")

    await expect(page.get_by_role("button", name="Remove @Rollout")).to_be_visible()
    await expect(page.locator("#composer .warning")).to_have_count(0)
    assert sandbox.slack.workspace.directory.channels["C0GENERAL"].bot_is_member


async def test_a_channel_with_news_is_marked_until_it_is_read(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    page = await open_page()

    await web.chat_postMessage(channel="C0GAMES", text="news")

    games = page.locator("#channels button", has_text="release-games")
    await expect(games).to_contain_text("new")
    await games.click()
    await expect(page.locator(".message")).to_contain_text("news")
    await expect(games).not_to_contain_text("new")


async def test_who_and_where_one_is_survives_a_reload(open_page: OpenPage) -> None:
    page = await open_page()

    await page.get_by_role("radio", name="Ben Kaya").check(force=True)
    await page.locator("#channels button", has_text="general").click()
    await page.reload()

    await expect(page.get_by_role("radio", name="Ben Kaya")).to_be_checked()
    await expect(page.locator("#channel-name")).to_have_text("# general")
