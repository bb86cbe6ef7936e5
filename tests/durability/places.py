"""Where a bot can be struck from outside, while Slack or the Store has its request."""

from collections.abc import Callable
from typing import Any, Final

from bot.domain.verbs import Verb
from bot.sandbox.store.faults import WRITES
from bot.sandbox.store.journal import Entry
from tests.durability.bot_process import POINTS
from tests.durability.harness import MAIL, Scene

ASKED: Final = {
    Verb.HALT: f"halt {MAIL} crash on start",
    Verb.FINALIZE: f"finalize {MAIL} all is well",
    Verb.SET: f"set {MAIL} 40",
}

Strike = Callable[[], None]
Trap = Callable[[Scene, Strike], None]


def before_the_effect(stage: Scene, strike: Strike) -> None:
    """Strike when a write has arrived, just before the Store acts on it."""

    async def watch(entry: Entry) -> None:
        if entry.operation in WRITES:
            strike()

    stage.sandbox.store.pipeline.before = watch


def after_the_effect(stage: Scene, strike: Strike) -> None:
    """Strike when the Store has acted and is about to answer."""

    async def watch(entry: Entry) -> None:
        if entry.operation in WRITES:
            strike()

    stage.sandbox.store.pipeline.after = watch


def while_it_looks(stage: Scene, strike: Strike) -> None:
    """Strike while the bot waits for the look before its write."""

    async def watch(entry: Entry) -> None:
        # The card itself needed one look; a click takes its buttons away.
        if entry.operation == "read" and not any(map(has_buttons, _cards(stage))):
            strike()

    stage.sandbox.store.pipeline.after = watch


def after_the_message(stage: Scene, strike: Strike) -> None:
    """Strike when Slack has the message, before Slack answers."""
    workspace = stage.sandbox.slack.workspace
    post = workspace.post

    def watch(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as it is called
        message = post(*args, **kwargs)
        if message.is_reply:
            strike()
        return message

    workspace.post = watch  # type: ignore[method-assign]


def after_the_edit(stage: Scene, strike: Strike) -> None:
    """Strike when Slack has edited the card into its result, before it answers."""
    messages = stage.sandbox.slack.workspace.messages
    change = messages.change

    def watch(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as it is called
        change(*args, **kwargs)
        if stage.effects():
            strike()

    messages.change = watch  # type: ignore[method-assign]


TRAPS: Final[dict[str, Trap]] = {
    "request sent, before its effect": before_the_effect,
    "after the effect, before the answer": after_the_effect,
    "while it looks": while_it_looks,
    "message posted, before Slack's answer": after_the_message,
    "card edited, before Slack's answer": after_the_edit,
}
# A halt's first request is sent without a look.
_NEVER: Final = {(Verb.HALT, "while it looks")}


def places(verb: Verb) -> list[str]:
    """Return every place where a bot that carries this verb can be struck."""
    return [p for p in (*POINTS, *TRAPS) if (verb, p) not in _NEVER]


def has_buttons(blocks: list[dict[str, Any]]) -> bool:
    """Return whether somebody can still press something."""
    return any(block["type"] == "actions" for block in blocks)


def _cards(stage: Scene) -> list[list[dict[str, Any]]]:
    return [card.blocks or [] for card in stage.cards().values()]
