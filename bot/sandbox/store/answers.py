"""What the local Store can say: answers and error bodies in the Store's own shapes."""

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


class Delivery(Enum):
    """How an answer reaches the client."""

    WHOLE = auto()
    CUT = auto()  # Half of the body, then the connection is closed.
    DROPPED = auto()  # No byte; the connection is reset.
    UNTYPED = auto()  # Without a Content-Type header.


@dataclass(frozen=True)
class Answer:
    """One answer; `wait` is how many seconds it is held back."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    wait: float = 0.0


class RefusedError(Exception):
    """The Store says no; `answer` is how."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def found(data: object, status: int = 200) -> Answer:
    """Give `data` as JSON."""
    return Answer(status, json.dumps(data).encode())


def error(status: int, code: str, message: str, target: str | None) -> Answer:
    """Give the Store's usual error envelope."""
    body: dict[str, object] = {"code": code, "data": [], "details": []}
    body |= {"message": message, "source": "Ingestion Api"}
    return found(body if target is None else {**body, "target": target}, status)


def not_found(message: str, target: str) -> Answer:
    """Say that something is not there."""
    return error(404, "ResourceNotFound", message, target)


def invalid(message: str, target: str, status: int = 400) -> Answer:
    """Say that a value of the request is wrong."""
    return error(status, "InvalidParameterValue", message, target)


def conflict(message: str, target: str) -> Answer:
    """Say that the present state forbids it."""
    return error(409, "InvalidState", message, target)


def rollout_conflict(message: str, form: str, target: str = "packageRollout") -> Answer:
    """Give the 409 of a rollout operation, whose body nobody has recorded.

    `form` is "envelope", "empty" or "text".
    """
    if form == "empty":
        return Answer(409)
    if form == "text":
        return Answer(409, message.encode(), TEXT_TYPE)
    return conflict(message, target)


def unsupported() -> Answer:
    """Say that the app uses what the API does not cover."""
    return error(409, "InvalidOperation", UNSUPPORTED, "application")


def unauthorized(form: str) -> Answer:
    """Refuse a token; `form` is "empty" or "json"."""
    if form == "empty":
        return Answer(401)
    return found({"code": "Unauthorized", "message": TOKEN_REFUSED}, 401)


def account_not_allowed() -> Answer:
    """Refuse a good token of an account that the API was never opened for."""
    return found({"code": "Unauthorized", "message": NOT_ALLOWED}, 401)


def too_many(seconds: int, *, say_when: bool) -> Answer:
    """Give the gateway's 429, with Retry-After if `say_when`."""
    message = RATE_LIMIT.format(seconds=seconds)
    headers = {"Retry-After": str(seconds)} if say_when else {}
    body = json.dumps({"statusCode": 429, "message": message}).encode()
    return Answer(429, body, JSON_TYPE, headers)


def internal() -> Answer:
    """Give the 500 with its inner error."""
    inner = {"code": "UnknownInternalFailure", "data": [], "details": []}
    body = {"code": "InternalServerError", "data": [], "details": []}
    inner_error = {**inner, "message": UNKNOWN_INTERNAL}
    rest = {"innererror": inner_error, "message": INTERNAL, "source": "Ingestion Api"}
    return found(body | rest, 500)


def unavailable() -> Answer:
    """Give the 503, which is plain text."""
    return Answer(503, SERVICE_TROUBLE.encode(), TEXT_TYPE)


def gateway_timeout() -> Answer:
    """Give the front door's 504, which is a page."""
    return Answer(504, GATEWAY_PAGE.encode(), HTML_TYPE)
