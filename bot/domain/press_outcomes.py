"""Outcomes of rules: a reason is wanted, a press is refused, or more are needed."""

from dataclasses import dataclass
from typing import Any

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import Disqualified, Refusal
from bot.domain.plan_terms import PlanTerms
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import RuleInForce, rule_to_json


@dataclass(frozen=True, slots=True)
class ReasonRequired:
    """No card was made: the target's rule wants a reason, and none was given.

    `terms` are those of a ramp; `change` is the last of its percentages, then.
    """

    chosen: ResolvedTarget
    change: Change
    terms: PlanTerms | None = None


@dataclass(frozen=True, slots=True)
class PressRefused:
    """A rule forbids this press; `in_force` is the one that holds now."""

    request: Request
    refusal: Refusal
    in_force: RuleInForce


def refusal_details(refused: PressRefused) -> dict[str, Any]:
    """Return which rule has refused a press, for the event: its text and whose it is.

    A person whom nobody may count on is refused by no rule.
    """
    refusal, now = refused.refusal, refused.in_force
    if isinstance(refusal, Disqualified):
        return {}
    details: dict[str, Any] = {"rule": rule_to_json(refusal.rule)}
    if refusal.rule != now.rule:
        return {**details, "rule_of": "request"}
    target = None if now.target is None else str(now.target)
    return {**details, "rule_of": target, "rule_version": now.version}
