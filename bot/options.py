"""Options: the timing and the clock of a bot, which tests and benchmarks replace."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.engine import EngineTiming
from bot.service.readings import REUSE_FOR
from bot.service.rollouts import NOTICE_AFTER
from bot.slack.messages.translator import Translators
from bot.store import StoreTimeouts

# Seconds that running work may take at a shutdown. The first of them leave a load
# balancer time to see that /readyz has changed, before work is no longer accepted.
DRAIN_SECONDS: Final = 30.0
NOTICE_SECONDS: Final = 2.0
# The last of them are for closing the connections.
CLOSING_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """Timing and clock, which tests and benchmarks replace."""

    engine_timing: EngineTiming = field(default_factory=EngineTiming)
    store_timeouts: StoreTimeouts = field(default_factory=StoreTimeouts)
    reuse_readings_for: timedelta = REUSE_FOR
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    translators: Translators = field(default_factory=Translators)
    notice_seconds: float = NOTICE_SECONDS
    notice_after: float = NOTICE_AFTER
