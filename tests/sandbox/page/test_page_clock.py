"""The page lets time pass, and shows ages and changes made in Partner Center."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox, start
from bot.sandbox.store.seed import NOTES, PHOTOS
from tests.browser_fixtures import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose clock the page can move."""
    running = await start(None, 0, movable_clock=True)
    yield running
    await running.stop()


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Clock of the sandbox")


async def test_buttons_let_time_pass(open_page: OpenPage, sandbox: Sandbox) -> None:
    page = await open_page()
    await expect(panel(page).locator(".words")).to_have_text(
        "The bot looks then, and reminds of what is due."
    )

    for label in ("+15 min", "+1 h", "+6 h", "+1 day"):
        await panel(page).get_by_role("button", name=label).press("Enter")

    await expect(panel(page).locator(".words")).to_contain_text("1 day 7 h 15 min")
    assert sandbox.clock.ahead == timedelta(days=1, hours=7, minutes=15)
    await page.reload()
    await expect(panel(page).locator(".words")).to_contain_text("1 day 7 h 15 min")


async def test_time_is_not_offered_without_the_sandboxs_own_bot(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.clock.movable = False
    page = await open_page()
    await expect(panel(page)).to_be_hidden()


async def test_ages_grow_with_the_time(
    open_page: OpenPage, sandbox: Sandbox, web: AsyncWebClient
) -> None:
    since = int(sandbox.clock().timestamp()) - 150
    text = f"as of <!date^{since}^{{ago}}|earlier>, at <!date^{since}^{{time}}|then>"
    await web.chat_postMessage(channel="C0MAIL", text=text)
    page = await open_page()
    shown = page.locator(".content time").first
    await expect(shown).to_have_text("2 minutes ago")

    sandbox.clock.advance(timedelta(hours=3))

    await expect(shown).to_have_text("3 hours ago")


async def test_today_ends_with_the_day(
    open_page: OpenPage, sandbox: Sandbox, web: AsyncWebClient
) -> None:
    since = int(sandbox.clock().timestamp())
    text = f"since <!date^{since}^{{date_short_pretty}}|then>"
    await web.chat_postMessage(channel="C0MAIL", text=text)
    page = await open_page()
    shown = page.locator(".content time").first
    await expect(shown).to_have_text("today")

    sandbox.clock.advance(timedelta(days=1))

    await expect(shown).to_have_text("yesterday")
    await page.reload()
    await expect(shown).to_have_text("yesterday")


async def test_a_reply_of_another_day_has_its_date(
    open_page: OpenPage, sandbox: Sandbox, web: AsyncWebClient
) -> None:
    root = await web.chat_postMessage(channel="C0MAIL", text="board")
    thread = str(root["ts"])
    await web.chat_postMessage(channel="C0MAIL", text="now", thread_ts=thread)
    sandbox.clock.advance(timedelta(days=2))
    await web.chat_postMessage(channel="C0MAIL", text="later", thread_ts=thread)

    page = await open_page()

    times = page.locator(".replies .by time")
    day = f"{sandbox.clock():%b} {sandbox.clock().day},"
    await expect(times.nth(0)).not_to_contain_text(",")
    await expect(times.nth(1)).to_contain_text(day)


async def test_a_rollout_is_changed_in_partner_center(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    photos = page.locator(f'[data-target="{PHOTOS}"]')
    await photos.get_by_text("Change it in Partner Center").click()
    percentage = photos.get_by_label("Percentage in Partner Center")
    await percentage.fill("62.5")
    await percentage.press("Enter")
    await expect(photos.locator(".figure")).to_have_text("62.5 %")
    await photos.get_by_role("button", name="New submission").click()
    await expect(photos.locator(".draft")).to_contain_text("PendingCommit")
    await photos.get_by_role("button", name="Halt").click()
    await expect(photos.locator(".state")).to_have_text("Halted")
    await photos.get_by_role("button", name="Finalize").click()

    await expect(photos.get_by_role("alert")).to_contain_text("does not offer that")
    assert sandbox.store.effects() == []


async def test_a_phone_has_room_for_the_clock_and_partner_center(
    open_page: OpenPage,
) -> None:
    page = await open_page(width=320, height=700)
    await page.locator(".tabs button", has_text="Store").click()
    notes = page.locator(f'[data-target="{NOTES}"]')
    await notes.get_by_text("Change it in Partner Center").click()

    await expect(panel(page).get_by_role("button", name="+1 day")).to_be_visible()
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert await page.evaluate(wide) <= 0
