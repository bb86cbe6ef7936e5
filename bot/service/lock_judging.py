"""Locks at the press of a card: whether one holds the change at that moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import AloneReasonNeeded, Judgement
from bot.domain.lock_outcomes import Locked
from bot.domain.locks import held
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import Asker, Request
from bot.domain.verbs import Verb
from bot.service.lock_repository import LockRepository

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LockJudge:
    """Judges presses by the locks. Every method raises StorageUnavailable."""

    locks: LockRepository
    clock: Callable[[], datetime]

    async def judge(
        self, request: Request, judged: Judgement | T, presser: Asker
    ) -> Judgement | T | Locked:
        """Return what was judged, with the locks that were; or which of them hold.

        A halt is never held, and nothing is read for it. The locks are read last, and
        judged by the clock of that moment, for Slack may have been slow to say who
        pressed; the press is stored only where no other lock has come since.
        """
        if request.change.verb is Verb.HALT or not _would_count(judged):
            return judged
        target, workspace = request.snapshot.ref.target, request.place.workspace
        found = await self.locks.locks_on(workspace, target, presser.at)
        if holding := held(found, self.clock()):
            app = ResolvedTarget(target, request.alias)
            return Locked(request.change.verb, (app,), holding, request)
        if isinstance(judged, Judgement):
            return replace(judged, locks=tuple(lock.id for lock in found))
        return judged


def _would_count(judged: object) -> bool:
    """Return whether the press counts, or would with a reason, which is asked next."""
    if isinstance(judged, PressRefused):
        return isinstance(judged.refusal, AloneReasonNeeded)
    return isinstance(judged, Judgement)
