"""Home tabs: published when they are opened, and again while they are looked at.

Slack says when somebody opens Home, and never that they have left. So a tab counts as
looked at for ten minutes, and is published again in that time when what it shows has
changed. Who looks is kept in memory: after a restart nothing is published until Home is
opened again.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.proposals import Proposal
from bot.domain.requests import Person, Place, Request
from bot.domain.storage import StorageUnavailable
from bot.service.home import Home
from bot.slack.client.calls import call, call_with_retry
from bot.slack.client.memberships import Memberships, memberships_of
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.messages.home import (
    ReaderChannels,
    View,
    as_view,
    home_blocks,
    unavailable_home,
)
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.messenger import Messenger

LOOKED_AT_FOR: Final = timedelta(minutes=10)
LOOK_EVERY: Final = timedelta(seconds=15)
MOST_TABS: Final = 100
# users.conversations is limited to some 50 calls a minute for everybody.
_MEMBERSHIPS_FOR: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
_LINKS_AT_ONCE: Final = 5
_MOST_LINKS: Final = 500
# Of one round, so that drawing never keeps a press waiting for long.
MOST_DRAWN: Final = 10
_AT_ONCE: Final = 4
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger("bot.slack")


@dataclass(slots=True)
class _Tab:
    """The Home tab of one person; `digest` is of what it shows, `hash` is Slack's."""

    workspace: str
    person: Person
    opened_at: datetime
    due_at: datetime
    lock: asyncio.Lock
    memberships: Memberships = field(default_factory=Memberships)
    answered: bool = False
    shared: tuple[str, ...] | None = None
    asked_at: datetime = _LONG_AGO
    digest: str = ""
    hash: str | None = None


