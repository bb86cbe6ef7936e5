"""Run the bot until SIGTERM, shut down gracefully; set the limits of the process."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import resource
import signal
import sys
from collections.abc import Callable
from typing import Final

from bot import __version__
from bot.app import build_app
from bot.config import Settings
from bot.options import Options

# mallopt's parameter for the number of arenas that threads may spread over.
# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_ARENA_MAX: Final = -8
# macOS states no hard limit, and yet accepts no more than this.
_MOST_FILES_OF_MACOS: Final = 10_240

_log = logging.getLogger("bot")


def limit_malloc_arenas() -> None:
    """Make all threads share one malloc arena; call this before a thread starts.

    GNU's C library gives each thread an arena (a heap) of its own, so that threads
    need not wait for each other. Python's global lock makes them wait anyway, and an
    arena seldom returns the memory that it once took: after 10,000 operations that
    was 11 MB. Other C libraries do not know this setting; there is nothing to do then.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def raise_file_limit() -> None:
    """Let the process open as many files and connections as its hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if sys.platform == "darwin" and hard == resource.RLIM_INFINITY:
        hard = max(soft, _MOST_FILES_OF_MACOS)
    # A system that still refuses leaves us the limit that it gave.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def log_start(settings: Settings) -> None:
    """Log what starts, before anything can go wrong with it."""
    _log.info(
        "Rollout Bot %s starts: %s, %s, http://%s:%d",
        __version__,
        "Socket Mode" if settings.slack_app_token else "signed HTTP",
        "SQLite" if settings.database_url.startswith("sqlite:") else "PostgreSQL",
        settings.host,
        settings.port,
    )


async def run_until_stopped(
    settings: Settings,
    on_ready: Callable[[], None] = lambda: None,
    options: Options | None = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C; `on_ready` is called once it is ready."""
    raise_file_limit()
    bot = build_app(settings, options)
    # What was imported stays. Looking through all of it at each full collection would
    # stop the bot for 80 ms, perhaps between a click and its request to the Store.
    gc.freeze()
    await bot.start()
    stopped = stop_signal()
    _log.info("the bot listens on port %d", bot.port)
    on_ready()
    sys.stdout.flush()
    await stopped.wait()
    _log.info("shutting down: running operations are finished first")
    await bot.stop()


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM or Ctrl-C sets, instead of ending the process."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    return stopped
