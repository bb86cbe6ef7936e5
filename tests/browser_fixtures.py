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
from playwright.async_api import (
    Browser,
    Error,
    Page,
    Request,
    async_playwright,
    expect,
)
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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def free_pages(browser: Browser) -> list[Page]:
    """Empty pages that no test uses now; a new one costs more than all that it shows.

    Each is in a context of its own, so that two pages are two visitors.
    """
    assert browser.is_connected()
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(
    browser: Browser, free_pages: list[Page], sandbox: Sandbox
) -> AsyncIterator[OpenPage]:
    """A function that opens the page, each time as a new visitor.

    Afterwards it is checked that no page asked for anything outside this machine, and
    that none reported an error, a refused script or style among them.
    """
    pages: list[Page] = []
    troubles: list[str] = []
    asked: list[str] = []

    def on_error(error: Exception) -> None:
        troubles.append(str(error))

    def on_line(line: Line) -> None:
        troubles.extend(_errors(line))

    def on_request(request: Request) -> None:
        asked.append(request.url)

    async def open_one(
        *,
        me: str = "U0ANN",
        channel: str = "C0MAIL",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        page = free_pages.pop() if free_pages else await _new_page(browser)
        pages.append(page)
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if dark else "light")
        page.on("pageerror", on_error)
        page.on("console", on_line)
        page.on("request", on_request)
        await page.goto(f"{sandbox.address}#as={me}&channel={channel}")
        await page.locator("#channels [aria-current]").wait_for(state="attached")
        await page.locator(".app").first.wait_for(state="attached")
        return page

    yield open_one
    for page in pages:
        if await _forget(page, sandbox):
            free_pages.append(page)
        else:
            await page.context.close()
        page.remove_listener("pageerror", on_error)
        page.remove_listener("console", on_line)
        page.remove_listener("request", on_request)
    home = urlsplit(sandbox.address).netloc
    assert [url for url in asked if urlsplit(url).netloc != home] == []
    assert troubles == []


async def _new_page(browser: Browser) -> Page:
    context = await browser.new_context(
        reduced_motion="reduce", locale="en-US", timezone_id="UTC"
    )
    return await context.new_page()


async def _forget(page: Page, sandbox: Sandbox) -> bool:
    """Leave the page without a trace; return False where its sandbox is gone.

    It goes to a picture of the same host, for which it can keep its process.
    """
    try:
        await page.evaluate("localStorage.clear()")
        await page.mouse.move(0, 0)
        await page.goto(f"{sandbox.address}page/icon.svg")
    except Error:
        return False
    return True


def _errors(line: Line) -> list[str]:
    if line.type != "error" or line.text.startswith(EXPECTED_NOISE):
        return []
    return [line.text]


def _first(found: Iterable[str | None]) -> str | None:
    return next((each for each in found if each), None)
