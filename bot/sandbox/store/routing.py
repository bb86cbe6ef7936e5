"""Routing: which operation a method and a path ask for, in upper or lower case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "/store/v1.0/my/"


@dataclass(frozen=True)
class RouteMatch:
    """A matched path; `flight` and `submission` are "" where it names none."""

    operation: str
    app: str = ""
    flight: str = ""
    submission: str = ""


@dataclass(frozen=True)
class ApiCall:
    """One call of the API; the names in `query` are lower case.

    `origin` is the address of the server as the client has named it.
    """

    route: RouteMatch
    query: Mapping[str, str]
    body: bytes
    content_type: str | None
    origin: str = ""


# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services
_SUBMISSIONS = r"applications/(?P<app>[^/]+)(?:/flights/(?P<flight>[^/]+))?/submissions"
_FLIGHT = r"applications/(?P<app>[^/]+)/flights/(?P<flight>[^/]+)"
_ONE = rf"{_SUBMISSIONS}/(?P<submission>[^/]+)"
_TABLE = [
    ("GET", "apps", r"applications"),
    ("GET", "app", r"applications/(?P<app>[^/]+)"),
    ("GET", "flights", r"applications/(?P<app>[^/]+)/listflights"),
    ("GET", "flight", _FLIGHT),
    ("POST", "create_flight", r"applications/(?P<app>[^/]+)/flights"),
    ("DELETE", "delete_flight", _FLIGHT),
    ("POST", "create", _SUBMISSIONS),
    ("GET", "submission", _ONE),
    ("PUT", "update", _ONE),
    ("DELETE", "delete", _ONE),
    ("POST", "commit", rf"{_ONE}/commit"),
    ("GET", "status", rf"{_ONE}/status"),
    ("GET", "read", rf"{_ONE}/packagerollout"),
    ("POST", "set", rf"{_ONE}/updatepackagerolloutpercentage"),
    ("POST", "halt", rf"{_ONE}/haltpackagerollout"),
    ("POST", "finalize", rf"{_ONE}/finalizepackagerollout"),
]
_ROUTES = [(m, op, re.compile(p, re.IGNORECASE)) for m, op, p in _TABLE]


def match_route(method: str, path: str) -> RouteMatch | int:
    """Return the matched route, or the status 404 or 405 where none matches."""
    if not path.lower().startswith(PREFIX):
        return 404
    tail = path[len(PREFIX) :].rstrip("/")
    status = 404
    for route_method, operation, pattern in _ROUTES:
        match = pattern.fullmatch(tail)
        if match and route_method == method:
            names = {k: v for k, v in match.groupdict().items() if v}
            return RouteMatch(operation, **names)
        if match:
            status = 405
    return status
