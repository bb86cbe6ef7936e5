"""The Home tab in the browser, on a phone."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from bot.engine import EngineTiming
from tests.browser.page_parts import add_mail_alias
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import FAST, Conversation
from tests.sandbox.page.test_page_accessibility import complaints
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_home_shows_an_open_rollout_and_a_card_on_a_phone(
    open_page: OpenPage, chat: Conversation, dark: bool
) -> None:
    channel = await open_page(me=BEN)
    await add_mail_alias(channel)
    await chat.say(ANN, "/rollout halt mail crash on start")

    page = await open_page(me=BEN, channel="home", width=390, height=844, dark=dark)

    home = page.locator("#home")
    await expect(home).to_contain_text("Waiting for me")
    await expect(home).to_contain_text("Halt rollout: Contoso Mail")
    await expect(home).to_contain_text("▰▱▱▱▱▱▱▱▱▱ in progress at 10 %")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert await complaints(page) == []
