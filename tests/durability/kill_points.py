"""Kill points inside the bot: where a test makes a bot's process kill or freeze itself.

A point is a moment just before or just after one call of one function. Those inside a
transaction come after one of its statements, before it is committed: on SQLite alone,
since a transaction is one statement on PostgreSQL.
"""

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from sqlalchemy import Executable

from bot.db import (
    board_statements,
    notices,
    operations,
    plan_statements,
    plans,
    reminders,
    sqlite,
)
from bot.db import request_statements as requests
from bot.db import watch_statements as looks
from bot.db.boards import SqlBoardRepository
from bot.db.notices import SqlNoticeRepository
from bot.db.operations import SqlOperationRepository
from bot.db.plans import SqlPlanRepository
from bot.db.reminders import SqlReminderRepository
from bot.db.requests import SqlRequestRepository
from bot.db.watching import SqlWatchRepository
from bot.domain.boards import Board
from bot.domain.events import Event
from bot.domain.plans import Plan
from bot.domain.requests import Request, RequestState
from bot.domain.watching import Topics, WatchedTarget
from bot.engine import Engine, workflows
from bot.service import OperationExecutor
from bot.slack.outbox.boards import BoardOutbox
from bot.slack.outbox.messenger import Messenger
from bot.slack.outbox.notices import NoticeOutbox
from bot.store import StoreClient

_SQLITE: Final = "sqlite"


def _always(*_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class KillPoint:
    """A moment beside a call of a function; `meant` is told the call's arguments."""

    owner: type | ModuleType
    function: str
    before: bool
    meant: Callable[..., bool] = _always


def _under_way(_: object, request: Request, *__: object) -> bool:
    return request.state is RequestState.AUTHORISED and request.result is None


def _statement(statement: Executable) -> KillPoint:
    """Return the moment after a statement was run in an open transaction."""

    def meant(_: object, run: object, *__: object) -> bool:
        return run is statement

    return KillPoint(sqlite, "execute", False, meant)


def _changed(
    _: object, __: WatchedTarget, ___: WatchedTarget, event: Event | None, *____: object
) -> bool:
    return event is not None


def _ends(_: object, board: Board, *__: object) -> bool:
    return board.over


def _goes_on(_: object, before: Plan, after: Plan, *__: object) -> bool:
    return after.step > before.step


_REQUESTS: Final = SqlRequestRepository
_PLANS: Final = SqlPlanRepository
_OPERATIONS: Final = SqlOperationRepository
_APPROVAL, _EVENT, _OPERATION = requests.AUTHORISE.inserts
_OBSERVATION, _NOTICES, _OF_RAMP = operations.FINISH_DONE.companions
_LOOKS: Final = SqlWatchRepository
_BOARDS: Final = SqlBoardRepository
_REMINDERS: Final = SqlReminderRepository
_NOTICE_ROWS: Final = SqlNoticeRepository
(_TOLD_BY_BOARD,) = board_statements.POSTED.companions

# Nothing may be left of an approval that was not committed.
APPROVE_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the approval": KillPoint(_REQUESTS, "approve_request", True),
    "approving, before the write": KillPoint(Request, "approved", False),
    "approving, after the decision": _statement(requests.AUTHORISE.change),
    "approving, after the approval": _statement(_APPROVAL),
    "approving, after the event": _statement(_EVENT),
    "approving, after the operation": _statement(_OPERATION),
}

