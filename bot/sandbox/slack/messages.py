"""Messages in the channels, threads and ephemeral messages included."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

# Ephemeral messages do not last in Slack either.
_REMEMBERED_EPHEMERAL: Final = 1000
# A late click may come from an earlier version of a message: how many are kept.
_REMEMBERED_VERSIONS: Final = 5

Blocks = list[dict[str, Any]]


@dataclasses.dataclass(slots=True)
class Message:
    """One message; `seen_by` is the only person who sees an ephemeral one.

    `broadcast` is whether a reply in a thread is shown in the channel too.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: Blocks | None = None
    thread_ts: str | None = None
    bot: bool = False
    metadata: dict[str, Any] | None = None
    edited: dict[str, str] | None = None
    seen_by: str | None = None
    broadcast: bool = False
    replies: list[str] = dataclasses.field(default_factory=list)
    earlier: list[Blocks | None] = dataclasses.field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether it is a reply in a thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclasses.dataclass(frozen=True, slots=True)
class ButtonLocation:
    """Where a button is: in which message and block, and which of its elements."""

    ts: str
    block_id: str
    action_id: str


class Messages:
    """All messages, by channel and ts; ephemeral ones are kept apart, as in Slack."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._channels: dict[str, dict[str, Message]] = {}
        self._top_level: dict[str, dict[str, Message]] = {}
        self._ephemeral: dict[str, dict[str, Message]] = {}
        self._last_ts = 0

    def next_ts(self) -> str:
        """Return a new ts, later than all others."""
        now = int(self._now().timestamp()) * 1_000_000
        self._last_ts = max(now, self._last_ts) + 100
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add(self, message: Message) -> Message:
        """Add a new message, and add it to its thread."""
        self._keep(message)
        parent = self.find(message.channel, message.thread_ts or "")
        if parent is not None and message.is_reply and message.seen_by is None:
            parent.thread_ts = parent.ts
            parent.replies.append(message.ts)
        return message

    def change(
        self, message: Message, text: str, blocks: Blocks | None, *, marked_by: str
    ) -> None:
        """Edit a message; `marked_by` is the user of its edited mark, "" for none."""
        message.earlier.append(message.blocks)
        del message.earlier[:-_REMEMBERED_VERSIONS]
        message.text, message.blocks = text, blocks
        if marked_by:
            message.edited = {"user": marked_by, "ts": self.next_ts()}

    def remove(self, message: Message) -> None:
        """Delete a message, and remove it from its thread."""
        if message.seen_by is not None:
            del self._ephemeral[message.channel][message.ts]
            return
        del self._channels[message.channel][message.ts]
        self._top_level[message.channel].pop(message.ts, None)
        parent = self.find(message.channel, message.thread_ts or "")
        if parent is not None:
            parent.replies.remove(message.ts)

    def find(self, channel: str, ts: str) -> Message | None:
        """Return a message that everybody in the channel sees, or None."""
        return self._channels.get(channel, {}).get(ts)

    def find_ephemeral(self, channel: str, ts: str) -> Message | None:
        """Return an ephemeral message, or None."""
        return self._ephemeral.get(channel, {}).get(ts)

    def top_level(self, channel: str, most: int | None = None) -> list[Message]:
        """Return the last `most` messages (None: all), oldest first.

        Of the replies in threads only those that were broadcast are among them.
        """
        newest_first = reversed(self._top_level.get(channel, {}).values())
        return list(itertools.islice(newest_first, most))[::-1]

    def thread(self, parent: Message) -> list[Message]:
        """Return the parent and its replies, oldest first."""
        channel = self._channels[parent.channel]
        return [parent, *(channel[ts] for ts in parent.replies)]

    def root(self, message: Message) -> Message | None:
        """Return the first message of the thread of a broadcast reply, else None."""
        if not message.broadcast:
            return None
        return self.find(message.channel, message.thread_ts or "")

    def ephemeral(self, channel: str, user: str | None = None) -> list[Message]:
        """Return the ephemeral messages of a channel, all or one person's."""
        return [
            message
            for message in self._ephemeral.get(channel, {}).values()
            if user in (None, message.seen_by)
        ]

    def everything(self) -> Iterator[Message]:
        """Yield every message, ephemeral ones too."""
        for kept in (self._channels, self._ephemeral):
            for channel in kept.values():
                yield from channel.values()

    def clear(self) -> None:
        """Delete every message; a ts is still never used twice."""
        self._channels.clear()
        self._top_level.clear()
        self._ephemeral.clear()

    def to_json(self) -> dict[str, Any]:
        """Return every message, in the form that `restore` takes."""
        return {
            "last_ts": self._last_ts,
            "messages": [dataclasses.asdict(message) for message in self.everything()],
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Restore the messages from `to_json`."""
        self.clear()
        self._last_ts = saved["last_ts"]
        for one in saved["messages"]:
            self._keep(Message(**one))

    def _keep(self, message: Message) -> None:
        if message.seen_by is not None:
            kept = self._ephemeral.setdefault(message.channel, {})
            kept[message.ts] = message
            if len(kept) > _REMEMBERED_EPHEMERAL:
                del kept[next(iter(kept))]
            return
        self._channels.setdefault(message.channel, {})[message.ts] = message
        if not message.is_reply or message.broadcast:
            self._top_level.setdefault(message.channel, {})[message.ts] = message
