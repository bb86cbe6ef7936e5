"""Fixtures for tests that drive the sandbox page: a browser, a sandbox, open pages.

All of them live on the session's event loop, because a browser is started once; a test
that uses them says `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import Protocol
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from playwright.async_api import ConsoleMessage as Line

from bot.sandbox.server import Sandbox, start

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The page tells of refused orders and of a sandbox that is gone in words; the browser
# notes them as well.
EXPECTED_NOISE = "Failed to load resource:"
# A busy machine may draw a page slowly; what is there is seen at once. For all but
# what is expected this is Playwright's own patience.
PATIENCE_MS = 30_000


class OpenPage(Protocol):
    """Opens the page as a person in a channel, in a window of a size."""

    def __call__(
        self,
        *,
        me: str = "U0ANN",
        channel: str = "C0MAIL",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Awaitable[Page]: ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's Chromium, one for all tests; `CHROMIUM` names another one."""
    found = os.environ.get("CHROMIUM") or _first(shutil.which(name) for name in NAMES)
    if found is None:
        pytest.skip("no Chromium here: install it, or name one with CHROMIUM")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=list(ARGUMENTS)
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    """A fresh sandbox on a free port, which forgets everything."""
    running = await start(None, 0)
    yield running
    await running.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, sandbox: Sandbox) -> AsyncIterator[OpenPage]:
    """A function that opens the page, each time as a new visitor.

    Afterwards it is checked that no page asked for anything outside this machine, and
    that none reported an error, a refused script or style among them.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []
    asked: list[str] = []

    async def open_one(
        *,
        me: str = "U0ANN",
        channel: str = "C0MAIL",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda line: troubles.extend(_errors(line)))
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{sandbox.address}#as={me}&channel={channel}")
        await page.locator("#channels [aria-current]").wait_for(state="attached")
        await page.locator(".app").first.wait_for(state="attached")
        return page

    yield open_one
    for context in contexts:
        await context.close()
    home = urlsplit(sandbox.address).netloc
    assert [url for url in asked if urlsplit(url).netloc != home] == []
    assert troubles == []


def _errors(line: Line) -> list[str]:
    if line.type != "error" or line.text.startswith(EXPECTED_NOISE):
        return []
    return [line.text]


def _first(found: Iterable[str | None]) -> str | None:
    return next((each for each in found if each), None)
