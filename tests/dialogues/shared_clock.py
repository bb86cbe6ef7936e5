"""The sandbox's clock as the bot's, as `python -m bot sandbox` has it."""

from datetime import timedelta

from bot.sandbox.clock import SandboxClock
from tests.slack_users import Clock


class SharedClock(Clock):
    """A clock that a test and the page's buttons both set forward."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        clock.movable = True

    @property
    def ahead(self) -> timedelta:
        """How far the clock is ahead of the real time."""
        return self._clock.ahead

    @ahead.setter
    def ahead(self, ahead: timedelta) -> None:
        self._clock.advance(ahead - self._clock.ahead)
