"""The state of the local Slack, and the one place where a message comes into being."""

import collections
from collections.abc import Callable
from typing import Any, Final

from bot.sandbox.slack import pings
from bot.sandbox.slack.calls import CallLog
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import Fault, Faults
from bot.sandbox.slack.messages import Blocks, Message, Messages
from bot.sandbox.slack.pings import Ping
from bot.sandbox.slack.rate import RateLimit
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.world import BOT_USER_ID, DEFAULT_SCOPES, DIRECT, World, seed

MAX_TEXT: Final = 40_000
_REMEMBERED_PINGS: Final = 5000


class Workspace:
    """All that the local Slack knows; `changed` is called after every change."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or seed()
        self.address = ""
        self.scopes = set(DEFAULT_SCOPES)
        self.messages = Messages()
        self.response_urls = ResponseUrls()
        self.faults = Faults()
        self.rate = RateLimit()
        self.calls = CallLog()
        self.pings: collections.deque[Ping] = collections.deque(
            maxlen=_REMEMBERED_PINGS
        )
        self.changed: Callable[[], None] = lambda: None

    def post(  # noqa: PLR0913 - these are the arguments of chat.postMessage.
        self,
        channel: str,
        text: str,
        blocks: Blocks | None,
        *,
        thread_ts: str | None = None,
        metadata: dict[str, Any] | None = None,
        seen_by: str | None = None,
        link_names: bool = False,
    ) -> Message:
        """Post as the bot.

        Raises `SlackError`: ``no_text``, ``msg_too_long``, ``thread_not_found``,
        ``cannot_reply_to_message``.
        """
        check_text(text, blocks)
        if thread_ts is not None:
            self.require_thread(channel, thread_ts)
        message = self.messages.add(
            Message(
                channel,
                self.messages.next_ts(),
                BOT_USER_ID,
                text,
                blocks,
                thread_ts=thread_ts,
                bot=True,
                metadata=metadata,
                seen_by=seen_by,
            )
        )
        self.record_pings(message, link_names=link_names)
        self.changed()
        return message

    def require_thread(self, channel: str, thread_ts: str) -> None:
        """Raise `SlackError` unless a thread can stand under this message."""
        parent = self.messages.find(channel, thread_ts)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.is_reply:
            raise SlackError("cannot_reply_to_message")

    def set_membership(self, channel: str, *, bot: bool) -> None:
        """Invite the bot or remove it; raises KeyError for an unknown channel."""
        members = self.world.channels[channel].members
        if bot:
            members.add(BOT_USER_ID)
        else:
            members.discard(BOT_USER_ID)
        self.changed()

    def meet_fault(self, method: str) -> Fault | None:
        """Give the armed fault that a call runs into, and use it up."""
        fault = self.faults.meet(method)
        if fault is not None:
            self.changed()
        return fault

    def record_pings(self, message: Message, *, link_names: bool = False) -> None:
        """Remember whom this text would have notified."""
        for kind, mention in pings.mentions(
            message.text, message.blocks, link_names=link_names
        ):
            self.pings.append(
                Ping(
                    kind,
                    mention,
                    message.channel,
                    message.ts,
                    message.seen_by is not None,
                )
            )

    def reset(self) -> None:
        """Forget every message, and all that hangs on messages."""
        self.world.close_direct()
        self.messages.clear()
        self.response_urls.clear()
        self.pings.clear()
        self.calls.clear()
        self.changed()

    def as_json(self) -> dict[str, Any]:
        """Give what must survive a crash, in the form that `restore` takes."""
        return {
            **self.messages.as_json(),
            "members": {
                channel.id: sorted(channel.members)
                for channel in self.world.channels.values()
            },
            "response_urls": self.response_urls.as_json(),
            "faults": self.faults.as_json(),
            "scopes": sorted(self.scopes),
            "rate": [self.rate.per_second, self.rate.burst],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take back what `as_json` gave."""
        self.messages.restore(saved)
        for channel_id, members in saved["members"].items():
            if channel_id in self.world.channels:
                self.world.channels[channel_id].members = set(members)
            elif channel_id.startswith(DIRECT):
                for user_id in members:
                    self.world.direct(user_id)
        self.response_urls.restore(saved["response_urls"])
        self.faults.restore(saved["faults"])
        self.scopes = set(saved["scopes"])
        self.rate.set(*saved["rate"])


def check_text(text: str, blocks: Blocks | None) -> None:
    """Raise `SlackError` for a message with nothing in it, or too much."""
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT:
        raise SlackError("msg_too_long")
