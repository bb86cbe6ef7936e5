"""The local Microsoft Store: submission API, state machine, faults and switches."""

from bot.sandbox.store.local import LocalStore

__all__ = ["LocalStore"]
