"""Kill points outside the bot: while Slack or the Store has its request.

A test hooks itself into the peer and sends the signal from there.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.domain.verbs import Verb
from bot.sandbox.store.faults import WRITES
from bot.sandbox.store.journal import Entry
from tests.durability.harness import MAIL, DurabilityHarness
from tests.durability.kill_points import KILL_POINTS, points_on

COMMANDS: Final = {
    Verb.HALT: f"halt {MAIL} crash on start",
    Verb.FINALIZE: f"finalize {MAIL} all is well",
    Verb.SET: f"set {MAIL} 40",
}


def command(verb: Verb, app_id: str) -> str:
    """Return the command for another app."""
    return COMMANDS[verb].replace(MAIL, app_id)


SendSignal = Callable[[], None]
Hook = Callable[[DurabilityHarness, SendSignal], None]


def before_the_effect(harness: DurabilityHarness, send_signal: SendSignal) -> None:
    """Send it when a write has arrived, just before the Store acts on it."""

    async def watch(entry: Entry) -> None:
        if entry.operation in WRITES:
            send_signal()

    harness.sandbox.store.pipeline.before = watch


def after_the_effect(harness: DurabilityHarness, send_signal: SendSignal) -> None:
    """Send it when the Store has acted and is about to answer."""

    async def watch(entry: Entry) -> None:
        if entry.operation in WRITES:
            send_signal()

    harness.sandbox.store.pipeline.after = watch


def while_it_reads(harness: DurabilityHarness, send_signal: SendSignal) -> None:
    """Send it while the bot waits for the read before its write."""

    async def watch(entry: Entry) -> None:
        # The card itself needed one read; a click takes its buttons away.
        if entry.operation == "read" and not any(map(has_buttons, _cards(harness))):
            send_signal()

    harness.sandbox.store.pipeline.after = watch


def after_the_message(harness: DurabilityHarness, send_signal: SendSignal) -> None:
    """Send it when Slack has the message, before Slack answers."""
    workspace = harness.sandbox.slack.workspace
    post = workspace.post

    def watch(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as it is called
        message = post(*args, **kwargs)
        if message.is_reply:
            send_signal()
        return message

    workspace.post = watch  # type: ignore[method-assign]


def after_the_edit(harness: DurabilityHarness, send_signal: SendSignal) -> None:
    """Send it when Slack has edited the card into its result, before it answers."""
    messages = harness.sandbox.slack.workspace.messages
    change = messages.change
    before = len(harness.effects())

    def watch(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as it is called
        change(*args, **kwargs)
        if len(harness.effects()) > before:
            send_signal()

    messages.change = watch  # type: ignore[method-assign]


PEER_KILL_POINTS: Final[dict[str, Hook]] = {
    "request sent, before its effect": before_the_effect,
    "after the effect, before the answer": after_the_effect,
    "while it reads": while_it_reads,
    "message posted, before Slack's answer": after_the_message,
    "card edited, before Slack's answer": after_the_edit,
}
# A halt's first request is sent without a read.
_NEVER: Final = {(Verb.HALT, "while it reads")}


def kill_points(verb: Verb, kind: str) -> list[str]:
    """Return every point after the approval that an operation of this verb passes."""
    points = (*points_on(kind, KILL_POINTS), *PEER_KILL_POINTS)
    return [point for point in points if (verb, point) not in _NEVER]


def has_buttons(blocks: list[dict[str, Any]]) -> bool:
    """Return whether somebody can still press something."""
    return any(block["type"] == "actions" for block in blocks)


def _cards(harness: DurabilityHarness) -> list[list[dict[str, Any]]]:
    return [card.blocks or [] for card in harness.cards().values()]
