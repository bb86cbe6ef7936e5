"""What watching has seen, in memory."""

from collections.abc import Sequence

from bot.domain.submissions import Target
from bot.domain.watching import WatchedTarget


class FakeObservations:
    """The watched targets that a test puts here."""

    def __init__(self) -> None:
        self.watched: dict[Target, WatchedTarget] = {}

    def put(self, watched: WatchedTarget) -> None:
        """Let a target be watched, and seen like this."""
        self.watched[watched.target] = watched

    async def list_observed(self, targets: Sequence[Target]) -> Sequence[WatchedTarget]:
        """Return those of the targets that are watched."""
        return [self.watched[one] for one in targets if one in self.watched]
