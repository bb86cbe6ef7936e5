"""People who read Slack in different languages, and the language of a channel."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.store.seed import MAIL
from bot.slack.messages.translator import Translators
from tests.browser.page_parts import (
    ADD_MAIL,
    button,
    card_row,
    expect_state,
    headline,
    result,
    write,
)
from tests.browser_fixtures import OpenPage
from tests.slack_users import BEN, DEE

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def translators() -> Translators:
    """The bot of this module writes in all its languages. Ben's Slack is German."""
    return Translators()


async def expect_answer(page: Page, text: str) -> None:
    """Wait for something that this person alone reads, wherever it stands.

    Whether the offer of a language is below an answer is left to the bot.
    """
    answers = page.locator("#messages > .message.ephemeral").filter(has_text=text)
    await expect(answers.last).to_be_visible()


async def choose_language(page: Page, language: str, answer: str) -> None:
    """Set the channel's language at its head, as the person who looks at it."""
    await page.locator("#language").select_option(language)
    await expect_answer(page, answer)


async def test_a_halt_in_german_goes_from_card_to_click_to_result(
    open_page: OpenPage,
) -> None:
    page = await open_page(me=BEN)
    await write(page, ADD_MAIL)
    await expect_answer(page, "mail – Contoso Mail")
    await choose_language(page, "Deutsch", "in diesem Channel ab jetzt: Deutsch")
    await write(page, "/rollout halt mail Absturz beim Start")

    await expect(headline(page)).to_have_text("Rollout anhalten? Contoso Mail")
    await expect(card_row(page)).to_contain_text("läuft bei 10\u00a0% → angehalten")
    await expect(card_row(page)).to_contain_text("Begründung: Absturz beim Start")
    await button(page, "Rollout anhalten").click()

    await expect(headline(page)).to_have_text("✅ Angehalten: Contoso Mail")
    await expect(result(page)).to_contain_text("Jetzt: angehalten")
    await expect(result(page)).to_contain_text("Bestätigt von @Ben Kaya")
    await expect(result(page)).to_contain_text("heute")
    await expect_state(page, MAIL, "Angehalten", "0\u00a0%")


async def test_a_private_answer_is_in_the_readers_language_a_card_in_the_channels(
    open_page: OpenPage,
) -> None:
    page = await open_page(me=BEN)
    await write(page, ADD_MAIL)
    await expect_answer(page, "mail – Contoso Mail")
    await choose_language(page, "English", "English")
    await write(page, "/rollout status mail")
    await expect_answer(page, "läuft bei 10\u00a0%")

    await write(page, "/rollout halt mail crash on start")

    await expect(headline(page)).to_have_text("Halt rollout? Contoso Mail")
    await expect(card_row(page)).to_contain_text("in progress at 10 % → halted")


async def test_a_person_who_is_given_another_language_is_answered_in_it(
    open_page: OpenPage,
) -> None:
    page = await open_page(me=DEE)
    people = page.locator("#people")
    await expect(people).to_contain_text("en-GB")
    await page.locator("#directory-box > summary").click()

    dee = page.get_by_role("group", name="Dee Novak")
    await dee.get_by_label("reads").select_option("zh-CN")
    await expect(people).to_contain_text("zh-CN")
    await write(page, "/rollout help")

    await expect_answer(page, "在这里控制 Microsoft Store")
