"""What the bot can be asked to do, and what it answers."""

from bot.service.attempt import Unproved
from bot.service.executor import Operation
from bot.service.rollouts import RolloutService

__all__ = ["Operation", "RolloutService", "Unproved"]
