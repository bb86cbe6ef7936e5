"""Responses of the local Store, with bodies in the Store's own shapes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

JSON_TYPE = "application/json; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
HTML_TYPE = "text/html"

ONLY_JSON = "Only JSON content is accepted"
SUBMISSION_NOT_FOUND = "Submission not found"
APP_NOT_FOUND = "Application not found"
FLIGHT_NOT_FOUND = "Flight not found"
NOTHING_FOUND = "No {what} were found"
NO_SUCH_RESOURCE = "Resource not found"
WRONG_METHOD = "The requested resource does not support the http method"
WRONG_STATE = "The package rollout is not in a state that allows this operation."
NOT_OF_APP = "The submission does not belong to the specified application or flight."
UNSUPPORTED = (
    "The application uses a Partner Center feature that the API does not support."
)
CREATE_CONFLICT = (
    "Create submission failed, status code Conflict, reason phrase Conflict"
)
NOT_DELETABLE = "Submission in its current state cannot be deleted"
NOT_UPDATABLE = "Submission in its current state cannot be updated"
NOT_COMMITTABLE = "Submission in its current state cannot be committed"
FLIGHT_NOT_DELETABLE = "Flight in its current state cannot be deleted"
NO_LISTINGS = "The size of Listings must be 1 or more"
BAD_FLIGHT_ID = "The flight id must be a GUID"
BAD_FLIGHT = (
    "A flight needs a friendlyName, groupIds with one group or more, and rankHigherThan"
    " with null or the name of another flight"
)
FOREIGN_DRAFT = (
    "Ingestion API can only update, delete, and commit submissions that are created "
    "through the API. Please delete the current in-progress submission and create one "
    "using the API"
)
INTERNAL = "An internal server error occurred while processing the operation."
UNKNOWN_INTERNAL = "The service has encountered an unknown internal server error: "
NOT_ALLOWED = "Authorization: Account is not allowed to access this api"
TOKEN_REFUSED = "Authorization: The access token is missing, unknown or expired"  # noqa: S105  # A sentence.
RATE_LIMIT = "Rate limit is exceeded. Try again in {seconds} seconds."
SERVICE_TROUBLE = "Account service is experiencing issue. Please try again later."
GATEWAY_PAGE = (
    "<html><head><title>504 Gateway Time-out</title></head>"
    "<body><h1>Our services aren't available right now</h1></body></html>"
)
STRAY_PAGE = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>"


class Transmission(Enum):
    """How a response reaches the client."""

    WHOLE = auto()
    CUT = auto()  # Half of the body, then the connection is closed.
    DROPPED = auto()  # No byte; the connection is reset.
    UNTYPED = auto()  # Without a Content-Type header.


@dataclass(frozen=True)
class ApiResponse:
    """One response; it is held back for `delay` seconds.

    `by_gateway` is whether the gateway before the Store answers in its place.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    transmission: Transmission = Transmission.WHOLE
    delay: float = 0.0
    by_gateway: bool = False


class RequestRejectedError(Exception):
    """The Store rejects a request with `response`."""

    def __init__(self, response: ApiResponse) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(data: object, status: int = 200) -> ApiResponse:
    """Return `data` as JSON."""
    return ApiResponse(status, json.dumps(data).encode())


def error(status: int, code: str, message: str, target: str | None) -> ApiResponse:
    """Return the Store's usual error envelope."""
    body: dict[str, object] = {"code": code, "data": [], "details": []}
    body |= {"message": message, "source": "Ingestion Api"}
    return json_response(body if target is None else {**body, "target": target}, status)


def not_found(message: str, target: str) -> ApiResponse:
    """Return the 404 for a resource that does not exist."""
    return error(404, "ResourceNotFound", message, target)


def invalid(message: str, target: str, status: int = 400) -> ApiResponse:
    """Return the error for a wrong value in the request."""
    return error(status, "InvalidParameterValue", message, target)


def rejection(message: str, target: str) -> RequestRejectedError:
    """Return the exception for a wrong value in the request."""
    return RequestRejectedError(invalid(message, target))


def conflict(message: str, target: str) -> ApiResponse:
    """Return the 409 for an operation that the present state forbids."""
    return error(409, "InvalidState", message, target)


def rollout_conflict(
    message: str, form: str, target: str = "packageRollout"
) -> ApiResponse:
    """Return the 409 of a rollout operation, whose real body nobody has recorded.

    `form` is "envelope", "empty" or "text".
    """
    if form == "empty":
        return ApiResponse(409)
    if form == "text":
        return ApiResponse(409, message.encode(), TEXT_TYPE)
    return conflict(message, target)


def unsupported() -> ApiResponse:
    """Return the 409 for an app with a feature that the API does not support."""
    return error(409, "InvalidOperation", UNSUPPORTED, "application")


def unauthorized(form: str) -> ApiResponse:
    """Return the 401 for a bad token; `form` is "empty" or "json"."""
    if form == "empty":
        return ApiResponse(401)
    return json_response({"code": "Unauthorized", "message": TOKEN_REFUSED}, 401)


def account_not_allowed() -> ApiResponse:
    """Return the 401 for an account that may not use the API."""
    return json_response({"code": "Unauthorized", "message": NOT_ALLOWED}, 401)


def too_many_requests(seconds: int, *, with_header: bool) -> ApiResponse:
    """Return the gateway's 429, with a Retry-After header if `with_header`."""
    message = RATE_LIMIT.format(seconds=seconds)
    headers = {"Retry-After": str(seconds)} if with_header else {}
    body = json.dumps({"statusCode": 429, "message": message}).encode()
    return ApiResponse(429, body, JSON_TYPE, headers, by_gateway=True)


def internal_error() -> ApiResponse:
    """Return the 500 with its inner error."""
    inner = {"code": "UnknownInternalFailure", "data": [], "details": []}
    body = {"code": "InternalServerError", "data": [], "details": []}
    inner_error = {**inner, "message": UNKNOWN_INTERNAL}
    rest = {"innererror": inner_error, "message": INTERNAL, "source": "Ingestion Api"}
    return json_response(body | rest, 500)


def unavailable() -> ApiResponse:
    """Return the 503, which is plain text."""
    return ApiResponse(503, SERVICE_TROUBLE.encode(), TEXT_TYPE)


def gateway_timeout() -> ApiResponse:
    """Return the gateway's 504, which is a web page."""
    return ApiResponse(504, GATEWAY_PAGE.encode(), HTML_TYPE, by_gateway=True)
