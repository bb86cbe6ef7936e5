"""The Microsoft Store submission API: one client, and the tokens that it needs."""

from bot.store.auth import Tokens
from bot.store.client import Patience, StoreClient

__all__ = ["Patience", "StoreClient", "Tokens"]