# From here on the operation comes to its end, whatever is killed.
KILL_POINTS: Final[dict[str, KillPoint]] = {
    "after the approval": KillPoint(_REQUESTS, "approve_request", False),
    "before the workflow starts": KillPoint(Engine, "start_operation", True),
    "after the workflow starts": KillPoint(Engine, "start_operation", False),
    "before the buttons go": KillPoint(Messenger, "show_card", True, _under_way),
    "after the buttons went": KillPoint(Messenger, "show_card", False, _under_way),
    "before the execution": KillPoint(OperationExecutor, "execute", True),
    "before the attempt": KillPoint(_OPERATIONS, "begin_attempt", True),
    "in the attempt, after its count": _statement(operations.BEGIN_ATTEMPT.change),
    "in the attempt, after its event": _statement(*operations.BEGIN_ATTEMPT.inserts),
    "between attempt and request": KillPoint(_OPERATIONS, "begin_attempt", False),
    "after the answer": KillPoint(StoreClient, "change_rollout", False),
    "before the step is stored": KillPoint(OperationExecutor, "execute", False),
    "before the result": KillPoint(_OPERATIONS, "finish_operation", True),
    "in the result, after its row": _statement(operations.FINISH_DONE.change),
    "in the result, after its event": _statement(*operations.FINISH_DONE.inserts),
    "in the result, after what it proves": _statement(_OBSERVATION),
    "in the result, after its notices": _statement(_NOTICES),
    "in the result, after the notice of a ramp": _statement(_OF_RAMP),
    "after the result": KillPoint(_OPERATIONS, "finish_operation", False),
    "before the card": KillPoint(Messenger, "update_card", True),
    "after the card": KillPoint(Messenger, "update_card", False),
    "before the message": KillPoint(Messenger, "post_result", True),
    "after the message": KillPoint(Messenger, "post_result", False),
    "before the close": KillPoint(_OPERATIONS, "close_operation", True),
    "after the close": KillPoint(_OPERATIONS, "close_operation", False),
}

# What only an outcome comes to that stays unknown.
FOLLOW_UP_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the end of the follow-up": KillPoint(
        Messenger, "post_follow_up_ended", True
    ),
    "after the end of the follow-up": KillPoint(
        Messenger, "post_follow_up_ended", False
    ),
}

# What only a cancelled request comes to.
CANCEL_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "after the cancellation": KillPoint(_REQUESTS, "cancel_request", False),
    "before the closing starts": KillPoint(Engine, "close_card", True),
    "after the closing starts": KillPoint(Engine, "close_card", False),
    "before the closed card": KillPoint(Messenger, "update_closed_card", True),
    "after the closed card": KillPoint(Messenger, "update_closed_card", False),
    "before the card's close": KillPoint(_REQUESTS, "close_card", True),
    "after the card's close": KillPoint(_REQUESTS, "close_card", False),
}

# What the other open cards come to when a rollout is over.
OTHERS_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before another request ends": KillPoint(_REQUESTS, "end_request", True),
    "ending another, after its row": _statement(requests.CANCEL.change),
    "after another request ended": KillPoint(_REQUESTS, "end_request", False),
    "before its closing starts": KillPoint(workflows, "start_close_card", True),
    "before the ended card": KillPoint(Messenger, "update_closed_card", True),
}

# What a look comes to, in the order in which it does, and all that is told by it: each
# is a list of its own, since the parts of it run beside each other.
LOOK_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the claim of a look": KillPoint(_LOOKS, "claim_looks", True),
    "after the claim of a look": KillPoint(_LOOKS, "claim_looks", False),
    "before the look": KillPoint(_LOOKS, "save_look", True),
    "in the look, after its row": _statement(looks.SAVE.change),
    "after the look": KillPoint(_LOOKS, "save_look", False),
}
BOARD_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the row of a board": KillPoint(_BOARDS, "add_boards", True),
    "after the row of a board": KillPoint(_BOARDS, "add_boards", False),
    "before a board": KillPoint(BoardOutbox, "_send", True),
    "after a board": KillPoint(BoardOutbox, "_send", False),
    "before its record": KillPoint(_BOARDS, "post_board", True),
    "in its record, after its row": _statement(board_statements.POSTED.change),
    "in its record, after its notices": _statement(_TOLD_BY_BOARD),
    "after its record": KillPoint(_BOARDS, "post_board", False),
}
REMINDER_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before a reminder": KillPoint(_REMINDERS, "save_reminder", True),
    "in a reminder, after its row": _statement(reminders.REMIND.change),
    "in a reminder, after its event": _statement(*reminders.REMIND.inserts),
    "in a reminder, after its notices": _statement(*reminders.REMIND.companions),
    "after a reminder": KillPoint(_REMINDERS, "save_reminder", False),
}
NOTICE_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "after the claim of a notice": KillPoint(NoticeOutbox, "_post", True),
    "before the notice": KillPoint(NoticeOutbox, "_send", True),
    "after the notice": KillPoint(NoticeOutbox, "_send", False),
    "before the close of the notice": KillPoint(_NOTICE_ROWS, "close_notices", True),
    "after the row of the notice": KillPoint(notices, "unblock", True),
}
CHANGE_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the change": KillPoint(_LOOKS, "save_look", True, _changed),
    "in the change, after its row": _statement(looks.SAVE_CHANGE.change),
    "in the change, after its event": _statement(*looks.SAVE_CHANGE.inserts),
    "in the change, after its notices": _statement(*looks.SAVE_CHANGE.companions),
    "after the change": KillPoint(_LOOKS, "save_look", False, _changed),
}
EDIT_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the edit": KillPoint(BoardOutbox, "_edit", True),
    "after the edit": KillPoint(_BOARDS, "keep_board", True),
    "after the record of the edit": KillPoint(_BOARDS, "keep_board", False),
}
CLOSE_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the last edit": KillPoint(BoardOutbox, "_edit", True, _ends),
    "after the last edit": KillPoint(_BOARDS, "close_board", True),
    "after the close of the board": KillPoint(_BOARDS, "close_board", False),
}

