"""URL paths of the submission API, built from ids alone."""

import re
from typing import Final
from urllib.parse import quote

from bot.domain.percentages import format_percentage
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb

# https://learn.microsoft.com/windows/uwp/monetize/get-all-apps
APPS: Final = "applications"
# https://learn.microsoft.com/windows/uwp/monetize/get-package-rollout-info-for-an-app-submission
_READ: Final = "packagerollout"
# The last path segment of each change:
# https://learn.microsoft.com/windows/uwp/monetize/halt-the-package-rollout-for-an-app-submission
# https://learn.microsoft.com/windows/uwp/monetize/finalize-the-package-rollout-for-an-app-submission
# https://learn.microsoft.com/windows/uwp/monetize/update-the-package-rollout-percentage-for-an-app-submission
_CHANGES: Final = {
    Verb.HALT: "haltpackagerollout",
    Verb.FINALIZE: "finalizepackagerollout",
    Verb.SET: "updatepackagerolloutpercentage",
}
_ONLY_DOTS: Final = re.compile(r"\.*")


class BadIdError(ValueError):
    """The id cannot be a path segment: it is empty, or consists of dots."""


def app_path(app_id: str) -> str:
    """Return the path of an app. Raises BadIdError."""
    return f"{APPS}/{_segment(app_id)}"


def flights_path(app_id: str) -> str:
    """Return the path of an app's list of flights. Raises BadIdError."""
    return f"{app_path(app_id)}/listflights"


def target_path(target: Target) -> str:
    """Return the path of an app or of a flight. Raises BadIdError."""
    if target.flight_id is None:
        return app_path(target.app_id)
    return f"{app_path(target.app_id)}/flights/{_segment(target.flight_id)}"


def submission_path(ref: SubmissionRef) -> str:
    """Return the path of a submission, built from ids alone. Raises BadIdError.

    `resourceLocation` is never used: a flight's lacks the app.
    """
    return f"{target_path(ref.target)}/submissions/{_segment(ref.submission_id)}"


def rollout_path(ref: SubmissionRef) -> str:
    """Return the path to read a rollout. Raises BadIdError."""
    return f"{submission_path(ref)}/{_READ}"


def change_path(ref: SubmissionRef, change: Change) -> str:
    """Return the path of a change, with its query. Raises BadIdError."""
    path = f"{submission_path(ref)}/{_CHANGES[change.verb]}"
    if change.percentage is None:
        return path
    return f"{path}?percentage={format_percentage(change.percentage)}"


def _segment(text: str) -> str:
    # Ids come from people. A segment of dots would lead to a parent path, even when
    # percent-encoded; everything else is harmless once it is encoded.
    if _ONLY_DOTS.fullmatch(text):
        raise BadIdError(text)
    return quote(text, safe="", errors="replace")
