"""Directory of the local Slack: teams, people, channels and the app."""

import dataclasses
from typing import Any, Final

TEAM_ID: Final = "T0CONTOSO"
BOT_USER_ID: Final = "U0ROLLOUT"
BOT_ID: Final = "B0ROLLOUT"
APP_ID: Final = "A0ROLLOUT"
BOT_NAME: Final = "rollout"
BOT_REAL_NAME: Final = "Rollout"
COMMAND: Final = "/rollout"

BOT_TOKEN: Final = "xoxb-sandbox-not-a-secret"  # noqa: S105 - it opens only the sandbox.
APP_TOKEN: Final = "xapp-sandbox-not-a-secret"  # noqa: S105 - it opens only the sandbox.
SIGNING_SECRET: Final = "sandbox-signing-not-a-secret"  # noqa: S105 - likewise.
VERIFICATION_TOKEN: Final = "sandbox-verification-not-a-secret"  # noqa: S105 - likewise.

# Those that the bot's manifest asks for, and no other.
DEFAULT_SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "usergroups:read",
    "users:read",
)

# Those that the page offers for a person: one of each language that the bot writes in,
# and one that it does not.
LOCALES: Final = ("en-US", "en-GB", "fr-FR", "de-DE", "ru-RU", "zh-CN", "es-ES")

DIRECT: Final = "D"


@dataclasses.dataclass(frozen=True, slots=True)
class Team:
    """A workspace; `organisation` is the id of its Enterprise Grid, if it is in one."""

    id: str
    name: str
    domain: str
    organisation: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """A human member of a workspace; `locale` is an IETF tag such as ``de-DE``.

    `admin` means one of the workspace's admins; `deactivated` that the account is off.
    """

    id: str
    name: str
    real_name: str
    team_id: str
    locale: str
    timezone: str
    admin: bool = False
    deactivated: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class UserGroup:
    """A group of people that can be mentioned by its handle; `members` are ids."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]
    disabled: bool = False


@dataclasses.dataclass(slots=True)
class Channel:
    """A conversation with its members; `shared` means shared by Slack Connect.

    `direct` means the direct messages of the bot and one person.
    """

    id: str
    name: str
    topic: str
    members: set[str]
    private: bool = False
    shared: bool = False
    direct: bool = False
    archived: bool = False

    @property
    def bot_is_member(self) -> bool:
        """Whether the bot was invited."""
        return BOT_USER_ID in self.members


@dataclasses.dataclass(slots=True)
class Directory:
    """Teams, people and channels by id; add to them before the server starts."""

    teams: dict[str, Team]
    people: dict[str, Person]
    channels: dict[str, Channel]
    groups: dict[str, UserGroup] = dataclasses.field(default_factory=dict)

    @property
    def home(self) -> Team:
        """The workspace in which the app is installed."""
        return self.teams[TEAM_ID]

    def is_guest(self, user_id: str) -> bool:
        """Return whether this person belongs to another workspace."""
        return self.people[user_id].team_id != TEAM_ID

    def colleagues(self, team_id: str) -> list[str]:
        """Return the ids of the workspaces in the same organisation as this one."""
        organisation = self.teams[team_id].organisation
        if not organisation:
            return [team_id]
        return [
            team.id for team in self.teams.values() if team.organisation == organisation
        ]

    def can_see(self, user_id: str, channel: Channel) -> bool:
        """Return whether a person sees a channel.

        Colleagues see public channels; everybody sees the ones they are in.
        """
        if user_id in channel.members:
            return True
        return not channel.private and not self.is_guest(user_id)

    def direct(self, user_id: str) -> Channel | None:
        """Open and return the direct messages with a person; None for an unknown id."""
        if user_id not in self.people:
            return None
        channel = Channel(
            direct_id(user_id),
            BOT_REAL_NAME,
            "",
            {user_id, BOT_USER_ID},
            private=True,
            direct=True,
        )
        return self.channels.setdefault(channel.id, channel)

    def restore(
        self,
        people: dict[str, list[Any]],
        groups: list[dict[str, Any]] | None,
    ) -> None:
        """Restore what was changed of people, and the groups; None for no change.

        An older file has no locales.
        """
        for user_id, (admin, deactivated, *locale) in people.items():
            if user_id in self.people:
                seeded = self.people[user_id]
                self.people[user_id] = dataclasses.replace(
                    seeded,
                    admin=admin,
                    deactivated=deactivated,
                    locale=locale[0] if locale else seeded.locale,
                )
        if groups is not None:
            read = [{**group, "members": tuple(group["members"])} for group in groups]
            self.groups = {group["id"]: UserGroup(**group) for group in read}

    def close_direct(self) -> None:
        """Delete the direct messages, as if none had been opened."""
        for channel in [each for each in self.channels.values() if each.direct]:
            del self.channels[channel.id]


def direct_id(user_id: str) -> str:
    """Return the id of the direct messages of the bot and a person."""
    return f"{DIRECT}{user_id[1:]}"


def seed() -> Directory:
    """Return the people and channels that every sandbox starts with."""
    colleagues = {"U0ANN", "U0BEN", "U0DEE"}
    dee = Person("U0DEE", "dee", "Dee Novak", TEAM_ID, "en-GB", "Europe/London")
    teams = (
        Team(TEAM_ID, "Contoso", "contoso"),
        Team("T0FABRIKAM", "Fabrikam", "fabrikam"),
    )
    people = (
        Person("U0ANN", "ann", "Ann Ortega", TEAM_ID, "en-US", "America/New_York"),
        Person("U0BEN", "ben", "Ben Kaya", TEAM_ID, "de-DE", "Europe/Berlin"),
        dataclasses.replace(dee, admin=True),
        Person("U0GIL", "gil", "Gil Moreau", "T0FABRIKAM", "fr-FR", "Europe/Paris"),
    )
    channels = (
        Channel(
            "C0MAIL",
            "release-mail",
            "Releases of Contoso Mail",
            {*colleagues, BOT_USER_ID},
        ),
        Channel(
            "C0GAMES",
            "release-games",
            "Releases of the games, together with Fabrikam",
            {*colleagues, "U0GIL", BOT_USER_ID},
            shared=True,
        ),
        Channel("C0GENERAL", "general", "Everything else", set(colleagues)),
    )
    managers = UserGroup(
        "S0MANAGERS", "release-managers", "Release managers", ("U0ANN", "U0BEN")
    )
    return Directory(
        {team.id: team for team in teams},
        {person.id: person for person in people},
        {channel.id: channel for channel in channels},
        {managers.id: managers},
    )
