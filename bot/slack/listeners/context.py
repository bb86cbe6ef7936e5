"""The parts that every listener works with."""

from dataclasses import dataclass

from bot.slack.client.identity import Identity
from bot.slack.listeners.ports import Rollouts
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.messenger import Messenger


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What a listener asks, who the bot is, how it speaks, and where work goes on."""

    service: Rollouts
    messenger: Messenger
    identity: Identity
    ephemeral: EphemeralReplies
    work: BackgroundTasks
