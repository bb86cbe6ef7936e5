"""Approvers: who may confirm under a rule, as Slack knows them at the moment."""

from dataclasses import dataclass

from bot.domain.directory import LookupFailed
from bot.domain.rule_outcomes import (
    CannotConfirm,
    NotLookedUp,
    RuleProblem,
    TooFewApprovers,
    TooManyApprovers,
)
from bot.domain.rules import MOST_APPROVERS, Rule, ineligible
from bot.service.ports import Directory


@dataclass(frozen=True, slots=True)
class Approvers:
    """Those whom rules name, looked up in the directory."""

    directory: Directory

    async def problem(self, workspace: str, rule: Rule) -> RuleProblem | None:
        """Return why a rule cannot be agreed on; None where people can fulfil it."""
        named = len(rule.people) + len(rule.groups)
        if named > MOST_APPROVERS:
            return TooManyApprovers(named)
        await self.directory.warm(workspace, people=rule.people, groups=rule.groups)
        for person in rule.people:
            try:
                profile = await self.directory.profile(workspace, person)
            except LookupFailed as failed:
                return NotLookedUp(failed.code, group=False)
            if why := ineligible(profile):
                return CannotConfirm(person, profile.name, why)
        return await self._too_few(workspace, rule)

    async def may_confirm(self, workspace: str, rule: Rule, user_id: str) -> bool:
        """Return whether a rule lets this person confirm. Raises LookupFailed."""
        profile = await self.directory.profile(workspace, user_id)
        if ineligible(profile) is not None:
            return False
        if rule.everybody or user_id in rule.people:
            return True
        for group in rule.groups:
            if user_id in await self.directory.group_members(workspace, group):
                return True
        return False

    async def _too_few(
        self, workspace: str, rule: Rule
    ) -> TooFewApprovers | NotLookedUp | None:
        """Count until there are enough: a group may have thousands of members."""
        able, members = set(rule.people), set[str]()
        try:
            for group in rule.groups:
                members |= await self.directory.group_members(workspace, group)
        except LookupFailed as failed:
            return NotLookedUp(failed.code, group=True)
        for person in sorted(members - able):
            if len(able) >= rule.people_needed:
                break
            try:
                profile = await self.directory.profile(workspace, person)
            except LookupFailed as failed:
                return NotLookedUp(failed.code, group=False)
            if ineligible(profile) is None:
                able.add(person)
        if len(able) >= rule.people_needed:
            return None
        return TooFewApprovers(rule.people_needed, len(able))
