"""Ports for servers that must be told theirs before they start."""

import random
import socket
from typing import Final

# Below the ports that Linux gives to connections: one of those may be taken at any
# moment between the choice of a port here and the start of the server.
_FIRST: Final = 15_000
_LAST: Final = 32_000


def free_port() -> int:
    """Return a port that nobody listens on at this moment, nor on the one after it."""
    while True:
        port = random.randrange(_FIRST, _LAST)  # noqa: S311 - a port is no secret
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
