"""Check of the access to the Store: whether the sign-in works, and a read.

A wrong or expired secret is found before somebody needs a halt. The check is shown, and
nothing waits for it: without the Store the bot still answers, and knows what it lacks.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from bot.domain.failures import BudgetSpentError, FailureDetail, StoreError

EVERY_SECONDS: Final = 3600.0
# Who has mended it need not wait an hour to see that.
AGAIN_SECONDS: Final = 300.0

_UNKNOWN: Final = "unknown"
_OK: Final = "ok"

_log = logging.getLogger("bot.store")


class CheckedStore(Protocol):
    """What is checked: the client of the Store."""

    async def check(self) -> None:
        """Sign in and read; raise StoreError where one of them fails."""
        ...


class AccessCheck:
    """The check, repeated for as long as `run` runs.

    `describe` returns the text of a failure; it names the setting that is wrong.
    """

    def __init__(
        self, store: CheckedStore, describe: Callable[[FailureDetail], str]
    ) -> None:
        self._store = store
        self._describe = describe
        self._found = _UNKNOWN

    @property
    def found(self) -> str:
        """`ok`, the code of the last failure, or `unknown` before the first check."""
        return self._found

    async def run(self) -> None:
        """Check now and every hour; sooner after a failure."""
        while True:
            pause = await self._check()
            await asyncio.sleep(pause)

    async def _check(self) -> float:
        """Check once; return how long to wait until the next time."""
        try:
            await self._store.check()
        except BudgetSpentError:
            # Others use the Store just now; that says nothing about the access.
            return AGAIN_SECONDS
        except StoreError as failure:
            self._found = failure.detail.code.value
            text = self._describe(failure.detail)
            _log.warning("the Store cannot be used: %s (%s)", text, self._found)
            return AGAIN_SECONDS
        if self._found not in {_OK, _UNKNOWN}:
            _log.info("the Store can be used again")
        self._found = _OK
        return EVERY_SECONDS
