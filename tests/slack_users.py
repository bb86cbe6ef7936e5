"""People in a local Slack beside a bot: what they type and press, and what they see."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.blocks import with_ids
from bot.slack.ids import BOARD_ACTION, target_value

# Dee is an admin of the workspace, and Gil a guest from another company.
ANN, BEN, DEE, GIL = "U0ANN", "U0BEN", "U0DEE", "U0GIL"
IN_MAIL, IN_GAMES, IN_GENERAL = "C0MAIL", "C0GAMES", "C0GENERAL"
TEAM = "T0CONTOSO"
BOARD_LABELS = {Verb.HALT: "Halt…", Verb.SET: "Set…", Verb.FINALIZE: "Finalize…"}


class Clock:
    """The bot's clock, which a test can set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, minutes: float) -> None:
        self.ahead += timedelta(minutes=minutes)


class SlackUsers(ABC):
    """The people of a local Slack; a harness adds the bot that they talk to."""

    @property
    @abstractmethod
    def slack(self) -> LocalSlack:
        """The Slack that they use."""

    @abstractmethod
    async def quiet(self) -> None:
        """Wait until the bot has nothing left to do."""

    async def say(
        self, who: str, text: str, channel: str = IN_MAIL, thread: str | None = None
    ) -> str:
        """Type a command, or write a message; return the message's timestamp.

        Returns once the bot has nothing left to do.
        """
        ts = ""
        if text.startswith("/"):
            await self.slack.command(who, channel, text)
        else:
            ts = await self.slack.say(who, channel, text, thread)
            await self.slack.settle()
        await self.quiet()
        return ts

    async def press(
        self, who: str, label: str, channel: str = IN_MAIL, *, late: bool = False
    ) -> None:
        """Press the newest button with this label, and see it through."""
        await self.slack.press_label(who, channel, label, late=late)
        await self.quiet()

    async def press_on(
        self, who: str, card: dict[str, Any], label: str, channel: str = IN_MAIL
    ) -> None:
        """Press a button of a card as it stood when `card` was read."""
        block, action = place_of(card, label)
        await self.slack.press(who, channel, card["ts"], block, action, late=True)

    def post_buttons(
        self, target: Target, channel: str = IN_MAIL, thread: str | None = None
    ) -> dict[str, Any]:
        """Post a message of the bot with a board's buttons, and return it."""
        posted = self.slack.workspace.post(
            channel, "board", [with_ids(board_buttons(target))], thread_ts=thread
        )
        return {"ts": posted.ts, "blocks": posted.blocks}

    async def submit(
        self, who: str, percentage: str, reason: str = ""
    ) -> dict[str, str]:
        """Submit the form that this person has open; return the errors by field."""
        errors = await self.slack.submit(who, percentage=percentage, reason=reason)
        await self.quiet()
        return errors

    def seen(self, who: str = BEN, channel: str = IN_MAIL) -> list[dict[str, Any]]:
        """Return the messages of the channel as this person sees them."""
        return self.slack.seen(who, channel)

    def cards(self, channel: str = IN_MAIL) -> list[dict[str, Any]]:
        """Return the bot's own messages that all see, oldest first."""
        shown = self.seen(BEN, channel)
        return [m for m in shown if m["bot"] and not m["ephemeral"]]

    def card(self, channel: str = IN_MAIL) -> dict[str, Any]:
        """Return the newest card."""
        return self.cards(channel)[-1]

    def thread(self, channel: str = IN_MAIL) -> list[str]:
        """Return what stands in the newest card's thread, one text for each message."""
        return [words(reply) for reply in self.card(channel)["replies"]]

    def told(self, who: str, channel: str = IN_MAIL) -> list[str]:
        """Return what this person alone was told, in the channel and in its threads."""
        top = self.seen(who, channel)
        every = [each for one in top for each in (one, *one["replies"])]
        return [words(m) for m in every if m["ephemeral"]]


def board_buttons(target: Target) -> dict[str, Any]:
    """Return the row of buttons that a board has."""
    elements = [
        {
            "type": "button",
            "action_id": f"{BOARD_ACTION}{verb}",
            "text": {"type": "plain_text", "text": label},
            "value": target_value(target),
        }
        for verb, label in BOARD_LABELS.items()
    ]
    return {"type": "actions", "block_id": "board", "elements": elements}


def words(message: dict[str, Any]) -> str:
    """Return all the words of a message: its fallback text, then its blocks."""
    return "\n".join([message["text"], *_texts(message["blocks"])])


def texts(message: dict[str, Any]) -> str:
    """Return all the words of a message's blocks."""
    return "\n".join(_texts(message["blocks"]))


def labels(message: dict[str, Any]) -> list[str]:
    """Return the labels of a message's buttons."""
    return [each["text"]["text"] for each in buttons(message)]


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the buttons of a message."""
    rows = [each for each in message["blocks"] if each["type"] == "actions"]
    return [element for row in rows for element in row["elements"]]


def place_of(message: dict[str, Any], label: str) -> tuple[str, str]:
    """Return the block and the action of the button with this label."""
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            text = element.get("text")
            if isinstance(text, dict) and text["text"] == label:
                return block["block_id"], element["action_id"]
    raise LookupError(label)


def _texts(part: object) -> list[str]:
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in _texts(value)]
