"""Durable execution: what was confirmed is carried to its end, whatever dies."""

from bot.engine.engine import Engine
from bot.engine.process_lock import AlreadyRunning
from bot.engine.runtime import EngineTiming

__all__ = ["AlreadyRunning", "Engine", "EngineTiming"]
