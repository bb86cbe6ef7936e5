"""A client that knows only Microsoft's pages goes through a rollout's whole life."""

import json
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox.server import Sandbox, start
from bot.sandbox.store import seed
from tests.sandbox.submission_client import (
    RESOURCE,
    Account,
    ApiError,
    SubmissionClient,
)

WEATHER = f"applications/{seed.WEATHER}"
CHESS = f"applications/{seed.CHESS}"
PATH_TO_PUBLICATION = [
    *("CommitStarted", "PreProcessing", "Certification", "Release"),
    *("Publishing", "Published"),
]


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    running = await start(None, 0)
    yield running
    await running.stop()


@pytest_asyncio.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[SubmissionClient]:
    """A client that has not signed in yet."""
    given = sandbox.settings
    account = Account(
        authority=given["AZURE_AUTHORITY_HOST"],
        tenant=given["AZURE_TENANT_ID"],
        client=given["AZURE_CLIENT_ID"],
        secret=given["AZURE_CLIENT_SECRET"],
        api=given["STORE_API_URL"],
    )
    trust = ssl.create_default_context(cafile=sandbox.ca_file)
    connector = aiohttp.TCPConnector(ssl=trust)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield SubmissionClient(http, account)


@pytest_asyncio.fixture
async def signed_in(client: SubmissionClient) -> SubmissionClient:
    await client.sign_in_v1()
    return client


async def refused(client: SubmissionClient, *call: Any) -> tuple[int, Any]:  # noqa: ANN401  # Any JSON.
    """Call what must be refused; return its status and its body."""
    with pytest.raises(ApiError) as caught:
        await client.call(*call)
    return caught.value.status, caught.value.body


async def test_the_documented_sign_in_opens_the_store(
    client: SubmissionClient, sandbox: Sandbox
) -> None:
    answer = await client.sign_in_v1()
    apps = await client.call("GET", "applications")

    assert answer["token_type"] == "Bearer"
    assert answer["resource"] == RESOURCE
    numbers = ("expires_in", "ext_expires_in", "expires_on", "not_before")
    assert all(isinstance(answer[name], str) for name in numbers)
    assert answer["expires_in"] == "3599"
    assert int(answer["expires_on"]) > int(answer["not_before"])
    assert apps["totalCount"] == 6
    assert [one.operation for one in sandbox.store.requests] == ["token", "apps"]


async def test_the_present_sign_in_opens_the_store_too(
    client: SubmissionClient,
) -> None:
    answer = await client.sign_in_v2()
    app = await client.call("GET", f"applications/{seed.MAIL}")

    assert answer["expires_in"] == 3599
    assert app["primaryName"] == "Contoso Mail"


async def test_a_rollout_is_read_set_halted_and_finalized(
    signed_in: SubmissionClient,
) -> None:
    ended = {}
    for app, verb in ((seed.MAIL, "halt"), (seed.PHOTOS, "finalize")):
        data = await signed_in.call("GET", f"applications/{app}")
        place = data["lastPublishedApplicationSubmission"]["resourceLocation"]
        before = await signed_in.call("GET", f"{place}/packagerollout")
        assert before["packageRolloutStatus"] == "PackageRolloutInProgress"
        moved = await signed_in.call(
            "POST", f"{place}/updatepackagerolloutpercentage?percentage=60"
        )
        assert moved["packageRolloutPercentage"] == 60.0
        ended[verb] = await signed_in.call("POST", f"{place}/{verb}packagerollout")

    assert ended["halt"]["packageRolloutStatus"] == "PackageRolloutStopped"
    assert ended["halt"]["packageRolloutPercentage"] == 0.0
    assert ended["finalize"]["packageRolloutStatus"] == "PackageRolloutComplete"
    assert ended["finalize"]["packageRolloutPercentage"] == 100.0


