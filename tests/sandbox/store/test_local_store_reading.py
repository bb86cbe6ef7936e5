"""Apps, flights and submissions of the local Store have the real one's format."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.store import LocalStore, seed

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

FIRST = seed.FIRST_ID
MAIL = f"applications/{seed.MAIL}"


async def test_a_list_of_apps_is_paged_by_relative_links(call: Call) -> None:
    names, link = [], "applications?top=4"
    while link:
        status, page, _ = await call("GET", link)
        assert (status, page["totalCount"]) == (200, 6)
        names += [row["primaryName"] for row in page["value"]]
        link = page.get("@nextLink")

    expected = ["Mail", "Photos", "Notes", "Maps", "Weather", "Chess"]
    assert names == [f"Contoso {name}" for name in expected]


async def test_the_first_page_says_where_the_next_is(call: Call) -> None:
    _, apps, _ = await call("GET", "applications?skip=1&top=2")
    _, flights, _ = await call("GET", f"{MAIL}/listflights/?top=1")
    _, whole, _ = await call("GET", f"{MAIL}/listflights")

    assert apps["@nextLink"] == "applications?skip=3&top=2"
    assert flights["@nextLink"] == f"{MAIL}/listflights/?skip=1&top=1"
    assert "@nextLink" not in whole
    assert [x["friendlyName"] for x in whole["value"]] == ["Insiders", "Dogfood"]


@pytest.mark.parametrize(
    "query", ["top=0", "top=-1", "skip=x", "top=1.5", f"top={'9' * 5000}"]
)
async def test_nonsense_in_the_paging_is_refused(call: Call, query: str) -> None:
    status, data, _ = await call("GET", f"applications?{query}")

    assert (status, data["code"]) == (400, "InvalidParameterValue")


async def test_an_app_has_the_documented_fields_and_references(
    call: Call, example: Example
) -> None:
    _, app, _ = await call("GET", MAIL)
    published, pending = str(FIRST + 102), str(FIRST + 103)

    assert set(app) == set(example("application-get"))
    assert app["lastPublishedApplicationSubmission"] == {
        "id": published,
        "resourceLocation": f"{MAIL}/submissions/{published}",
    }
    assert app["pendingApplicationSubmission"]["id"] == pending


async def test_a_missing_reference_is_absent_or_null(
    call: Call, store: LocalStore
) -> None:
    chess = f"applications/{seed.CHESS}"
    _, absent, _ = await call("GET", chess)
    store.switch(missing_reference="null")
    _, null, _ = await call("GET", chess)

    assert "lastPublishedApplicationSubmission" not in absent
    assert null["lastPublishedApplicationSubmission"] is None
    assert absent["firstPublishedDate"] == "1601-01-01T00:00:00Z"


async def test_a_flight_has_the_documented_fields_and_a_location_without_the_app(
    call: Call, example: Example
) -> None:
    _, flight, _ = await call("GET", f"{MAIL}/flights/{seed.MAIL_INSIDERS}")
    location = f"flights/{seed.MAIL_INSIDERS}/submissions/{FIRST + 112}"

    assert set(flight) == set(example("flight-get"))
    assert flight["lastPublishedFlightSubmission"]["resourceLocation"] == location


async def test_an_app_submission_has_the_documented_fields(
    call: Call, example: Example
) -> None:
    _, draft, _ = await call("GET", f"{MAIL}/submissions/{FIRST + 103}")
    _, published, _ = await call("GET", f"{MAIL}/submissions/{FIRST + 102}")
    recorded = example("app-submission")

    assert set(draft) == set(published) == set(recorded)
    assert set(draft["applicationPackages"][0]) == set(
        recorded["applicationPackages"][0]
    )
    assert (draft["status"], published["status"]) == ("PendingCommit", "Published")
    assert [x["version"] for x in published["applicationPackages"]] == ["4.12.0.0"]
    options = published["packageDeliveryOptions"]["packageRollout"]
    assert options["packageRolloutPercentage"] == 10.0


async def test_a_flight_submission_has_the_documented_fields(
    call: Call, example: Example
) -> None:
    path = f"{MAIL}/flights/{seed.MAIL_INSIDERS}/submissions/{FIRST + 112}"
    _, data, _ = await call("GET", path)

    assert set(data) == set(example("flight-submission"))
    assert data["flightPackages"][0]["version"] == "4.13.0.0"


async def test_only_a_draft_made_by_the_api_has_an_upload_address(call: Call) -> None:
    insiders = f"{MAIL}/flights/{seed.MAIL_INSIDERS}/submissions"
    _, draft, _ = await call("GET", f"{MAIL}/submissions/{FIRST + 103}")
    _, published, _ = await call("GET", f"{MAIL}/submissions/{FIRST + 102}")
    _, by_hand, _ = await call("GET", f"{insiders}/{FIRST + 113}")

    assert "sig=sandbox" in draft["fileUploadUrl"]
    assert published["fileUploadUrl"] is None
    assert by_hand["fileUploadUrl"] is None


async def test_an_app_with_two_packages_shows_both_versions(call: Call) -> None:
    path = f"applications/{seed.PHOTOS}/submissions/{FIRST + 202}"
    _, data, _ = await call("GET", path)
    packages = data["applicationPackages"]

    assert [x["version"] for x in packages] == ["2.8.0.0", "2.8.0.1"]
    assert len({x["id"] for x in packages}) == 2


async def test_the_status_of_a_submission_is_a_small_resource(
    call: Call, example: Example
) -> None:
    path = f"{MAIL}/submissions/{FIRST + 103}/status"

    assert (await call("GET", path))[:2] == (200, example("submission-status"))


async def test_an_app_without_flights_answers_404(call: Call) -> None:
    path = f"applications/{seed.NOTES}/listflights"
    status, data, _ = await call("GET", path)

    assert (status, data["code"]) == (404, "ResourceNotFound")


def test_ids_have_the_length_of_real_ones(store: LocalStore) -> None:
    ids = [s.id for line in store.catalogue.slots() for s in line.submissions()]

    assert len(ids) == len(set(ids))
    assert all(len(x) == 19 and int(x) > 2**53 for x in ids)
    assert all(len(app.id) == 12 for app in store.catalogue.apps)
