"""Static files of the sandbox page, with a strict Content-Security-Policy."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
# A fixed table, because the result of `mimetypes` depends on the machine, and a browser
# runs no module that has the wrong type.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# Nothing but our own files, no inline code, and no string ever becomes markup.
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "connect-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[web.RouteDef]:
    """Return the routes `/` (the page) and `/page/{name}` (its files, or a 404)."""
    return [web.get("/", _index), web.get("/page/{name}", _file)]


async def _index(_: web.Request) -> web.Response:
    return _response(FOLDER / "index.html")


async def _file(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    # The names come from the folder itself, so no path can lead out of it.
    known = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    if name not in known:
        raise web.HTTPNotFound
    return _response(known[name])


def _response(path: Path) -> web.Response:
    return web.Response(
        body=path.read_bytes(),
        content_type=TYPES[path.suffix],
        charset="utf-8",
        headers=HEADERS,
    )
