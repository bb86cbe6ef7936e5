"""The bot's main operations, done by a release engineer in the browser."""

import asyncio

import pytest
from playwright.async_api import expect

from bot.sandbox.store.journal import Entry
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from tests.browser.page_parts import (
    ADD_MAIL,
    add_mail_alias,
    button,
    buttons,
    card,
    card_row,
    ephemeral,
    expect_state,
    headline,
    result,
    write,
)
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import Conversation
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_app_is_named_and_its_state_is_shown(open_page: OpenPage) -> None:
    page = await open_page()

    await add_mail_alias(page)
    await write(page, "/rollout status mail")

    await expect(ephemeral(page)).to_contain_text("▰▱▱▱▱▱▱▱▱▱ in progress at 10 %")
    await expect(ephemeral(page)).to_contain_text("4.12.0.0 · others get 4.11.2.0")
    await expect(ephemeral(page)).to_contain_text("Only visible to you")
    await expect(card(page)).to_have_count(0)


async def test_a_halt_goes_from_card_to_click_to_thread_to_the_store(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await add_mail_alias(page)
    await write(page, "/rollout halt mail crash on start")

    await expect(headline(page)).to_have_text("Halt rollout? Contoso Mail")
    await expect(card_row(page)).to_contain_text("in progress at 10 % → halted")
    await expect(card_row(page)).to_contain_text("Why: crash on start")
    await expect_state(page, MAIL, "Rolling out", "10 %")

    answered = asyncio.Event()

    async def hold(entry: Entry) -> None:
        if entry.operation == "halt":
            await answered.wait()

    chat.sandbox.store.pipeline.before = hold
    await button(page, "Halt rollout").click()
    await expect(headline(page)).to_have_text("Halting… Contoso Mail")
    await expect(buttons(page)).to_have_count(0)
    await expect_state(page, MAIL, "Rolling out", "10 %")
    answered.set()

    await expect(headline(page)).to_have_text("✅ Halted: Contoso Mail")
    await expect(result(page)).to_contain_text("Now: halted")
    await expect(result(page)).to_contain_text("Status: PackageRolloutStopped")
    await expect(result(page)).to_contain_text("Confirmed by @Ann Ortega")
    await expect_state(page, MAIL, "Halted", "0 %")
    await expect(buttons(page)).to_have_count(0)


async def test_a_percentage_is_set(open_page: OpenPage) -> None:
    page = await open_page()
    await add_mail_alias(page)
    await write(page, "/rollout set mail 40 % all calm")

    await expect(card_row(page)).to_contain_text("in progress at 10 % → 40 %")
    await button(page, "Set to 40 %").click()

    await expect(headline(page)).to_have_text("✅ Set to 40 %: Contoso Mail")
    await expect(result(page)).to_contain_text("@Rollout finalize mail")
    await expect_state(page, MAIL, "Rolling out", "40 %")
    await expect_state(page, MAIL_INSIDERS, "Rolling out", "50 %")


async def test_a_finalize_is_asked_twice_and_a_no_changes_nothing(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    dialog = page.locator("dialog")
    await write(page, f"/rollout alias add ring {MAIL} flight Insiders")
    await expect(ephemeral(page)).to_contain_text("Added: ring")
    await write(page, "/rollout finalize ring")
    await expect(headline(page)).to_have_text(
        "Finalize rollout? Contoso Mail, flight Insiders"
    )

    await button(page, "Finalize rollout").click()
    await expect(dialog).to_contain_text("This cannot be undone.")
    await dialog.get_by_role("button", name="Not yet").click()
    await expect(dialog).to_be_hidden()
    await chat.quiet()
    assert chat.writes() == []
    await expect(buttons(page)).to_have_count(2)

    await button(page, "Finalize rollout").click()
    await dialog.get_by_role("button", name="Finalize rollout").click()

    await expect(headline(page)).to_have_text(
        "✅ Finalized: Contoso Mail, flight Insiders"
    )
    await expect(result(page)).to_contain_text("PackageRolloutComplete")
    await expect_state(page, MAIL_INSIDERS, "Finalized", "100 %")
    await expect_state(page, MAIL, "Rolling out", "10 %")


async def test_a_cancelled_card_is_dead_for_everybody(
    open_page: OpenPage, chat: Conversation
) -> None:
    ann, ben = await open_page(me=ANN), await open_page(me=BEN)
    await write(ann, f"/rollout halt {MAIL}")

    await button(ben, "Cancel").click()

    for page in (ann, ben):
        await expect(headline(page)).to_have_text(
            "Cancelled: Halt rollout, Contoso Mail"
        )
        await expect(card_row(page)).to_contain_text("@Ben Kaya cancelled this")
        await expect(card_row(page)).to_contain_text("Nothing was changed.")
        await expect(buttons(page)).to_have_count(0)
    assert chat.writes() == []


async def test_a_card_that_nobody_pressed_in_time_loses_its_buttons(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await write(page, f"/rollout halt {MAIL}")
    await expect(buttons(page)).to_have_count(2)

    chat.clock.forward(minutes=16)

    await expect(headline(page)).to_have_text("Expired: Halt rollout, Contoso Mail")
    await expect(buttons(page)).to_have_count(0)


async def test_a_slip_of_the_finger_is_asked_about(open_page: OpenPage) -> None:
    page = await open_page()
    await add_mail_alias(page)

    await write(page, "/rollout halt mial")
    await expect(ephemeral(page)).to_contain_text(
        "I did not find an app mial in this channel. Did you mean /rollout halt mail?"
    )
    await write(page, "/rollout hlat mail")
    await expect(ephemeral(page)).to_contain_text("Did you mean /rollout halt mail?")

    await expect(card(page)).to_have_count(0)


async def test_the_history_is_read_by_who_comes_later(
    open_page: OpenPage, chat: Conversation
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout set mail 40 all calm")
    await chat.press(BEN, "Set to 40 %")
    await chat.say(BEN, "/rollout halt mail crash on start")
    await chat.press(ANN, "Cancel")
    page = await open_page(me=BEN)

    await write(page, "/rollout history")

    entries = ephemeral(page).locator(".block-section")
    await expect(entries).to_have_count(3)
    await expect(entries.nth(2)).to_contain_text("Alias mail added: Contoso Mail.")
    await expect(entries.nth(0)).to_contain_text("Halt rollout – Contoso Mail")
    await expect(entries.nth(0)).to_contain_text("@Ann Ortega cancelled")
    await expect(entries.nth(0)).to_contain_text("Why it was asked for: crash on start")
    await expect(entries.nth(1)).to_contain_text(
        "✅ Done: in progress at 10 % → in progress at 40 %."
    )
    await expect(entries.nth(1)).to_contain_text("@Ann Ortega asked,")
    await expect(entries.nth(1)).to_contain_text("@Ben Kaya confirmed.")


async def test_a_mention_inside_a_thread_is_answered_there(
    open_page: OpenPage, chat: Conversation
) -> None:
    await chat.say(BEN, ADD_MAIL)
    page = await open_page()
    await write(page, "4.12 crashes for some people")
    root = page.locator("#messages > .message").last
    replies = root.locator(".replies > .message")

    await root.hover()
    await root.get_by_role("button", name="Reply in thread").click()
    await page.keyboard.type("@Rollout status mail")
    await page.keyboard.press("Enter")
    await expect(replies.last).to_contain_text("in progress at 10 %")
    await expect(replies.last).to_contain_text("Only visible to you")
    await page.keyboard.type("@Rollout halt mail crash")
    await page.keyboard.press("Enter")
    await replies.last.get_by_role("button", name="Halt rollout").click()

    await expect(replies.last).to_contain_text("PackageRolloutStopped")
    await expect(page.locator("#messages > .message")).to_have_count(1)
    await expect(root.locator(".block-actions")).to_have_count(0)
    await expect_state(page, MAIL, "Halted", "0 %")


async def test_on_a_phone_a_rollout_is_halted_with_one_thumb(
    open_page: OpenPage, chat: Conversation
) -> None:
    await chat.say(ANN, ADD_MAIL)
    page = await open_page(width=390, height=844, dark=True)

    await write(page, "/rollout halt mail crash on start")
    await expect(button(page, "Halt rollout")).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await button(page, "Halt rollout").click()
    await expect(result(page)).to_contain_text("✅ Halted: Contoso Mail")
    await expect(result(page)).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390

    await page.get_by_role("button", name="Store", exact=True).click()
    await expect_state(page, MAIL, "Halted", "0 %")
