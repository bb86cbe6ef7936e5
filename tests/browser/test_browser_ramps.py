"""A ramp in the browser: started, watched, paused, held, and over."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import Locator, Page, expect

from bot.domain.plans import PlanEnd, PlanState
from bot.engine import EngineTiming
from bot.sandbox.store.seed import MAIL
from tests.browser.page_parts import (
    add_mail_alias,
    board,
    button,
    buttons,
    card_row,
    ephemeral,
    expect_state,
    headline,
    let_pass,
    target,
    write,
)
from tests.browser.test_browser_boards import expect_no_complaints
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import DONE_WITHIN, FAST, Conversation
from tests.dialogues.test_dialogue_ramps import ANY_TIME, DAY, becomes, newest

pytestmark = pytest.mark.asyncio(loop_scope="session")

_POLL = 0.01
# The buttons of the page, the longest first.
STEPS = {
    "1 day": timedelta(days=1),
    "6 h": timedelta(hours=6),
    "1 h": timedelta(hours=1),
    "15 min": timedelta(minutes=15),
}


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.05)


def board_row(page: Page) -> Locator:
    """Return the board without its thread."""
    return board(page).locator("> .row")


def told(page: Page, words: str) -> Locator:
    """Return what the board's thread tells with these words."""
    return board(page).locator(".replies > .message").filter(has_text=words)


async def ask(page: Page, ramp: str) -> None:
    """Name the app, and ask for a ramp of it; wait for the card."""
    await add_mail_alias(page)
    await expect(board_row(page)).to_contain_text("in progress at 10 %")
    await write(page, f"/rollout ramp mail {ramp}")
    await expect(button(page, "Start ramp")).to_be_visible()


async def set_in_partner_center(page: Page, percentage: str) -> None:
    """Change the percentage past the bot."""
    mail = target(page, MAIL)
    await mail.get_by_text("Change it in Partner Center").click()
    await mail.get_by_label("Percentage in Partner Center").fill(percentage)
    await mail.get_by_role("button", name="Set", exact=True).click()
    await expect_state(page, MAIL, "Rolling out", f"{percentage} %")


async def look_at(page: Page) -> None:
    """Look at the page with axe in each size and colour, and go back to the desk."""
    await expect_no_complaints(page)
    await page.set_viewport_size({"width": 1280, "height": 900})


