"""The board of a rollout: how it stands, and in the end how it went."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.boards import Board, BoardEnd
from bot.domain.events import EventKind
from bot.domain.locks import held
from bot.domain.rollout import UNREAD
from bot.domain.verbs import Phase
from bot.domain.watching import WatchedTarget
from bot.slack.messages.blocks import Message, context, note, section
from bot.slack.messages.board_buttons import board_buttons
from bot.slack.messages.board_ramps import ramp_lines, ramp_started
from bot.slack.messages.charts import percentage_chart
from bot.slack.messages.escape import code, mention
from bot.slack.messages.locks import lock_lines
from bot.slack.messages.phrases import ago, at, bar, state, target_name
from bot.slack.messages.ramp_buttons import ramp_row
from bot.slack.messages.translator import N_, Translator

_BY_BOT: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 The rollout of *{app}* was halted at {percentage} by {who}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ The rollout of *{app}* was finalized at {percentage} by {who}."
        ),
    }
)
_ELSEWHERE: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 The rollout of *{app}* was halted at {percentage}, outside Rollout Bot."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ The rollout of *{app}* was finalized at {percentage}, outside Rollout "
            "Bot."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "A newer submission of *{app}* has taken the place of this one, which was "
            "at {percentage}."
        ),
    }
)


def board_message(t: Translator, board: Board, now: datetime) -> Message:
    """Draw the board of a rollout that goes on, with a button for what can be done."""
    watched = board.watched
    seen = watched.seen if watched else None
    rollout = seen.rollout if seen else UNREAD
    app = _name(t, board)
    text = t.gettext("Rollout of {app}: {state}.", app=app, state=state(t, rollout))
    head = f"*{app}*\n{bar(rollout)}*{state(t, rollout)}*"
    plan, locks = board.plan, held(board.locks, now)
    ramp = () if plan is None else ramp_lines(t, plan, board.locks, now)
    details = _details(t, board, watched)
    if plan is not None:
        details = (*details, ramp_started(t, plan))
    blocks: list[Block] = [
        section("\n".join((head, *ramp, *lock_lines(t, locks)))),
        context(" · ".join(details)),
    ]
    if board.verbs:
        blocks.append(board_buttons(t, board.ref.target, board.verbs))
    if plan is not None:
        # It stands below **Halt…**, which beats it.
        going = rollout.percentage if rollout.phase is Phase.IN_PROGRESS else None
        blocks += ramp_row(t, plan, going)
    return Message(text, tuple(blocks))


def closed_board_message(
    t: Translator, board: Board, end: BoardEnd, *, with_chart: bool = True
) -> Message:
    """Draw the board of a rollout that is over: how it ended, and how it went.

    Some clients of Slack know no charts, so it can be drawn without.
    """
    text = _ending(t, board, end)
    period = t.gettext(
        "From {begin} to {end}", begin=at(end.points[0][0]), end=at(end.points[-1][0])
    )
    small = context(f"{_submission(t, board)} · {period}")
    chart = percentage_chart(t, end.points) if with_chart else None
    return Message(text, (section(text), small, *((chart,) if chart else ())))


def refused_board_message(t: Translator, board: Board, now: datetime) -> Message:
    """Draw what a channel could not be shown, for one person."""
    return note(board_message(t, board, now).text)


def _ending(t: Translator, board: Board, end: BoardEnd) -> str:
    percentage = t.percent(end.percentage)
    app, change = _name(t, board), end.change
    if change is None:
        return t.gettext(
            "This channel no longer follows *{app}*. Its rollout was at {percentage} "
            "when I last looked.",
            app=app,
            percentage=percentage,
        )
    by_bot = change.by_bot and change.kind in _BY_BOT
    sentence = (_BY_BOT if by_bot else _ELSEWHERE)[change.kind]
    who = mention(t, change.actor)
    return t.gettext(sentence, app=app, percentage=percentage, who=who)


def _details(
    t: Translator, board: Board, watched: WatchedTarget | None
) -> tuple[str, ...]:
    """Return the submission, since when it is so, how old that is, and the draft."""
    parts = [_submission(t, board)]
    if watched is None:
        return tuple(parts)
    if watched.since is not None:
        since = at(watched.since)
        parts.append(
            t.gettext("since {time}", time=since)
            if watched.changed_at is not None
            else t.gettext("seen so since {time}", time=since)
        )
    if watched.looked_at is not None:
        parts.append(t.gettext("as of {ago}", ago=ago(watched.looked_at)))
    pending = watched.seen.pending_id if watched.seen else None
    if pending is not None:
        parts.append(t.gettext("draft {id} waits behind it", id=code(pending)))
    return tuple(parts)


def _submission(t: Translator, board: Board) -> str:
    return t.gettext("submission {id}", id=code(board.ref.submission_id))


def _name(t: Translator, board: Board) -> str:
    return target_name(t, board.ref.target, board.app_name, board.flight_name)
