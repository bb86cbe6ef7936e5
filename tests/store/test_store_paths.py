"""The Store's paths: right for each operation, and nothing else for any id."""

import string
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.store import paths

APP = Target("main", "9NBLGGH4R315")
FLIGHT = Target("main", "9NBLGGH4R315", "43e448df-97c9-4a43-a0bc-2a445e736bcd")
APP_SUBMISSION = SubmissionRef(APP, "1152921504621086517")
FLIGHT_SUBMISSION = SubmissionRef(FLIGHT, "1152921504621243647")
APP_PATH = "applications/9NBLGGH4R315"
FLIGHT_PATH = f"{APP_PATH}/flights/43e448df-97c9-4a43-a0bc-2a445e736bcd"
SUBMISSIONS = {
    APP_SUBMISSION: f"{APP_PATH}/submissions/1152921504621086517",
    FLIGHT_SUBMISSION: f"{FLIGHT_PATH}/submissions/1152921504621243647",
}


def test_an_app_a_flight_and_a_list_of_flights_have_their_documented_paths() -> None:
    assert paths.target_path(APP) == paths.app_path("9NBLGGH4R315") == APP_PATH
    assert paths.target_path(FLIGHT) == FLIGHT_PATH
    assert paths.flights_path("9NBLGGH4R315") == f"{APP_PATH}/listflights"


@pytest.mark.parametrize(("ref", "path"), SUBMISSIONS.items())
@pytest.mark.parametrize(
    ("change", "ending"),
    [
        (Change(Verb.HALT), "haltpackagerollout"),
        (Change(Verb.FINALIZE), "finalizepackagerollout"),
        (Change(Verb.SET, 40), "updatepackagerolloutpercentage?percentage=40"),
        (Change(Verb.SET, 12.5), "updatepackagerolloutpercentage?percentage=12.5"),
        (Change(Verb.SET, 0.01), "updatepackagerolloutpercentage?percentage=0.01"),
        (Change(Verb.SET, 100.0), "updatepackagerolloutpercentage?percentage=100"),
    ],
)
def test_each_change_has_its_own_path_under_the_submission(
    ref: SubmissionRef, path: str, change: Change, ending: str
) -> None:
    assert paths.change_path(ref, change) == f"{path}/{ending}"


@pytest.mark.parametrize(("ref", "path"), SUBMISSIONS.items())
def test_a_submission_and_its_rollout_are_read_from_its_ids(
    ref: SubmissionRef, path: str
) -> None:
    assert paths.submission_path(ref) == path
    assert paths.rollout_path(ref) == f"{path}/packagerollout"


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1))
def test_no_id_can_leave_its_place_in_the_path(
    app_id: str, flight_id: str, submission_id: str
) -> None:
    ref = SubmissionRef(Target("main", app_id, flight_id), submission_id)

    if any(not name.strip(".") for name in (app_id, flight_id, submission_id)):
        with pytest.raises(paths.BadIdError):
            paths.rollout_path(ref)
        return

    path = paths.rollout_path(ref)

    assert set(path) <= set(f"{string.ascii_letters}{string.digits}-._~%/")
    assert urlsplit(f"https://store.example/{path}").path == f"/{path}"
    words = [unquote(segment) for segment in path.split("/")]
    assert words[::2] == ["applications", "flights", "submissions", "packagerollout"]
    assert not {".", "..", ""}.intersection(words)


@pytest.mark.parametrize("bad", ["", ".", "..", "..."])
def test_an_id_that_would_climb_is_refused(bad: str) -> None:
    with pytest.raises(paths.BadIdError):
        paths.app_path(bad)


def test_an_id_with_half_a_letter_is_still_only_an_id() -> None:
    assert paths.app_path("\ud800") == "applications/%3F"
