"""What was claimed is posted while the claim holds, and no later."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.boards import Board
from bot.domain.events import Event, EventKind
from bot.domain.notices import Notice
from bot.domain.requests import Place
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget, state_details
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.boards import BoardOutbox
from bot.slack.outbox.notices import NoticeOutbox
from tests.slack.slack_harness import Bot
from tests.slack_users import IN_MAIL, TEAM
from tests.translators import IN_ENGLISH

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
TARGET = Target("main", "9NBLGGH4R315")
REF = SubmissionRef(TARGET, "1")
GOING = Rollout(True, 10.0, IN_PROGRESS)
SEEN = Snapshot(REF, "Contoso Mail", None, GOING)
WATCHED = WatchedTarget(TARGET, 1, SEEN, NOON, NOON)
HERE = Place(TEAM, IN_MAIL)


class Claimed:
    """Twelve messages that are claimed at noon; each that is posted takes a minute."""

    def __init__(self) -> None:
        self.now = NOON
        self.posted: list[int] = []

    def clock(self) -> datetime:
        return self.now

    async def add_boards(self, _: datetime) -> None:
        return

    async def claim_new_boards(self, *_: object) -> list[Board]:
        return [
            Board(
                *(number, HERE, REF, "Contoso Mail", None, (NOON, 10.0), None),
                followed=True,
                watched=WATCHED,
                leased_until=NOON + LEASE,
            )
            for number in range(12)
        ]

    async def claim_shown_boards(self, *_: object) -> list[Board]:
        return []

    async def post_board(self, board: Board, *_: object) -> None:
        await self._post(board.id)

    async def claim_notices(self, *_: object) -> list[Notice]:
        state: dict[str, Any] = {"after": state_details(SEEN)}
        event = Event(
            EventKind.PERCENTAGE_CHANGED,
            NOON,
            target=TARGET,
            details=state,
            unique_key="k",
        )
        return [Notice(number, HERE, event) for number in range(12)]

    async def close_notices(self, told: list[Notice], *_: object) -> None:
        await self._post(told[0].id)

    async def _post(self, number: int) -> None:
        self.posted.append(number)
        # All that are under way have been sent.
        for _ in range(20):
            await asyncio.sleep(0.01)
        self.now = NOON + LEASE


async def test_a_notice_that_has_waited_longer_than_its_lease_is_left_to_others(
    bot: Bot, clients: WorkspaceClients
) -> None:
    claimed = Claimed()
    repository: Any = claimed

    await NoticeOutbox(clients, repository, IN_ENGLISH, claimed.clock).post_due()

    assert len(claimed.posted) <= 4
    assert len(bot.slack.calls("chat.postMessage")) <= 4


async def test_a_board_that_has_waited_longer_than_its_lease_is_left_to_others(
    bot: Bot, clients: WorkspaceClients
) -> None:
    claimed = Claimed()
    repository: Any = claimed

    await BoardOutbox(clients, repository, IN_ENGLISH, claimed.clock).draw_due()

    assert len(claimed.posted) <= 4
    assert len(bot.slack.calls("chat.postMessage")) <= 4
