"""Data model of the local Store: apps, flights, submissions and their rollouts."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

NO_FALLBACK = "0"
LOWEST_RANK = "Non-flighted submission"
DEFAULT_GROUPS = ("1152921504606962205",)
PUBLISHED = "Published"
DRAFT = "PendingCommit"
COMMIT_STARTED = "CommitStarted"
COMMIT_FAILED = "CommitFailed"
# In these states a submission can be updated, committed and deleted.
EDITABLE = (DRAFT, COMMIT_FAILED)


class RolloutStatus(StrEnum):
    """The values of `packageRolloutStatus`.

    https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#package-rollout-object
    """

    NOT_STARTED = "PackageRolloutNotStarted"
    IN_PROGRESS = "PackageRolloutInProgress"
    COMPLETE = "PackageRolloutComplete"
    STOPPED = "PackageRolloutStopped"


@dataclass
class Rollout:
    """A gradual rollout; the percentage is between 0 and 100."""

    enabled: bool = False
    percentage: float = 0.0
    status: RolloutStatus = RolloutStatus.NOT_STARTED
    fallback: str = NO_FALLBACK


@dataclass
class Submission:
    """One submission; `number` is the n of its friendly name "Submission n".

    `fields` and `packages` are what a client's update has set; without one the resource
    is made up, with one package for each of the `versions`. `uploaded` is whether the
    packages were, and `errors` is why a commit failed.
    """

    id: str
    number: int
    status: str
    versions: list[str]
    rollout: Rollout = field(default_factory=Rollout)
    made_by_api: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    packages: list[dict[str, Any]] = field(default_factory=list)
    uploaded: bool = False
    errors: list[dict[str, str]] = field(default_factory=list)


@dataclass
class SubmissionSlot:
    """The submissions of one app or of one flight; `older` begins with the oldest."""

    published: Submission | None = None
    pending: Submission | None = None
    older: list[Submission] = field(default_factory=list)

    def submissions(self) -> Iterator[Submission]:
        """Yield all submissions of this slot."""
        for submission in (self.published, self.pending, *self.older):
            if submission is not None:
                yield submission

    def find(self, submission_id: str) -> Submission | None:
        """Return the submission with this id, or None."""
        return next((s for s in self.submissions() if s.id == submission_id), None)


@dataclass
class Flight:
    """A package flight: submissions for a group of testers."""

    id: str
    name: str
    slot: SubmissionSlot = field(default_factory=SubmissionSlot)
    groups: list[str] = field(default_factory=lambda: list(DEFAULT_GROUPS))
    rank_higher_than: str = LOWEST_RANK


@dataclass
class App:
    """An app with its own submissions and its flights."""

    id: str
    name: str
    slot: SubmissionSlot = field(default_factory=SubmissionSlot)
    flights: list[Flight] = field(default_factory=list)

    def flight(self, flight_id: str) -> Flight | None:
        """Return the flight with this id, in upper or lower case, or None."""
        wanted = flight_id.lower()
        return next((f for f in self.flights if f.id.lower() == wanted), None)


@dataclass
class Catalogue:
    """Everything one seller has in the Store."""

    apps: list[App]
    next_submission: int

    def app(self, app_id: str) -> App | None:
        """Return the app with this Store ID, in upper or lower case, or None."""
        wanted = app_id.lower()
        return next((a for a in self.apps if a.id.lower() == wanted), None)

    def slots(self) -> Iterator[SubmissionSlot]:
        """Yield the slots of all apps and flights."""
        for app in self.apps:
            yield app.slot
            yield from (flight.slot for flight in app.flights)

    def slot_of(self, submission_id: str) -> SubmissionSlot | None:
        """Return the slot that holds this submission, or None."""
        return next((x for x in self.slots() if x.find(submission_id)), None)

    def new_id(self) -> str:
        """Return a new submission id."""
        self.next_submission += 1
        return str(self.next_submission)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object from which `from_json` makes an equal catalogue."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Catalogue":
        """Return the catalogue that `to_json` described."""
        return cls([_app(x) for x in data["apps"]], data["next_submission"])


def _app(data: dict[str, Any]) -> App:
    flights = [Flight(**{**f, "slot": _slot(f["slot"])}) for f in data["flights"]]
    return App(data["id"], data["name"], _slot(data["slot"]), flights)


def _slot(data: dict[str, Any]) -> SubmissionSlot:
    published, pending = data["published"], data["pending"]
    return SubmissionSlot(
        published and _submission(published),
        pending and _submission(pending),
        [_submission(x) for x in data["older"]],
    )


def _submission(data: dict[str, Any]) -> Submission:
    rollout = data["rollout"]
    status = RolloutStatus(rollout["status"])
    return Submission(**{**data, "rollout": Rollout(**{**rollout, "status": status})})
