"""What the page and tests can do to the local Store: look, arm, switch, publish."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox.store import resources, switches
from bot.sandbox.store.faults import ABOUT, OPERATIONS
from bot.sandbox.store.journal import SHOWN

if TYPE_CHECKING:
    from bot.sandbox.store.local import LocalStore
    from bot.sandbox.store.model import Line, Submission

# More digits than the journal ever needs are no number of requests.
LONGEST = 5
NOT_JSON = "Send a JSON object."
BAD_FIELD = "The field {name!r} must be {what}."

Act = Callable[["LocalStore", dict[str, Any]], None]


class OrderError(ValueError):
    """An order that cannot be understood; the text is for the person who sent it."""


def control_routes(store: LocalStore) -> list[web.RouteDef]:
    """Give the routes under /sandbox/store/, which the server's door guards."""

    async def state(request: web.Request) -> web.Response:
        most = request.query.get("requests", "")
        sensible = most.isascii() and most.isdigit() and len(most) <= LONGEST
        shown = int(most) if sensible else SHOWN
        return web.json_response(describe(store, shown))

    return [
        web.get("/sandbox/store/state", state),
        web.post("/sandbox/store/faults", _order(store, _arm)),
        web.delete("/sandbox/store/faults", _order(store, _clear, reads_body=False)),
        web.post("/sandbox/store/switches", _order(store, _switch)),
        web.post("/sandbox/store/latency", _order(store, _latency)),
        web.post("/sandbox/store/rollout", _order(store, _publish)),
        web.post("/sandbox/store/reset", _order(store, _reset, reads_body=False)),
    ]


def describe(store: LocalStore, most: int = SHOWN) -> dict[str, Any]:
    """Give everything the page shows of the Store, with the `most` last requests."""
    apps = []
    for app in store.catalogue.apps:
        flights = [
            {"id": f.id, "name": f.name, **_line(f.line, store)} for f in app.flights
        ]
        row = {"id": app.id, "name": app.name, **_line(app.line, store)}
        apps.append({**row, "flights": flights})
    choices = {
        name: {"choices": list(values), "about": switches.ABOUT[name]}
        for name, values in switches.CHOICES.items()
    }
    return {
        "apps": apps,
        "faults": store.exchange.faults.to_json(),
        "switches": asdict(store.switches),
        "switch_choices": choices,
        "fault_choices": {fault.value: about for fault, about in ABOUT.items()},
        "operations": list(OPERATIONS),
        "latency": store.latency,
        "requests": store.exchange.journal.shown(most),
    }


def _line(line: Line, store: LocalStore) -> dict[str, Any]:
    published, pending = line.published, line.pending
    return {
        "published": published and _submission(published, line, store),
        "pending": pending and _submission(pending, line, store),
    }


def _submission(one: Submission, line: Line, store: LocalStore) -> dict[str, Any]:
    rollout = resources.rollout(one, line, store.switches)
    row = {"id": one.id, "status": one.status, "versions": one.versions}
    return {**row, "rollout": rollout}


def _order(
    store: LocalStore, act: Act, *, reads_body: bool = True
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            act(store, await _body(request) if reads_body else {})
        except ValueError as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        return web.json_response({"ok": True})

    return handle


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        data = json.loads(await request.read())
    except ValueError as error:
        raise OrderError(NOT_JSON) from error
    if not isinstance(data, dict):
        raise OrderError(NOT_JSON)
    return data


def _arm(store: LocalStore, data: dict[str, Any]) -> None:
    times = data.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool):
        raise OrderError(BAD_FIELD.format(name="times", what="a whole number"))
    seconds = data.get("seconds")
    if seconds is not None:
        seconds = _figure(data, "seconds")
    store.arm(_text(data, "operation"), _text(data, "fault"), times, seconds)


def _clear(store: LocalStore, _data: dict[str, Any]) -> None:
    store.clear_faults()


def _switch(store: LocalStore, data: dict[str, Any]) -> None:
    store.switch(**data)


def _latency(store: LocalStore, data: dict[str, Any]) -> None:
    seconds = _figure(data, "seconds")
    if not 0 <= seconds <= 60:  # noqa: PLR2004  # A minute is more than enough.
        raise OrderError(BAD_FIELD.format(name="seconds", what="from 0 to 60"))
    store.latency = seconds


def _publish(store: LocalStore, data: dict[str, Any]) -> None:
    flight = None if data.get("flight") is None else _text(data, "flight")
    percentage = data.get("percentage")
    if percentage is not None:
        percentage = _figure(data, "percentage")
    store.publish(_text(data, "app"), flight, percentage)


def _reset(store: LocalStore, _data: dict[str, Any]) -> None:
    store.reset()


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise OrderError(BAD_FIELD.format(name=name, what="text"))
    return value


def _figure(data: dict[str, Any], name: str) -> float:
    value = data.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise OrderError(BAD_FIELD.format(name=name, what="a number"))
    return float(value)
