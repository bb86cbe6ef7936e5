"""What the bot can be asked to do, and what it answers."""

from bot.service.operation import Operation
from bot.service.rollouts import RolloutService
from bot.service.unproved import Unproved

__all__ = ["Operation", "RolloutService", "Unproved"]
