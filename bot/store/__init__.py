"""The Microsoft Store submission API: the client and its access tokens."""

from bot.store.access import AccessCheck
from bot.store.auth import Tokens
from bot.store.budget import Priority, RequestBudget
from bot.store.client import StoreClient
from bot.store.clients import clients_of
from bot.store.connection import open_session
from bot.store.timeouts import StoreTimeouts

__all__ = [
    "AccessCheck",
    "Priority",
    "RequestBudget",
    "StoreClient",
    "StoreTimeouts",
    "Tokens",
    "clients_of",
    "open_session",
]
