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
from tests.dialogues.following import boards, shown, told
from tests.dialogues.shared_clock import SharedClock
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
# The bot looks for what is due all the time; its clock decides what is.
FOLLOWING: Final = replace(FAST, job_interval=0.05)
HOME: Final = "home"
# Name, width, height, pixels for each point.
SIZES: Final = (("phone", 390, 844, 2), ("desk", 1280, 800, 1))
# Which of the pictures are the README's.
OF_THE_README: Final = {
    "rollout-halt.png": "desk-halt-result",
    "rollout-phone.png": "phone-halt-card",
    "rollout-board.png": "desk-board",
    "rollout-home.png": "phone-home",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is done before the pictures, and what the page shows then."""

    name: str
    play: Callable[[Conversation], Awaitable[None]]
    shows: str
    timing: EngineTiming = FAST
    aliases: tuple[str, ...] = ALIASES
    channel: str = IN_MAIL


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


async def ramp_card(chat: Conversation) -> None:
    """Ask for a ramp that finalizes the rollout in the end."""
    ramp = "ramp mail 25 50 100 zone Europe/Berlin then finalize"
    await chat.say(ANN, f"/rollout {ramp} stable in the pilot")


async def board(chat: Conversation) -> None:
    """Let the bot see a change that somebody has made in Partner Center."""
    await chat.say(BEN, f"/rollout alias add photos {PHOTOS}")
    await chat.until(lambda: bool(boards(chat)))
    _in_partner_center(chat, "set", 40.0)
    await chat.until(lambda: bool(told(chat)) and "40 %" in shown(chat))


async def closed_board(chat: Conversation) -> None:
    """Let the bot see a halt that somebody has made in Partner Center."""
    await board(chat)
    _in_partner_center(chat, "halt")
    await chat.until(lambda: len(told(chat)) > 1 and "was halted" in shown(chat))


async def ramp_board(chat: Conversation) -> None:
    """Let a ramp take two of its steps, the second an hour after it was planned."""
    await chat.say(BEN, f"/rollout alias add photos {PHOTOS}")
    await chat.until(lambda: bool(boards(chat)))
    await chat.say(ANN, "/rollout ramp photos 30 50 75 100 every 1d days all hours all")
    await chat.press(BEN, "Start ramp")
    await chat.until(lambda: "✓ 30 %" in shown(chat))
    await chat.say(BEN, "/rollout ramp photos pause")
    chat.clock.forward(60)
    await chat.say(BEN, "/rollout ramp photos resume")
    chat.clock.forward(24 * 60)
    await chat.until(lambda: "✓ 50 %" in shown(chat))
    _leave_the_board(chat)


async def ramp_held(chat: Conversation) -> None:
    """Change the percentage under a ramp, so that it waits for a person."""
    await ramp_board(chat)
    _in_partner_center(chat, "set", 60.0)
    chat.clock.forward(24 * 60)
    await chat.until(lambda: "waits for a person" in shown(chat))
    await chat.until(lambda: any("Go on from" in text for text in told(chat)))
    _leave_the_board(chat)


async def ramp_summary(chat: Conversation) -> None:
    """Stop a ramp after two of its steps."""
    await ramp_board(chat)
    chat.clock.forward(5 * 60)
    await chat.say(BEN, "/rollout ramp photos stop crashes on start")
    await chat.until(lambda: any("has ended" in text for text in told(chat)))
    await chat.until(lambda: "Ramp" not in shown(chat))
    _leave_the_board(chat)


async def home(chat: Conversation) -> None:
    """Let a card wait beside two open rollouts."""
    await board(chat)
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    await chat.until(lambda: len(boards(chat)) > 1)
    await chat.say(ANN, HALT)


def _leave_the_board(chat: Conversation) -> None:
    """Delete all but the board and its thread, so that the picture shows them."""
    [board] = boards(chat)
    messages = chat.slack.workspace.messages
    for one in [*messages.everything()]:
        if board.ts not in {one.ts, one.thread_ts}:
            messages.remove(one)


def _in_partner_center(chat: Conversation, verb: str, percentage: float = 100) -> None:
    """Change the rollout of an app, and let the bot look at it."""
    published = chat.sandbox.store.slot(PHOTOS, None).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center(verb, published.id, percentage)
    chat.clock.forward(20)


SCENES: Final = (
    Scene("halt-card", halt_card, "Halt rollout"),
    Scene("halt-result", halt_result, "PackageRolloutStopped"),
    Scene("uncertain", uncertain, "Contoso Mail", WAITING),
    Scene("given-up", given_up, "NOT halted"),
    Scene("refused", refused, "NOT halted"),
    Scene("several-cards", several_cards, "Contoso Photos"),
    Scene("which-app", which_app, "Which app?"),
    Scene("flight-finalize", flight_finalize, "Insiders"),
    Scene("ramp-card", ramp_card, "Start ramp"),
    Scene("board", board, "changed outside", FOLLOWING, aliases=()),
    Scene("closed-board", closed_board, "Percentage over time", FOLLOWING, aliases=()),
    Scene("ramp-board", ramp_board, "next step: 75 %", FOLLOWING, aliases=()),
    Scene("ramp-held", ramp_held, "Also sent to", FOLLOWING, aliases=()),
    Scene("ramp-summary", ramp_summary, "has ended", FOLLOWING, aliases=()),
    Scene("home", home, "Waiting for me", FOLLOWING, aliases=(), channel=HOME),
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
async def _stage(scene: Scene) -> AsyncIterator[Conversation]:
    """Run a bot of its own, in whose channel the scene's targets have aliases."""
    sandbox = await open_sandbox()
    os.environ["REQUESTS_CA_BUNDLE"] = str(sandbox.ca_file)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/rollout.db"
        await asyncio.to_thread(migrate, url)
        clock = SharedClock(sandbox.clock)
        async with conversing(
            sandbox, SOCKET, url, engine_timing=scene.timing, clock=clock
        ) as chat:
            for alias in scene.aliases:
                await chat.say(ANN, f"/rollout alias add {alias}")
            chat.slack.workspace.reset()
            yield chat
    await sandbox.stop()


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
    await page.evaluate("document.activeElement.blur()")
    await page.locator("#scroll").evaluate("e => { e.scrollTop = e.scrollHeight; }")


if __name__ == "__main__":
    main(sys.argv[1:])
