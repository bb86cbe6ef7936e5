"""Fork server: starts each bot of a test as a process of its own, in milliseconds.

    python bot_process.py     reads one order a line (JSON), answers with a process id

It imports the bot once and forks, so that every test can afford its own processes. An
order says what the process does besides: where it is killed, and what fails in it.
"""

import asyncio
import ctypes
import functools
import gc
import importlib
import json
import math
import os
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dbos import DBOS
from dbos._dbos import _get_or_create_dbos_registry

from bot import logs
from bot.app import build_app
from bot.config import Settings
from bot.engine import EngineTiming, workflows
from bot.options import Options
from bot.slack.outbox.messenger import Messenger
from tests.durability.kill_points import arm

# The bot's own waits, on a scale of time on which a minute takes half a second.
FAST: Final = EngineTiming(
    retry_pauses=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.5, 1, 1, 1),
    longest_retry_after=0.5,
    follow_up_pauses=(1.0,) * 10,
    slack_pauses=(0.02, 0.2),
    storage_pause=0.05,
    sweep_interval=0.2,
    job_interval=math.inf,
    stranded_after=0.6,
    heartbeat_interval=0.2,
    grace_period=0.5,
    heartbeat_timeout=1.5,
    event_loop_timeout=4.0,
)

# What a bot imports only once it knows its database: here before the forks.
IMPORTED_BY_A_START: Final = (
    "dbos._sys_db_postgres",
    "dbos._sys_db_sqlite",
)


# These signals keep the event loop busy for so long, or for ever.
BUSY: Final = signal.SIGUSR1
BUSY_SECONDS: Final = 2.5
_HELD_MICROSECONDS: Final = 5_000
HANGS: Final = signal.SIGUSR2
# This one arms the kill point that POINT_FILE names.
ARM: Final = signal.SIGHUP


def be_busy(number: int, _: object) -> None:
    """Keep the thread of the event loop, and hold the interpreter as well.

    A function of a `PyDLL` keeps the interpreter's lock, and needs no processor here.
    """
    end = time.monotonic() + (BUSY_SECONDS if number == BUSY else 3600)
    library = ctypes.PyDLL(None)
    while time.monotonic() < end:
        library.usleep(_HELD_MICROSECONDS)


# What the names of all workflows end in, in the version after this one.
NEXT: Final = "-next"


def become_next_version() -> None:
    """Rename every workflow, as a version does that has changed all of them."""
    known = _get_or_create_dbos_registry().workflow_info_map
    for name in list(known):
        function = known.pop(name).__orig_func  # type: ignore[attr-defined]
        renamed = DBOS.workflow(name=f"{name}{NEXT}")(function)
        setattr(workflows, function.__name__, renamed)
    workflows.FOLLOW_UP = f"{workflows.FOLLOW_UP}{NEXT}"  # type: ignore[misc]
    workflows.NAMES = frozenset(known)  # type: ignore[misc]


def arm_ordered() -> None:
    """Arm the kill point that was ordered; the file is gone once that is done."""
    file = Path(os.environ["POINT_FILE"])
    arm(*json.loads(file.read_text()))
    file.unlink()


def fail(name: str, times: int) -> None:
    """Make a method of the messenger fail with a bug, `times` times."""
    method: Callable[..., Awaitable[Any]] = getattr(Messenger, name)
    left = [times]

    @functools.wraps(method)
    async def failing(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any method
        if left[0] > 0:
            left[0] -= 1
            raise KeyError("a bug of ours")
        return await method(*args, **kwargs)

    setattr(Messenger, name, failing)


async def run(settings: Settings, options: Options, drain_seconds: float) -> None:
    """Run the bot until SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.add_signal_handler(ARM, arm_ordered)
    signal.signal(BUSY, be_busy)
    signal.signal(HANGS, be_busy)
    bot = build_app(settings, options)
    await bot.start()
    Path(os.environ["PORT_FILE"]).write_text(str(bot.port))  # noqa: ASYNC240 - once
    await stopped.wait()
    await bot.stop(drain_seconds)


def run_bot(order: dict[str, Any]) -> None:
    """Be the bot, in the process that was just forked."""
    with Path(order["log"]).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.update(order["env"])
    if order.get("point"):
        arm(order["point"], order.get("signal", signal.SIGKILL))
    if order.get("next_version"):
        become_next_version()
    if order.get("bug"):
        fail(*order["bug"])
    settings = Settings.from_env(os.environ)
    logs.set_up("INFO", "text", settings.secrets)
    timing = EngineTiming(**order["timing"]) if order.get("timing") else FAST
    ahead = timedelta(seconds=order.get("ahead", 0.0))
    options = Options(
        engine_timing=timing,
        clock=lambda: datetime.now(UTC) + ahead,
        notice_seconds=order.get("notice", 0.1),
    )
    asyncio.run(run(settings, options, order.get("drain_seconds", 10.0)))


def serve() -> None:
    """Fork a process for every line that comes; end when no more can come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in IMPORTED_BY_A_START:
        importlib.import_module(name)
    # What is imported stays, and a fork need neither look through it nor copy it.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = 1
            try:
                run_bot(json.loads(line))
                code = 0
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)  # noqa: T201 - the answer to the order


if __name__ == "__main__":
    serve()
