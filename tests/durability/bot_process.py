"""The real bot as a process that can be told where to die; a nursery forks each.

    python bot_process.py  reads one order a line (JSON), answers each with a process id

The nursery imports the bot once, so that a process more costs milliseconds and every
test can afford its own.
"""

import asyncio
import functools
import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from bot import logs
from bot.app import Options, build_app
from bot.config import Settings
from bot.db.repositories import Repositories
from bot.domain.requests import Request, RequestState
from bot.engine import Engine, EngineTiming
from bot.service import OperationExecutor
from bot.slack.outbox.messenger import Messenger
from bot.store import StoreClient

# The bot's own waits, on a scale of time on which a minute takes half a second.
FAST: Final = EngineTiming(
    looks=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.5, 1, 1, 1),
    longest_retry_after=0.5,
    follow_ups=(1.0,) * 10,
    slack=(0.02, 0.2),
    memory=0.05,
    sweep=0.2,
    stranded=0.6,
    beat=0.2,
    settling=0.5,
    frozen=1.5,
)

Method = Callable[..., Awaitable[Any]]


def _always(*_: object) -> bool:
    return True


def _finished(_: object, request: Request, *__: object) -> bool:
    return request.state is RequestState.FINISHED


def _confirmed(_: object, request: Request, *__: object) -> bool:
    return request.state is RequestState.CONFIRMED


# Where one may die: the method, whether before or after it, and at which of its calls.
POINTS: Final[dict[str, tuple[type, str, bool, Callable[..., bool]]]] = {
    "after the claim": (Repositories, "confirm_request", False, _always),
    "before the workflow starts": (Engine, "start_operation", True, _confirmed),
    "after the workflow starts": (Engine, "start_operation", False, _confirmed),
    "before the buttons go": (Messenger, "show_card", True, _confirmed),
    "after the buttons went": (Messenger, "show_card", False, _confirmed),
    "before the act": (OperationExecutor, "act", True, _always),
    "before the note": (Repositories, "begin_attempt", True, _always),
    "between note and request": (Repositories, "begin_attempt", False, _always),
    "after the answer": (StoreClient, "change_rollout", False, _always),
    "before the act is kept": (OperationExecutor, "act", False, _always),
    "before the record": (Repositories, "finish_request", True, _always),
    "after the record": (Repositories, "finish_request", False, _always),
    "before the card": (Messenger, "show_card", True, _finished),
    "after the card": (Messenger, "show_card", False, _finished),
    "before the message": (Messenger, "post_result", True, _always),
    "after the message": (Messenger, "post_result", False, _always),
    "before the close": (Repositories, "close_request", True, _always),
    "after the close": (Repositories, "close_request", False, _always),
}

# Places that only an outcome comes to that stays unknown.
LATER: Final[dict[str, tuple[type, str, bool, Callable[..., bool]]]] = {
    "before it gives up": (Messenger, "post_given_up", True, _always),
    "after it gave up": (Messenger, "post_given_up", False, _always),
}


def arm(point: str, number: int) -> None:
    """Make this process send itself a signal when it first comes to the point.

    SIGKILL ends it as a power cut would, SIGSTOP freezes it until somebody wakes it.
    """
    kind, name, early, meant = (POINTS | LATER)[point]
    method: Method = getattr(kind, name)

    left = [number]

    def strike(*args: object) -> None:
        if left and meant(*args):
            os.kill(os.getpid(), left.pop())

    @functools.wraps(method)
    async def deadly(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any method
        if early:
            strike(*args)
        result = await method(*args, **kwargs)
        strike(*args)
        return result

    setattr(kind, name, deadly)


def break_down(name: str, times: int) -> None:
    """Make a method of the messenger fail with a bug, `times` times."""
    method: Method = getattr(Messenger, name)
    left = [times]

    @functools.wraps(method)
    async def faulty(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any method
        if _finished(*args) and left[0] > 0:
            left[0] -= 1
            raise KeyError("a bug of ours")
        return await method(*args, **kwargs)

    setattr(Messenger, name, faulty)


async def run(settings: Settings, options: Options, patience: float) -> None:
    """Run the bot until SIGTERM."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    bot = build_app(settings, options)
    await bot.start()
    Path(os.environ["PORT_FILE"]).write_text(str(bot.port))  # noqa: ASYNC240 - once
    await stopped.wait()
    await bot.stop(patience)


def live(order: dict[str, Any]) -> None:
    """Be the bot, in the process that was just forked."""
    with Path(order["log"]).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.update(order["env"])
    if order.get("point"):
        arm(order["point"], order.get("signal", signal.SIGKILL))
    if order.get("bug"):
        break_down(*order["bug"])
    settings = Settings.from_env(os.environ)
    logs.set_up("INFO", "text", settings.secrets)
    pace = EngineTiming(**order["pace"]) if order.get("pace") else FAST
    options = Options(pace=pace, notice_seconds=order.get("notice", 0.1))
    asyncio.run(run(settings, options, order.get("patience", 10.0)))


def nurse() -> None:
    """Fork a process for every line that comes; end when no more can come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is imported stays, and a fork need neither look through it nor copy it.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            code = 1
            try:
                live(json.loads(line))
                code = 0
            except BaseException:
                traceback.print_exc()
                raise
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)  # noqa: T201 - the answer to the order


if __name__ == "__main__":
    nurse()
