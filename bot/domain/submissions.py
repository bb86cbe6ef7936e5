"""Apps, flights and submissions of the Store, and the target that they belong to."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.rollout import Rollout

PUBLISHED = "Published"
"""The one submission status in which a rollout can be controlled."""

_STORE_ID = re.compile(r"(?=[A-Z0-9]*[0-9])[A-Z0-9]{12}")
# A Store or Partner Center page carries the Store ID as one part of its address.
_STORE_PAGE = re.compile(r"https?://(?:[a-z0-9-]+\.)*microsoft\.com/", re.IGNORECASE)
_PARTS_OF_ADDRESS = re.compile(r"[/?#&=]")


def store_id(text: str) -> str | None:
    """Return the Store ID in its upper-case form, or None where the text is none.

    A Store ID has twelve letters and digits, at least one of them a digit, so that
    a twelve-letter word is not taken for one.
    """
    candidate = text.upper()
    return candidate if _STORE_ID.fullmatch(candidate) else None


def named_store_id(text: str) -> str | None:
    """Return the Store ID that is the text, or is part of a Store page's address."""
    page = _STORE_PAGE.match(text)
    if page is None:
        return store_id(text)
    parts = _PARTS_OF_ADDRESS.split(text[page.end() :])
    return next(filter(None, map(store_id, parts)), None)


@dataclass(frozen=True, slots=True)
class Target:
    """An app, or one of its flights, in a Partner Center account."""

    account: str
    app_id: str
    flight_id: str | None = None

    def __str__(self) -> str:
        """Name it as the log does."""
        flight = f" flight {self.flight_id}" if self.flight_id else ""
        return f"{self.app_id}{flight}"


@dataclass(frozen=True, slots=True)
class SubmissionRef:
    """One submission of a target: what every rollout URI is built from."""

    target: Target
    submission_id: str

    def __str__(self) -> str:
        """Name it as the log does."""
        return f"{self.target} submission {self.submission_id}"


@dataclass(frozen=True, slots=True)
class App:
    """An app of the account and its two submissions, each None where there is none."""

    app_id: str
    name: str
    published_id: str | None = None
    pending_id: str | None = None


@dataclass(frozen=True, slots=True)
class Flight:
    """A package flight and its two submissions, each None where there is none."""

    flight_id: str
    name: str
    published_id: str | None = None
    pending_id: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission's status and the versions of the packages that it ships."""

    submission_id: str
    status: str
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A rollout as the Store returned it, with the id that its support asks for.

    `date` is when the Store did that by its own clock, where it says so.
    """

    rollout: Rollout
    correlation_id: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything about a target that a card shows, read at one time.

    `versions` is empty and `status` None where the submission resource could not be
    read in time: a halt must not wait for a slow listing. `as_of` is when it was read,
    where that was before it was asked for: the Store could not be read then.
    """

    ref: SubmissionRef
    app_name: str
    flight_name: str | None
    rollout: Rollout
    status: str | None = None
    versions: tuple[str, ...] = ()
    pending_id: str | None = None
    as_of: datetime | None = None

    @property
    def fallback(self) -> SubmissionRef | None:
        """The submission that customers outside the rollout get; None without one."""
        other = self.rollout.fallback_submission_id
        return None if other is None else SubmissionRef(self.ref.target, other)
