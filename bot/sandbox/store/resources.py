"""JSON of the Store's resources, with the fields and quirks of the real ones."""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.sandbox.store.model import (
    EDITABLE,
    App,
    Flight,
    Rollout,
    Submission,
    SubmissionSlot,
)
from bot.sandbox.store.packages import packages_of
from bot.sandbox.store.switches import Switches

NEVER = "1601-01-01T00:00:00Z"
FIRST_PUBLISHED = "2021-03-11T01:32:11.0747851Z"
PUBLISHER = "CN=00000000-0000-4000-8000-00000000C0DE"
# The shape of the real one, which is a credential.
UPLOAD_PATH = "/store/ingestion/"
UPLOAD_QUERY = (
    "?sv=2014-02-14&sr=b&sig=sandbox%2Bsignature-not-a-secret%3D"
    "&se=2099-01-01T00:00:00Z&sp=rwl"
)

# What a minimal response leaves out.
LARGE = ("listings", "applicationPackages", "flightPackages", "trailers")

Json = dict[str, Any]

_FLIGHT_DEFAULTS: Json = {
    "targetPublishMode": "Immediate",
    "targetPublishDate": "",
    "notesForCertification": "",
}


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
    return {
        **data,
        "groupIds": list(flight.groups),
        "rankHigherThan": flight.rank_higher_than,
    }


def submission(
    app: App, flight: Flight | None, one: Submission, switches: Switches, origin: str
) -> Json:
    """Return the whole submission resource; drafts carry a `fileUploadUrl`.

    `origin` is the address under which the client has reached the Store.
    """
    slot = flight.slot if flight else app.slot
    draft = one is slot.pending and one.status in EDITABLE and one.made_by_api
    upload = f"{origin}{UPLOAD_PATH}{upload_name(one)}{UPLOAD_QUERY}"
    delivery: Json = {
        "isMandatoryUpdate": False,
        "mandatoryUpdateEffectiveDate": "1601-01-01T00:00:00.0000000Z",
        **one.fields.get("packageDeliveryOptions", {}),
    }
    shared: Json = {
        **status(one),
        "fileUploadUrl": upload if draft else None,
        "packageDeliveryOptions": {
            "packageRollout": rollout(one, slot, switches),
            **delivery,
        },
    }
    set_by_client = {k: v for k, v in one.fields.items() if k not in shared}
    found = packages_of(app, one)
    own: Json
    if flight is not None:
        own = {"id": one.id, "flightId": flight.id, "flightPackages": found}
        return own | shared | _FLIGHT_DEFAULTS | set_by_client
    own = {"id": one.id, **_listing(app), **shared, "applicationPackages": found}
    if switches.seek_enabled == "top_level":
        own["isSeekEnabled"] = False
    number = {"friendlyName": f"Submission {one.number}", "trailers": []}
    return own | number | set_by_client


def upload_name(one: Submission) -> str:
    """Return the name under which a submission's archive is uploaded."""
    return str(uuid5(NAMESPACE_URL, one.id))


def status(one: Submission) -> Json:
    """Return the submission's status resource."""
    details: Json = {"warnings": [], "certificationReports": []}
    details = {"errors": [dict(error) for error in one.errors], **details}
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
        "notesForCertification": "",
        "enterpriseLicensing": "Online",
        "allowMicrosoftDecideAppAvailabilityToFutureDeviceFamilies": True,
        "allowTargetFutureDeviceFamilies": {"Desktop": True, "Xbox": False},
    }
