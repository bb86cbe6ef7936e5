"""A channel that follows an app, in the browser: its board, and its reminders."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from bot.engine import EngineTiming
from bot.sandbox.store.seed import MAIL
from tests.browser.page_parts import (
    add_mail_alias,
    board,
    button,
    card_row,
    headline,
    let_pass,
    result,
    target,
)
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import FAST, Conversation
from tests.sandbox.page.test_page_accessibility import complaints

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.05)


async def expect_no_complaints(page: Page) -> None:
    """Look at the page with axe, in light and dark, on a desk and on a phone."""
    for width, height in ((1280, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        for look in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if look == "dark" else "light")
            assert await complaints(page) == [], (width, look)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


async def test_a_board_follows_a_rollout_that_is_changed_in_partner_center(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(height=900)
    await add_mail_alias(page)
    row = board(page).locator("> .row")
    await expect(row).to_contain_text("Contoso Mail▰▱▱▱▱▱▱▱▱▱ in progress at 10 %")
    await expect(row.get_by_role("button")).to_have_text(["Halt…", "Set…", "Finalize…"])
    mail = target(page, MAIL)
    await mail.get_by_text("Change it in Partner Center").click()

    await mail.get_by_label("Percentage in Partner Center").fill("25")
    await mail.get_by_role("button", name="Set", exact=True).click()
    await let_pass(page, "15 min")

    await expect(row).to_contain_text("▰▰▱▱▱▱▱▱▱▱ in progress at 25 %")
    told = board(page).locator(".replies > .message").last
    await expect(told).to_contain_text(
        "Contoso Mail is in progress at 25 % now: changed outside Rollout Bot. "
        "It was in progress at 10 %."
    )
    await expect(told).to_contain_text("Also sent to the channel")

    await mail.get_by_role("button", name="Halt", exact=True).click()
    await let_pass(page, "15 min")

    await expect(row).to_contain_text("was halted at 25 %")
    await expect(row.get_by_role("button")).to_have_count(0)
    chart = row.get_by_role("img", name="Line chart, Percentage over time.")
    await expect(chart).to_be_visible()
    await expect(told).to_contain_text("It was in progress at 25 %.")
    assert chat.writes() == []
    await expect_no_complaints(page)


async def test_a_reminder_comes_when_time_has_passed_and_its_button_makes_a_card(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(height=900)
    await add_mail_alias(page)
    await expect(board(page).get_by_role("button", name="Set…").first).to_be_visible()
    for _ in range(2):
        await let_pass(page, "1 day")
    reminders = board(page).locator(".replies > .message")
    stuck = reminders.filter(has_text="nobody has changed it")
    await expect(stuck).to_have_count(0)

    await let_pass(page, "1 day")

    await expect(stuck).to_contain_text("⏳ Contoso Mail has been in progress at 10 %")
    await expect_no_complaints(page)
    await page.set_viewport_size({"width": 1280, "height": 900})
    await stuck.get_by_role("button", name="Set…").click()
    form = page.get_by_role("dialog", name="Set the percentage")
    await form.get_by_label("Percentage").fill("50")
    await page.keyboard.press("Enter")
    await expect(headline(page)).to_have_text("Set to 50 %? Contoso Mail")
    await button(page, "Set to 50 %").click()
    await expect(headline(page)).to_have_text("✅ Set to 50 %: Contoso Mail")
    await expect(result(page)).to_contain_text("Now: in progress at 50 %.")
    await expect(board(page).locator("> .row")).to_contain_text("in progress at 50 %")
    await chat.quiet()
    assert len(chat.writes()) == 1
    await expect(card_row(page)).to_contain_text("Confirmed by @Ann Ortega, today")
