"""The directory: people, user groups and members of channels, as Slack knows them."""

from dataclasses import dataclass
from typing import Final

# Slack's code where the plan of a workspace has no user groups.
# https://docs.slack.dev/reference/methods/usergroups.list
NO_GROUPS: Final = "plan_upgrade_required"


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack knows of a person.

    `zone` is an IANA name, empty where it is not known. `is_admin` holds for the owners
    of the workspace too. `is_colleague` is whether the person belongs to the workspace,
    or to its organisation.
    """

    user_id: str
    name: str
    zone: str = ""
    is_admin: bool = False
    is_bot: bool = False
    is_deactivated: bool = False
    is_colleague: bool = True


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group of the workspace, such as `@release-managers`."""

    id: str
    handle: str
    name: str


class LookupFailed(Exception):
    """Slack did not say; `code` is its reason, such as `plan_upgrade_required`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
