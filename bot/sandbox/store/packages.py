"""Packages of a submission: made up from its versions, or set by a client's update.

https://learn.microsoft.com/windows/uwp/monetize/manage-app-submissions#application-package-object
"""

import re
from typing import Any, Final

from bot.sandbox.store import responses
from bot.sandbox.store.model import App, Submission

FILE_STATUSES: Final = ("None", "PendingUpload", "Uploaded", "PendingDelete")
FIRST_VERSION: Final = "1.0.0.0"
FIRST_ID: Final = 2_000_000_000_000_000_000
BAD_PACKAGE: Final = (
    "Each package needs a fileName, and a fileStatus that is one of: "
    + ", ".join(FILE_STATUSES)
)
MISSING_PACKAGES: Final = (
    "Please keep all file entries for existing packages. \nIf you wish to remove a "
    "package, mark it as PendingDelete. The following packages are missing in your "
    "update: {ids}"
)

_OF_THE_CLIENT: Final = ("fileName", "minimumDirectXVersion", "minimumSystemRam")
_VERSION: Final = re.compile(r"(?<![0-9.])[0-9]{1,5}(?:\.[0-9]{1,5}){3}(?![0-9])")
_ARCHITECTURE: Final = re.compile(r"(?<![a-z0-9])(x64|x86|arm64|arm)(?![a-z0-9])")

Json = dict[str, Any]


def packages_of(app: App, one: Submission) -> list[Json]:
    """Return the packages that a client has set, or one for each version."""
    if one.packages:
        return [dict(package) for package in one.packages]
    slug = app.name.replace(" ", "")
    return [
        _package(
            f"20000000000{int(one.id) % 1_000_000:06d}{index}",
            f"{slug}_{version}_{architecture}.msix",
            version,
            architecture,
        )
        for index, (version, architecture) in enumerate(
            zip(one.versions, ("x64", "arm64"), strict=False)
        )
    ]


def update_packages(sent: object, before: list[Json]) -> list[Json]:
    """Return the packages after a client's update of the ones `before`.

    Raises RequestRejectedError where one is malformed, or a present one is left out.
    """
    if not isinstance(sent, list) or not all(_is_package(each) for each in sent):
        raise responses.rejection(BAD_PACKAGE, "packages")
    known = {str(package["id"]): package for package in before}
    named = {str(package["fileName"]): package for package in before}
    missing = dict(known)
    packages: list[Json] = []
    for position, each in enumerate(sent):
        # An update may name a package by its id or by its file.
        old = known.get(str(each.get("id"))) or named.get(each["fileName"])
        if old is not None:
            missing.pop(str(old["id"]), None)
        complete = old or _unpacked(each["fileName"], position, before)
        own = {name: each[name] for name in _OF_THE_CLIENT if name in each}
        packages.append({**complete, **own, "fileStatus": each["fileStatus"]})
    if missing:
        text = MISSING_PACKAGES.format(ids=", ".join(missing))
        raise responses.rejection(text, "packages")
    return packages


def next_minor(version: str) -> str:
    """Return the version with the next minor number, 4.12.0.0 becoming 4.13.0.0."""
    major, minor, *_ = version.split(".")
    return f"{major}.{int(minor) + 1}.0.0"


def _is_package(each: object) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("fileName"), str):
        return False
    return each.get("fileStatus") in FILE_STATUSES


def _unpacked(name: str, position: int, before: list[Json]) -> Json:
    """Return what the Store finds out about a new package by unpacking it.

    The file's name tells version and architecture, since its content is not looked at;
    without a version in the name it is the one after the present package's.
    """
    found = _VERSION.search(name)
    following = next_minor(before[0]["version"]) if before else FIRST_VERSION
    architecture = _ARCHITECTURE.search(name.lower())
    last = max((int(package["id"]) for package in before), default=FIRST_ID)
    return _package(
        str(last + 1 + position),
        name,
        found.group() if found else following,
        architecture.group() if architecture else "x64",
    )


def _package(identity: str, name: str, version: str, architecture: str) -> Json:
    return {
        "fileName": name,
        "fileStatus": "Uploaded",
        "id": identity,
        "version": version,
        "architecture": architecture,
        "languages": ["en-US"],
        "capabilities": ["internetClient"],
        "minimumDirectXVersion": "None",
        "minimumSystemRam": "None",
        "targetDeviceFamilies": ["Windows.Desktop min version 10.0.19041.0"],
    }
