"""Drafts are created, deleted and published as in the real Store."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.store import LocalStore, seed

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

FIRST = seed.FIRST_ID


def submissions(app: str, flight: str = "") -> str:
    between = f"/flights/{flight}" if flight else ""
    return f"applications/{app}{between}/submissions"


async def test_a_new_submission_is_a_clone_of_the_last_published_one(
    call: Call,
) -> None:
    path = submissions(seed.NOTES)
    status, draft, _ = await call("POST", path)
    _, app, _ = await call("GET", f"applications/{seed.NOTES}")

    assert status == 201
    assert draft["applicationPackages"][0]["version"] == "1.4.0.0"
    assert (draft["friendlyName"], draft["status"]) == ("Submission 5", "PendingCommit")
    assert app["pendingApplicationSubmission"]["id"] == draft["id"]


@pytest.mark.parametrize(
    ("app", "flight"),
    [(seed.MAIL, ""), (seed.PHOTOS, ""), (seed.MAIL, seed.MAIL_INSIDERS)],
)
async def test_a_second_draft_or_one_beside_an_open_rollout_is_refused(
    call: Call, example: Example, app: str, flight: str
) -> None:
    status, data, _ = await call("POST", submissions(app, flight))

    assert (status, data) == (409, example("error-409-create-conflict"))


async def test_an_app_never_published_gets_no_submission_but_a_flight_does(
    call: Call, store: LocalStore
) -> None:
    store.slot(seed.CHESS).pending = None
    store.slot(seed.CHESS, seed.CHESS_BETA).published = None
    app = await call("POST", submissions(seed.CHESS))
    flight = await call("POST", submissions(seed.CHESS, seed.CHESS_BETA))

    assert (app[0], flight[0]) == (409, 201)
    assert flight[1]["flightPackages"][0]["version"] == "1.0.0.0"


async def test_a_draft_can_be_deleted_and_a_published_submission_cannot(
    call: Call, store: LocalStore, example: Example
) -> None:
    path = submissions(seed.MAIL)
    draft = await call("DELETE", f"{path}/{FIRST + 103}")
    published = await call("DELETE", f"{path}/{FIRST + 102}")

    assert draft[:2] == (204, "")
    assert store.slot(seed.MAIL).pending is None
    assert published[:2] == (409, example("error-409-delete-not-deletable"))


async def test_a_draft_made_in_partner_center_cannot_be_deleted_by_the_api(
    call: Call, example: Example
) -> None:
    path = submissions(seed.MAIL, seed.MAIL_INSIDERS)
    status, data, _ = await call("DELETE", f"{path}/{FIRST + 113}")

    expected = example("error-invalid-operation-not-created-through-api")
    assert (status, data) == (409, expected)


async def test_the_other_answers_that_the_store_may_give_can_be_switched_on(
    call: Call, store: LocalStore
) -> None:
    store.switch(
        create_during_rollout="allowed",
        clone_keeps_rollout="kept",
        foreign_draft_status="403",
    )
    _, draft, _ = await call("POST", submissions(seed.PHOTOS))
    path = submissions(seed.MAIL, seed.MAIL_INSIDERS)
    foreign = await call("DELETE", f"{path}/{FIRST + 113}")

    assert draft["packageDeliveryOptions"]["packageRollout"] == {
        "isPackageRollout": True,
        "packageRolloutPercentage": 25.0,
        "packageRolloutStatus": "PackageRolloutNotStarted",
        "fallbackSubmissionId": "0",
    }
    assert foreign[0] == 403


def test_publishing_a_draft_starts_its_rollout(store: LocalStore) -> None:
    new = store.publish(seed.CHESS, percentage=20)
    line = store.slot(seed.CHESS)

    assert (new.id, new.status) == (str(FIRST + 601), "Published")
    assert (line.published, line.pending) == (new, None)
    assert new.rollout.status == "PackageRolloutInProgress"
    assert new.rollout.fallback == "0"


def test_publishing_over_an_open_rollout_finalizes_it_first(store: LocalStore) -> None:
    before = store.submission(str(FIRST + 202))
    new = store.publish(seed.PHOTOS, percentage=33.333333)

    assert before.rollout.status == "PackageRolloutComplete"
    assert new.rollout.fallback == before.id
    assert new.rollout.percentage == 33.3333321
    assert new.versions == ["2.9.0.0", "2.9.0.0"]
    assert store.submission(before.id) is before


def test_a_halted_submission_is_no_fallback(store: LocalStore) -> None:
    assert store.publish(seed.NOTES, percentage=5).rollout.fallback == str(FIRST + 301)


def test_publishing_without_a_percentage_goes_to_everybody(store: LocalStore) -> None:
    new = store.publish(seed.MAIL, seed.MAIL_DOGFOOD)

    assert new.rollout.enabled is False
    assert new.versions == ["5.1.0.0"]


def test_a_first_submission_is_published_even_without_a_draft(
    store: LocalStore,
) -> None:
    store.slot(seed.CHESS).pending = None
    store.switch(rollout_without_fallback="ignored")
    new = store.publish(seed.CHESS, percentage=50)

    assert new.versions == ["1.0.0.0"]
    assert new.rollout.status == "PackageRolloutNotStarted"


@pytest.mark.parametrize(
    ("app", "flight", "percentage", "sentence"),
    [
        ("9NOBODY00000", None, 5, "There is no app 9NOBODY00000"),
        (seed.MAIL, "x", 5, "has no flight x"),
        (seed.MAIL, None, 0, "above 0"),
        (seed.MAIL, None, 101, "up to 100"),
    ],
)
def test_what_cannot_be_published_is_an_error_with_a_sentence(
    store: LocalStore, app: str, flight: str | None, percentage: float, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        store.publish(app, flight, percentage)
