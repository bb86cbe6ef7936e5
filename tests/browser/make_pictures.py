"""Screenshots of the sandbox page with the real bot, on a phone and on a desk.

Run it from the root of the repository. The README's two pictures are taken again by
`python -m tests.browser.make_pictures`; with a folder as its argument it takes every
scene, in both sizes, and writes them there.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

from bot.db.migrate import migrate
from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, PHOTOS
from tests.browser.small_png import smaller
from tests.browser_fixtures import ARGUMENTS, NAMES
from tests.dialogues.conversation import (
    FAST,
    SOCKET,
    Conversation,
    conversing,
    open_sandbox,
)
from tests.dialogues.fault_harness import ALWAYS
from tests.slack_users import ANN, BEN, IN_MAIL

FOLDER: Final = Path(__file__).parents[2] / ".github" / "pictures"
ALIASES: Final = (
    f"mail {MAIL}",
    f"photos {PHOTOS}",
    f"beta {MAIL} flight {MAIL_INSIDERS}",
)
HALT: Final = "/rollout halt mail crash on start"
# The wait after the first attempt is shown; the second attempt never comes.
WAITING: Final = replace(FAST, retry_pauses=(60.0, 60.0))
# Name, width, height, pixels for each point.
SIZES: Final = (("phone", 390, 844, 2), ("desk", 1280, 800, 1))
# Which of the pictures are the README's.
OF_THE_README: Final = {
    "rollout-halt.png": "desk-halt-result",
    "rollout-phone.png": "phone-halt-card",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is done before the pictures, and what the page shows then."""

    name: str
    play: Callable[[Conversation], Awaitable[None]]
    shows: str
    timing: EngineTiming = FAST


async def halt_card(chat: Conversation) -> None:
    """Ask for a halt."""
    await chat.say(ANN, HALT)


async def halt_result(chat: Conversation) -> None:
    """Confirm a halt."""
    await chat.say(ANN, HALT)
    await chat.press(BEN, "Halt rollout")


async def uncertain(chat: Conversation) -> None:
    """Confirm a halt while the Store is out of service."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.UNAVAILABLE, ALWAYS)
    await chat.slack.press_label(BEN, IN_MAIL, "Halt rollout")
    # The first edit removes the buttons, the second shows what is waited for.
    edits = chat.slack.workspace.calls
    await chat.until(lambda: len(edits.all("chat.update")) > 1)


async def given_up(chat: Conversation) -> None:
    """Confirm a halt that the Store does not carry out."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_WITHOUT_EFFECT, ALWAYS)
    await chat.press(BEN, "Halt rollout")


async def refused(chat: Conversation) -> None:
    """Confirm a halt that the Store refuses."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.WRONG_STATE)
    await chat.press(BEN, "Halt rollout")


async def several_cards(chat: Conversation) -> None:
    """Ask for a halt of two apps."""
    await chat.say(ANN, "/rollout halt mail photos crash on start")


async def which_app(chat: Conversation) -> None:
    """Ask for a halt of no app, where the channel has several."""
    await chat.say(ANN, "/rollout halt")


async def flight_finalize(chat: Conversation) -> None:
    """Ask for the finalize of a flight."""
    await chat.say(ANN, "/rollout finalize beta stable for two days")


SCENES: Final = (
    Scene("halt-card", halt_card, "Halt rollout"),
    Scene("halt-result", halt_result, "PackageRolloutStopped"),
    Scene("uncertain", uncertain, "Contoso Mail", WAITING),
    Scene("given-up", given_up, "NOT halted"),
    Scene("refused", refused, "NOT halted"),
    Scene("several-cards", several_cards, "Contoso Photos"),
    Scene("which-app", which_app, "Which app?"),
    Scene("flight-finalize", flight_finalize, "Insiders"),
)


async def take(scenes: tuple[Scene, ...]) -> dict[str, bytes]:
    """Play each scene in a fresh sandbox; return the pictures by size and name."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    pictures = {}
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=found, args=list(ARGUMENTS)
        )
        for scene in scenes:
            async with _stage(scene.timing) as chat:
                await scene.play(chat)
                for size, width, height, points in SIZES:
                    page = await _open(browser, chat, width, height, points)
                    text = page.locator("#messages").get_by_text(scene.shows)
                    await expect(text.last).to_be_visible()
                    pictures[f"{size}-{scene.name}"] = await page.screenshot()
                    await page.close()
        await browser.close()
    return pictures


def main(arguments: list[str]) -> None:
    """Take the pictures, compress them, and print their sizes."""
    wanted = [name.partition("-")[2] for name in OF_THE_README.values()]
    scenes = SCENES if arguments else tuple(s for s in SCENES if s.name in wanted)
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
async def _stage(timing: EngineTiming) -> AsyncIterator[Conversation]:
    """Run a bot of its own, in whose channel three targets have aliases."""
    sandbox = await open_sandbox()
    os.environ["REQUESTS_CA_BUNDLE"] = str(sandbox.ca_file)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/rollout.db"
        await asyncio.to_thread(migrate, url)
        async with conversing(sandbox, SOCKET, url, engine_timing=timing) as chat:
            for alias in ALIASES:
                await chat.say(ANN, f"/rollout alias add {alias}")
            chat.slack.workspace.reset()
            yield chat
    await sandbox.stop()


async def _open(
    browser: Browser, chat: Conversation, width: int, height: int, points: float
) -> Page:
    page = await browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
        device_scale_factor=points,
    )
    await page.goto(f"{chat.sandbox.address}#as={ANN}&channel={IN_MAIL}")
    await page.get_by_label("Hide these tips").click()
    await expect(page.locator("#tips")).to_be_hidden()
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement.blur()")
    await page.locator("#scroll").evaluate("e => { e.scrollTop = e.scrollHeight; }")
    return page


if __name__ == "__main__":
    main(sys.argv[1:])
