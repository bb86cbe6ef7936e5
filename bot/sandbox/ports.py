"""Ports of the sandbox: which may be named, and what is wrong with one."""

import errno
import socket
from typing import Final

HOST: Final = "127.0.0.1"
PORT: Final = 3333
LAST_PORT: Final = 65535
TAKEN: Final = (
    "Port {port} is taken by another program, perhaps by another sandbox. "
    "Stop that one, or choose another port."
)
FORBIDDEN: Final = (
    "This account may not use port {port}. Choose one above 1023, such as 3333."
)
IMPOSSIBLE: Final = "{port} is not a port. A port is a number from 0 to 65535."
UNUSABLE: Final = "Port {port} cannot be used: {why}. Choose another port."


class PortError(OSError):
    """The wanted port cannot be used; the message says what to do."""


def listen(port: int) -> socket.socket:
    """Listen on a port of loopback. Raises PortError."""
    if not 0 <= port <= LAST_PORT:
        raise PortError(IMPOSSIBLE.format(port=port))
    try:
        # Without reuse_port, so that a second sandbox on the same port is noticed.
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise port_error(error, port) from error


def port_error(error: OSError, port: int) -> PortError:
    """Return what a person is told of a port that cannot be used."""
    known = {errno.EADDRINUSE: TAKEN, errno.EACCES: FORBIDDEN}
    text = known.get(error.errno or 0, UNUSABLE)
    return PortError(text.format(port=port, why=error.strerror))
