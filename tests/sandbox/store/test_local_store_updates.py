"""Updates, commits and flights are accepted and refused as Microsoft documents."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.store import LocalStore, seed
from bot.sandbox.store.packages import update_packages
from bot.sandbox.store.responses import RequestRejectedError

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

JSON = {"Content-Type": "application/json"}
FIRST = seed.FIRST_ID
DRAFT = f"applications/{seed.MAIL}/submissions/{FIRST + 103}"
FLIGHTS = f"applications/{seed.MAIL}/flights"
BY_HAND = f"{FLIGHTS}/{seed.MAIL_INSIDERS}/submissions/{FIRST + 113}"


def send(
    call: Call, method: str, path: str, data: object
) -> Awaitable[tuple[int, Any, Mapping[str, str]]]:
    return call(method, path, JSON, json.dumps(data).encode())


async def test_an_update_is_echoed_and_what_the_server_owns_is_ignored(
    call: Call, example: Example
) -> None:
    _, before, _ = await call("GET", DRAFT)
    sent = example("app-submission-update-request")
    sent["applicationPackages"] = before["applicationPackages"]
    rollout = sent["packageDeliveryOptions"]["packageRollout"]
    rollout |= {"isPackageRollout": True, "packageRolloutPercentage": 33.333333}
    own = {"id": "1", "status": "Published", "fileUploadUrl": "https://x.example"}
    rollout["packageRolloutStatus"] = "PackageRolloutComplete"
    rollout["fallbackSubmissionId"] = "7"
    status, answered, _ = await send(call, "PUT", DRAFT, {**sent, **own})
    _, after, _ = await call("GET", DRAFT)

    assert status == 200
    assert answered == after
    recorded = example("app-submission-update-response")
    assert set(answered) == set(recorded)
    kept = ("listings", "pricing", "visibility", "targetPublishMode", "trailers")
    assert {x: answered[x] for x in kept} == {x: sent[x] for x in kept}
    for name in ("id", "status", "fileUploadUrl", "friendlyName"):
        assert answered[name] == before[name]
    assert answered["packageDeliveryOptions"] == {
        "packageRollout": {
            "isPackageRollout": True,
            "packageRolloutPercentage": 33.3333321,
            "packageRolloutStatus": "PackageRolloutNotStarted",
            "fallbackSubmissionId": "0",
        },
        "isMandatoryUpdate": False,
        "mandatoryUpdateEffectiveDate": "1601-01-01T00:00:00.0000000Z",
    }


async def test_names_may_be_in_any_case_and_languages_and_markets_keep_theirs(
    call: Call,
) -> None:
    _, before, _ = await call("GET", DRAFT)
    sent = {
        "Listings": {"EN-us": {"BaseListing": {"Title": "Mail"}}},
        "Pricing": {"MarketSpecificPricings": {"RU": "Tier2"}},
        "ApplicationPackages": [
            {"Id": x["id"], "FileName": x["fileName"], "FileStatus": "Uploaded"}
            for x in before["applicationPackages"]
        ],
        "PackageDeliveryOptions": {
            "PackageRollout": {"IsPackageRollout": True, "PackageRolloutPercentage": 5}
        },
    }
    status, answered, _ = await send(call, "PUT", DRAFT, sent)

    assert status == 200
    assert answered["listings"] == {"EN-us": {"baseListing": {"title": "Mail"}}}
    assert answered["pricing"] == {"marketSpecificPricings": {"RU": "Tier2"}}
    rollout = answered["packageDeliveryOptions"]["packageRollout"]
    assert (rollout["isPackageRollout"], rollout["packageRolloutPercentage"]) == (
        True,
        5.0,
    )
    assert answered["applicationPackages"] == before["applicationPackages"]


async def test_a_rollout_that_is_not_sent_is_dropped(call: Call) -> None:
    _, sent, _ = await call("GET", DRAFT)
    rollout = sent["packageDeliveryOptions"]["packageRollout"]
    rollout |= {"isPackageRollout": True, "packageRolloutPercentage": 10}
    await send(call, "PUT", DRAFT, sent)
    del sent["packageDeliveryOptions"]
    _, answered, _ = await send(call, "PUT", DRAFT, sent)

    rollout = answered["packageDeliveryOptions"]["packageRollout"]
    assert rollout["isPackageRollout"] is False


@pytest.mark.parametrize(
    ("changed", "target", "sentence"),
    [
        ({"listings": {}}, "listings", "The size of Listings must be 1 or more"),
        ({"listings": None}, "listings", "The size of Listings must be 1 or more"),
        ({"applicationPackages": [1]}, "packages", "needs a fileName"),
        ({"applicationPackages": {}}, "packages", "needs a fileName"),
        (
            {"applicationPackages": [{"fileName": "a", "fileStatus": "uploaded"}]},
            "packages",
            "one of: None, PendingUpload",
        ),
        ({"packageDeliveryOptions": []}, "packageRollout", "true or false"),
        *(
            (
                {"packageDeliveryOptions": {"packageRollout": rollout}},
                "packageRollout",
                "a number from 0 to 100",
            )
            for rollout in (
                "all",
                {"isPackageRollout": "true"},
                {"isPackageRollout": True, "packageRolloutPercentage": "10"},
                {"isPackageRollout": True, "packageRolloutPercentage": True},
                {"isPackageRollout": True, "packageRolloutPercentage": 100.1},
                {"isPackageRollout": True, "packageRolloutPercentage": -1},
                {"isPackageRollout": True, "packageRolloutPercentage": float("nan")},
            )
        ),
    ],
)
async def test_a_wrong_update_is_refused_and_changes_nothing(
    call: Call, changed: dict[str, object], target: str, sentence: str
) -> None:
    _, before, _ = await call("GET", DRAFT)
    status, data, _ = await send(call, "PUT", DRAFT, {**before, **changed})

    assert (status, data["code"]) == (400, "InvalidParameterValue")
    assert data["target"] == target
    assert sentence in data["message"]
    assert (await call("GET", DRAFT))[1] == before


async def test_a_present_package_may_not_be_left_out_of_an_update(
    call: Call, example: Example
) -> None:
    _, before, _ = await call("GET", DRAFT)
    [package] = before["applicationPackages"]
    sent = {**before, "applicationPackages": []}
    status, data, _ = await send(call, "PUT", DRAFT, sent)

    expected = example("error-400-missing-packages")
    text = expected["message"].replace("2000000000030494274", package["id"])
    assert (status, data) == (400, {**expected, "message": text})


def test_new_packages_get_ids_of_their_own_in_whatever_order_they_are_sent() -> None:
    def new(name: str) -> dict[str, str]:
        return {"fileName": name, "fileStatus": "PendingUpload"}

    one = update_packages([new("a_1.2.3.4_x86.msix"), new("b.msix")], [])
    two = update_packages([new("c-ARM64.msix"), *reversed(one)], one)

    assert [x["version"] for x in one] == ["1.2.3.4", "1.0.0.0"]
    assert [x["architecture"] for x in two] == ["arm64", "x64", "x86"]
    assert two[0]["version"] == "1.3.0.0"
    assert len({x["id"] for x in two}) == 3
    with pytest.raises(RequestRejectedError):
        update_packages([new("c.msix")], one)


@pytest.mark.parametrize("body", [b"", b"[]", b"no JSON", b"[" * 100_000])
async def test_a_body_that_is_no_submission_is_refused(call: Call, body: bytes) -> None:
    status, data, _ = await call("PUT", DRAFT, JSON, body)

    assert (status, data["target"]) == (400, "submission")


async def test_only_json_is_taken(call: Call, example: Example) -> None:
    expected = example("error-400-only-json-accepted")
    text = {"Content-Type": "text/plain"}
    for method, path in (
        ("PUT", DRAFT),
        ("POST", f"{DRAFT}/commit"),
        ("POST", FLIGHTS),
    ):
        assert (await call(method, path, text, b"{}"))[:2] == (400, expected)


@pytest.mark.parametrize(
    ("method", "tail"), [("PUT", ""), ("POST", "/commit"), ("DELETE", "")]
)
async def test_a_draft_made_in_partner_center_is_not_the_apis_to_change(
    call: Call, example: Example, method: str, tail: str
) -> None:
    status, data, _ = await send(call, method, BY_HAND + tail, {})

    expected = example("error-invalid-operation-not-created-through-api")
    assert (status, data) == (409, expected)


@pytest.mark.parametrize(("method", "tail"), [("PUT", ""), ("POST", "/commit")])
async def test_a_published_submission_can_be_neither_updated_nor_committed(
    call: Call, method: str, tail: str
) -> None:
    path = f"applications/{seed.MAIL}/submissions/{FIRST + 102}{tail}"
    status, data, _ = await send(call, method, path, {})

    assert (status, data["code"]) == (409, "InvalidState")


@pytest.mark.parametrize("path", ["commit", "Commit"])
@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_a_commit_takes_an_empty_body_and_an_empty_object(
    call: Call, example: Example, path: str, body: bytes
) -> None:
    answer = await call("POST", f"{DRAFT}/{path}", JSON, body)

    assert answer[:2] == (200, example("submission-commit"))
    assert (await call("GET", DRAFT))[1]["fileUploadUrl"] is None


async def test_a_body_of_a_create_call_is_read_as_a_submission(call: Call) -> None:
    path = f"applications/{seed.WEATHER}/submissions"
    refused = [await call("POST", path, JSON, body) for body in (b"{}", b"no JSON")]
    _, present, _ = await call("GET", f"{path}/{FIRST + 501}")
    taken = await send(call, "POST", path, present)

    assert [x[0] for x in refused] == [400, 400]
    assert refused[0][1]["message"] == "The size of Listings must be 1 or more"
    assert taken[0] == 201


@pytest.mark.parametrize(
    "parent",
    [f"applications/{seed.WEATHER}", f"{FLIGHTS}/{seed.MAIL_DOGFOOD}"],
)
async def test_a_minimal_answer_leaves_the_large_parts_out(
    call: Call, parent: str
) -> None:
    path = f"{parent}/submissions?isMinimalResponse=true"
    status, draft, _ = await call("POST", path)
    _, whole, _ = await call("GET", f"{parent}/submissions/{draft['id']}")

    left_out = {"listings", "trailers", "applicationPackages", "flightPackages"}
    assert status == 201
    assert set(whole) - set(draft) == set(whole) & left_out
    assert draft["fileUploadUrl"] == whole["fileUploadUrl"]


async def test_a_new_flight_has_the_documented_fields(
    call: Call, example: Example
) -> None:
    status, made, _ = await send(
        call, "POST", FLIGHTS, example("flight-create-request")
    )
    _, read, _ = await call("GET", f"{FLIGHTS}/{made['flightId']}")

    assert status == 201
    assert set(made) == set(example("flight-create-response"))
    assert made == read
    assert made["groupIds"] == ["0"]
    # Without a rank it comes above all others.
    assert made["rankHigherThan"] == seed.MAIL_DOGFOOD


@pytest.mark.parametrize("rank", ["Insiders", "Non-flighted submission"])
async def test_a_new_flight_may_rank_above_another_one(call: Call, rank: str) -> None:
    body = {"FriendlyName": "Nightly", "GroupIds": ["1"], "RankHigherThan": rank}
    _, made, _ = await send(call, "POST", FLIGHTS, body)

    assert made["rankHigherThan"] == rank


@pytest.mark.parametrize(
    "changed",
    [
        {"friendlyName": ""},
        {"friendlyName": None},
        {"groupIds": []},
        {"groupIds": "1"},
        {"rankHigherThan": "no such flight"},
        {"rankHigherThan": {}},
    ],
)
async def test_a_wrong_flight_is_refused(
    call: Call, store: LocalStore, changed: dict[str, object]
) -> None:
    body = {"friendlyName": "Nightly", "groupIds": [1], **changed}
    status, data, _ = await send(call, "POST", FLIGHTS, body)

    assert (status, data["target"]) == (400, "flight")
    app = store.catalogue.app(seed.MAIL)
    assert app is not None
    assert len(app.flights) == 2


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_flight_id_that_is_no_guid_is_a_wrong_request(
    call: Call, method: str
) -> None:
    wrong = await call(method, f"{FLIGHTS}/Insiders")
    unknown = await call(method, f"{FLIGHTS}/{seed.CHESS_BETA}")

    assert (wrong[0], wrong[1]["target"]) == (400, "flightId")
    assert (unknown[0], unknown[1]["code"]) == (404, "ResourceNotFound")


async def test_a_flight_whose_submission_is_being_certified_stays(call: Call) -> None:
    path = f"{FLIGHTS}/{seed.MAIL_DOGFOOD}"
    _, draft, _ = await call("POST", f"{path}/submissions")
    await call("POST", f"{path}/submissions/{draft['id']}/commit")
    busy = await call("DELETE", path)
    for _ in range(6):
        await call("GET", f"{path}/submissions/{draft['id']}/status")
    idle = await call("DELETE", path)

    assert (busy[0], busy[1]["code"]) == (409, "InvalidState")
    assert idle[0] == 204


async def test_each_of_these_calls_is_noted_as_a_write_with_its_effect(
    call: Call, store: LocalStore
) -> None:
    _, whole, _ = await call("GET", DRAFT)
    await send(call, "PUT", DRAFT, whole)
    await call("POST", f"{DRAFT}/commit")
    await call("POST", f"{DRAFT}/commit")

    noted = [(x.operation, x.status, x.effect) for x in store.writes()]
    assert noted == [
        ("update", 200, True),
        ("commit", 200, True),
        ("commit", 409, False),
    ]