class HomeTabs:
    """Publishes the Home tabs of those who look at them."""

    def __init__(
        self,
        clients: WorkspaceClients,
        home: Home,
        messenger: Messenger,
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._home = home
        self._messenger = messenger
        self._languages = languages
        self._clock = clock
        # The one that was opened last comes last.
        self._tabs: dict[tuple[str, str], _Tab] = {}
        self._links: dict[str, str] = {}
        # However many open Home at once: a press must not wait behind all of them.
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def open(self, workspace: str, person: Person) -> None:
        """Publish the tab that a person has opened, and keep it up to date."""
        now, key = self._clock(), (workspace, person.user_id)
        before = self._tabs.pop(key, None)
        while len(self._tabs) >= MOST_TABS:
            del self._tabs[next(iter(self._tabs))]
        # What was drawn before must not arrive after.
        lock = before.lock if before else asyncio.Lock()
        tab = _Tab(workspace, person, now, now + LOOK_EVERY, lock)
        self._tabs[key] = tab
        await self._publish(tab)

    async def refresh(self) -> None:
        """Publish the tabs anew that are looked at and have changed."""
        now = self._clock()
        for key, tab in [*self._tabs.items()]:
            if not timedelta(0) <= now - tab.opened_at < LOOKED_AT_FOR:
                del self._tabs[key]

        # One that is due later than ever was put off before the clock was set back.
        due = [
            tab
            for tab in self._tabs.values()
            if not timedelta(0) < tab.due_at - now <= _LONGEST_PAUSE
        ]
        due.sort(key=lambda tab: tab.due_at)
        await asyncio.gather(*map(self._publish, due[:MOST_DRAWN]))

    async def _publish(self, tab: _Tab) -> None:
        key = tab.workspace, tab.person.user_id
        async with tab.lock, self._turns:
            if self._tabs.get(key, tab) is not tab:
                # It was opened again meanwhile.
                return
            tab.due_at = self._clock() + LOOK_EVERY
            try:
                await self._draw_and_send(tab)
            except RetryableNotificationError as busy:
                _log.warning(
                    "Home of %s is not published now: %s", tab.person.user_id, busy
                )
                asked = timedelta(seconds=busy.retry_after or 0)
                pause = min(max(asked, LOOK_EVERY), _LONGEST_PAUSE)
                tab.due_at = self._clock() + pause
            except PermanentNotificationError as refused:
                self._give_up(tab, refused)

    def _give_up(self, tab: _Tab, refused: PermanentNotificationError) -> None:
        """Leave a tab until it is opened again, such as in another replica."""
        _log.warning("Home of %s is not published: %s", tab.person.user_id, refused)
        key = tab.workspace, tab.person.user_id
        if self._tabs.get(key) is tab:
            del self._tabs[key]

    async def _draw_and_send(self, tab: _Tab) -> None:
        view = await self._draw(tab)
        written = json.dumps(view, sort_keys=True).encode()
        digest = hashlib.sha256(written).hexdigest()
        if digest == tab.digest:
            return
        publish = self._clients.of(tab.workspace).views_publish
        user = tab.person.user_id
        if tab.hash is None:
            answer = await call_with_retry(publish, user_id=user, view=view)
        else:
            # Another replica may have published what is newer.
            answer = await call(publish, user_id=user, view=view, hash=tab.hash)
        tab.digest, tab.hash = digest, (answer.get("view") or {}).get("hash")

    async def _draw(self, tab: _Tab) -> View:
        everywhere, reader = Place(tab.workspace, ""), tab.person.user_id
        t = await self._languages.of_reader_soon(everywhere, reader)
        await self._read_memberships(tab)
        channels = tab.memberships.channels
        try:
            content = await self._home.read(tab.person, tab.workspace, channels)
        except StorageUnavailable as reason:
            _log.warning("Home of %s cannot be read: %s", tab.person.user_id, reason)
            return as_view(unavailable_home(t))
        nothing = tab.answered and not content.follows
        shown = ReaderChannels(
            len(channels),
            tab.memberships.missing,
            tab.answered,
            await self._read_shared(tab) if nothing else (),
        )
        links = await self._read_links([*content.waiting, *content.proposals])
        blocks = home_blocks(t, content, shown, links, self._clock())
        return as_view(blocks)

    async def _read_memberships(self, tab: _Tab) -> None:
        now = self._clock()
        if timedelta(0) <= now - tab.asked_at < _MEMBERSHIPS_FOR:
            return
        client = self._clients.of(tab.workspace)
        try:
            tab.memberships = await memberships_of(client, tab.person.user_id)
        except (RetryableNotificationError, PermanentNotificationError) as reason:
            # What was known before is still shown.
            _log.warning(
                "the channels of %s are not known: %s", tab.person.user_id, reason
            )
            return
        tab.answered, tab.asked_at, tab.shared = True, now, None

    async def _read_shared(self, tab: _Tab) -> tuple[str, ...]:
        """Return the person's channels that the bot is in."""
        if tab.shared is not None:
            return tab.shared
        try:
            own = await memberships_of(self._clients.of(tab.workspace))
        except (RetryableNotificationError, PermanentNotificationError) as reason:
            _log.info("the channels of the bot are not known: %s", reason)
            return ()
        tab.shared = tuple(sorted(tab.memberships.channels & own.channels))
        return tab.shared

    async def _read_links(
        self, waiting: Sequence[Request | Proposal]
    ) -> dict[str, str]:
        """Return the links to the cards, a few of which are asked for at a time."""
        if len(self._links) > _MOST_LINKS:
            self._links.clear()
        new = [one for one in waiting if one.card and one.id not in self._links]
        await asyncio.gather(*map(self._read_link, new[:_LINKS_AT_ONCE]))
        return self._links

    async def _read_link(self, one: Request | Proposal) -> None:
        try:
            link = await self._messenger.link_to_card(one)
        except PermanentNotificationError as gone:
            _log.info("card of %s is gone: %s", one.id, gone)
            link = ""
        if link is not None:
            self._links[one.id] = link