async def test_a_ramp_is_started_watched_for_three_steps_paused_and_resumed(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(height=900)
    row = board_row(page)
    await ask(page, f"20 30 40 60 {ANY_TIME} stable in the pilot")
    await expect(headline(page)).to_have_text("Ramp to 60 %? Contoso Mail")
    shown = card_row(page)
    await expect(shown).to_contain_text("20 % · at once")
    await expect(shown).to_contain_text("30 % · tomorrow")
    await expect(shown).to_contain_text("Why: stable in the pilot")
    await expect(shown).to_contain_text("Each step is sent without asking again.")
    await expect(buttons(page)).to_have_text(["Start ramp", "Cancel"])
    await look_at(page)
    assert chat.writes() == []

    await button(page, "Start ramp").click()

    await expect(headline(page)).to_have_text("Ramp to 60 % started: Contoso Mail")
    await expect_state(page, MAIL, "Rolling out", "20 %")
    await expect(row).to_contain_text("Ramp: ✓ 20 % → 30 % → 40 % → 60 %")
    await expect(row).to_contain_text("next step: 30 %, tomorrow")
    for number, percentage, coming in ((2, "30", "40"), (3, "40", "60")):
        await let_pass(page, "1 day")
        await expect_state(page, MAIL, "Rolling out", f"{percentage} %")
        await expect(row).to_contain_text(f"✓ {percentage} % → {coming} %")
        await expect(row).to_contain_text(f"next step: {coming} %, tomorrow")
        await expect(told(page, f"step {number} of 4 of the ramp")).to_have_count(1)

    await row.get_by_role("button", name="Pause ramp").click()
    await expect(ephemeral(page)).to_contain_text("The ramp of Contoso Mail is paused.")
    await expect(row).to_contain_text("paused by @Ann Ortega")
    await expect(told(page, "paused the ramp of Contoso Mail at 40 %")).to_be_visible()
    await let_pass(page, "1 day")
    await row.get_by_role("button", name="Resume ramp").click()
    await expect(ephemeral(page)).to_contain_text("goes on from 40 %")
    await expect(row).to_contain_text("next step: 60 %, tomorrow")
    await expect_state(page, MAIL, "Rolling out", "40 %")
    await chat.quiet()
    assert len(chat.writes()) == 3
    await look_at(page)
    await let_pass(page, "1 day")
    await expect_state(page, MAIL, "Rolling out", "60 %")


async def test_a_ramp_that_is_held_goes_on_and_ends_with_its_chart(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(height=900)
    row = board_row(page)
    await ask(page, f"40 60 80 {ANY_TIME}")
    await button(page, "Start ramp").click()
    await expect(row).to_contain_text("✓ 40 % → 60 % → 80 %")
    await becomes(chat, PlanState.RUNNING, 1)

    await set_in_partner_center(page, "50")
    await let_pass(page, "1 day")
    held = told(page, "waits for a person")
    await expect(held).to_contain_text("the Store does not show 40 % any more")
    await expect(held).to_contain_text("The Store shows: in progress at 50 %")
    await expect(held).to_contain_text("Also sent to the channel")
    ways_on = ["Go on from 50 %", "Stop ramp", "Halt…"]
    await expect(held.get_by_role("button")).to_have_text(ways_on)
    await expect(row).to_contain_text("waits for a person since")
    assert len(chat.writes()) == 1
    await look_at(page)

    await held.get_by_role("button", name="Go on from 50 %").click()
    answer = told(page, "The ramp of Contoso Mail goes on from 50 %.")
    await expect(answer).to_contain_text("Only visible to you")
    # A day has passed since the last step, so that the next one is due at once.
    await expect_state(page, MAIL, "Rolling out", "60 %")
    await expect(row).to_contain_text("✓ 60 % → 80 %")
    await let_pass(page, "1 day")

    await expect_state(page, MAIL, "Rolling out", "80 %")
    over = told(page, "The ramp of Contoso Mail has ended.")
    await expect(over).to_contain_text("Every step of the ramp is done.")
    chart = over.get_by_role("img", name="Line chart, Planned and actual percentage.")
    await expect(chart).to_be_visible()
    await expect(row).not_to_contain_text("Ramp:")
    await chat.quiet()
    assert len(chat.writes()) == 3
    await expect_no_complaints(page)


async def test_a_ramp_that_finalizes_asks_once_more_on_a_phone(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(width=390, height=844)
    await ask(page, f"50 100 {ANY_TIME} then finalize")
    title = "Ramp to 100 %, then finalize? Contoso Mail"
    await expect(headline(page)).to_have_text(title)
    dialog = page.locator("dialog[open]")

    await button(page, "Start ramp").click()

    await expect(dialog).to_contain_text("Ramp and finalize Contoso Mail?")
    await expect(dialog).to_contain_text("Nobody is asked again")
    await expect(dialog).to_contain_text("this cannot be undone")
    await expect_no_complaints(page)
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await dialog.evaluate("e => e.getBoundingClientRect().width") <= 390
    await dialog.get_by_role("button", name="Not yet").click()
    await expect(dialog).to_have_count(0)
    await expect(headline(page)).to_have_text(title)
    assert chat.writes() == []

    await button(page, "Start ramp").click()
    await dialog.get_by_role("button", name="Start ramp").click()

    await expect(board_row(page)).to_contain_text("✓ 50 % → 100 % → finalize")
    for step in (1, 2):
        await becomes(chat, PlanState.RUNNING, step)
        chat.clock.forward(DAY)
    await becomes(chat, PlanState.ENDED, 3)
    over = told(page, "The ramp of Contoso Mail has ended.")
    await expect(over).to_contain_text("Every step of the ramp is done.")
    await expect(told(page, "was finalized: step 3 of 3")).to_have_count(1)
    assert (await newest(chat)).reason is PlanEnd.DONE


async def test_a_ramp_in_working_hours_is_walked_with_the_buttons_of_the_clock(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(height=900)
    await ask(page, "25 50 100")
    await expect(card_row(page)).to_contain_text("Sent Mon – Fri, 09:00 – 16:00")
    await button(page, "Start ramp").click()
    await expect(headline(page)).to_have_text("Ramp to 100 % started: Contoso Mail")
    presses = 0

    for number, percentage in enumerate(("25", "50", "100"), 1):
        presses += await walk_to_step(page, chat, number)
        await expect_state(page, MAIL, "Rolling out", f"{percentage} %")

    over = told(page, "The ramp of Contoso Mail has ended.")
    await expect(over).to_contain_text("Every step of the ramp is done.")
    # A weekend of days, and one way into the working hours.
    assert presses <= 20
    assert len(chat.writes()) == 3


async def walk_to_step(page: Page, chat: Conversation, number: int) -> int:
    """Press what leads to the time that the board shows; return how often."""
    presses = 0
    async with asyncio.timeout(DONE_WITHIN):
        while (plan := await newest(chat)).step < number or plan.operation_id:
            left = (plan.due_at or chat.clock()) - chat.clock()
            if left > timedelta(0) and plan.operation_id is None:
                presses += 1
                await press_towards(page, chat, left)
            else:
                await asyncio.sleep(_POLL)
    return presses


async def press_towards(page: Page, chat: Conversation, left: timedelta) -> None:
    """Press the longest step: a day to what comes tomorrow, whatever the minute."""
    ahead = chat.clock.ahead
    enough = left + STEPS["15 min"]
    await let_pass(page, next(one for one, long in STEPS.items() if long <= enough))
    await chat.until(lambda: chat.clock.ahead > ahead)
