"""A port for a process that must be told its own before it starts."""

import socket


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
