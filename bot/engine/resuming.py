"""Resumption: an operation goes on in another process than the one that began it."""

import logging
from typing import Final

from bot.domain.log_fields import log_fields, operation_fields
from bot.engine.retrying import retry_storage
from bot.engine.runtime import STARTED_WITH, current

_RESUMED: Final = (
    "operation %s goes on after its process has ended: attempts sent so far: %d"
)

_log = logging.getLogger("bot.engine")


async def log_if_resumed(operation_id: str) -> None:
    """Log what was sent so far, where this process did not begin the operation."""
    if STARTED_WITH.get() is not None:
        return
    operations = current().dependencies.operations
    operation = await retry_storage(lambda: operations.get_operation(operation_id))
    if operation is not None:
        with log_fields(operation_fields(operation)):
            _log.warning(_RESUMED, operation_id, operation.attempts)
