"""Changes that a rule or a lock holds, in the browser, on a phone and on a desk."""

from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from bot.domain.rules import Rule, SecondPerson
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
    result,
    write,
)
from tests.browser_fixtures import OpenPage
from tests.dialogues.conversation import FAST, Conversation
from tests.dialogues.under_rules import APPROVE, agree
from tests.sandbox.page.test_page_accessibility import complaints
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="session")

AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.05)


async def confirm(page: Page) -> None:
    """Press the newest card's button, and confirm in Slack's own dialog."""
    await button(page, APPROVE).click()
    dialog = page.locator("dialog[open]")
    await expect(dialog).to_contain_text("This cannot be undone.")
    assert await dialog.evaluate("e => e.getBoundingClientRect().width") <= 390
    await dialog.get_by_role("button", name="Finalize rollout").click()
    await expect(dialog).to_have_count(0)


async def test_a_finalize_that_needs_two_people_on_a_phone(
    open_page: OpenPage, chat: Conversation
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    await agree(chat, AFTER_TEN)
    anns = await open_page(me=ANN, width=390, height=844)
    bens = await open_page(me=BEN, width=390, height=844, dark=True)

    await write(anns, "/rollout finalize mail three days without new crashes")
    await expect(headline(bens)).to_have_text("Finalize rollout? Contoso Mail")
    asked = card_row(bens)
    await expect(asked).to_contain_text("Needs one more person, not @Ann Ortega")
    await expect(asked).to_contain_text("everybody in this channel but @Ann Ortega")
    await expect(asked).to_contain_text("Why: three days without new crashes")
    await expect(asked).to_contain_text("@Ann Ortega can do it alone from")
    await expect(buttons(bens)).to_have_text([APPROVE, "Decline"])

    await confirm(anns)
    alone = ephemeral(anns)
    await expect(alone).to_contain_text("Only visible to you")
    await expect(alone).to_contain_text(
        "so somebody else in this channel has to approve"
    )
    await expect(alone).to_contain_text("You can do it alone from")
    await expect(alone).to_contain_text("/rollout halt mail")
    await expect(ephemeral(bens)).to_have_count(0)
    assert chat.writes() == []

    await confirm(bens)
    await expect(headline(anns)).to_have_text("✅ Finalized: Contoso Mail")
    await expect(result(anns)).to_contain_text("Confirmed by @Ben Kaya")
    await expect(card_row(anns)).to_contain_text("Asked by: @Ann Ortega")
    await expect(buttons(bens)).to_have_count(0)
    for page in (anns, bens):
        assert await complaints(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_lock_holds_a_finalize_until_somebody_else_lifts_it(
    open_page: OpenPage, chat: Conversation
) -> None:
    anns, bens = await open_page(me=ANN), await open_page(me=BEN, width=390, height=844)
    await add_mail_alias(anns)
    await expect(board(anns)).to_contain_text("in progress at 10 %")
    lock = "locked by @Ann Ortega until"

    await write(anns, "/rollout lock mail for 3d code freeze")
    notice = anns.get_by_text("Contoso Mail: locked by @Ann Ortega until")
    await expect(notice).to_be_visible()
    # The pause between two edits.
    chat.clock.forward(1)
    await expect(board(anns)).to_contain_text(lock)
    await write(bens, "/rollout status mail")
    await expect(ephemeral(bens)).to_contain_text(lock)
    await expect(ephemeral(bens)).to_contain_text("code freeze")

    await write(bens, "/rollout finalize mail")
    await expect(ephemeral(bens)).to_contain_text("Nobody can finalize or set mail now")
    await expect(ephemeral(bens)).to_contain_text("A halt stays possible")
    await write(bens, "/rollout unlock mail the fair is over")
    lifted = "Contoso Mail: @Ben Kaya has lifted the lock of @Ann Ortega"
    await expect(card_row(anns)).to_contain_text(lifted)
    await expect(card_row(anns)).to_contain_text("the fair is over")
    chat.clock.forward(1)
    await expect(board(anns)).not_to_contain_text("🔒")


async def test_a_halt_goes_on_whatever_is_locked(open_page: OpenPage) -> None:
    page = await open_page(me=ANN, width=1280)
    await add_mail_alias(page)
    await write(page, "/rollout lock all outage of the login")
    await expect(ephemeral(page)).to_contain_text(
        "All apps: locked by @Ann Ortega until"
    )

    await write(page, "/rollout halt mail crash on start")
    card = page.get_by_role("button", name="Halt rollout", exact=True)
    await card.click()

    await expect(page.get_by_text("✅ Halted: Contoso Mail").first).to_be_visible()
    await expect_state(page, MAIL, "Halted", "0 %")
