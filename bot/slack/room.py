"""The parts that every listener works with."""

from dataclasses import dataclass

from bot.slack.background import Background
from bot.slack.identity import Identity
from bot.slack.messenger import Messenger
from bot.slack.ports import Rollouts
from bot.slack.telling import Teller


@dataclass(frozen=True, slots=True)
class Room:
    """What a listener asks, who the bot is, how it speaks, and where work goes on."""

    service: Rollouts
    messenger: Messenger
    identity: Identity
    teller: Teller
    work: Background
