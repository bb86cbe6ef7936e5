"""Rendering of Slack's blocks and markup on the sandbox page."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox, start
from tests.browser_fixtures import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

OUT = 'target="_blank" rel="noopener noreferrer"'
NOON = int(datetime(2026, 3, 5, 12, 30, tzinfo=UTC).timestamp())


Shown = Callable[[str], Awaitable[str]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(browser: Browser) -> AsyncIterator[Shown]:
    """A function that returns the HTML of a section with this mrkdwn, on one page."""
    sandbox = await start(None, 0)
    sandbox.slack.workspace.rate.set(None, 1)
    context = await browser.new_context(locale="en-US", timezone_id="UTC")
    page = await context.new_page()
    await page.goto(sandbox.address)

    async def html(text: str) -> str:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        sent = sandbox.slack.workspace.post("C0MAIL", "fallback", [section])
        drawn = page.locator(f'[data-ts="{sent.ts}"] .block-text')
        return await drawn.inner_html()

    yield html
    await context.close()
    await sandbox.stop()


async def post(web: AsyncWebClient, *blocks: dict[str, Any]) -> None:
    await web.chat_postMessage(channel="C0MAIL", text="fallback", blocks=list(blocks))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _italic_ ~gone~", "<strong>bold</strong> <em>italic</em> <s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
        ("(*in brackets*),", "(<strong>in brackets</strong>),"),
        ("* not bold *", "* not bold *"),
        ("`*raw* &lt;b&gt;`", "<code>*raw* &lt;b&gt;</code>"),
        ("a\nb", "a<br>b"),
        ("```one\n  *two*```", "<pre>one\n  *two*</pre>"),
        ("```never closed", "```never closed"),
        (
            "&gt; said\n&gt; so\nafter",
            "<blockquote>said<br>so</blockquote>after",
        ),
        ("5 &lt; 6 &amp;amp; 7", "5 &lt; 6 &amp;amp; 7"),
        (
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("<javascript:alert(1)|click>", "&lt;javascript:alert(1)|click&gt;"),
        (
            "<https://example.com/?a=1&amp;b=2|the *board*>",
            f'<a href="https://example.com/?a=1&amp;b=2" {OUT}>the *board*</a>',
        ),
        (
            "<https://example.com>",
            f'<a href="https://example.com" {OUT}>https://example.com</a>',
        ),
        ("<@U0BEN>", '<span class="mention">@Ben Kaya</span>'),
        ("<@U0ROLLOUT>", '<span class="mention">@Rollout</span>'),
        ("<@U0NOBODY>", '<span class="mention">@U0NOBODY</span>'),
        ("<#C0GAMES>", '<span class="mention">#release-games</span>'),
        ("<#C0GAMES|>", '<span class="mention">#release-games</span>'),
        ("<!here>", '<span class="mention">@here</span>'),
        ("<!subteam^S0123|@crew>", '<span class="mention">@crew</span>'),
        (":no_such_emoji: 10:30:45", ":no_such_emoji: 10:30:45"),
        ("<!date^nonsense^{date}|no date>", "no date"),
        ("<!date^99999999999999999^{date}|no date>", "no date"),
        ("<!date^-99999999999999999^{date_num}|no date>", "no date"),
        ("<!date^99999999999999999^{time}>", ""),
    ],
)
async def test_markup_is_shown_as_slack_shows_it(
    shown: Shown, text: str, html: str
) -> None:
    assert await shown(text) == html


async def test_a_shortcode_becomes_its_emoji(shown: Shown) -> None:
    html = await shown(":white_check_mark: done")

    assert html.endswith(">✅</span> done")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("{date_num} {time_secs}", "2026-03-05 12:30:00 PM"),
        ("{date_short} at {time}", "Mar 5, 2026 at 12:30 PM"),
        ("{date_long_pretty}", "Thursday, March 5, 2026"),
        ("{date_pretty} {unheard_of}", "March 5, 2026 {unheard_of}"),
    ],
)
async def test_a_date_is_written_for_the_reader(
    shown: Shown, pattern: str, text: str
) -> None:
    html = await shown(f"on <!date^{NOON}^{pattern}|then>")

    assert re.sub(r"<[^>]+>", "", html) == f"on {text}"


async def test_a_date_near_today_is_named(shown: Shown) -> None:
    now = int(datetime.now(UTC).timestamp())

    html = await shown(f"until <!date^{now}^{{date_short_pretty}}|x>")

    assert re.sub(r"<[^>]+>", "", html) == "until today"


async def test_every_block_of_a_card_is_drawn(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    def words(text: str) -> dict[str, str]:
        return {"type": "plain_text", "text": text}

    def marked(text: str) -> dict[str, str]:
        return {"type": "mrkdwn", "text": text}

    def button(name: str, **more: str) -> dict[str, Any]:
        return {"type": "button", "action_id": name, "text": words(name), **more}

    await post(
        web,
        {"type": "header", "text": words("Halt *this*?")},
        {
            "type": "section",
            "text": marked("*App*"),
            "fields": [marked("*Now*\n25 %"), words("*After*")],
            "accessory": button("more"),
        },
        {"type": "divider"},
        {"type": "context", "elements": [marked("until _noon_")]},
        {
            "type": "actions",
            "elements": [
                button("halt", style="danger"),
                button("set", style="primary"),
                button("cancel"),
            ],
        },
    )
    page = await open_page()
    card = page.locator(".message .content")

    await expect(card.locator("h3")).to_have_text("Halt *this*?")
    await expect(card.locator(".block-text strong")).to_have_text("App")
    fields = card.locator(".block-fields > div")
    assert [await one.inner_html() for one in await fields.all()] == [
        "<strong>Now</strong><br>25 %",
        "*After*",
    ]
    await expect(card.locator(".block-accessory button")).to_have_text("more")
    await expect(card.locator("hr")).to_have_count(1)
    await expect(card.locator(".block-context em")).to_have_text("noon")
    await expect(card.locator("button.danger")).to_have_text("halt")
    await expect(card.locator("button.primary")).to_have_text("set")
    await expect(card.locator(".block-actions button")).to_have_count(3)
    await expect(card).not_to_contain_text("fallback")


async def test_a_block_the_page_cannot_draw_is_named_not_hidden(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    picture = {
        "type": "image",
        "image_url": "https://example.com/cat.png",
        "alt_text": "a cat",
    }
    await post(web, {"type": "markdown", "text": "**hello**"}, picture)

    page = await open_page()

    content = page.locator(".message .content")
    await expect(content).to_contain_text("does not show a block of type “markdown”")
    await expect(content.locator(".block-picture")).to_have_text("a cat")


async def test_markup_that_a_person_types_is_shown_literally(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    typed = "<script>document.title='pwned'</script> <img src=x> &amp; *b*"
    await sandbox.slack.say("U0BEN", "C0MAIL", typed)

    page = await open_page()

    await expect(page.locator(".message .content")).to_contain_text("<script>document")
    await expect(page.locator(".message .content")).to_contain_text("<img src=x> &amp;")
    assert await page.title() == "Rollout sandbox"


async def test_an_edited_message_is_marked_and_stays_the_same_node(
    open_page: OpenPage, web: AsyncWebClient
) -> None:
    sent = await web.chat_postMessage(channel="C0MAIL", text="first")
    page = await open_page()
    await page.evaluate("document.querySelector('.message').mine = true")

    await web.chat_update(channel="C0MAIL", ts=str(sent["ts"]), text="second")

    await expect(page.locator(".message")).to_contain_text("second")
    await expect(page.locator(".edited")).to_have_text("(edited)")
    assert await page.evaluate("document.querySelector('.message').mine") is True


async def test_typed_mentions_and_links_are_drawn(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    await sandbox.slack.say(
        "U0ANN", "C0MAIL", "@Ben see https://example.com/a, #release-games @here"
    )

    page = await open_page()

    content = page.locator(".message .content")
    await expect(content.locator(".mention")).to_have_text(
        ["@Ben Kaya", "#release-games", "@here"]
    )
    await expect(content.locator("a")).to_have_attribute(
        "href", "https://example.com/a"
    )


async def test_rich_text_is_drawn(open_page: OpenPage, web: AsyncWebClient) -> None:
    def text(words: str, **style: bool) -> dict[str, Any]:
        return {"type": "text", "text": words, "style": style}

    runs = [
        text("a <b> ", bold=True),
        {"type": "user", "user_id": "U0BEN"},
        {"type": "emoji", "name": "x"},
        {"type": "link", "url": "https://example.com/", "text": "there"},
        {"type": "link", "url": "javascript:alert(1)"},
    ]
    item = {"type": "rich_text_section", "elements": [text("one", italic=True)]}
    parts = [
        {"type": "rich_text_section", "elements": runs},
        {"type": "rich_text_quote", "elements": [text("said")]},
        {"type": "rich_text_preformatted", "elements": [text("x = 1")]},
        {"type": "rich_text_list", "style": "bullet", "elements": [item]},
    ]
    await post(web, {"type": "rich_text", "elements": parts})

    page = await open_page()

    content = page.locator(".message .block-text")
    await expect(content.locator("strong")).to_have_text("a <b>")
    await expect(content.locator(".mention")).to_have_text("@Ben Kaya")
    await expect(content.locator("a")).to_have_text(["there"])
    await expect(content).to_contain_text("❌therejavascript:alert(1)")
    await expect(content.locator("blockquote")).to_have_text("said")
    await expect(content.locator("pre")).to_have_text("x = 1")
    await expect(content.locator("ul li em")).to_have_text("one")
