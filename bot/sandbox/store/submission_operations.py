"""Operations on submissions and flights: read, create, update, commit, delete.

Each raises RequestRejectedError for what the Store refuses.
"""

from bot.sandbox.store import drafts, flights, resources, responses, updates
from bot.sandbox.store.lookup import (
    TargetSubmission,
    find_app,
    find_flight,
    find_submission,
    find_target,
)
from bot.sandbox.store.packages import packages_of
from bot.sandbox.store.responses import ApiResponse, json_response
from bot.sandbox.store.routing import ApiCall
from bot.sandbox.store.state import StoreState


def submission(state: StoreState, call: ApiCall) -> ApiResponse:
    """Return the whole submission."""
    found = find_submission(state, call.route)
    return json_response(_resource(state, call, found))


def status(state: StoreState, call: ApiCall) -> ApiResponse:
    """Return the status; a committed submission then goes on by one step."""
    found = find_submission(state, call.route)
    response = json_response(resources.status(found.submission))
    slot, one = found.slot, found.submission
    if drafts.advance(state.catalogue, slot, one, state.switches):
        state.save()
    return response


def create(state: StoreState, call: ApiCall) -> ApiResponse:
    """Create a draft."""
    target = find_target(state, call.route)
    flight = target.flight
    if call.body and flight is None:
        # A body is read as a submission, although the call takes none.
        updates.require_listings(updates.read_object(call.body))
    first = flight is not None
    draft = drafts.create(
        state.catalogue, target.slot, state.switches, first_allowed=first
    )
    data = _resource(state, call, TargetSubmission(target.app, flight, draft))
    if call.query.get("isminimalresponse", "").lower() == "true":
        data = {k: v for k, v in data.items() if k not in resources.LARGE}
    return json_response(data, 201)


def update(state: StoreState, call: ApiCall) -> ApiResponse:
    """Replace what a client may set of a draft."""
    found = find_submission(state, call.route)
    one = found.submission
    drafts.require_editable(found.slot, one, state.switches, responses.NOT_UPDATABLE)
    sent = updates.read_object(call.body)
    if found.flight is None:
        updates.require_listings(sent)
    kind = "flightPackages" if found.flight else "applicationPackages"
    updates.update(one, sent, packages_of(found.app, one), kind)
    return json_response(_resource(state, call, found))


def commit(state: StoreState, call: ApiCall) -> ApiResponse:
    """Hand a draft in."""
    found = find_submission(state, call.route)
    drafts.commit(found.slot, found.submission, state.switches)
    return json_response({"status": found.submission.status})


def delete(state: StoreState, call: ApiCall) -> ApiResponse:
    """Delete a draft."""
    found = find_submission(state, call.route)
    drafts.delete(found.slot, found.submission, state.switches)
    return ApiResponse(204)


def create_flight(state: StoreState, call: ApiCall) -> ApiResponse:
    """Create a flight without submissions."""
    app = find_app(state, call.route)
    flight = flights.create(app, updates.read_object(call.body))
    return json_response(resources.flight(flight, state.switches), 201)


def delete_flight(state: StoreState, call: ApiCall) -> ApiResponse:
    """Delete a flight."""
    app = find_app(state, call.route)
    flights.delete(app, find_flight(app, call.route))
    return ApiResponse(204)


def _resource(
    state: StoreState, call: ApiCall, found: TargetSubmission
) -> resources.Json:
    return resources.submission(
        found.app, found.flight, found.submission, state.switches, call.origin
    )
