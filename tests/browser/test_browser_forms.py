"""The form that a board's button opens, in the browser, by keyboard and on a phone."""

import pytest
from playwright.async_api import expect

from bot.domain.submissions import Target
from bot.sandbox.store.seed import MAIL
from tests.browser.page_parts import add_mail_alias, button, card_row, headline
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import Conversation

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_percentage_is_asked_for_by_keyboard_on_a_phone(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(width=390, height=700)
    await add_mail_alias(page)
    chat.post_buttons(Target("main", MAIL))
    form = page.get_by_role("dialog", name="Set the percentage")

    await button(page, "Set…").press("Enter")
    percentage = form.get_by_label("Percentage")
    await expect(percentage).to_be_focused()
    await expect(form).to_contain_text("This makes a card for mail in #release-mail.")
    assert await form.evaluate("e => e.getBoundingClientRect().width") <= 390

    await page.keyboard.type("400")
    await page.keyboard.press("Enter")
    await expect(form).to_contain_text("400 is above 100 %.")
    await expect(percentage).to_be_focused()

    await percentage.fill("40 %")
    await page.keyboard.press("Tab")
    await expect(form.get_by_label("Reason")).to_be_focused()
    await page.keyboard.type("all calm")
    await page.keyboard.press("Enter")

    await expect(form).to_be_hidden()
    await expect(headline(page)).to_have_text("Set to 40 %? Contoso Mail")
    await expect(card_row(page)).to_contain_text("Why: all calm")
    await chat.quiet()
    assert chat.writes() == []
