"""The rules in memory, proved by the tests of the SQL ones in tests/db."""

from dataclasses import replace
from datetime import datetime

from bot.domain.proposals import Proposal
from bot.domain.rule_changes import rule_change_of, rule_changed
from bot.domain.rules import NO_RULE, Rule, RuleInForce
from bot.domain.submissions import Target
from tests.fakes.memory import Repository
from tests.fakes.samples import NOON


class FakeRules(Repository):
    """The rules of all workspaces."""

    def put(
        self, workspace: str, target: Target | None, rule: Rule, version: int = 1
    ) -> RuleInForce:
        """Store a rule for a test to start from, without an event."""
        found = RuleInForce(rule, target, version, "U1", "U2", NOON)
        self.memory.rules[workspace, target] = found
        return found

    def agree(self, proposal: Proposal, now: datetime) -> None:
        """Store the rule of a proposal that is agreed to, and its event.

        One that is dropped leaves its version, and no time at which it was agreed to.
        """
        key = proposal.place.workspace, proposal.target
        before = self.memory.rules.get(key, RuleInForce())
        self.memory.rules[key] = RuleInForce(
            rule_change_of(proposal).new,
            proposal.target,
            before.version + 1,
            proposal.asked_by,
            proposal.decided_by,
            None if rule_change_of(proposal).drops else now,
        )
        self.memory.append(rule_changed(proposal, now))

    async def rule_in_force(self, workspace: str, target: Target | None) -> RuleInForce:
        """Return the rule of a target; of None that of the workspace's default."""
        self.reach()
        return self.in_force(workspace, target)

    def in_force(self, workspace: str, target: Target | None) -> RuleInForce:
        """Return the rule of a target, for those that are in the same memory."""
        rules = self.memory.rules
        levels = [target] if target else []
        if target is not None and target.flight_id is not None:
            levels.append(replace(target, flight_id=None))
        keys = [(workspace, level) for level in (*levels, None)]
        found = [rules[key] for key in keys if key in rules]
        version = sum(one.version for one in found)
        kept = [one for one in found if one.changed_at is not None]
        if not kept:
            return RuleInForce(version=version)
        inherited = kept[1].rule if len(kept) > 1 else NO_RULE
        return replace(kept[0], version=version, inherited=inherited)
