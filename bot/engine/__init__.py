"""Durable execution: what was confirmed is carried to its end, whatever dies."""

from bot.engine.engine import Engine
from bot.engine.sole import AlreadyRunning
from bot.engine.work import Pace

__all__ = ["AlreadyRunning", "Engine", "Pace"]
