"""What the bot can be asked to do, and what it answers."""

from bot.service.operation import Operation, Unproved
from bot.service.rollouts import RolloutService

__all__ = ["Operation", "RolloutService", "Unproved"]
