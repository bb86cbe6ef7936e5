"""Every board that a channel can be shown, open and closed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.boards import Board, BoardEnd
from bot.domain.events import EventKind
from bot.domain.ramp_course import RampCourse
from bot.domain.requests import Place
from bot.domain.rollout import Rollout
from bot.domain.rollout_changes import ENDS, RolloutChange
from bot.domain.submissions import Snapshot
from bot.domain.watching import WatchedTarget
from bot.slack.messages.blocks import Message
from bot.slack.messages.boards import (
    board_message,
    closed_board_message,
    refused_board_message,
)
from bot.slack.messages.ramp_phrases import end_text, standing
from bot.slack.messages.ramp_summary import ramp_summary
from bot.slack.messages.translator import Translator
from tests.slack.messages.every_lock import every_lock
from tests.slack.messages.every_notice import GOING, NOON, REF, TARGET
from tests.slack.messages.every_ramp import plans

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def every_board(
    name: str, number: str, rollouts: Sequence[Rollout], person: str = "U0ANN"
) -> Iterator[Board]:
    """Return a board for each state, of a target that much or little is known of."""
    for rollout in rollouts:
        for pending in (None, number):
            seen = Snapshot(REF, name, name, rollout, pending_id=pending)
            watched = WatchedTarget(TARGET, 1, seen, NOON, NOON, NOON)
            board = Board(
                *(1, Place("T1", "C1"), REF, name, name, (NOON, 10.0), "1.0"),
                *(True, watched, NOON),
            )
            yield board
            for locks in every_lock(name, person):
                yield replace(board, locks=locks)
            first = replace(watched, since=None, changed_at=None, looked_at=None)
            yield replace(board, watched=first)
            yield replace(board, watched=replace(watched, changed_at=None))
    for plan in plans(name, number, person):
        yield replace(board, plan=plan)
        for locks in every_lock(name, person):
            yield replace(board, plan=plan, locks=locks)
    yield replace(board, watched=None, followed=False)


def every_board_message(
    t: Translator, name: str, person: str, rollouts: Sequence[Rollout]
) -> Iterator[Message]:
    """Draw every board, each closed one with a short and a long course."""
    boards = [*every_board(name, "1152921504621230024", rollouts, person)]
    refused: set[str] = set()
    for board in boards:
        shown = board_message(t, board, NOON)
        yield shown
        # What is said of a board that was not posted is its text alone.
        if shown.text not in refused:
            refused.add(shown.text)
            yield refused_board_message(t, board, NOON)
    yield from every_ramp_summary(t, name, person)
    ends = [
        RolloutChange(kind, NOON, GOING, GOING, person, by_bot)
        for kind in ENDS
        for by_bot in (True, False)
    ]
    for end in (None, *ends):
        for many in (1, 2, 19, 20, 21, 200):
            points = tuple((NOON + each * MINUTE, each / 3) for each in range(many))
            for with_chart in (True, False):
                yield closed_board_message(
                    t, boards[0], BoardEnd(end, points), with_chart=with_chart
                )


def every_ramp_summary(t: Translator, name: str, person: str) -> Iterator[Message]:
    """Draw the end of every ramp, with few changes of its rollout and with many."""
    for plan in plans(name, "mail", person):
        for many in (0, 1, 12, 50):
            times = [plan.started_at + each * HOUR for each in range(1, many + 1)]
            changes = tuple(
                RolloutChange(
                    *(EventKind.PERCENTAGE_CHANGED, at, GOING),
                    *(replace(GOING, percentage=number / 3), person),
                    by_bot=True,
                )
                for number, at in enumerate(times)
            )
            over = replace(plan, changed_at=plan.started_at + many * HOUR)
            blocks = ramp_summary(t, RampCourse(over, changes))
            yield Message(end_text(t, plan) or standing(t, plan), blocks)
