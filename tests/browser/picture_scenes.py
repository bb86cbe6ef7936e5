"""Scenes of the screenshots: what people do in a sandbox, and what is shown then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.languages import Language
from bot.engine import EngineTiming
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS, PHOTOS
from bot.slack.messages.blocks import CHART
from tests.dialogues.conversation import FAST, Conversation
from tests.dialogues.fault_harness import ALWAYS, at_the_write
from tests.dialogues.following import (
    block_types,
    boards,
    notices,
    reminders,
    shown,
    told,
)
from tests.slack_users import ANN, BEN, IN_MAIL, labels

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


@dataclass(frozen=True, slots=True)
class Scene:
    """What is done before the pictures, and what the page shows then."""

    name: str
    play: Callable[[Conversation], Awaitable[None]]
    shows: str
    timing: EngineTiming = FAST
    aliases: tuple[str, ...] = ALIASES
    channel: str = IN_MAIL
    language: Language = Language.ENGLISH
    # Whether the newest card's first button is pressed on the page, for its dialog.
    dialog: bool = False


async def confirm(chat: Conversation) -> None:
    """Press the first button of the newest card, whatever its language."""
    await chat.press(BEN, labels(chat.card())[0])


async def halt_card(chat: Conversation) -> None:
    """Ask for a halt."""
    await chat.say(ANN, HALT)


async def halt_result(chat: Conversation) -> None:
    """Confirm a halt."""
    await chat.say(ANN, HALT)
    await confirm(chat)


async def uncertain(chat: Conversation) -> None:
    """Confirm a halt while the Store is out of service."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.UNAVAILABLE, ALWAYS)
    await chat.slack.press_label(BEN, IN_MAIL, labels(chat.card())[0])
    # The first edit removes the buttons, the second shows what is waited for.
    edits = chat.slack.workspace.calls
    await chat.until(lambda: len(edits.all("chat.update")) > 1)


async def given_up(chat: Conversation) -> None:
    """Confirm a halt that the Store does not carry out."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_WITHOUT_EFFECT, ALWAYS)
    await confirm(chat)


async def refused(chat: Conversation) -> None:
    """Confirm a halt that the Store refuses."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.WRONG_STATE)
    await confirm(chat)


async def unknown(chat: Conversation) -> None:
    """Confirm a halt after which the Store cannot be asked what has happened."""
    await chat.say(ANN, HALT)
    chat.sandbox.store.arm("halt", Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, Fault.UNAVAILABLE)
    await confirm(chat)


async def reminder(chat: Conversation) -> None:
    """Follow an app of which a draft waits."""
    await chat.say(BEN, f"/rollout alias add mail {MAIL}")
    await chat.until(lambda: bool(reminders(chat)))


async def status(chat: Conversation) -> None:
    """Ask for the state of an app, then mistype a command."""
    await chat.say(ANN, "/rollout status mail")
    await chat.say(ANN, "/rollout hlt mail")


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
    await chat.until(lambda: bool(told(chat)) and "40" in shown(chat))


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
    await confirm(chat)
    await chat.until(lambda: "✓ 30" in shown(chat))
    await chat.say(BEN, "/rollout ramp photos pause")
    chat.clock.forward(60)
    await chat.say(BEN, "/rollout ramp photos resume")
    chat.clock.forward(24 * 60)
    await chat.until(lambda: "✓ 50" in shown(chat))
    _leave_the_board(chat)


async def ramp_held(chat: Conversation) -> None:
    """Change the percentage under a ramp, so that it waits for a person."""
    await ramp_board(chat)
    _in_partner_center(chat, "set", 60.0)
    chat.clock.forward(24 * 60)
    await chat.until(
        lambda: any("actions" in block_types(one) for one in notices(chat))
    )
    await chat.until(lambda: "60" in shown(chat))
    _leave_the_board(chat)


async def ramp_summary(chat: Conversation) -> None:
    """Stop a ramp after two of its steps."""
    await ramp_board(chat)
    chat.clock.forward(5 * 60)
    await chat.say(BEN, "/rollout ramp photos stop crashes on start")
    await chat.until(lambda: any(CHART in block_types(one) for one in notices(chat)))
    await chat.until(lambda: "✓" not in shown(chat))
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
# What these show is the same in all languages.
IN_EACH_LANGUAGE: Final = (
    Scene("halt-card", halt_card, "crash on start"),
    Scene("halt-result", halt_result, "PackageRolloutStopped"),
    Scene("finalize-dialog", flight_finalize, "Insiders", dialog=True),
    Scene("refused", refused, "Contoso Mail"),
    Scene("unknown", unknown, "Contoso Mail"),
    Scene("reminder", reminder, "Contoso Mail", FOLLOWING, aliases=()),
    Scene("ramp-card", ramp_card, "stable in the pilot"),
    Scene("status", status, "4.12.0.0"),
    Scene("board", board, "Contoso Photos", FOLLOWING, aliases=()),
    Scene("ramp-board", ramp_board, "✓ 50", FOLLOWING, aliases=()),
    Scene("ramp-held", ramp_held, "60", FOLLOWING, aliases=()),
    Scene("ramp-summary", ramp_summary, "Contoso Photos", FOLLOWING, aliases=()),
    Scene("home", home, "Contoso Photos", FOLLOWING, aliases=(), channel=HOME),
)


def scenes_in_languages() -> tuple[Scene, ...]:
    """Return those that are taken in each language but English."""
    return tuple(
        replace(scene, name=f"{scene.name}-{language}", language=language)
        for language in Language
        if language is not Language.ENGLISH
        for scene in IN_EACH_LANGUAGE
    )
