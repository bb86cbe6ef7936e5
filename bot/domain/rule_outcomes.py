"""Outcomes about rules: what is shown of them, and why another one is not proposed."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.directory import UserGroup
from bot.domain.rules import Ineligible, Rule, RuleInForce
from bot.domain.submissions import Target


@dataclass(frozen=True, slots=True)
class TargetRule:
    """The rule of a target as the channel calls it; of None the workspace's default."""

    target: Target | None
    in_force: RuleInForce
    alias: str | None = None
    app_name: str | None = None
    flight_name: str | None = None

    @property
    def is_own(self) -> bool:
        """Whether somebody has agreed on it for this very target."""
        return (
            self.in_force.changed_at is not None and self.in_force.target == self.target
        )

    @property
    def may_drop(self) -> bool:
        """Whether it can be dropped; the default follows no other rule."""
        return self.is_own and self.target is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule of one target, or those of the channel with the default."""

    rules: tuple[TargetRule, ...]
    of_channel: bool = False


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What the form begins with: the rule in force, and the groups that it names.

    `has_groups` is False where the plan of the workspace has no user groups.
    """

    rule: TargetRule
    groups: tuple[UserGroup, ...] = ()
    has_groups: bool = True


@dataclass(frozen=True, slots=True)
class TooManyApprovers:
    """A rule names more people and groups than it may."""

    named: int


@dataclass(frozen=True, slots=True)
class CannotConfirm:
    """A rule names somebody who can confirm nothing."""

    user_id: str
    name: str
    why: Ineligible


@dataclass(frozen=True, slots=True)
class TooFewApprovers:
    """A rule needs so many people who may confirm, and names fewer (`able`)."""

    needed: int
    able: int


@dataclass(frozen=True, slots=True)
class NotLookedUp:
    """Slack did not say who could fulfil a rule; `code` is its reason.

    `group` is whether it was asked about user groups.
    """

    code: str
    group: bool


# Why a rule is not proposed, whatever the rule before it was.
RuleProblem = TooManyApprovers | CannotConfirm | TooFewApprovers | NotLookedUp


@dataclass(frozen=True, slots=True)
class RuleUnchanged:
    """What was proposed holds already."""

    rule: TargetRule


@dataclass(frozen=True, slots=True)
class RuleOutdated:
    """The rule has changed since the form showed it."""

    rule: TargetRule


@dataclass(frozen=True, slots=True)
class RuleProposed:
    """The proposal is stored; its card is to be posted."""


@dataclass(frozen=True, slots=True)
class RulePending:
    """Another rule is proposed for the target already, and nobody has decided."""

    rule: TargetRule


class RefusedBecause(StrEnum):
    """Why somebody may not decide the proposal of a rule. They stand in the log."""

    OWN_PROPOSAL = "own_proposal"
    NOT_LISTED_NOW = "not_listed_now"
    NOT_LISTED_NEXT = "not_listed_next"
    LOOKUP_FAILED = "lookup_failed"
    UNFULFILLABLE = "unfulfillable"


@dataclass(frozen=True, slots=True)
class AgreementRefused:
    """This person may not decide the proposal, because of `rule`.

    `code` is Slack's reason where a lookup has failed.
    """

    why: RefusedBecause
    rule: Rule
    code: str = ""
