"""Behaviour of the page: phone, dark theme, keyboard, scrolling, reconnecting."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox, start
from tests.browser_fixtures import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "unbroken" * 40


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def wide_card(web: AsyncWebClient) -> None:
    """Post a card with text and buttons that are wider than a phone."""
    button = {
        "type": "button",
        "action_id": "a",
        "text": {"type": "plain_text", "text": "A button with a rather long label"},
    }
    section = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": f"*{LONG}* `{LONG}` ```{LONG}```"},
        "fields": [{"type": "mrkdwn", "text": LONG}] * 2,
        "accessory": button,
    }
    actions = {
        "type": "actions",
        "elements": [{**button, "action_id": name} for name in "bcd"],
    }
    sent = await web.chat_postMessage(
        channel="C0MAIL", text="card", blocks=[section, actions]
    )
    await web.chat_postMessage(channel="C0MAIL", text=LONG, thread_ts=str(sent["ts"]))


@pytest.mark.parametrize("width", [320, 390, 880, 1000, 1440])
async def test_nothing_scrolls_sideways(
    open_page: OpenPage, web: AsyncWebClient, width: int
) -> None:
    await wide_card(web)
    page = await open_page(width=width, height=844)

    await page.locator(".replies .message").wait_for()

    assert await overflow(page) <= 0
    inside = "e => e.scrollWidth - e.clientWidth"
    assert await page.locator("#scroll").evaluate(inside) <= 0
    for box in ("#faults-box", "#directory-box", "#switches-box", "#requests-box"):
        if width <= 880:
            await page.locator(".tabs button", has_text="Store").click()
        await page.locator(f"{box} > summary").click()
        assert await overflow(page) <= 0
        assert await page.locator(".shop-foot").evaluate(inside) <= 0


async def test_a_phone_shows_talk_or_store(open_page: OpenPage) -> None:
    page = await open_page(width=390, height=844)
    store = page.get_by_role("heading", name="Store", exact=True)
    await expect(page.locator("#composer-input")).to_be_visible()
    await expect(store).to_be_hidden()

    await page.locator(".tabs button", has_text="Store").click()

    await expect(store).to_be_visible()
    await expect(page.locator("#composer-input")).to_be_hidden()


async def background(page: Page) -> str:
    return str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))


async def test_the_page_follows_the_systems_colours_until_one_chooses(
    open_page: OpenPage,
) -> None:
    light, dark = await open_page(), await open_page(dark=True)
    assert await background(light) == "rgb(255, 255, 255)"
    assert await background(dark) == "rgb(25, 27, 30)"

    await dark.get_by_label("Switch between light and dark").click()
    assert await background(dark) == "rgb(255, 255, 255)"
    await dark.reload()

    assert await background(dark) == "rgb(255, 255, 255)"


CONTRAST = """
() => {
  const canvas = document.createElement("canvas");
  const paint = canvas.getContext("2d", { willReadFrequently: true });
  const shade = (colours) => {
    for (const colour of ["white", ...colours]) {
      paint.fillStyle = colour;
      paint.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const seen = (node) => node.checkVisibility()
    && [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim())
    && !node.closest("script, option, .emoji");
  const ratio = (node) => {
    const grounds = [];
    for (let at = node; at; at = at.parentElement) {
      grounds.unshift(getComputedStyle(at).backgroundColor);
    }
    const back = shade(grounds);
    const ink = shade([...grounds, getComputedStyle(node).color]);
    return Math.max(back, ink) / Math.min(back, ink);
  };
  return [...document.querySelectorAll("body *")].filter(seen)
    .map((node) => [node.textContent.trim().slice(0, 30), ratio(node)]);
}
"""


@pytest.mark.parametrize("dark", [False, True])
async def test_every_text_has_enough_contrast(
    open_page: OpenPage, sandbox: Sandbox, web: AsyncWebClient, dark: bool
) -> None:
    sandbox.store.arm("halt", "503")
    await wide_card(web)
    await web.chat_postMessage(
        channel="C0MAIL", text="<@U0BEN> `x` <https://a.example>"
    )
    await web.chat_postEphemeral(channel="C0MAIL", user="U0ANN", text="psst")
    page = await open_page(dark=dark)
    await page.locator("#faults-box > summary").click()
    await page.locator("#composer-input").fill("/nonsense")
    await page.locator("#composer-input").press("Enter")
    await page.locator(".warning").wait_for()

    measured = await page.evaluate(CONTRAST)
    assert len(measured) > 50
    # https://www.w3.org/TR/WCAG22/#contrast-minimum
    assert [one for one in measured if one[1] < 4.5] == []


async def test_a_reader_of_old_messages_is_not_moved(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox
) -> None:
    for number in range(40):
        await sandbox.slack.say("U0ANN", "C0MAIL", f"message {number}")
    page = await open_page()
    scroll = page.locator("#scroll")
    await expect(page.get_by_text("message 39")).to_be_in_viewport()
    await scroll.evaluate("e => { e.scrollTop = 100 }")
    before = await page.get_by_text("message 3", exact=True).bounding_box()

    await web.chat_postMessage(channel="C0MAIL", text="news")

    newer = page.get_by_role("button", name="New messages")
    await newer.wait_for()
    assert await page.get_by_text("message 3", exact=True).bounding_box() == before
    await newer.click()
    await expect(page.get_by_text("news", exact=True)).to_be_in_viewport()
    await expect(newer).to_be_hidden()


async def test_a_reader_at_the_end_follows_the_talk(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    for number in range(40):
        await sandbox.slack.say("U0ANN", "C0MAIL", f"message {number}")
    page = await open_page()

    await sandbox.slack.say("U0BEN", "C0MAIL", "the newest")

    await expect(page.get_by_text("the newest")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="New messages")).to_be_hidden()


async def test_focus_stays_on_a_button_when_its_card_is_edited(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    def blocks(words: str) -> list[dict[str, object]]:
        text = {"type": "plain_text", "text": "Halt rollout"}
        button = {"type": "button", "action_id": "yes", "text": text}
        return [
            {"type": "section", "text": {"type": "mrkdwn", "text": words}},
            {"type": "actions", "elements": [button]},
        ]

    sent = await web.chat_postMessage(channel="C0MAIL", text="c", blocks=blocks("one"))
    page = await open_page()
    button = page.get_by_role("button", name="Halt rollout")
    await button.focus()

    await web.chat_update(
        channel="C0MAIL", ts=str(sent["ts"]), text="c", blocks=blocks("two")
    )
    await page.get_by_text("two").wait_for()
    await expect(button).to_be_focused()
    await web.chat_update(
        channel="C0MAIL", ts=str(sent["ts"]), text="c", blocks=blocks("x")[:1]
    )

    await expect(button).to_have_count(0)
    await expect(page.locator(".message")).to_be_focused()


async def test_what_is_typed_survives_news(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    box = page.locator("#composer-input")
    await box.press_sequentially("/rollout ha")

    await sandbox.slack.say("U0BEN", "C0MAIL", "hello")
    sandbox.store.arm("halt", "503")
    await page.locator(".message").wait_for()
    await box.press_sequentially("lt")

    await expect(box).to_have_value("/rollout halt")
    await expect(box).to_be_focused()


async def test_everything_is_reached_with_the_keyboard(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    await web.chat_postMessage(channel="C0MAIL", text="hello")
    page = await open_page()
    reached = []

    for _ in range(60):
        await page.keyboard.press("Tab")
        name = "e => e.innerText || e.getAttribute('aria-label') || e.value"
        reached.append(str(await page.evaluate(f"({name})(document.activeElement)")))

    for wanted in (
        "Skip to the message box",
        "Remove @Rollout",
        "Reply in thread",
        "Start over",
        "9NMAIL000001",
        "Start a new rollout",
        "Make it go wrong",
        "Last requests",
    ):
        assert any(wanted in name for name in reached), wanted


async def test_the_page_shows_a_lost_connection_and_reconnects(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    gone = page.locator("#offline")

    await sandbox.stop()
    await expect(gone).to_contain_text("The sandbox does not answer.")
    # Whether the bot is connected is not known now, and not claimed.
    await expect(page.locator("#bot")).to_be_hidden()
    await page.locator("#composer-input").fill("hello?")
    await page.locator("#composer-input").press("Enter")
    await expect(page.locator("#composer .warning")).to_contain_text(
        "Is it still running?"
    )
    again = await start(None, urlsplit(sandbox.address).port or 0)
    await again.slack.say("U0BEN", "C0MAIL", "back again")

    await expect(page.locator(".message")).to_contain_text("back again")
    await expect(gone).to_be_hidden()
    await again.stop()
