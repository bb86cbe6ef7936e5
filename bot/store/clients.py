"""Clients of the Store: one for each priority, on one session and one budget."""

from aiohttp import ClientSession

from bot.store.auth import Tokens
from bot.store.budget import Priority, RequestBudget
from bot.store.client import StoreClient
from bot.store.connection import RequestObserver
from bot.store.timeouts import StoreTimeouts


def clients_of(  # noqa: PLR0913 - one part each
    account: str,
    session: ClientSession,
    tokens: Tokens,
    address: str,
    *,
    timeouts: StoreTimeouts,
    budget: RequestBudget,
    observer: RequestObserver,
) -> list[dict[str, StoreClient]]:
    """Return the client of an account for each priority, by the account's name."""
    return [
        {
            account: StoreClient(
                session,
                tokens,
                address,
                timeouts=timeouts,
                budget=budget,
                priority=priority,
                observer=observer,
            )
        }
        for priority in Priority
    ]
