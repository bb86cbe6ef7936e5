"""The parts that every listener works with."""

from dataclasses import dataclass

from bot.service import RolloutService
from bot.slack.client.identity import Identity
from bot.slack.listeners.tasks import BackgroundTasks
from bot.slack.outbox.ephemeral import EphemeralReplies
from bot.slack.outbox.messenger import Messenger


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What a listener asks, who the bot is, how it speaks, and where work goes on."""

    service: RolloutService
    messenger: Messenger
    identity: Identity
    ephemeral: EphemeralReplies
    tasks: BackgroundTasks
