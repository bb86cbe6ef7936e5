"""The submission API: one function per operation, from a call to an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.store import answers, resources, transitions
from bot.sandbox.store.answers import Answer, RefusedError, found
from bot.sandbox.store.model import App, Catalogue, Flight, Line, Submission
from bot.sandbox.store.paging import page
from bot.sandbox.store.paths import Place
from bot.sandbox.store.percentages import read_percentage
from bot.sandbox.store.switches import Switches

BAD_PERCENTAGE = "The percentage must be a number between 0 and 100"


@dataclass(frozen=True)
class Call:
    """One call of the API; the names in `query` are lower case."""

    place: Place
    query: Mapping[str, str]
    length: int
    content_type: str | None


@dataclass(frozen=True)
class World:
    """What the API reads and changes."""

    catalogue: Catalogue
    switches: Switches


def perform(world: World, call: Call) -> Answer:
    """Do what the call asks for and give the Store's answer; nothing is raised."""
    try:
        return OPERATIONS[call.place.operation](world, call)
    except RefusedError as refusal:
        return refusal.answer


def _apps(world: World, call: Call) -> Answer:
    rows = [resources.application(x, world.switches) for x in world.catalogue.apps]
    return page(rows, "applications", call.query, world.switches)


def _app(world: World, call: Call) -> Answer:
    return found(resources.application(_the_app(world, call), world.switches))


def _flights(world: World, call: Call) -> Answer:
    app = _the_app(world, call)
    rows = [resources.flight(x, world.switches) for x in app.flights]
    # The slash before the query is the Store's own.
    link = f"applications/{app.id}/listflights/"
    return page(rows, link, call.query, world.switches)


def _flight(world: World, call: Call) -> Answer:
    flight = _the_flight(_the_app(world, call), call)
    return found(resources.flight(flight, world.switches))


def _submission(world: World, call: Call) -> Answer:
    target = _target(world, call)
    one = target.submission
    return found(resources.submission(target.app, target.flight, one, world.switches))


def _status(world: World, call: Call) -> Answer:
    return found(resources.status(_target(world, call).submission))


def _read(world: World, call: Call) -> Answer:
    target = _target(world, call)
    return found(resources.rollout(target.submission, target.line, world.switches))


def _set(world: World, call: Call) -> Answer:
    _require_json(world, call)
    percentage = read_percentage(call.query.get("percentage"))
    if percentage is None:
        raise RefusedError(_bad_percentage(world.switches))
    target = _target(world, call)
    transitions.set_percentage(target.submission, percentage, world.switches)
    return found(resources.rollout(target.submission, target.line, world.switches))


def _halt(world: World, call: Call) -> Answer:
    _require_json(world, call)
    target = _target(world, call)
    transitions.halt(target.submission, world.switches)
    return found(resources.rollout(target.submission, target.line, world.switches))


def _finalize(world: World, call: Call) -> Answer:
    _require_json(world, call)
    target = _target(world, call)
    transitions.finalize(target.submission, world.switches)
    return found(resources.rollout(target.submission, target.line, world.switches))


def _create(world: World, call: Call) -> Answer:
    _require_json(world, call)
    app = _the_app(world, call)
    flight = _the_flight(app, call) if call.place.flight else None
    line = flight.line if flight else app.line
    draft = transitions.create(
        world.catalogue, line, world.switches, first_allowed=flight is not None
    )
    return found(resources.submission(app, flight, draft, world.switches), 201)


def _delete(world: World, call: Call) -> Answer:
    target = _target(world, call)
    transitions.delete(target.line, target.submission, world.switches)
    return Answer(204)


OPERATIONS: dict[str, Callable[[World, Call], Answer]] = {
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
    line: Line
    submission: Submission


def _the_app(world: World, call: Call) -> App:
    app = world.catalogue.app(call.place.app)
    if app is not None:
        return app
    if world.switches.unknown_app == "403":
        raise RefusedError(Answer(403))
    raise RefusedError(answers.not_found(answers.APP_NOT_FOUND, "applicationId"))


def _the_flight(app: App, call: Call) -> Flight:
    flight = app.flight(call.place.flight)
    if flight is None:
        missing = answers.not_found(answers.FLIGHT_NOT_FOUND, "flightId")
        raise RefusedError(missing)
    return flight


def _target(world: World, call: Call) -> _Target:
    app = _the_app(world, call)
    flight = _the_flight(app, call) if call.place.flight else None
    line = flight.line if flight else app.line
    submission = line.find(call.place.submission)
    if submission is not None:
        return _Target(app, flight, line, submission)
    foreign = world.catalogue.line_of(call.place.submission) is not None
    if foreign and world.switches.foreign_submission == "409":
        form = world.switches.rollout_conflict_body
        raise RefusedError(
            answers.rollout_conflict(answers.NOT_OF_APP, form, "submissionId")
        )
    missing = answers.not_found(answers.SUBMISSION_NOT_FOUND, "submissionId")
    raise RefusedError(missing)


def _require_json(world: World, call: Call) -> None:
    if call.content_type is None:
        strict = world.switches.post_without_content_type == "refused"
        wrong = strict or call.length > 0
    else:
        media = call.content_type.partition(";")[0].strip().lower()
        wrong = media != "application/json"
    if wrong:
        raise RefusedError(answers.invalid(answers.ONLY_JSON, "mediaType"))


def _bad_percentage(switches: Switches) -> Answer:
    if switches.bad_percentage == "500":
        return answers.internal()
    status = int(switches.bad_percentage)
    return answers.invalid(BAD_PERCENTAGE, "percentage", status)
