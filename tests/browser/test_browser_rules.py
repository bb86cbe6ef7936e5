"""A rule, proposed with the form and agreed to by a second person, in the browser."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.page_parts import (
    add_mail_alias,
    button,
    buttons,
    card_row,
    ephemeral,
    headline,
    write,
)
from tests.browser_fixtures import OpenPage
from tests.slack_users import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="session")


def form(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Propose a rule")


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_rule_is_proposed_and_a_second_person_agrees(
    open_page: OpenPage, width: int
) -> None:
    page = await open_page(me=ANN, width=width, height=844)
    bens = await open_page(me=BEN, width=width, height=844)
    await add_mail_alias(page)
    await write(page, "/rollout rules mail")
    await expect(ephemeral(page)).to_contain_text("Finalize needs no second person.")

    await ephemeral(page).get_by_role("button", name="Change…").click()
    fields = form(page)
    await fields.get_by_role("searchbox", name="Search").fill("release")
    await fields.get_by_label("@release-managers – Release managers").check()
    finalize = fields.get_by_role("group", name="Finalize needs a second person")
    await finalize.get_by_label("Yes", exact=True).check()
    await fields.get_by_role("button", name="Propose").click()

    await expect(form(page)).to_be_hidden()
    await expect(headline(page)).to_have_text("Change a rule? Contoso Mail")
    changes = card_row(bens)
    await expect(changes).to_contain_text("everybody → @release-managers")
    await expect(changes).to_contain_text("Finalize needs a second person: No → Yes")
    await button(bens, "Agree").click()

    await expect(card_row(page)).to_contain_text("@Ben Kaya agreed to the rule")
    await expect(buttons(page)).to_have_count(0)
    await write(page, "/rollout rules mail")
    shown = page.get_by_text("Finalize needs a second person.")
    await expect(shown.last).to_be_visible()
