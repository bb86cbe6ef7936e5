"""A port for a process that must be told its own before it starts."""

import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port that nobody uses at this moment, nor the one behind it.

    The sandbox takes both: one for its page, one for its sign-in.
    """
    while True:
        with socket.socket() as found, socket.socket() as behind:
            found.bind(("127.0.0.1", 0))
            port = int(found.getsockname()[1])
            with suppress(OSError):
                behind.bind(("127.0.0.1", port + 1))
                return port
