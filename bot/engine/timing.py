"""Timing of the engine: pauses, intervals and timeouts, in seconds."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """The pauses that a workflow is started with, and keeps for its whole life.

    A replica with other pauses in its code must still take the same steps.
    """

    retry_pauses: tuple[float, ...]
    longest_retry_after: float
    show_wait_from: float
    follow_up_pauses: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "RetryPlan":
        """Return the plan that `to_json` wrote."""
        pauses = {
            name: tuple(data[name]) for name in ("retry_pauses", "follow_up_pauses")
        }
        return cls(**{**data, **pauses})


@dataclass(frozen=True, slots=True)
class EngineTiming:
    """How long the engine waits, in seconds.

    `retry_pauses` come before each further attempt, about two minutes in all, and
    after the last of them nothing more is sent; the Store and Slack may ask for longer
    ones, up to `longest_retry_after`; a wait of `show_wait_from` or longer is shown on
    the card, and so is a further attempt that takes longer than `show_try_after`;
    `follow_up_pauses` are those after an Unknown, about an hour;
    `slack_pauses` the first and the longest pause before Slack is tried again,
    `storage_pause` the first before the database is; `sweep_interval` how often cards
    that ran out are looked for, and `stranded_after` after how long an operation that
    shows no end is started again.

    For replicas: each sends a heartbeat, and looks for those of the others, every
    `heartbeat_interval`. One that sent none for `heartbeat_timeout` is taken for dead;
    that has to be longer than MAX_PAUSE_BEFORE_WRITE, so that one that wakes sends
    nothing. One whose event loop has not run for `event_loop_timeout` sends none.
    `grace_period` is how long a replica leaves the others time to reconnect after the
    database has started or its own session was lost.
    """

    retry_pauses: tuple[float, ...] = (0.5, 1, 2, 4, 8, 15, 30, 60)
    longest_retry_after: float = 120.0
    show_wait_from: float = 2.0
    show_try_after: float = 3.0
    follow_up_pauses: tuple[float, ...] = (15, 30, 60, 120, 240, 480, 900, 1800)
    slack_pauses: tuple[float, float] = (1.0, 60.0)
    storage_pause: float = 0.5
    sweep_interval: float = 3.0
    stranded_after: float = 5.0
    heartbeat_interval: float = 0.3
    heartbeat_timeout: float = 2.5
    event_loop_timeout: float = 8.0
    grace_period: float = 6.0

    @property
    def plan(self) -> RetryPlan:
        """The part that a workflow carries with it."""
        return RetryPlan(
            self.retry_pauses,
            self.longest_retry_after,
            self.show_wait_from,
            self.follow_up_pauses,
        )
