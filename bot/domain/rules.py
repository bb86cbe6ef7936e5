"""Rules: who may confirm a change, and which change needs a second person."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, assert_never

from bot.domain.directory import Profile
from bot.domain.submissions import Target
from bot.domain.verbs import Verb

# People and user groups that may confirm, together.
MOST_APPROVERS: Final = 10


class SecondPerson(StrEnum):
    """Whether a change needs a second person. The values are stored."""

    NO = "no"
    YES = "yes"
    ALONE_AFTER_10_MINUTES = "alone_after_10_minutes"
    ALONE_AFTER_1_HOUR = "alone_after_1_hour"


# How long the asker waits before they may do it alone, with a reason.
ALONE_AFTER: Final[Mapping[SecondPerson, timedelta]] = MappingProxyType(
    {
        SecondPerson.ALONE_AFTER_10_MINUTES: timedelta(minutes=10),
        SecondPerson.ALONE_AFTER_1_HOUR: timedelta(hours=1),
    }
)
_STRICTEST_LAST: Final = (
    SecondPerson.NO,
    SecondPerson.ALONE_AFTER_10_MINUTES,
    SecondPerson.ALONE_AFTER_1_HOUR,
    SecondPerson.YES,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do what with a target; a halt has no rule.

    `people` and `groups` are Slack's ids of those who may confirm; where there are
    none, everybody in the app's channels may.
    """

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    finalize: SecondPerson = SecondPerson.NO
    set: SecondPerson = SecondPerson.NO
    reason_required: bool = False

    @property
    def everybody(self) -> bool:
        """Whether everybody in the app's channels may confirm."""
        return not self.people and not self.groups

    def second_person(self, *verbs: Verb) -> SecondPerson:
        """Return whether what makes these changes needs a second person."""
        return max(map(self._second_person, verbs), key=_STRICTEST_LAST.index)

    def _second_person(self, verb: Verb) -> SecondPerson:
        match verb:
            case Verb.FINALIZE:
                return self.finalize
            case Verb.SET:
                return self.set
            case Verb.HALT:
                return SecondPerson.NO
        assert_never(verb)

    @property
    def people_needed(self) -> int:
        """How many of those who may confirm it takes for every change to be possible.

        Where a second person is needed and the asker never does without, one of them
        alone could not have their own changes confirmed. Of everybody there are enough.
        """
        if self.everybody:
            return 0
        return 2 if SecondPerson.YES in {self.finalize, self.set} else 1


# What holds where nobody has agreed on a rule.
NO_RULE: Final = Rule()


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """Return the JSON values of a rule, for a column or an event."""
    return asdict(rule)


def rule_from_json(stored: Mapping[str, Any]) -> Rule:
    """Return the rule of JSON values. Raises KeyError, TypeError or ValueError."""
    return Rule(
        people=tuple(stored["people"]),
        groups=tuple(stored["groups"]),
        finalize=SecondPerson(stored["finalize"]),
        set=SecondPerson(stored["set"]),
        reason_required=bool(stored["reason_required"]),
    )


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """The rule of a target; of several the flight's own comes before the app's.

    `target` is what it was made for: None for the default of the workspace. `version`
    counts the changes of all rules that could hold for the target: its own, that of its
    app, and the default. It is 0 where nobody has agreed on any of them. `inherited` is
    what would hold if this one were dropped.
    """

    rule: Rule = NO_RULE
    target: Target | None = None
    version: int = 0
    proposed_by: str | None = None
    agreed_by: str | None = None
    changed_at: datetime | None = None
    inherited: Rule = NO_RULE


class Ineligible(StrEnum):
    """Why somebody can confirm nothing, whatever a rule says."""

    BOT = "bot"
    DEACTIVATED = "deactivated"
    OTHER_COMPANY = "other_company"


def ineligible(profile: Profile) -> Ineligible | None:
    """Return why this person can confirm nothing; None where they can."""
    if profile.is_bot:
        return Ineligible.BOT
    if profile.is_deactivated:
        return Ineligible.DEACTIVATED
    return None if profile.is_colleague else Ineligible.OTHER_COMPANY
