"""Lookup of what a call names: its app, its flight and its submission."""

from dataclasses import dataclass
from uuid import UUID

from bot.sandbox.store import responses
from bot.sandbox.store.model import App, Flight, Submission, SubmissionSlot
from bot.sandbox.store.responses import ApiResponse, RequestRejectedError
from bot.sandbox.store.routing import RouteMatch
from bot.sandbox.store.state import StoreState


@dataclass(frozen=True)
class Target:
    """What has submissions and a rollout: an app, or one of its flights."""

    app: App
    flight: Flight | None

    @property
    def slot(self) -> SubmissionSlot:
        """The submissions of the flight, or of the app where it names none."""
        return self.flight.slot if self.flight else self.app.slot


@dataclass(frozen=True)
class TargetSubmission(Target):
    """One submission with the app and the flight that it belongs to."""

    submission: Submission


def find_app(state: StoreState, route: RouteMatch) -> App:
    """Return the app; raises RequestRejectedError for an unknown one."""
    app = state.catalogue.app(route.app)
    if app is not None:
        return app
    if state.switches.unknown_app == "403":
        raise RequestRejectedError(ApiResponse(403))
    raise RequestRejectedError(
        responses.not_found(responses.APP_NOT_FOUND, "applicationId")
    )


def find_flight(app: App, route: RouteMatch) -> Flight:
    """Return the flight; raises RequestRejectedError for an unknown or malformed id."""
    try:
        UUID(route.flight)
    except ValueError:
        raise responses.rejection(responses.BAD_FLIGHT_ID, "flightId") from None
    flight = app.flight(route.flight)
    if flight is None:
        missing = responses.not_found(responses.FLIGHT_NOT_FOUND, "flightId")
        raise RequestRejectedError(missing)
    return flight


def find_target(state: StoreState, route: RouteMatch) -> Target:
    """Return the flight, or the app where the path names none."""
    app = find_app(state, route)
    return Target(app, find_flight(app, route) if route.flight else None)


def find_submission(state: StoreState, route: RouteMatch) -> TargetSubmission:
    """Return the submission; raises RequestRejectedError for an unknown one."""
    target = find_target(state, route)
    submission = target.slot.find(route.submission)
    if submission is not None:
        return TargetSubmission(target.app, target.flight, submission)
    foreign = state.catalogue.slot_of(route.submission) is not None
    if foreign and state.switches.foreign_submission == "409":
        form = state.switches.rollout_conflict_body
        raise RequestRejectedError(
            responses.rollout_conflict(responses.NOT_OF_APP, form, "submissionId")
        )
    missing = responses.not_found(responses.SUBMISSION_NOT_FOUND, "submissionId")
    raise RequestRejectedError(missing)
