"""The submission API: one function per operation, from a call to a response."""

from collections.abc import Callable

from bot.sandbox.store import resources, responses, submission_operations, transitions
from bot.sandbox.store.lookup import (
    TargetSubmission,
    find_app,
    find_flight,
    find_submission,
)
from bot.sandbox.store.paging import page_response
from bot.sandbox.store.percentages import read_percentage
from bot.sandbox.store.responses import ApiResponse, RequestRejectedError, json_response
from bot.sandbox.store.routing import ApiCall
from bot.sandbox.store.state import StoreState
from bot.sandbox.store.switches import Switches

# The operations that are sent with a POST or a PUT.
SENDING = ("set", "halt", "finalize", "create", "update", "commit", "create_flight")
BAD_PERCENTAGE = "The percentage must be a number between 0 and 100"


def execute(state: StoreState, call: ApiCall) -> ApiResponse:
    """Execute the call and return the Store's response; raises nothing."""
    try:
        if call.route.operation in SENDING:
            _require_json(state, call)
        return OPERATIONS[call.route.operation](state, call)
    except RequestRejectedError as rejection:
        return rejection.response


def _apps(state: StoreState, call: ApiCall) -> ApiResponse:
    rows = [resources.application(x, state.switches) for x in state.catalogue.apps]
    return page_response(rows, "applications", call.query, state.switches)


def _app(state: StoreState, call: ApiCall) -> ApiResponse:
    return json_response(
        resources.application(find_app(state, call.route), state.switches)
    )


def _flights(state: StoreState, call: ApiCall) -> ApiResponse:
    app = find_app(state, call.route)
    rows = [resources.flight(x, state.switches) for x in app.flights]
    # The slash before the query is the Store's own.
    link = f"applications/{app.id}/listflights/"
    return page_response(rows, link, call.query, state.switches)


def _flight(state: StoreState, call: ApiCall) -> ApiResponse:
    flight = find_flight(find_app(state, call.route), call.route)
    return json_response(resources.flight(flight, state.switches))


def _read(state: StoreState, call: ApiCall) -> ApiResponse:
    found = find_submission(state, call.route)
    return _rollout(state, found)


def _set(state: StoreState, call: ApiCall) -> ApiResponse:
    percentage = read_percentage(call.query.get("percentage"))
    if percentage is None:
        raise RequestRejectedError(_bad_percentage(state.switches))
    found = find_submission(state, call.route)
    transitions.set_percentage(found.submission, percentage, state.switches)
    return _rollout(state, found)


def _rollout(state: StoreState, found: TargetSubmission) -> ApiResponse:
    one = found.submission
    return json_response(resources.rollout(one, found.slot, state.switches))


def _halt(state: StoreState, call: ApiCall) -> ApiResponse:
    found = find_submission(state, call.route)
    transitions.halt(found.submission, state.switches)
    return _rollout(state, found)


def _finalize(state: StoreState, call: ApiCall) -> ApiResponse:
    found = find_submission(state, call.route)
    transitions.finalize(found.submission, state.switches)
    return _rollout(state, found)


OPERATIONS: dict[str, Callable[[StoreState, ApiCall], ApiResponse]] = {
    "apps": _apps,
    "app": _app,
    "flights": _flights,
    "flight": _flight,
    "submission": submission_operations.submission,
    "status": submission_operations.status,
    "read": _read,
    "set": _set,
    "halt": _halt,
    "finalize": _finalize,
    "create": submission_operations.create,
    "update": submission_operations.update,
    "commit": submission_operations.commit,
    "delete": submission_operations.delete,
    "create_flight": submission_operations.create_flight,
    "delete_flight": submission_operations.delete_flight,
}


def _require_json(state: StoreState, call: ApiCall) -> None:
    if call.content_type is None:
        strict = state.switches.post_without_content_type == "refused"
        wrong = strict or bool(call.body)
    else:
        media = call.content_type.partition(";")[0].strip().lower()
        wrong = media != "application/json"
    if wrong:
        raise responses.rejection(responses.ONLY_JSON, "mediaType")


def _bad_percentage(switches: Switches) -> ApiResponse:
    if switches.bad_percentage == "500":
        return responses.internal_error()
    status = int(switches.bad_percentage)
    return responses.invalid(BAD_PERCENTAGE, "percentage", status)
