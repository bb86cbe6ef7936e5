"""HTTP server: connections with limits, and checks that concurrent callers share."""

from bot.web.server import HttpServer
from bot.web.shared_check import SharedCheck

__all__ = ["HttpServer", "SharedCheck"]
