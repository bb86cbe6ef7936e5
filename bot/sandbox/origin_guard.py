"""Origin guard: middleware that admits only this machine and the sandbox's own page."""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

NOT_LOOPBACK = "The sandbox answers only under a name of this very machine."
FOREIGN_PAGE = "Another web page asked for this. The sandbox answers only its own page."

# "none" is an address that a person typed. "same-site" is not our own page: it may be
# that of any other port of this machine.
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
OWN_SITES = ("same-origin", "none")


@web.middleware
async def guard_origin(
    request: web.Request,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> web.StreamResponse:
    """Answer 403 unless the Host is loopback and the page that asks, if any, our own.

    The Host check stops DNS rebinding: a foreign name that was made to point here. The
    Origin check stops a foreign page that posts here from the person's own browser. The
    GET of an image or a frame carries no Origin, but a Sec-Fetch-Site; clients that are
    no browser send neither.
    """
    if not is_loopback(request.headers.get("Host", "")):
        return _forbidden(NOT_LOOPBACK)
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.headers['Host']}":
        return _forbidden(FOREIGN_PAGE)
    site = request.headers.get("Sec-Fetch-Site", OWN_SITES[0])
    if site not in OWN_SITES and not _is_link_to_page(request):
        return _forbidden(FOREIGN_PAGE)
    return await handler(request)


def is_loopback(host: str) -> bool:
    """Return whether a Host header, with or without a port, names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_link_to_page(request: web.Request) -> bool:
    """Return whether a person followed a link elsewhere that leads to our page."""
    followed = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return followed and request.method == "GET" and request.path == "/"


def _forbidden(sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=403)
