"""State of the local Slack, and the posting of the bot's messages."""

import collections
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from bot.sandbox.slack import pings
from bot.sandbox.slack.calls import CallLog
from bot.sandbox.slack.directory import (
    BOT_USER_ID,
    DEFAULT_SCOPES,
    DIRECT,
    Directory,
    seed,
)
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.faults import ArmedFault, Faults
from bot.sandbox.slack.messages import Blocks, Message, Messages
from bot.sandbox.slack.pings import Ping
from bot.sandbox.slack.rate_limit import RateLimit
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views

MAX_TEXT: Final = 40_000
_REMEMBERED_PINGS: Final = 5000


class Workspace:
    """The state of the local Slack; `changed` is called after every change.

    `now` is the clock of messages and response URLs.
    """

    def __init__(
        self,
        directory: Directory | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.directory = directory or seed()
        self.now = now
        self.address = ""
        self.scopes = set(DEFAULT_SCOPES)
        # On Slack's free plan there are no user groups.
        self.free_plan = False
        self.messages = Messages(now)
        self.response_urls = ResponseUrls(now)
        self.triggers = Triggers()
        self.views = Views()
        # As in an app's settings: whether it has a Home tab.
        self.home_tab = True
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
        broadcast: bool = False,
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
                broadcast=broadcast and thread_ts is not None,
            )
        )
        self.record_pings(message, link_names=link_names)
        self.changed()
        return message

    def require_thread(self, channel: str, thread_ts: str) -> None:
        """Raise `SlackError` unless this message can have a thread."""
        parent = self.messages.find(channel, thread_ts)
        if parent is None:
            raise SlackError("thread_not_found")
        if parent.is_reply:
            raise SlackError("cannot_reply_to_message")

    def set_membership(self, channel: str, *, bot: bool) -> None:
        """Invite the bot or remove it; raises KeyError for an unknown channel."""
        members = self.directory.channels[channel].members
        if bot:
            members.add(BOT_USER_ID)
        else:
            members.discard(BOT_USER_ID)
        self.changed()

    def archive(self, channel: str, *, archived: bool) -> None:
        """Archive a channel, or bring it back; raises KeyError for an unknown one."""
        self.directory.channels[channel].archived = archived
        self.changed()

    def take_fault(self, method: str) -> ArmedFault | None:
        """Return the armed fault of a call and count it; None if none is armed."""
        fault = self.faults.take(method)
        if fault is not None:
            self.changed()
        return fault

    def record_pings(self, message: Message, *, link_names: bool = False) -> None:
        """Record whom this message would have notified."""
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
        """Delete every message, and everything that belongs to messages."""
        self.directory.close_direct()
        self.messages.clear()
        self.views.clear()
        self.response_urls.clear()
        self.pings.clear()
        self.calls.clear()
        self.changed()

    def to_json(self) -> dict[str, Any]:
        """Return what must survive a crash, in the form that `restore` takes."""
        return {
            **self.messages.to_json(),
            "members": {
                channel.id: sorted(channel.members)
                for channel in self.directory.channels.values()
            },
            "archived": [
                channel.id
                for channel in self.directory.channels.values()
                if channel.archived
            ],
            "people": {
                person.id: [person.admin, person.deactivated, person.locale]
                for person in self.directory.people.values()
            },
            "groups": [
                dataclasses.asdict(group) for group in self.directory.groups.values()
            ],
            "free_plan": self.free_plan,
            "response_urls": self.response_urls.to_json(),
            "homes": self.views.to_json(),
            "faults": self.faults.to_json(),
            "scopes": sorted(self.scopes),
            "rate": [self.rate.per_second, self.rate.burst],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Restore the state from `to_json`."""
        self.messages.restore(saved)
        for channel_id, members in saved["members"].items():
            if channel_id in self.directory.channels:
                self.directory.channels[channel_id].members = set(members)
            elif channel_id.startswith(DIRECT):
                for user_id in members:
                    self.directory.direct(user_id)
        for channel_id in saved.get("archived", ()):
            self.directory.channels[channel_id].archived = True
        self.directory.restore(saved.get("people", {}), saved.get("groups"))
        self.free_plan = saved.get("free_plan", False)
        self.response_urls.restore(saved["response_urls"])
        self.views.restore(saved.get("homes", []))
        self.faults.restore(saved["faults"])
        self.scopes = set(saved["scopes"])
        self.rate.set(*saved["rate"])


def check_text(text: str, blocks: Blocks | None) -> None:
    """Raise `SlackError` for a message that is empty or too long."""
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT:
        raise SlackError("msg_too_long")
