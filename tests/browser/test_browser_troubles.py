"""Failures of the Store and missing permissions, as seen in the browser."""

import pytest
from playwright.async_api import expect

from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, PHOTOS
from tests.browser.page_parts import (
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
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_GENERAL

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALWAYS = -1


async def test_a_store_that_stays_away_leaves_all_as_it_was_and_says_so(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await add_mail_alias(page)
    await write(page, "/rollout set mail 40")
    chat.sandbox.store.arm("set", Fault.UNAVAILABLE, ALWAYS)

    await button(page, "Set to 40 %").click()

    await expect(headline(page)).to_have_text("⛔ NOT set to 40 %: Contoso Mail")
    await expect(card_row(page)).to_contain_text("Nothing was changed.")
    await expect(result(page)).to_contain_text("is failing at the moment")
    await expect(result(page)).to_contain_text("Try again with @Rollout set mail 40%")
    await expect(result(page)).to_contain_text("Correlation id")
    await expect(buttons(page)).to_have_count(0)
    await expect_state(page, MAIL, "Rolling out", "10 %")
    assert chat.sandbox.store.effects() == []


async def test_a_halt_whose_answer_was_lost_still_ends_as_done(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of The Store")
    await form.get_by_label("When the Store is asked").select_option("halt")
    await form.get_by_label("this happens").select_option("504_after_effect")
    await form.get_by_role("button", name="Arm this fault").click()
    await expect(page.locator("#faults-count")).to_have_text("1 armed")

    await write(page, f"/rollout halt {MAIL}")
    await button(page, "Halt rollout").click()

    await expect(headline(page)).to_have_text("✅ Halted: Contoso Mail")
    await expect(result(page)).to_contain_text("PackageRolloutStopped")
    await expect_state(page, MAIL, "Halted", "0 %")
    assert [entry.status for entry in chat.writes()] == [504]


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_fault_of_the_sign_in_is_seen_with_the_next_command(
    open_page: OpenPage, chat: Conversation, width: int
) -> None:
    page = await open_page(width=width)
    await add_mail_alias(page)
    if width == 390:
        await page.locator(".tabs [data-tab=store]").click()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of The Store")
    await form.get_by_label("When the Store is asked").select_option("token")
    await form.get_by_label("this happens").select_option("expired_secret")
    await form.get_by_role("button", name="Arm this fault").click()
    await expect(page.locator("#faults-count")).to_have_text("1 armed")
    if width == 390:
        await page.locator(".tabs [data-tab=messages]").click()

    await write(page, "/rollout set mail 40")

    await expect(ephemeral(page)).to_contain_text("AZURE_CLIENT_SECRET has expired")
    assert chat.writes() == []


async def test_a_result_that_cannot_be_read_is_reported_as_unknown(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await add_mail_alias(page)
    await write(page, "/rollout halt mail")
    await expect(buttons(page)).to_have_count(2)
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_AFTER_EFFECT)
    chat.sandbox.store.arm("read", Fault.UNAVAILABLE, ALWAYS)

    await button(page, "Halt rollout").click()

    await expect(headline(page)).to_have_text(
        "❓ Not known whether halted: Contoso Mail"
    )
    await expect(result(page)).to_contain_text("may or may not be halted")
    await expect(result(page)).to_contain_text("@Rollout status mail")
    await expect(card_row(page)).not_to_contain_text("✅")


async def test_a_rollout_that_moved_meanwhile_is_left_alone(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page()
    await write(page, f"/rollout set {MAIL} 40")
    await expect(buttons(page)).to_have_count(2)
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("set", published.id, 70.0)

    await button(page, "Set to 40 %").click()

    await expect(headline(page)).to_have_text(
        "⚠️ NOT set to 40 %, it has changed: Contoso Mail"
    )
    await expect(result(page)).to_contain_text("Now: in progress at 70 %")
    await expect_state(page, MAIL, "Rolling out", "70 %")
    assert chat.writes() == []


async def test_a_second_click_is_told_that_the_first_one_counts(
    open_page: OpenPage, chat: Conversation
) -> None:
    page = await open_page(me=BEN)
    await chat.say(ANN, f"/rollout halt {MAIL}")
    pressed = chat.card()
    await button(page, "Halt rollout").click()
    await expect(headline(page)).to_have_text("✅ Halted: Contoso Mail")

    await chat.press_on(BEN, pressed, "Halt rollout")

    await expect(ephemeral(page)).to_contain_text("@Ben Kaya confirmed this already")
    await expect(ephemeral(page)).to_contain_text("Your click did nothing more.")
    assert len(chat.writes()) == 1


async def test_a_guest_from_another_company_is_refused_with_the_reason(
    open_page: OpenPage, chat: Conversation
) -> None:
    await chat.say(ANN, f"/rollout halt {PHOTOS} crash", IN_GAMES)
    page = await open_page(me=GIL, channel=IN_GAMES)

    await button(page, "Halt rollout").click()

    await expect(ephemeral(page)).to_contain_text(
        "Only members of this channel's own workspace can do this"
    )
    await expect(buttons(page)).to_have_count(2)
    # Gil's Slack is French.
    await expect_state(page, PHOTOS, "En cours", "25\u00a0%")
    assert chat.writes() == []


async def test_a_removed_bot_reports_to_the_person_who_confirmed(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await add_mail_alias(page)
    await write(page, "/rollout halt mail")
    # A bot that is gone before it has posted its card posts none.
    await expect(buttons(page)).to_have_count(2)
    await page.get_by_role("button", name="Remove @Rollout").click()
    await expect(page.get_by_role("button", name="Invite @Rollout")).to_be_visible()

    await button(page, "Halt rollout").click()
    await page.locator("#channels").get_by_role("button", name="Rollout new").click()

    await expect(headline(page)).to_have_text("✅ Halted: Contoso Mail")
    await expect(card_row(page)).to_contain_text(
        "I could not post this in #release-mail"
    )
    await expect(page.locator("#composer-input")).to_be_hidden()
    await expect(page.get_by_role("button", name="Reply in thread")).to_have_count(0)
    await expect(page.get_by_role("button", name="Invite @Rollout")).to_be_hidden()


async def test_where_the_bot_is_no_member_it_says_how_to_invite_it(
    open_page: OpenPage,
) -> None:
    page = await open_page(channel=IN_GENERAL)

    await write(page, f"/rollout halt {MAIL}")
    await expect(ephemeral(page)).to_contain_text("Invite me with /invite @Rollout")
    await expect(card(page)).to_have_count(0)
    await page.get_by_role("button", name="Invite @Rollout").click()
    await expect(page.get_by_role("button", name="Remove @Rollout")).to_be_visible()
    await write(page, f"/rollout halt {MAIL}")

    await expect(headline(page)).to_have_text("Halt rollout? Contoso Mail")
    await expect(buttons(page)).to_have_count(2)
