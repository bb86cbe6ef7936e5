"""Neither another web page nor a message that cannot be drawn harms the sandbox."""

from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web as server
from playwright.async_api import Browser, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from tests.browser_fixtures import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Public: every sandbox has the same token.
TOKEN = "xoxb-sandbox-not-a-secret"


async def test_an_image_on_another_web_page_posts_nothing_into_the_sandbox(
    browser: Browser, sandbox: Sandbox
) -> None:
    query = urlencode({"token": TOKEN, "channel": "C0MAIL", "text": "from elsewhere"})
    image = f"{sandbox.address}slack/api/chat.postMessage?{query}"
    body = f'<img src="{image}" onerror="document.title = 1">'

    async def foreign(_: server.Request) -> server.Response:
        return server.Response(text=body, content_type="text/html")

    app = server.Application()
    app.router.add_get("/", foreign)
    runner = server.AppRunner(app)
    await runner.setup()
    await server.TCPSite(runner, "127.0.0.1", 0).start()
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    # The image is asked for and cannot be shown, whatever the sandbox answers.
    await expect(page).to_have_title("1")
    await context.close()
    await runner.cleanup()

    assert sandbox.slack.seen("U0ANN", "C0MAIL") == []


async def test_a_link_on_another_web_page_opens_the_sandbox(
    browser: Browser, sandbox: Sandbox
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto("data:text/html,<title>elsewhere</title>")
    await page.evaluate("address => { location.href = address; }", sandbox.address)

    await expect(page.locator(".app").first).to_be_attached()
    await context.close()


@pytest.mark.parametrize(
    "block",
    [
        {"type": "section", "text": {"type": "mrkdwn", "text": "<!date^9e99^x|late>"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<!date^99999999999999999^{date}|late>"},
        },
        # The local Slack would refuse these, but the page must not rely on it.
        {"type": "section", "text": {"type": "mrkdwn"}},
        {"type": "rich_text", "elements": [{"type": "rich_text_list"}]},
        {"type": "actions", "elements": [{"type": "button", "action_id": "a"}]},
    ],
    ids=["date", "year", "text", "list", "button"],
)
async def test_one_bad_message_does_not_stop_the_page(
    open_page: OpenPage, sandbox: Sandbox, web: AsyncWebClient, block: dict[str, Any]
) -> None:
    await web.chat_postMessage(channel="C0MAIL", text="the one before")
    sandbox.slack.workspace.post("C0MAIL", "its own text", [block])
    page = await open_page()
    await web.chat_postMessage(channel="C0MAIL", text="the one after")

    messages = page.locator("#messages > .message")
    await expect(messages).to_have_count(3, timeout=5_000)
    await expect(messages.nth(0)).to_contain_text("the one before")
    await expect(messages.nth(1)).to_contain_text(
        "late" if "date" in str(block) else "its own text"
    )
    await expect(messages.nth(2)).to_contain_text("the one after")
