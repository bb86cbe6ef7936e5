"""JSON of the Store's resources, with the fields and quirks of the real ones."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.sandbox.store.model import App, Flight, Rollout, Submission, SubmissionSlot
from bot.sandbox.store.switches import Switches

NEVER = "1601-01-01T00:00:00Z"
FIRST_PUBLISHED = "2021-03-11T01:32:11.0747851Z"
PUBLISHER = "CN=00000000-0000-4000-8000-00000000C0DE"
# The shape of the real one, which is a credential; this host cannot exist.
UPLOAD = (
    "https://ingestion.sandbox.invalid/ingestion/{name}?sv=2014-02-14&sr=b"
    "&sig=sandbox%2Bsignature-not-a-secret%3D&se=2099-01-01T00:00:00Z&sp=rwl"
)

Json = dict[str, Any]


def application(app: App, switches: Switches) -> Json:
    """Return the application resource."""
    slug = app.name.replace(" ", "")
    path = f"applications/{app.id}/submissions/"
    data: Json = {
        "id": app.id,
        "primaryName": app.name,
        "packageFamilyName": f"30481{slug}_ng6try80pwt52",
        "packageIdentityName": f"30481{slug}",
        "publisherName": PUBLISHER,
        "firstPublishedDate": FIRST_PUBLISHED if app.slot.published else NEVER,
    }
    data |= _references(app.slot, "Application", path, switches)
    return {**data, "hasAdvancedListingPermission": False}


def flight(flight: Flight, switches: Switches) -> Json:
    """Return the flight resource.

    Its `resourceLocation` lacks the app, as the real one does: clients have to build
    URIs from ids.
    """
    path = f"flights/{flight.id}/submissions/"
    data: Json = {"flightId": flight.id, "friendlyName": flight.name}
    data |= _references(flight.slot, "Flight", path, switches)
    groups = ["1152921504606962205"]
    return {**data, "groupIds": groups, "rankHigherThan": "Non-flighted submission"}


def submission(
    app: App, flight: Flight | None, one: Submission, switches: Switches
) -> Json:
    """Return the whole submission resource; drafts carry a `fileUploadUrl`."""
    slot = flight.slot if flight else app.slot
    draft = one is slot.pending
    upload = UPLOAD.format(name=uuid5(NAMESPACE_URL, one.id))
    shared: Json = {
        **status(one),
        "fileUploadUrl": upload if draft and one.made_by_api else None,
        "packageDeliveryOptions": {
            "packageRollout": rollout(one, slot, switches),
            "isMandatoryUpdate": False,
            "mandatoryUpdateEffectiveDate": "1601-01-01T00:00:00.0000000Z",
        },
        "notesForCertification": "",
    }
    packages = _packages(app, one)
    if flight is not None:
        own: Json = {"id": one.id, "flightId": flight.id, "flightPackages": packages}
        times = {"targetPublishMode": "Immediate", "targetPublishDate": ""}
        return own | shared | times
    data = {"id": one.id, **_listing(app), **shared, "applicationPackages": packages}
    if switches.seek_enabled == "top_level":
        data["isSeekEnabled"] = False
    return {**data, "friendlyName": f"Submission {one.number}", "trailers": []}


def status(one: Submission) -> Json:
    """Return the submission's status resource."""
    details: Json = {"errors": [], "warnings": [], "certificationReports": []}
    return {"status": one.status, "statusDetails": details}


def rollout(one: Submission, slot: SubmissionSlot, switches: Switches) -> Json:
    """Return the packageRollout object."""
    data = one.rollout
    fallback: str | None = data.fallback
    if one is slot.pending:
        fallback = _early_fallback(data, slot, switches)
    return {
        "isPackageRollout": data.enabled,
        "packageRolloutPercentage": data.percentage,
        "packageRolloutStatus": data.status.value,
        "fallbackSubmissionId": fallback,
    }


def _early_fallback(
    data: Rollout, slot: SubmissionSlot, switches: Switches
) -> str | None:
    choice = switches.fallback_before_publication
    if choice == "null":
        return None
    if choice == "published" and slot.published is not None:
        return slot.published.id
    return data.fallback


def _references(slot: SubmissionSlot, kind: str, path: str, switches: Switches) -> Json:
    data: Json = {}
    for state, one in (("lastPublished", slot.published), ("pending", slot.pending)):
        name = f"{state}{kind}Submission"
        if one is not None:
            data[name] = {"id": one.id, "resourceLocation": path + one.id}
        elif switches.missing_reference == "null":
            data[name] = None
    return data


def _packages(app: App, one: Submission) -> list[Json]:
    slug = app.name.replace(" ", "")
    return [
        {
            "fileName": f"{slug}_{version}_{architecture}.msix",
            "fileStatus": "Uploaded",
            "id": f"20000000000{int(one.id) % 1_000_000:06d}{index}",
            "version": version,
            "architecture": architecture,
            "languages": ["en-US"],
            "capabilities": ["internetClient"],
            "minimumDirectXVersion": "None",
            "minimumSystemRam": "None",
            "targetDeviceFamilies": ["Windows.Desktop min version 10.0.19041.0"],
        }
        for index, (version, architecture) in enumerate(
            zip(one.versions, ("x64", "arm64"), strict=False)
        )
    ]


def _listing(app: App) -> Json:
    base: Json = {
        "copyrightAndTrademarkInfo": "",
        "keywords": [],
        "licenseTerms": "",
        "privacyPolicy": "",
        "supportContact": "",
        "websiteUrl": "",
        "description": f"{app.name} for Windows.",
        "features": [],
        "releaseNotes": "",
        "images": [],
        "recommendedHardware": [],
        "title": app.name,
    }
    pricing: Json = {"trialPeriod": "NoFreeTrial", "priceId": "Free", "sales": []}
    return {
        "applicationCategory": "Productivity",
        "pricing": pricing | {"marketSpecificPricings": {}},
        "visibility": "Public",
        "targetPublishMode": "Immediate",
        "targetPublishDate": NEVER,
        "listings": {"en-us": {"baseListing": base, "platformOverrides": {}}},
        "hardwarePreferences": [],
        "automaticBackupEnabled": False,
        "canInstallOnRemovableMedia": True,
        "isGameDvrEnabled": False,
        "gamingOptions": [],
        "hasExternalInAppProducts": False,
        "meetAccessibilityGuidelines": True,
        "enterpriseLicensing": "Online",
        "allowMicrosoftDecideAppAvailabilityToFutureDeviceFamilies": True,
        "allowTargetFutureDeviceFamilies": {"Desktop": True, "Xbox": False},
    }
