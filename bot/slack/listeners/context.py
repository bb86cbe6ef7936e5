"""The dependencies of every listener."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.service import RolloutService
from bot.slack.client.directory import SlackDirectory
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.messages.translator import Translator
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.proposals import ProposalOutbox


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What a listener needs to answer: the service, the outbox and the language.

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
    translator: Translator
    turns: WeakValueDictionary[Hashable, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )
