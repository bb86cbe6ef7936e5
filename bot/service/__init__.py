"""The use cases: what the bot can be asked to do, and what it answers."""

from bot.service.attempt import Inconclusive
from bot.service.executor import OperationExecutor
from bot.service.queries import OnReading
from bot.service.readings import Readings
from bot.service.reminders import Reminders
from bot.service.repositories import Repositories
from bot.service.rollouts import RolloutService
from bot.service.watching import Watcher

__all__ = [
    "Inconclusive",
    "OnReading",
    "OperationExecutor",
    "Readings",
    "Reminders",
    "Repositories",
    "RolloutService",
    "Watcher",
]
