"""Changes of rules: what a proposal of another rule says, and the event of its end."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.channel_outcomes import LetInAsked
from bot.domain.events import Event, EventKind
from bot.domain.outcomes import NotAllowed
from bot.domain.proposals import PROPOSED_FOR, Proposal, ProposalKind
from bot.domain.requests import Asker
from bot.domain.rule_outcomes import (
    RuleOutdated,
    RulePending,
    RuleProblem,
    RuleProposed,
    RuleUnchanged,
    TargetRule,
)
from bot.domain.rules import Rule, rule_from_json, rule_to_json

# How the proposal of a rule can be answered.
ProposedRule = (
    RuleProposed
    | RulePending
    | RuleUnchanged
    | RuleOutdated
    | RuleProblem
    | NotAllowed
    | LetInAsked
)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The rule that was in force when another was proposed, and that other one.

    `version` is that of the rules that could hold then. It `drops` the target's own
    rule: the other one is that of its app, or of the workspace, which holds from then
    on. The names are what the channel knew of the target.
    """

    old: Rule
    new: Rule
    version: int
    app_name: str | None = None
    flight_name: str | None = None
    drops: bool = False


def rule_proposal(
    proposal_id: str, before: TargetRule, rule: Rule | None, asker: Asker
) -> Proposal:
    """Return the proposal of another rule for a target, or for the workspace.

    None drops the target's own.
    """
    new = before.in_force.inherited if rule is None else rule
    details = {
        "old": rule_to_json(before.in_force.rule),
        "new": rule_to_json(new),
        "version": before.in_force.version,
        "app_name": before.app_name,
        "flight_name": before.flight_name,
        **({"drops": True} if rule is None else {}),
    }
    return Proposal(
        id=proposal_id,
        kind=ProposalKind.RULE,
        place=asker.place,
        target=before.target,
        asked_by=asker.person.user_id,
        asked_at=asker.at,
        expires_at=asker.at + PROPOSED_FOR,
        details=details,
    )


def rule_change_of(proposal: Proposal) -> RuleChange:
    """Return what is proposed. Raises KeyError, TypeError or ValueError."""
    details = proposal.details
    return RuleChange(
        rule_from_json(details["old"]),
        rule_from_json(details["new"]),
        int(details["version"]),
        details.get("app_name"),
        details.get("flight_name"),
        bool(details.get("drops")),
    )


def rule_changed(proposal: Proposal, at: datetime) -> Event:
    """Return the event of a rule that somebody has agreed to."""
    details = {
        "proposal": proposal.id,
        "asked_by": proposal.asked_by,
        "old": proposal.details["old"],
        "new": proposal.details["new"],
        **({"drops": True} if proposal.details.get("drops") else {}),
    }
    return Event(
        EventKind.RULE_CHANGED,
        at,
        proposal.place,
        proposal.target,
        proposal.decided_by,
        details=details,
    )
