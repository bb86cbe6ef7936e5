"""The submission API: one function per operation, from a call to a response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.store import resources, responses, transitions
from bot.sandbox.store.model import App, Flight, Submission, SubmissionSlot
from bot.sandbox.store.paging import page_response
from bot.sandbox.store.percentages import read_percentage
from bot.sandbox.store.responses import ApiResponse, RequestRejectedError, json_response
from bot.sandbox.store.routing import RouteMatch
from bot.sandbox.store.state import StoreState
from bot.sandbox.store.switches import Switches

BAD_PERCENTAGE = "The percentage must be a number between 0 and 100"


@dataclass(frozen=True)
class ApiCall:
    """One call of the API; the names in `query` are lower case."""

    route: RouteMatch
    query: Mapping[str, str]
    length: int
    content_type: str | None


def execute(state: StoreState, call: ApiCall) -> ApiResponse:
    """Execute the call and return the Store's response; raises nothing."""
    try:
        return OPERATIONS[call.route.operation](state, call)
    except RequestRejectedError as rejection:
        return rejection.response


def _apps(state: StoreState, call: ApiCall) -> ApiResponse:
    rows = [resources.application(x, state.switches) for x in state.catalogue.apps]
    return page_response(rows, "applications", call.query, state.switches)


def _app(state: StoreState, call: ApiCall) -> ApiResponse:
    return json_response(resources.application(_find_app(state, call), state.switches))


def _flights(state: StoreState, call: ApiCall) -> ApiResponse:
    app = _find_app(state, call)
    rows = [resources.flight(x, state.switches) for x in app.flights]
    # The slash before the query is the Store's own.
    link = f"applications/{app.id}/listflights/"
    return page_response(rows, link, call.query, state.switches)


def _flight(state: StoreState, call: ApiCall) -> ApiResponse:
    flight = _find_flight(_find_app(state, call), call)
    return json_response(resources.flight(flight, state.switches))


def _submission(state: StoreState, call: ApiCall) -> ApiResponse:
    target = _find_target(state, call)
    one = target.submission
    return json_response(
        resources.submission(target.app, target.flight, one, state.switches)
    )


def _status(state: StoreState, call: ApiCall) -> ApiResponse:
    return json_response(resources.status(_find_target(state, call).submission))


def _read(state: StoreState, call: ApiCall) -> ApiResponse:
    target = _find_target(state, call)
    return _rollout(state, target)


def _set(state: StoreState, call: ApiCall) -> ApiResponse:
    _require_json(state, call)
    percentage = read_percentage(call.query.get("percentage"))
    if percentage is None:
        raise RequestRejectedError(_bad_percentage(state.switches))
    target = _find_target(state, call)
    transitions.set_percentage(target.submission, percentage, state.switches)
    return _rollout(state, target)


def _rollout(state: StoreState, target: "_Target") -> ApiResponse:
    one = target.submission
    return json_response(resources.rollout(one, target.slot, state.switches))


def _halt(state: StoreState, call: ApiCall) -> ApiResponse:
    _require_json(state, call)
    target = _find_target(state, call)
    transitions.halt(target.submission, state.switches)
    return _rollout(state, target)


def _finalize(state: StoreState, call: ApiCall) -> ApiResponse:
    _require_json(state, call)
    target = _find_target(state, call)
    transitions.finalize(target.submission, state.switches)
    return _rollout(state, target)


def _create(state: StoreState, call: ApiCall) -> ApiResponse:
    _require_json(state, call)
    app = _find_app(state, call)
    flight = _find_flight(app, call) if call.route.flight else None
    slot = flight.slot if flight else app.slot
    draft = transitions.create(
        state.catalogue, slot, state.switches, first_allowed=flight is not None
    )
    return json_response(resources.submission(app, flight, draft, state.switches), 201)


def _delete(state: StoreState, call: ApiCall) -> ApiResponse:
    target = _find_target(state, call)
    transitions.delete(target.slot, target.submission, state.switches)
    return ApiResponse(204)


OPERATIONS: dict[str, Callable[[StoreState, ApiCall], ApiResponse]] = {
    "apps": _apps,
    "app": _app,
    "flights": _flights,
    "flight": _flight,
    "submission": _submission,
    "status": _status,
    "read": _read,
    "set": _set,
    "halt": _halt,
    "finalize": _finalize,
    "create": _create,
    "delete": _delete,
}


@dataclass(frozen=True)
class _Target:
    app: App
    flight: Flight | None
    slot: SubmissionSlot
    submission: Submission


def _find_app(state: StoreState, call: ApiCall) -> App:
    app = state.catalogue.app(call.route.app)
    if app is not None:
        return app
    if state.switches.unknown_app == "403":
        raise RequestRejectedError(ApiResponse(403))
    raise RequestRejectedError(
        responses.not_found(responses.APP_NOT_FOUND, "applicationId")
    )


def _find_flight(app: App, call: ApiCall) -> Flight:
    flight = app.flight(call.route.flight)
    if flight is None:
        missing = responses.not_found(responses.FLIGHT_NOT_FOUND, "flightId")
        raise RequestRejectedError(missing)
    return flight


def _find_target(state: StoreState, call: ApiCall) -> _Target:
    app = _find_app(state, call)
    flight = _find_flight(app, call) if call.route.flight else None
    slot = flight.slot if flight else app.slot
    submission = slot.find(call.route.submission)
    if submission is not None:
        return _Target(app, flight, slot, submission)
    foreign = state.catalogue.slot_of(call.route.submission) is not None
    if foreign and state.switches.foreign_submission == "409":
        form = state.switches.rollout_conflict_body
        raise RequestRejectedError(
            responses.rollout_conflict(responses.NOT_OF_APP, form, "submissionId")
        )
    missing = responses.not_found(responses.SUBMISSION_NOT_FOUND, "submissionId")
    raise RequestRejectedError(missing)


def _require_json(state: StoreState, call: ApiCall) -> None:
    if call.content_type is None:
        strict = state.switches.post_without_content_type == "refused"
        wrong = strict or call.length > 0
    else:
        media = call.content_type.partition(";")[0].strip().lower()
        wrong = media != "application/json"
    if wrong:
        raise RequestRejectedError(responses.invalid(responses.ONLY_JSON, "mediaType"))


def _bad_percentage(switches: Switches) -> ApiResponse:
    if switches.bad_percentage == "500":
        return responses.internal_error()
    status = int(switches.bad_percentage)
    return responses.invalid(BAD_PERCENTAGE, "percentage", status)