# What a ramp comes to when it is started, at each of its steps, and at its end.
_TOLD: Final = plan_statements.SAVE_TOLD[Topics.CHANGES]
START_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "starting, after the decision": _statement(requests.START_PLAN.change),
    "starting, after the notices": _statement(*requests.START_PLAN.companions),
}
CLAIM_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the claim of a step": KillPoint(_PLANS, "claim_step", True),
    "in the claim, after the plan": _statement(plans.CLAIM.change),
    **{
        f"in the claim, after row {number}": _statement(insert)
        for number, insert in enumerate(plans.CLAIM.inserts, 1)
    },
    "after the claim of a step": KillPoint(_PLANS, "claim_step", False),
}
STEP_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "before the step is saved": KillPoint(_PLANS, "save_plan", True, _goes_on),
    "saving the step, after the plan": _statement(plan_statements.SAVE.change),
    "after the step is saved": KillPoint(_PLANS, "save_plan", False, _goes_on),
}
END_KILL_POINTS: Final[dict[str, KillPoint]] = {
    "ending, after the plan": _statement(_TOLD.change),
    "ending, after the event": _statement(*_TOLD.inserts),
    **{
        f"ending, after companion {number}": _statement(companion)
        for number, companion in enumerate(_TOLD.companions, 1)
    },
    "after the end of the ramp": KillPoint(_PLANS, "save_plan", False, _goes_on),
}

_ALL: Final = (
    APPROVE_KILL_POINTS
    | START_KILL_POINTS
    | CLAIM_KILL_POINTS
    | STEP_KILL_POINTS
    | END_KILL_POINTS
    | KILL_POINTS
    | FOLLOW_UP_KILL_POINTS
    | CANCEL_KILL_POINTS
    | OTHERS_KILL_POINTS
    | LOOK_KILL_POINTS
    | BOARD_KILL_POINTS
    | REMINDER_KILL_POINTS
    | NOTICE_KILL_POINTS
    | CHANGE_KILL_POINTS
    | EDIT_KILL_POINTS
    | CLOSE_KILL_POINTS
)


def points_on(kind: str, points: dict[str, KillPoint]) -> list[str]:
    """Return the points that there are on this kind of database."""
    inside = {name for name, point in points.items() if point.owner is sqlite}
    return [name for name in points if kind == _SQLITE or name not in inside]


def arm(name: str, number: int) -> None:
    """Make this process send itself a signal when it first comes to the point.

    SIGKILL ends it as a power cut would, SIGSTOP freezes it until somebody wakes it.
    """
    point = _ALL[name]
    function: Callable[..., Any] = getattr(point.owner, point.function)
    left = [number]

    def send_signal(*args: object) -> None:
        if left and point.meant(*args):
            os.kill(os.getpid(), left.pop())

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any function
        if point.before:
            send_signal(*args)
        result = await function(*args, **kwargs)
        if not point.before:
            send_signal(*args)
        return result

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any function
        result = function(*args, **kwargs)
        send_signal(*args)
        return result

    armed = awaited if inspect.iscoroutinefunction(function) else called
    setattr(point.owner, point.function, armed)
