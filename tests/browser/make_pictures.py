"""Screenshots for the README: the sandbox page with the real bot.

Run it from the root of the repository: python -m tests.browser.make_pictures
"""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

from bot.db.migrate import migrate
from tests.browser.page_parts import ADD_MAIL, button, result
from tests.browser.small_png import smaller
from tests.browser_fixtures import ARGUMENTS, NAMES
from tests.dialogues.conversation import SOCKET, Conversation, conversing, open_sandbox
from tests.slack_users import ANN, BEN

FOLDER: Final = Path(__file__).parents[2] / ".github" / "pictures"
HALT: Final = "/rollout halt mail crash on start"


async def take() -> dict[str, bytes]:
    """Halt a rollout in a fresh sandbox and return the screenshots by name."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    sandbox = await open_sandbox()
    os.environ["REQUESTS_CA_BUNDLE"] = str(sandbox.ca_file)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/rollout.db"
        await asyncio.to_thread(migrate, url)
        async with conversing(sandbox, SOCKET, url) as chat, async_playwright() as play:
            browser = await play.chromium.launch(
                executable_path=found, args=list(ARGUMENTS)
            )
            await chat.say(ANN, ADD_MAIL)
            chat.sandbox.slack.workspace.reset()
            await chat.say(ANN, HALT)
            phone = await _phone(browser, chat)
            await chat.press(BEN, "Halt rollout")
            desk = await _desk(browser, chat)
            await browser.close()
    await sandbox.stop()
    return {"rollout-halt.png": desk, "rollout-phone.png": phone}


def main() -> None:
    """Take the screenshots, compress them, and print their sizes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in asyncio.run(take()).items():
        small = smaller(picture)
        (FOLDER / name).write_bytes(small)
        sys.stdout.write(f"{name}: {len(small) // 1024} KiB\n")


async def _desk(browser: Browser, chat: Conversation) -> bytes:
    page = await _open(browser, chat, 1280, 800)
    await expect(result(page)).to_be_in_viewport(ratio=1)
    return await page.screenshot()


async def _phone(browser: Browser, chat: Conversation) -> bytes:
    page = await _open(browser, chat, 390, 844, dark=True)
    await expect(button(page, "Halt rollout")).to_be_in_viewport(ratio=1)
    return await page.screenshot()


async def _open(
    browser: Browser, chat: Conversation, width: int, height: int, *, dark: bool = False
) -> Page:
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
        device_scale_factor=2 if dark else 1,
    )
    await page.goto(f"{chat.sandbox.address}#as={ANN}&channel=C0MAIL")
    await page.get_by_label("Hide these tips").click()
    await expect(page.locator("#tips")).to_be_hidden()
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")
    await page.locator("#scroll").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    return page


if __name__ == "__main__":
    main()
