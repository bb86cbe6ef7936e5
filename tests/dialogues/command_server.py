"""Fork server for commands of `python -m bot`, each in a process of its own.

Importing the bot takes two seconds of a processor. This process has done it once, and
forks for each order: JSON, with a connection and the files for standard output and
standard error. On the connection it answers with the number of the process, and with
its exit status once it has ended.
"""

import gc
import importlib
import json
import os
import resource
import signal
import socket
import sys
import time
from typing import Any, Final

from bot.__main__ import main

# What a command imports only when it runs: here before the forks.
IMPORTED_BY_COMMANDS: Final = (
    "alembic.ddl.postgresql",
    "bot.doctor",
    "bot.sandbox_command",
    "dbos._sys_db_postgres",
    "dbos._sys_db_sqlite",
)
_LONGEST: Final = 2**16


def serve(orders: socket.socket) -> None:
    """Fork for every order; end when nobody can send one any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in IMPORTED_BY_COMMANDS:
        importlib.import_module(name)
    # What is imported stays, and a fork need neither look through it nor copy it.
    gc.collect()
    gc.freeze()
    while True:
        order, files, _, _ = socket.recv_fds(orders, _LONGEST, 3)
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            keep(json.loads(order), *files)
        for file in files:
            os.close(file)


def keep(order: dict[str, Any], connection: int, *files: int) -> None:
    """Run the command in a further process, and report how it ends."""
    pid = os.fork()
    if pid == 0:
        os.close(connection)
        be_the_command(order, files)
    for file in files:
        os.close(file)
    os.write(connection, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(connection, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def be_the_command(order: dict[str, Any], files: tuple[int, ...]) -> None:
    """Be `python -m bot` with the arguments, environment, folder and limits given."""
    with open(os.devnull) as nothing:  # noqa: PTH123 - no path of ours
        for number, file in enumerate((nothing.fileno(), *files)):
            os.dup2(file, number)
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["folder"])
    for name, most in order["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    sys.exit(main(order["arguments"]))


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
