"""The accessibility rules of axe-core find nothing to complain of on the page."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.browser_fixtures import OpenPage
from tests.sandbox.page.view_examples import chart, home, modal, pie, plain

BOXES = ("#faults-box", "#directory-box", "#switches-box", "#requests-box")

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def complaints(page: Page) -> list[str]:
    """Return what axe-core finds wrong, each with the elements concerned."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    # Of the rules that are kept only their number is needed, not each element.
    found: dict[str, Any] = await page.evaluate(
        "axe.run({ resultTypes: ['violations'] })"
    )
    assert len(found["passes"]) > 15
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found["violations"]
    ]


async def conversation(web: AsyncWebClient, sandbox: Sandbox) -> None:
    """Post a card, a thread with a broadcast reply, charts and an ephemeral message."""
    button = {"type": "button", "action_id": "yes", "text": plain("Halt")}
    card = await web.chat_postMessage(
        channel="C0MAIL",
        text="card",
        blocks=[
            {"type": "header", "text": plain("Halt Contoso Mail?")},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*25 %* `4.12`"}},
            {"type": "actions", "elements": [{**button, "style": "danger"}]},
            {"type": "context", "elements": [plain("until 12:00")]},
        ],
    )
    await web.chat_postMessage(
        channel="C0MAIL", text="chart", blocks=[chart(), pie(60, 30, 10)]
    )
    await web.chat_postMessage(
        channel="C0MAIL",
        text="Halted",
        thread_ts=str(card["ts"]),
        reply_broadcast=True,
    )
    await web.chat_postEphemeral(channel="C0MAIL", user="U0ANN", text="for you")
    await sandbox.slack.say("U0BEN", "C0MAIL", "Why, @ann? <https://example.com>")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_in_the_conversation_and_the_store(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox, width: int, dark: bool
) -> None:
    await conversation(web, sandbox)
    sandbox.slack.arm("chat.update", "slow")
    sandbox.store.arm("halt", "500")
    sandbox.clock.movable = True
    page = await open_page(width=width, height=900, dark=dark)
    await page.locator(".replies .message").wait_for()

    assert await complaints(page) == []

    if width < 880:
        await page.locator(".tabs button", has_text="Store").click()
    for details in await page.locator(".target > details > summary").all():
        await details.click()
    await expect(page.locator("#clock")).to_be_visible()
    assert await complaints(page) == []
    for box in BOXES:
        await page.locator(f"{box} > summary").click()
        assert await complaints(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_axe_finds_nothing_in_the_home_tab_and_a_form(
    open_page: OpenPage, web: AsyncWebClient, sandbox: Sandbox, width: int, dark: bool
) -> None:
    await web.views_publish(user_id="U0ANN", view=home())
    page = await open_page(channel="home", width=width, height=900, dark=dark)
    await expect(page.locator("#home .block").first).to_be_visible()
    assert await complaints(page) == []

    trigger = sandbox.slack.workspace.triggers.make("U0ANN")
    await web.views_open(trigger_id=trigger, view=modal())
    dialog = page.get_by_role("dialog", name="Set the percentage")
    await dialog.get_by_role("button", name="Ask").click()
    await expect(dialog.locator(".error").first).to_be_visible()
    assert await complaints(page) == []
