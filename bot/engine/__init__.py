"""Durable execution: an operation comes to its end, whatever dies on the way."""

from bot.engine.engine import Engine
from bot.engine.files import restrict_files
from bot.engine.process_lock import AlreadyRunning
from bot.engine.runtime import Dependencies
from bot.engine.timing import EngineTiming

__all__ = [
    "AlreadyRunning",
    "Dependencies",
    "Engine",
    "EngineTiming",
    "restrict_files",
]