async def test_a_rollout_lives_from_its_submission_to_its_end(
    signed_in: SubmissionClient,
) -> None:
    before = await signed_in.call("GET", WEATHER)
    old = before["lastPublishedApplicationSubmission"]["id"]

    new = await signed_in.submit(WEATHER, 12.5, "Weather_3.1.0.0_x64.msix")
    place = f"{WEATHER}/submissions/{new}"
    early = await signed_in.call("GET", f"{place}/packagerollout")
    seen = await signed_in.wait_until_published(place)

    running = await signed_in.call("GET", f"{place}/packagerollout")
    after = await signed_in.call("GET", WEATHER)
    whole = await signed_in.call("GET", place)
    assert early["packageRolloutStatus"] == "PackageRolloutNotStarted"
    assert (early["isPackageRollout"], early["packageRolloutPercentage"]) == (
        True,
        12.5,
    )
    assert seen == PATH_TO_PUBLICATION
    assert running == {
        "isPackageRollout": True,
        "packageRolloutPercentage": 12.5,
        "packageRolloutStatus": "PackageRolloutInProgress",
        "fallbackSubmissionId": old,
    }
    assert after["lastPublishedApplicationSubmission"]["id"] == new
    assert "pendingApplicationSubmission" not in after
    assert whole["fileUploadUrl"] is None
    [package] = whole["applicationPackages"]
    assert (package["version"], package["fileStatus"]) == ("3.1.0.0", "Uploaded")

    halted = await signed_in.call("POST", f"{place}/haltpackagerollout")
    assert halted["packageRolloutStatus"] == "PackageRolloutStopped"
    # The next submission is a clone of the halted one.
    again = await signed_in.submit(WEATHER, 5, "Weather_3.2.0.0_x64.msix")
    await signed_in.wait_until_published(f"{WEATHER}/submissions/{again}")
    place = f"{WEATHER}/submissions/{again}"
    running = await signed_in.call("GET", f"{place}/packagerollout")
    assert running["fallbackSubmissionId"] == old
    done = await signed_in.call("POST", f"{place}/finalizepackagerollout")
    assert done["packageRolloutStatus"] == "PackageRolloutComplete"


async def test_a_flight_is_created_rolled_out_and_deleted(
    signed_in: SubmissionClient,
) -> None:
    body = {"friendlyName": "Nightly", "groupIds": [7], "rankHigherThan": None}
    made = await signed_in.call("POST", f"{WEATHER}/flights", body)
    path = f"{WEATHER}/flights/{made['flightId']}"
    first = await signed_in.submit(path, package="Weather_4.0.0.0_x64.msix")
    await signed_in.wait_until_published(f"{path}/submissions/{first}")
    second = await signed_in.submit(path, 30, "Weather_4.1.0.0_x64.msix")
    await signed_in.wait_until_published(f"{path}/submissions/{second}")
    rollout = await signed_in.call("GET", f"{path}/submissions/{second}/packagerollout")
    listed = await signed_in.call("GET", f"{WEATHER}/listflights")
    gone = await signed_in.call("DELETE", path)

    assert set(made) == {"flightId", "friendlyName", "groupIds", "rankHigherThan"}
    assert (made["friendlyName"], made["groupIds"]) == ("Nightly", ["7"])
    assert rollout["packageRolloutStatus"] == "PackageRolloutInProgress"
    assert (rollout["packageRolloutPercentage"], rollout["fallbackSubmissionId"]) == (
        30.0,
        first,
    )
    assert [one["flightId"] for one in listed["value"]] == [made["flightId"]]
    assert gone == b""
    assert (await refused(signed_in, "GET", path))[0] == 404


async def test_a_release_without_a_rollout_reaches_everybody(
    signed_in: SubmissionClient,
) -> None:
    new = await signed_in.submit(WEATHER)
    await signed_in.wait_until_published(f"{WEATHER}/submissions/{new}")

    rollout = await signed_in.call("GET", f"{WEATHER}/submissions/{new}/packagerollout")
    assert rollout["isPackageRollout"] is False


