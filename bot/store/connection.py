"""Open the HTTP session that all calls to the Store share."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp


def open_session(base_url: str) -> aiohttp.ClientSession:
    """Open the session; whoever opens it closes it.

    A proxy named by HTTPS_PROXY or HTTP_PROXY is used unless NO_PROXY names the
    Store's host: the sign-in and Slack take the same variables, and a bot that
    reaches those two but not the Store would be of no use.
    """
    parts = urlsplit(base_url)
    passed_by = proxy_bypass(parts.hostname or "")
    return aiohttp.ClientSession(
        proxy=None if passed_by else getproxies().get(parts.scheme)
    )
