"""Routing: which operation a method and a path ask for, in upper or lower case."""

import re
from dataclasses import dataclass

PREFIX = "/store/v1.0/my/"


@dataclass(frozen=True)
class RouteMatch:
    """A matched path; `flight` and `submission` are "" where it names none."""

    operation: str
    app: str = ""
    flight: str = ""
    submission: str = ""


# https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services
_SUBMISSIONS = r"applications/(?P<app>[^/]+)(?:/flights/(?P<flight>[^/]+))?/submissions"
_ONE = rf"{_SUBMISSIONS}/(?P<submission>[^/]+)"
_TABLE = [
    ("GET", "apps", r"applications"),
    ("GET", "app", r"applications/(?P<app>[^/]+)"),
    ("GET", "flights", r"applications/(?P<app>[^/]+)/listflights"),
    ("GET", "flight", r"applications/(?P<app>[^/]+)/flights/(?P<flight>[^/]+)"),
    ("POST", "create", _SUBMISSIONS),
    ("GET", "submission", _ONE),
    ("DELETE", "delete", _ONE),
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
