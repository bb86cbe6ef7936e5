"""The dependencies of every listener."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

from bot.domain.requests import Person, Place
from bot.service import RolloutService
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.messages.translator import Translator
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.proposals import ProposalOutbox


class Addressed(Protocol):
    """What every payload says: who asks, and where."""

    @property
    def place(self) -> Place:
        """Where to answer."""

    @property
    def person(self) -> Person:
        """Who asks, as the payload names them."""


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What a listener needs to answer: the service, the outbox and the languages.

    `turns` are for those who ask for the same by a button: one after the other.
    """

    service: RolloutService
    clients: WorkspaceClients
    messenger: Messenger
    home: HomeTabs
    proposals: ProposalOutbox
    identity: Identity
    organisation: Organisation
    directory: SlackDirectory
    ephemeral: EphemeralReplies
    tasks: BackgroundTasks
    languages: Languages
    turns: WeakValueDictionary[Hashable, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    def translator_for(self, asked: Addressed | None) -> Translator:
        """Return the Translator for one who asks, by what is known of them now."""
        if asked is None:
            return self.languages.default
        return self.languages.of_reader(asked.place, asked.person.user_id)

    async def translator_soon(self, asked: Addressed) -> Translator:
        """Return the same; who has not been seen for long is looked up before."""
        return await self.languages.of_reader_soon(asked.place, asked.person.user_id)
