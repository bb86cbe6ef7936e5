"""The sandbox page speaks the language of the chosen person."""

import json
import re
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page, Route, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL
from tests.browser_fixtures import OpenPage
from tests.sandbox.page.page_messages import LANGUAGES, messages
from tests.sandbox.page.test_page_accessibility import BOXES, complaints, conversation
from tests.sandbox.page.test_page_behaviour import overflow
from tests.sandbox.page.test_page_dictionaries import dictionary
from tests.sandbox.page.view_examples import field, modal
from tests.slack_users import ANN, BEN, GIL, IN_GENERAL, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOCALES: Final = {"fr": "fr-FR", "de": "de-DE", "ru": "ru-RU", "zh": "zh-CN"}
# Every text, name and tooltip of the page, but those of people, apps and the bot.
TEXTS: Final = """() => {
  const foreign = "script, noscript, code, time, .day, .content, .origin button, "
    + ".avatar, .path, .requests b, .id, .locale option, [translate=no]";
  const found = [];
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest(foreign)) found.push(text.data);
  }
  for (const node of document.querySelectorAll("*")) {
    if (node.closest(foreign) || node.matches(".requests li")) continue;
    for (const name of ["aria-label", "title", "placeholder"]) {
      if (node.hasAttribute(name)) found.push(node.getAttribute(name));
    }
  }
  return found;
}"""


async def choose(page: Page, user: str) -> None:
    """Be another person."""
    await page.locator(f'#people label:has(input[value="{user}"])').click()


def read(page: Page, language: str) -> Locator:
    """Return the document once it is in a language."""
    return page.locator(f'html[lang="{language}"]')


async def use_pseudo_locale(page: Page) -> None:
    """Let German be English in brackets, to see what is never translated."""
    body = json.dumps({message: f"⟦{message}⟧" for message in messages()})

    async def answer(route: Route) -> None:
        await route.fulfill(body=body, content_type="application/json")

    await page.route("**/page/de.json", answer)


def data(sandbox: Sandbox, state: dict[str, Any]) -> list[str]:
    """Return the names and figures that are of the people, apps and submissions."""
    found: list[str] = ["Slack", "1 Tag"]

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, str) and value:
            found.append(value)

    walk(
        [
            state["team"],
            state["bot"],
            state["users"],
            state["groups"],
            state["channels"],
        ]
    )
    walk(modal())
    for app in sandbox.store.catalogue.apps:
        found += [app.name, *(flight.name for flight in app.flights)]
    return sorted(found, key=len, reverse=True)


def untranslated(text: str, known: list[str]) -> str:
    """Return the letters of a text that are in no brackets, and no name."""
    before = ""
    while before != text:
        before, text = text, re.sub("⟦[^⟦⟧]*⟧", "", text)
    for each in known:
        text = text.replace(each, "")
    return "".join(re.findall(r"[^\W\d_]+", text))


