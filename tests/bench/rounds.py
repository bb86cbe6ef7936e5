"""Rounds of the jobs of watching, one after the other, in a process of their own.

It prints what each takes as JSON: all the processor time of this process is theirs.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.app import MAIN_ACCOUNT
from bot.config import Settings
from bot.db.boards import SqlBoardRepository
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.db.watching import SqlWatchRepository
from bot.domain.boards import AGE_SHOWN_FOR, Board
from bot.domain.watching import WatchedTarget
from bot.service import Reminders, Watcher
from bot.slack.client.clients import make_client
from bot.slack.client.clients import open_session as open_slack_session
from bot.slack.client.identity import Identity
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.boards import BoardOutbox
from bot.slack.outbox.notices import NoticeOutbox
from bot.store import Priority, RequestBudget, StoreClient, Tokens
from bot.store import open_session as open_store_session
from tests.translators import IN_ENGLISH

_ENOUGH: Final = 1_000_000
_TURN: Final = timedelta(seconds=13)
_WARM_UP: Final = 5

Job = Callable[[], Awaitable[None]]


class _Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class _Looks(SqlWatchRepository):
    """Counts the looks that are stored."""

    many = 0

    async def claim_looks(self, now: datetime, most: int) -> Sequence[WatchedTarget]:
        claimed = await super().claim_looks(now, most)
        self.many += len(claimed)
        return claimed


class _Edits(SqlBoardRepository):
    """Counts the boards that are edited."""

    many = 0

    async def keep_board(self, board: Board, now: datetime) -> None:
        await super().keep_board(board, now)
        self.many += 1


async def _spent(job: Job, rounds: int, between: Callable[[], None]) -> float:
    """Return the milliseconds of processor time that the rounds take together."""
    before = time.process_time()
    for _ in range(rounds):
        between()
        await job()
    return 1000 * (time.process_time() - before)


async def measure(settings: Settings, rounds: int) -> dict[str, float]:
    """Return the processor time of an idle round, of a look and of a board's edit."""
    clock = _Clock()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        repositories = SqlRepositories(database)
        looks, edits = _Looks(database), _Edits(database)
        watcher = await _watcher(settings, repositories, looks, clock, stack)
        session = await stack.enter_async_context(open_slack_session())
        client = make_client(settings.slack_bot_token, settings.slack_api_url, session)
        identity = Identity(client)
        await identity.learn()
        clients, languages = WorkspaceClients(identity, client), IN_ENGLISH
        boards = BoardOutbox(clients, edits, languages, clock)
        idle: dict[str, Job] = {
            "looks": watcher.look_around,
            "reminders": Reminders(repositories.reminders, clock).remind,
            "boards": boards.draw_due,
            "notices": NoticeOutbox(
                clients, repositories.notices, languages, clock
            ).post_due,
        }

        def turn() -> None:
            clock.now += _TURN

        def age() -> None:
            clock.now += timedelta(seconds=6)

        for job in idle.values():
            await _spent(job, _WARM_UP, turn)
        await _until_nothing_is_due(watcher.look_around, looks)
        await _until_nothing_is_due(boards.draw_due, edits)
        result = {
            name: await _spent(job, rounds, lambda: None) / rounds
            for name, job in idle.items()
        }
        looks.many = 0
        spent = await _spent(watcher.look_around, rounds, turn)
        result["look"] = (spent - result["looks"] * rounds) / max(looks.many, 1)
        result["number of looks"] = looks.many
        clock.now += AGE_SHOWN_FOR
        edits.many = 0
        spent = await _spent(boards.draw_due, rounds, age)
        result["edit"] = (spent - result["boards"] * rounds) / max(edits.many, 1)
        result["number of edits"] = edits.many
        return result


async def _until_nothing_is_due(job: Job, done: _Looks | _Edits) -> None:
    before = -1
    while before != done.many:
        before = done.many
        await job()


async def _watcher(
    settings: Settings,
    repositories: SqlRepositories,
    looks: SqlWatchRepository,
    clock: Callable[[], datetime],
    stack: AsyncExitStack,
) -> Watcher:
    budget = RequestBudget(MAIN_ACCOUNT, _ENOUGH, repositories.bookings, clock)
    url = settings.store_api_url
    session = await stack.enter_async_context(open_store_session(url))
    tokens = Tokens(
        settings.azure_tenant_id,
        settings.azure_client_id,
        settings.azure_client_secret,
        settings.azure_authority_host,
    )
    store = StoreClient(session, tokens, url, budget=budget, priority=Priority.WATCHING)
    return Watcher({MAIN_ACCOUNT: store}, looks, clock, budget.watching_rate)


if __name__ == "__main__":
    found = asyncio.run(
        measure(Settings.from_env(os.environ), int(os.environ["BENCH_ROUNDS"]))
    )
    sys.stdout.write(json.dumps(found) + "\n")
