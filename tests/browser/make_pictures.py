"""Screenshots of the sandbox page with the real bot, on a phone and on a desk.

Run it from the root of the repository. The README's pictures are taken again by
`python -m tests.browser.make_pictures`; with a folder as its argument it takes every
scene, in both sizes, and writes them there.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

from bot.db.migrate import migrate
from bot.domain.languages import Language
from bot.slack.messages.translator import Translators
from tests.browser.picture_scenes import SCENES, Scene, scenes_in_languages
from tests.browser.small_png import smaller
from tests.browser_fixtures import ARGUMENTS, NAMES
from tests.dialogues.conversation import (
    SOCKET,
    Conversation,
    conversing,
    open_sandbox,
)
from tests.dialogues.shared_clock import SharedClock
from tests.slack_users import ANN, BEN

FOLDER: Final = Path(__file__).parents[2] / ".github" / "pictures"
# Name, width, height, pixels for each point.
SIZES: Final = (("phone", 390, 844, 2), ("desk", 1280, 800, 1))
# The locale of those who read a language.
READ_AS: Final = {
    Language.ENGLISH: "en-US",
    Language.FRENCH: "fr-FR",
    Language.GERMAN: "de-DE",
    Language.RUSSIAN: "ru-RU",
    Language.CHINESE: "zh-CN",
}
# Which of the pictures are the README's.
OF_THE_README: Final = {
    "rollout-halt.png": "desk-halt-result",
    "rollout-phone.png": "phone-halt-card",
    "rollout-board.png": "desk-board",
    "rollout-home.png": "phone-home",
    "rollout-german.png": "phone-halt-card-de",
}


async def take(scenes: tuple[Scene, ...]) -> dict[str, bytes]:
    """Play each scene in a fresh sandbox; return the pictures by size and name."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    pictures = {}
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=found, args=list(ARGUMENTS)
        )
        for scene in scenes:
            async with _stage(scene) as chat:
                await scene.play(chat)
                for size, width, height, points in SIZES:
                    page = await _new_page(browser, width, height, points)
                    await _open(page, chat, scene)
                    pictures[f"{size}-{scene.name}"] = await page.screenshot()
                    await page.close()
        await browser.close()
    return pictures


def main(arguments: list[str]) -> None:
    """Take the pictures, compress them, and print their sizes."""
    wanted = [name.partition("-")[2] for name in OF_THE_README.values()]
    every = SCENES + scenes_in_languages()
    scenes = every if arguments else tuple(s for s in every if s.name in wanted)
    taken = asyncio.run(take(scenes))
    files = {FOLDER / name: taken[of] for name, of in OF_THE_README.items()}
    for folder in map(Path, arguments):
        files |= {folder / f"{name}.png": picture for name, picture in taken.items()}
    for path, picture in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        small = smaller(picture)
        path.write_bytes(small)
        sys.stdout.write(f"{path.name}: {len(small) // 1024} KiB\n")


@asynccontextmanager
async def _stage(scene: Scene) -> AsyncIterator[Conversation]:
    """Run a bot of its own, in whose channel the scene's targets have aliases."""
    sandbox = await open_sandbox()
    os.environ["REQUESTS_CA_BUNDLE"] = str(sandbox.ca_file)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/rollout.db"
        await asyncio.to_thread(migrate, url)
        clock = SharedClock(sandbox.clock)
        async with conversing(
            sandbox,
            SOCKET,
            url,
            engine_timing=scene.timing,
            translators=Translators(),
            clock=clock,
        ) as chat:
            await _speak(chat, scene.language)
            for alias in scene.aliases:
                await chat.say(ANN, f"/rollout alias add {alias}")
            chat.slack.workspace.reset()
            yield chat
    await sandbox.stop()


async def _speak(chat: Conversation, language: Language) -> None:
    """Let people read Slack, and the bot write to the channel, in this language."""
    for person in (ANN, BEN):
        chat.slack.directory_actions.change_person(person, locale=READ_AS[language])
    await chat.say(ANN, f"/rollout language {language}")


async def _new_page(browser: Browser, width: int, height: int, points: float) -> Page:
    return await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
        device_scale_factor=points,
    )


async def _open(page: Page, chat: Conversation, scene: Scene) -> None:
    await page.add_init_script("localStorage.setItem('tips-hidden', 'yes')")
    await page.goto(f"{chat.sandbox.address}#as={ANN}&channel={scene.channel}")
    await page.mouse.move(0, 0)
    text = page.locator("#messages, #home").get_by_text(scene.shows)
    await expect(text.last).to_be_visible()
    if scene.dialog:
        await page.locator(".block-actions button").first.click()
        await expect(page.locator("dialog[open]")).to_be_visible()
        return
    await page.evaluate("document.activeElement.blur()")
    await page.locator("#scroll").evaluate("e => { e.scrollTop = e.scrollHeight; }")


if __name__ == "__main__":
    main(sys.argv[1:])
