"""HTTP server: connections with limits, and checks that concurrent callers share."""

from bot.web.server import AddressError, HttpServer, check_host
from bot.web.shared_check import SharedCheck

__all__ = ["AddressError", "HttpServer", "SharedCheck", "check_host"]
