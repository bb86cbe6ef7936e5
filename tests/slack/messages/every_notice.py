"""Every notice that a channel can be sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.domain.events import EventKind, operation_ended
from bot.domain.notices import Notice
from bot.domain.operations import Operation
from bot.domain.reminders import Reminder, reminder_event
from bot.domain.requests import Place
from bot.domain.results import Done
from bot.domain.rollout import IN_PROGRESS, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget, change_event

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
TARGET: Final = Target("main", "9NBLGGH4R315", "7bfc11d5")
REF: Final = SubmissionRef(TARGET, "1152921504621230023")
GOING: Final = Rollout(True, 10.0, IN_PROGRESS)
KINDS: Final = (
    EventKind.PERCENTAGE_CHANGED,
    EventKind.ROLLOUT_HALTED,
    EventKind.ROLLOUT_FINALIZED,
    EventKind.ROLLOUT_REPLACED,
)
REMINDERS: Final = (
    EventKind.ROLLOUT_STUCK,
    EventKind.ROLLOUT_NOT_FINALIZED,
    EventKind.DRAFT_BLOCKED,
    EventKind.STORE_UNREADABLE,
    EventKind.STORE_READABLE,
)


def every_notice(
    name: str, person: str, rollouts: Sequence[Rollout]
) -> Iterator[Notice]:
    """Return a notice of each kind, for each state, alone and with what came after."""
    alone = [*_alone(name, person, rollouts)]
    yield from alone
    raised = next(one for one in alone if one.kind is EventKind.PERCENTAGE_CHANGED)
    for last in alone:
        yield replace(raised, later=(last,))
        yield replace(last, later=(last,) * 50)


def _alone(name: str, person: str, rollouts: Sequence[Rollout]) -> Iterator[Notice]:
    before = Snapshot(REF, name, name, GOING)
    operation = Operation("o1", REF, Change(Verb.HALT), GOING, person, NOON)
    for kind in KINDS:
        for after in rollouts:
            seen = replace(before, rollout=after)
            for known in (before, None):
                watched = WatchedTarget(TARGET, 1, known, NOON)
                event = change_event(kind, watched, seen, NOON)
                yield Notice(1, Place("T1", "C1"), event, name, name)
    for after in rollouts:
        event = operation_ended(operation, Done(GOING, after), NOON)
        yield Notice(1, Place("T1", "C1"), event, name, name)


def every_reminder(name: str, rollouts: Sequence[Rollout]) -> Iterator[Notice]:
    """Return a reminder of each kind, for each state, with and without a group."""
    for kind in REMINDERS:
        for rollout in rollouts:
            seen = Snapshot(REF, name, name, rollout, pending_id=REF.submission_id)
            watched = WatchedTarget(TARGET, 1, seen, NOON, NOON, failing_since=NOON)
            event = reminder_event(Reminder(kind, NOON, "key"), watched, NOON)
            for group in (None, "S0RELEASES"):
                yield Notice(1, Place("T1", "C1"), event, name, name, mention=group)