async def test_in_a_pseudo_locale_no_text_is_outside_of_the_brackets(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    sandbox.clock.movable = True
    await conversation(web, sandbox)
    await sandbox.slack.say(GIL, "C0GAMES", "hello")
    sandbox.slack.arm("chat.update", "slow", times=2)
    sandbox.store.arm("halt", "500")
    sandbox.store.arm("token", "expired_secret", -1)
    page = await open_page(me=ANN)
    await page.request.get(f"{sandbox.address}store/v1.0/my/applications")
    await use_pseudo_locale(page)
    answer = await page.request.get(f"{sandbox.address}sandbox/slack/state?as={BEN}")
    known = data(sandbox, await answer.json())
    seen: set[str] = set()

    async def look() -> None:
        seen.update(await page.evaluate(TEXTS))

    await choose(page, BEN)
    await expect(read(page, "de")).to_be_attached()
    for box in BOXES:
        await page.locator(f"{box} > summary").click()
        await look()
    for channel in ("home", "C0GAMES", "C0GENERAL"):
        await page.locator(f'[data-channel="{channel}"]').click()
        await expect(
            page.locator(f'[data-channel="{channel}"][aria-current]')
        ).to_be_attached()
        await look()
    await page.locator("#reset").click()
    await look()
    await page.locator("#confirm-deny").click()
    await page.locator("#composer-input").fill("/rollout ")
    await look()
    trigger = sandbox.slack.workspace.triggers.make(BEN)
    await web.views_open(trigger_id=trigger, view=modal())
    await expect(page.locator("#form")).to_be_visible()
    await look()
    await page.unroute_all()

    assert len(seen) > 200
    assert {text: rest for text in seen if (rest := untranslated(text, known))} == {}
    assert sum("⟦" in text for text in seen) > 150


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_in_the_language_of_whoever_is_chosen(
    open_page: OpenPage, sandbox: Sandbox, language: str
) -> None:
    words, locale = dictionary(language), LOCALES[language]
    sandbox.slack.directory_actions.change_person(BEN, locale=locale)
    page = await open_page(me=ANN)
    send = page.locator("#composer button")
    state = page.locator(f'[data-target="{MAIL}"] .state')
    await page.locator("#composer-input").fill("half a sentence")

    await choose(page, BEN)

    await expect(read(page, language)).to_be_attached()
    await expect(send).to_have_text(words["Send"])
    await expect(state).to_have_text(words["Rolling out"])
    await expect(page.locator("#reset")).to_have_text(words["Start over"])
    await expect(page).to_have_title(words["Rollout sandbox"])
    await expect(page.locator("#tips p")).to_have_text(words["Three things to try:"])
    await expect(page.locator("#composer-input")).to_have_value("half a sentence")

    await choose(page, ANN)

    await expect(read(page, "en")).to_be_attached()
    await expect(send).to_have_text("Send")
    await expect(state).to_have_text("Rolling out")
    await expect(page.locator("#reset")).to_have_text("Start over")
    await expect(page).to_have_title("Rollout sandbox")


async def test_an_empty_home_tab_is_in_the_language_of_whoever_is_chosen(
    open_page: OpenPage,
) -> None:
    empty = "Nothing here yet: the app has published no Home tab for you."
    page = await open_page(me=ANN, channel="home")
    await expect(page.locator("#home")).to_have_text(empty)

    await choose(page, BEN)

    await expect(page.locator("#home")).to_have_text(dictionary("de")[empty])


async def test_a_person_whose_language_nobody_has_translated_reads_english(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    sandbox.slack.directory_actions.change_person(BEN, locale="es-ES")

    page = await open_page(me=BEN)

    await expect(page.locator("#composer button")).to_have_text("Send")
    await expect(read(page, "en")).to_be_attached()


async def test_a_language_that_is_chosen_for_oneself_is_that_of_the_page_at_once(
    open_page: OpenPage,
) -> None:
    page = await open_page(me=ANN)
    await page.locator("#directory-box > summary").click()

    ann = page.get_by_role("group", name="Ann Ortega")
    await ann.get_by_label("reads").select_option("ru-RU")

    await expect(page.locator("#composer button")).to_have_text(
        dictionary("ru")["Send"]
    )


async def test_what_slack_refuses_is_said_in_the_language_of_its_reader(
    open_page: OpenPage,
) -> None:
    german = dictionary("de")
    page = await open_page(me=BEN)
    warning = page.locator("#composer .warning")

    await page.locator("#composer-input").fill("/deploy now")
    await page.locator("#composer-input").press("Enter")

    message = "{command} is not a valid command. The one here is {known}."
    said = german[message].format(command="/deploy", known="/rollout")
    await expect(warning).to_have_text(said)


async def test_an_error_code_of_slack_stands_in_a_sentence_of_the_readers_language(
    open_page: OpenPage,
) -> None:
    page = await open_page(me=BEN)

    await page.locator("#composer-input").fill("/rollout status")
    await page.locator("#composer-input").press("Enter")

    said = dictionary("de")["{command} failed with the error “{code}”"]
    await expect(page.locator("#composer .warning")).to_have_text(
        said.format(command="/rollout", code="dispatch_failed")
    )


async def test_slacks_own_errors_of_a_form_are_in_the_readers_language(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    german = dictionary("de")
    page = await open_page(me=BEN)
    limits = {"min_value": "25", "max_value": "100", "is_decimal_allowed": True}
    number = field("percent", "Percentage", {"type": "number_input", **limits})
    text = field("reason", "Reason", {"type": "plain_text_input"})
    trigger = sandbox.slack.workspace.triggers.make(BEN)
    await web.views_open(trigger_id=trigger, view=modal(blocks=[number, text]))
    await page.locator("#form input").first.fill("5")

    await page.locator("#form button[type=submit]").click()

    errors = page.locator("#form .error")
    low = german["Must be {least} or more."].format(least="25")
    await expect(errors.first).to_have_text(low)
    required = german["Please complete this required field."]
    await expect(errors.last).to_have_text(required)


async def test_what_partner_center_does_not_offer_is_said_in_the_readers_language(
    open_page: OpenPage,
) -> None:
    german = dictionary("de")
    page = await open_page(me=BEN)
    mail = page.locator(f'[data-target="{MAIL}"]')
    await mail.locator("summary").last.click()

    for _ in range(2):
        await mail.get_by_role("button", name=german["Finalize"], exact=True).click()

    refused = german["Partner Center does not offer that now, as the Store stands."]
    await expect(mail.get_by_role("alert")).to_have_text(refused)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_in_every_language_the_page_fits_a_phone_and_axe_finds_nothing(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox, language: str
) -> None:
    await conversation(web, sandbox)
    sandbox.store.arm("halt", "500")
    sandbox.clock.movable = True
    sandbox.slack.directory_actions.change_person(ANN, locale=LOCALES[language])
    page = await open_page(me=ANN, channel=IN_MAIL, width=390, height=844)
    await expect(read(page, language)).to_be_attached()

    assert await overflow(page) <= 0
    assert await complaints(page) == []

    await page.locator(".tabs button").last.click()
    for box in BOXES:
        await page.locator(f"{box} > summary").click()
        assert await overflow(page) <= 0
    assert await complaints(page) == []
    await page.locator(".tabs button").first.click()
    await page.locator(f'[data-channel="{IN_GENERAL}"]').click()
    assert await overflow(page) <= 0
