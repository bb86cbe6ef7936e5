"""The dependencies of every listener."""

from dataclasses import dataclass

from bot.service import RolloutService
from bot.slack.client.identity import Identity
from bot.slack.client.organisation import Organisation
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.messages.translator import Translator
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.home import HomeTabs
from bot.slack.outbox.messenger import Messenger


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What a listener needs to answer: the service, the outbox and the language."""

    service: RolloutService
    clients: WorkspaceClients
    messenger: Messenger
    home: HomeTabs
    identity: Identity
    organisation: Organisation
    ephemeral: EphemeralReplies
    tasks: BackgroundTasks
    translator: Translator
