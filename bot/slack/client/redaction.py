"""Log redaction: loggers for Slack's libraries that keep bodies and tickets out."""

import logging
import re
from typing import Final

# The address of a Socket Mode connection carries the ticket that opens it.
_ADDRESS: Final = re.compile(r"wss?://\S+")


class _WithoutAddresses(logging.Filter):
    """Removes addresses, and tracebacks that may hold them, from a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record passes."""
        record.msg = _ADDRESS.sub("(address)", record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            record.msg += f" ({record.exc_info[0].__name__})"
        record.exc_info = record.exc_text = None
        return True


_WITHOUT_ADDRESSES: Final = _WithoutAddresses()


def redacted_logger(name: str, level: int = logging.WARNING) -> logging.Logger:
    """Return a logger for a library that logs whole bodies below `level`.

    The level is set on the logger itself, so that LOG_LEVEL=DEBUG does not reach it.
    """
    logger = logging.getLogger(name)
    logger.setLevel(max(level, logging.INFO))
    if _WITHOUT_ADDRESSES not in logger.filters:
        logger.addFilter(_WITHOUT_ADDRESSES)
    return logger
