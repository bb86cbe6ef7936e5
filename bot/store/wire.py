"""Decoding of the Store's JSON into the bot's own types, without I/O."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.domain.percentages import FULL, TOLERANCE
from bot.domain.rollout import Rollout
from bot.domain.submissions import App, Flight, Submission

# No upper limit is documented for `top`; Microsoft's own StoreBroker asks for 100.
_MOST_PER_PAGE: Final = 100
_NO_SUBMISSION: Final = "0"
_PENDING_DELETE: Final = "PendingDelete"

T = TypeVar("T")
Json = object


class DecodeError(ValueError):
    """The body lacks what this call returns; the text names the field, no value."""


@dataclass(frozen=True, slots=True)
class StoreResponse:
    """An HTTP response: status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The range of rows of a list to request."""

    skip: int = 0
    top: int = _MOST_PER_PAGE

    @property
    def query(self) -> str:
        """The query string without its question mark."""
        return urlencode({"skip": self.skip, "top": self.top})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its rows, the request that it links to, the total count."""

    rows: tuple[T, ...]
    link: PageRequest | None
    total: int

    def next_request(self, request: PageRequest) -> PageRequest | None:
        """Return the request after this one, which brought this page; None at the end.

        A page may lack its link although rows are left: the reference's own example
        of listflights does (one row of three), so the count is used as well.
        """
        if self.link is not None:
            return self.link
        received = request.skip + len(self.rows)
        return PageRequest(received, request.top) if received < self.total else None


def parse(body: bytes) -> Json:
    """Read a JSON body. Raises DecodeError."""
    try:
        data: Json = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        # ValueError is also broken UTF-8 and a number of thousands of digits.
        raise DecodeError("the body is not JSON") from error
    return data


def decode_rollout(data: Json) -> Rollout:
    """Read a packageRollout object. Raises DecodeError.

    https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#package-rollout-object
    """
    enabled = _field(data, "isPackageRollout")
    if not isinstance(enabled, bool):
        raise DecodeError("isPackageRollout")
    return Rollout(
        enabled=enabled,
        percentage=_percentage(_field(data, "packageRolloutPercentage")),
        status=_text(data, "packageRolloutStatus"),
        fallback_submission_id=_fallback(_field(data, "fallbackSubmissionId")),
    )


def decode_app(data: Json) -> App:
    """Read an application resource. Raises DecodeError.

    https://learn.microsoft.com/windows/uwp/monetize/get-app-data#application-object
    """
    app_id = _text(data, "id")
    return App(
        app_id=app_id,
        name=_optional_text(data, "primaryName") or app_id,
        published_id=_reference(data, "lastPublishedApplicationSubmission"),
        pending_id=_reference(data, "pendingApplicationSubmission"),
    )


def decode_flight(data: Json) -> Flight:
    """Read a flight resource. Raises DecodeError.

    https://learn.microsoft.com/windows/uwp/monetize/get-app-data#flight-object
    """
    flight_id = _text(data, "flightId")
    return Flight(
        flight_id=flight_id,
        name=_optional_text(data, "friendlyName") or flight_id,
        published_id=_reference(data, "lastPublishedFlightSubmission"),
        pending_id=_reference(data, "pendingFlightSubmission"),
    )


def decode_submission(data: Json) -> Submission:
    """Read an app's or a flight's submission resource. Raises DecodeError.

    Nothing else is kept of it: `fileUploadUrl`, for one, is a credential.
    https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#app-submission-object
    """
    packages = _field(data, "applicationPackages")
    if packages is None:
        packages = _field(data, "flightPackages")
    if packages is None:
        packages = []
    if not isinstance(packages, list):
        raise DecodeError("packages")
    versions = (
        _optional_text(package, "version")
        for package in packages
        if _optional_text(package, "fileStatus") != _PENDING_DELETE
    )
    return Submission(
        submission_id=_text(data, "id"),
        status=_text(data, "status"),
        versions=tuple(dict.fromkeys(version for version in versions if version)),
    )


def page_decoder(decode_row: Callable[[Json], T]) -> Callable[[Json], Page[T]]:
    """Return the decoder of a list whose rows `decode_row` decodes.

    https://learn.microsoft.com/windows/uwp/monetize/get-all-apps#response
    """

    def decode_page(data: Json) -> Page[T]:
        rows = _field(data, "value")
        total = _field(data, "totalCount")
        if not isinstance(rows, list):
            raise DecodeError("value")
        return Page(
            rows=tuple(decode_row(row) for row in rows),
            link=_linked_request(_field(data, "@nextLink")),
            total=total if isinstance(total, int) else 0,
        )

    return decode_page


def _linked_request(link: Json) -> PageRequest | None:
    # Only the two numbers are used, never the host or the path of the link.
    if not isinstance(link, str):
        return None
    try:
        query = parse_qs(urlsplit(link).query)
        skip, top = int(query["skip"][0]), int(query["top"][0])
    except (ValueError, KeyError):
        return None
    if skip < 1 or not 1 <= top <= _MOST_PER_PAGE:
        return None
    return PageRequest(skip, top)


def _field(data: Json, name: str) -> Json:
    # Every known response is camelCase, but the API itself ignores case in requests,
    # and Microsoft's own tool writes PascalCase.
    if not isinstance(data, dict):
        raise DecodeError(f"{name}: not within an object")
    if name in data:
        return data[name]
    wanted = name.casefold()
    return next(
        (value for key, value in data.items() if key.casefold() == wanted), None
    )


def _text(data: Json, name: str) -> str:
    value = _field(data, name)
    if not isinstance(value, str) or not value:
        raise DecodeError(name)
    return value


def _optional_text(data: Json, name: str) -> str | None:
    value = _field(data, name)
    if value is not None and not isinstance(value, str):
        raise DecodeError(name)
    return value


def _reference(data: Json, name: str) -> str | None:
    # An absent reference and null both mean that there is no such submission.
    reference = _field(data, name)
    return None if reference is None else _text(reference, "id")


def _fallback(value: Json) -> str | None:
    # The fallback is only shown, so an unusual one must not hide the rollout.
    return (
        value if isinstance(value, str) and value not in ("", _NO_SUBMISSION) else None
    )


def _percentage(value: Json) -> float:
    # Older reference pages show whole numbers. In Python bool is a subclass of int.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DecodeError("packageRolloutPercentage")
    if not -TOLERANCE <= value <= FULL + TOLERANCE:
        raise DecodeError("packageRolloutPercentage")
    return float(value)


def _refuse_constant(name: str) -> NoReturn:
    raise DecodeError(name)
