"""Updates of a draft: what a client may send in a PUT, and what becomes of it.

A PUT replaces: a field that is not sent goes back to its default, and a rollout that is
not sent is none. Names of fields may be in upper or lower case, values may not.

https://learn.microsoft.com/windows/uwp/monetize/update-an-app-submission
"""

import json
from typing import Any, Final

from bot.sandbox.store import responses
from bot.sandbox.store.model import Rollout, Submission
from bot.sandbox.store.packages import update_packages
from bot.sandbox.store.percentages import MAX_PERCENTAGE, to_single_precision

BAD_BODY: Final = "The request body must be a submission in JSON"
BAD_ROLLOUT: Final = (
    "isPackageRollout must be true or false, and packageRolloutPercentage a number from"
    " 0 to 100"
)

# What the server owns; it is ignored in a request.
_SERVER_OWNED: Final = frozenset(
    {"id", "flightId", "status", "statusDetails", "fileUploadUrl", "friendlyName"}
)
# The names of fields in the resources; a client may write them in any case. All other
# names, such as languages and markets, are kept as they are.
_NAMES: Final = """
    id flightId status statusDetails fileUploadUrl friendlyName applicationCategory
    pricing trialPeriod marketSpecificPricings sales priceId isAdvancedPricingModel
    visibility targetPublishMode targetPublishDate listings baseListing
    platformOverrides copyrightAndTrademarkInfo keywords licenseTerms privacyPolicy
    supportContact websiteUrl description features releaseNotes images
    recommendedHardware title
    fileName fileStatus imageType hardwarePreferences automaticBackupEnabled
    canInstallOnRemovableMedia isGameDvrEnabled gamingOptions hasExternalInAppProducts
    meetAccessibilityGuidelines notesForCertification applicationPackages flightPackages
    version architecture languages capabilities minimumDirectXVersion minimumSystemRam
    targetDeviceFamilies packageDeliveryOptions packageRollout isPackageRollout
    packageRolloutPercentage packageRolloutStatus fallbackSubmissionId isMandatoryUpdate
    mandatoryUpdateEffectiveDate enterpriseLicensing isSeekEnabled trailers
    allowMicrosoftDecideAppAvailabilityToFutureDeviceFamilies
    allowTargetFutureDeviceFamilies groupIds rankHigherThan
"""
_CANONICAL: Final = {name.lower(): name for name in _NAMES.split()}

Json = dict[str, Any]


def read_object(body: bytes) -> Json:
    """Return the JSON object in a body; raises RequestRejectedError for any other."""
    try:
        data = json.loads(body, object_hook=_with_canonical_names)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise responses.rejection(BAD_BODY, "submission")
    return data


def require_listings(sent: Json) -> None:
    """Raise RequestRejectedError for an app's submission without a listing."""
    listings = sent.get("listings")
    if not isinstance(listings, dict) or not listings:
        raise responses.rejection(responses.NO_LISTINGS, "listings")


def update(draft: Submission, sent: Json, before: list[Json], kind: str) -> None:
    """Update the draft; raises RequestRejectedError, and then changes nothing.

    `before` are its packages as the client has seen them, and `kind` is the name of the
    field that has them: "applicationPackages" or "flightPackages".
    """
    rollout = _rollout(sent)
    packages = update_packages(sent.get(kind, []), before)
    delivery = sent.get("packageDeliveryOptions") or {}
    kept = {k: v for k, v in sent.items() if k not in {*_SERVER_OWNED, kind}}
    draft.fields = kept | {
        "packageDeliveryOptions": {
            k: v for k, v in delivery.items() if k != "packageRollout"
        }
    }
    draft.rollout = rollout
    draft.packages = packages
    staying = [x for x in packages if x["fileStatus"] != "PendingDelete"]
    draft.versions = [package["version"] for package in staying]


def _rollout(sent: Json) -> Rollout:
    delivery = sent.get("packageDeliveryOptions")
    asked = delivery.get("packageRollout") if isinstance(delivery, dict) else delivery
    if asked is None:
        return Rollout()
    if not isinstance(asked, dict):
        raise responses.rejection(BAD_ROLLOUT, "packageRollout")
    enabled = asked.get("isPackageRollout", False)
    percentage = asked.get("packageRolloutPercentage", 0.0)
    number = isinstance(percentage, int | float) and not isinstance(percentage, bool)
    if (
        not isinstance(enabled, bool)
        or not number
        or not 0 <= percentage <= MAX_PERCENTAGE
    ):
        raise responses.rejection(BAD_ROLLOUT, "packageRollout")
    return Rollout(enabled, to_single_precision(float(percentage)))


def _with_canonical_names(data: Json) -> Json:
    return {_CANONICAL.get(name.lower(), name): value for name, value in data.items()}
