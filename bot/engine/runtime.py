"""The runtime of the workflows: what they work with in this process.

dbos calls plain functions by name, so what they need must be found by name too: the
one runtime that the engine has activated.
"""

import secrets
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.domain.operations import Operation
from bot.engine.jobs import Job
from bot.engine.running import RunningWorkflows
from bot.engine.timing import EngineTiming
from bot.service.executor import OperationExecutor
from bot.service.ports import Notifier
from bot.service.repositories import (
    OperationRepository,
    RetentionRepository,
)
from bot.service.request_repository import RequestRepository


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The parts that the composition root hands to the engine."""

    requests: RequestRepository
    operations: OperationRepository
    executor: OperationExecutor
    notifier: Notifier
    retention: RetentionRepository
    keep_for: timedelta
    # None keeps the events for good.
    keep_events_for: timedelta | None
    clock: Callable[[], datetime]
    timing: EngineTiming
    jobs: Sequence[Job] = ()
    # Takes the verb and the outcome of each operation that has ended.
    on_end: Callable[[str, str], None] = lambda *_: None


@dataclass(frozen=True, slots=True)
class Runtime:
    """The dependencies, the workflows that run, and which launch of the process it is.

    Build it on the engine's event loop.
    """

    dependencies: Dependencies
    running: RunningWorkflows = field(default_factory=RunningWorkflows)
    launch_id: str = field(default_factory=lambda: secrets.token_hex(8))
    _begun_posts: set[str] = field(default_factory=set)

    def begin_post(self, operation_id: str, executed_in: str) -> bool:
        """Return whether the result may be in the thread already; record this post.

        `executed_in` is the launch in which the change was executed: a result that
        another launch may have posted is searched for in the thread first.
        """
        before = executed_in != self.launch_id or operation_id in self._begun_posts
        self._begun_posts.add(operation_id)
        return before

    def end_post(self, operation_id: str) -> None:
        """Forget the record: nothing is left to be posted."""
        self._begun_posts.discard(operation_id)


# The operation as the starter of a workflow has it in hand: one read less on the way of
# a press. A workflow that goes on after a crash finds nothing here.
STARTED_WITH: Final = ContextVar[Operation | None]("started_with", default=None)

_ACTIVE: Final[dict[str, Runtime]] = {}
_KEY: Final = "engine"


def activate(dependencies: Dependencies) -> Runtime:
    """Build the runtime of this process and return it; on the engine's event loop."""
    _ACTIVE[_KEY] = runtime = Runtime(dependencies)
    return runtime


def deactivate() -> None:
    """Forget the runtime: the engine is stopped."""
    _ACTIVE.pop(_KEY, None)


def current() -> Runtime:
    """Return the active runtime. Raises RuntimeError before the engine's launch."""
    if _KEY not in _ACTIVE:
        raise RuntimeError("the engine is not launched")
    return _ACTIVE[_KEY]