async def test_a_package_that_was_not_uploaded_fails_the_commit(
    signed_in: SubmissionClient,
) -> None:
    submission = await signed_in.call("POST", f"{WEATHER}/submissions")
    place = f"{WEATHER}/submissions/{submission['id']}"
    new = {"fileName": "Weather_3.1.0.0.msix", "fileStatus": "PendingUpload"}
    submission["applicationPackages"].append(new)
    updated = await signed_in.call("PUT", place, submission)
    await signed_in.call("POST", f"{place}/commit")

    with pytest.raises(ApiError) as caught:
        await signed_in.wait_until_published(place)
    [problem] = caught.value.body["statusDetails"]["errors"]
    assert problem["code"] == "MissingFiles"
    assert "Weather_3.1.0.0.msix" in problem["details"]

    # What failed to be committed can be mended and committed again.
    await signed_in.upload(updated["fileUploadUrl"], new["fileName"])
    await signed_in.call("POST", f"{place}/commit")
    assert (await signed_in.wait_until_published(place))[-1] == "Published"


async def test_a_submission_with_very_long_listings_is_taken(
    signed_in: SubmissionClient,
) -> None:
    submission = await signed_in.call("POST", f"{WEATHER}/submissions")
    listing = submission["listings"]["en-us"]
    submission["listings"] = {f"x-{number}": listing for number in range(6_000)}
    place = f"{WEATHER}/submissions/{submission['id']}"

    assert len(json.dumps(submission)) > 1 << 20
    assert len((await signed_in.call("PUT", place, submission))["listings"]) == 6_000


async def test_an_upload_needs_the_signature_of_its_address(
    signed_in: SubmissionClient,
) -> None:
    submission = await signed_in.call("POST", f"{WEATHER}/submissions")
    address = submission["fileUploadUrl"]

    for wrong, status in (("sig=other", 403), ("", 403)):
        with pytest.raises(ApiError) as caught:
            await signed_in.upload(f"{address.partition('?')[0]}?{wrong}", "a.msix")
        assert caught.value.status == status
    await signed_in.call("DELETE", f"{WEATHER}/submissions/{submission['id']}")
    with pytest.raises(ApiError) as caught:
        await signed_in.upload(address, "a.msix")
    assert caught.value.status == 404


async def test_the_signature_of_an_upload_is_in_no_journal(
    signed_in: SubmissionClient, sandbox: Sandbox
) -> None:
    await signed_in.submit(WEATHER, package="Weather_3.1.0.0_x64.msix")

    uploads = [one for one in sandbox.store.requests if one.operation == "upload"]
    assert [(one.method, one.status, one.query) for one in uploads] == [
        ("PUT", 201, "")
    ]
    assert "sig" not in uploads[0].path


async def test_a_committed_submission_can_no_longer_be_changed(
    signed_in: SubmissionClient,
) -> None:
    new = await signed_in.submit(WEATHER)
    place = f"{WEATHER}/submissions/{new}"
    whole = await signed_in.call("GET", place)

    assert (await refused(signed_in, "PUT", place, whole))[0] == 409
    assert (await refused(signed_in, "POST", f"{place}/commit"))[0] == 409
    assert (await refused(signed_in, "DELETE", place))[0] == 409
    assert (await refused(signed_in, "POST", f"{WEATHER}/submissions"))[0] == 409


async def test_a_submission_that_waits_for_a_manual_release_stays_there(
    signed_in: SubmissionClient,
) -> None:
    draft = await signed_in.call("POST", f"{WEATHER}/submissions")
    place = f"{WEATHER}/submissions/{draft['id']}"
    draft["targetPublishMode"] = "Manual"
    await signed_in.call("PUT", place, draft)
    await signed_in.call("POST", f"{place}/commit")

    with pytest.raises(TimeoutError, match="Release"):
        await signed_in.wait_until_published(place)
