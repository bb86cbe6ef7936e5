"""Control API of the local Store, for the sandbox page and for tests."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.sandbox.store import resources, switches
from bot.sandbox.store.fault_texts import describe_faults, describe_operations
from bot.sandbox.store.journal import SHOWN
from bot.sandbox.store.model import Submission, SubmissionSlot
from bot.sandbox.store.state import StoreState

# The journal holds fewer requests than any longer number.
MAX_DIGITS = 5
NOT_JSON = "Send a JSON object."
BAD_FIELD = "The field {name!r} must be {what}."

Action = Callable[[StoreState, dict[str, Any]], None]


class ControlRequestError(ValueError):
    """A control request that cannot be understood; its text is for the sender."""


def control_routes(state: StoreState) -> list[web.RouteDef]:
    """Return the routes under /sandbox/store/; the origin guard protects them."""

    async def show(request: web.Request) -> web.Response:
        most = request.query.get("requests", "")
        valid = most.isascii() and most.isdigit() and len(most) <= MAX_DIGITS
        shown = int(most) if valid else SHOWN
        return web.json_response(describe(state, shown))

    return [
        web.get("/sandbox/store/state", show),
        web.post("/sandbox/store/faults", _route_handler(state, _arm)),
        web.delete(
            "/sandbox/store/faults", _route_handler(state, _clear, reads_body=False)
        ),
        web.post("/sandbox/store/switches", _route_handler(state, _switch)),
        web.post("/sandbox/store/latency", _route_handler(state, _latency)),
        web.post("/sandbox/store/rollout", _route_handler(state, _publish)),
        web.post("/sandbox/store/partner-center", _route_handler(state, _change)),
        web.post(
            "/sandbox/store/reset", _route_handler(state, _reset, reads_body=False)
        ),
    ]


def describe(state: StoreState, most: int = SHOWN) -> dict[str, Any]:
    """Return everything the page shows of the Store, with the `most` last requests."""
    apps = []
    for app in state.catalogue.apps:
        flights = [
            {"id": f.id, "name": f.name, **_slot(f.slot, state)} for f in app.flights
        ]
        row = {"id": app.id, "name": app.name, **_slot(app.slot, state)}
        apps.append({**row, "flights": flights})
    choices = {
        name: {"choices": list(values), "about": switches.DESCRIPTIONS[name]}
        for name, values in switches.CHOICES.items()
    }
    return {
        "apps": apps,
        "faults": state.faults.to_json(),
        "switches": asdict(state.switches),
        "switch_choices": choices,
        "fault_choices": describe_faults(),
        "operations": describe_operations(),
        "latency": state.latency,
        "requests": state.journal.shown(most),
    }


def _slot(slot: SubmissionSlot, state: StoreState) -> dict[str, Any]:
    published, pending = slot.published, slot.pending
    return {
        "published": published and _submission(published, slot, state),
        "pending": pending and _submission(pending, slot, state),
    }


def _submission(
    one: Submission, slot: SubmissionSlot, state: StoreState
) -> dict[str, Any]:
    rollout = resources.rollout(one, slot, state.switches)
    row = {"id": one.id, "status": one.status, "versions": one.versions}
    return {**row, "rollout": rollout}


def _route_handler(
    state: StoreState, action: Action, *, reads_body: bool = True
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            action(state, await _body(request) if reads_body else {})
        except ValueError as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)
        return web.json_response({"ok": True})

    return handle


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        data = json.loads(await request.read())
    except ValueError as error:
        raise ControlRequestError(NOT_JSON) from error
    if not isinstance(data, dict):
        raise ControlRequestError(NOT_JSON)
    return data


def _arm(state: StoreState, data: dict[str, Any]) -> None:
    times = data.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool):
        raise ControlRequestError(BAD_FIELD.format(name="times", what="a whole number"))
    seconds = data.get("seconds")
    if seconds is not None:
        seconds = _number(data, "seconds")
    state.arm(_text(data, "operation"), _text(data, "fault"), times, seconds)


def _clear(state: StoreState, _data: dict[str, Any]) -> None:
    state.clear_faults()


def _switch(state: StoreState, data: dict[str, Any]) -> None:
    state.switch(**data)


def _latency(state: StoreState, data: dict[str, Any]) -> None:
    seconds = _number(data, "seconds")
    if not 0 <= seconds <= 60:  # noqa: PLR2004  # A minute is more than enough.
        raise ControlRequestError(BAD_FIELD.format(name="seconds", what="from 0 to 60"))
    state.latency = seconds


def _publish(state: StoreState, data: dict[str, Any]) -> None:
    percentage = data.get("percentage")
    if percentage is not None:
        percentage = _number(data, "percentage")
    state.publish(_text(data, "app"), _flight(data), percentage)


def _change(state: StoreState, data: dict[str, Any]) -> None:
    slot, verb = state.slot(_text(data, "app"), _flight(data)), _text(data, "verb")
    if "percentage" in data:
        state.change_slot(slot, verb, _number(data, "percentage"))
    else:
        state.change_slot(slot, verb)


def _reset(state: StoreState, _data: dict[str, Any]) -> None:
    state.reset()


def _flight(data: dict[str, Any]) -> str | None:
    return None if data.get("flight") is None else _text(data, "flight")


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise ControlRequestError(BAD_FIELD.format(name=name, what="text"))
    return value


def _number(data: dict[str, Any], name: str) -> float:
    value = data.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ControlRequestError(BAD_FIELD.format(name=name, what="a number"))
    return float(value)
