"""Rule changes: propose another rule, and judge who may agree to it.

A proposal is judged by the rule in force and by the new one: what either forbids does
not pass, so that nobody loosens a rule that would forbid them to.
"""

from uuid import uuid4

from bot.domain.directory import LookupFailed
from bot.domain.events import action_refused
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Action
from bot.domain.proposals import Proposal
from bot.domain.requests import Asker
from bot.domain.rule_changes import ProposedRule, rule_change_of, rule_proposal
from bot.domain.rule_outcomes import (
    AgreementRefused,
    NotLookedUp,
    RefusedBecause,
    RuleOutdated,
    RulePending,
    RuleProblem,
    RuleProposed,
    RuleUnchanged,
    TargetRule,
)
from bot.domain.rules import Rule, ineligible
from bot.domain.submissions import Target
from bot.service.approvers import Approvers
from bot.service.ports import Directory
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories


class RuleChanges:
    """Proposals of rules, and the ProposalPolicy of their cards.

    Every method raises StorageUnavailable and UnreadableRecord.
    """

    def __init__(
        self,
        repositories: Repositories,
        directory: Directory,
        channels: ReleaseChannels,
    ) -> None:
        self._repositories = repositories
        self._directory = directory
        self._channels = channels
        self._approvers = Approvers(directory)

    async def may_propose(
        self, target: Target | None, asker: Asker
    ) -> NotAllowed | NotLookedUp | None:
        """Return why the asker may not propose a rule, and record the refusal.

        Whoever may ask for a change of an app may propose its rule. The default holds
        for the apps of all channels: it is changed by those who look after the
        workspace.
        """
        denied = await self._channels.refuse_person(target, asker)
        if denied is not None:
            return denied
        if target is not None:
            return await self._channels.refuse_change(target, asker)
        events = self._repositories.events
        workspace, user = asker.place.workspace, asker.person.user_id
        try:
            profile = await self._directory.profile(workspace, user)
        except LookupFailed as failed:
            code, details = RefusedBecause.LOOKUP_FAILED, {"slack": failed.code}
            event = action_refused(Action.ASK, code, asker, details=details)
            await events.add_event(event)
            return NotLookedUp(failed.code, group=False)
        if profile.is_admin:
            return None
        refused = NotAllowed(Denial.NOT_AN_ADMIN)
        await events.add_event(action_refused(Action.ASK, refused.denial, asker))
        return refused

    async def problem(self, workspace: str, rule: Rule) -> RuleProblem | None:
        """Return why nobody could fulfil a rule, or who is in it that cannot."""
        return await self._approvers.problem(workspace, rule)

    async def propose(
        self, before: TargetRule, version: int, rule: Rule | None, asker: Asker
    ) -> ProposedRule:
        """Store the proposal of another rule; its card is to be posted.

        None drops the target's own rule, so that it follows its app or the workspace.
        `before` is what is in force, and `version` what the proposer has seen.
        """
        denied = await self.may_propose(before.target, asker)
        if denied is not None:
            return denied
        new = before.in_force.inherited if rule is None else rule
        problem = await self._approvers.problem(asker.place.workspace, new)
        if problem is not None:
            return problem
        if before.in_force.version != version:
            return RuleOutdated(before)
        if before.in_force.rule == rule or (rule is None and not before.may_drop):
            return RuleUnchanged(before)
        if before.target is not None:
            # An app that no channel has belongs to the one that changes its rule.
            refused = await self._channels.enter(before.target, asker)
            if refused is not None:
                return refused
        wanted = rule_proposal(uuid4().hex, before, rule, asker)
        stored = await self._repositories.proposals.add_proposal(wanted)
        return RuleProposed() if stored.id == wanted.id else RulePending(before)

    async def may_decide(
        self, proposal: Proposal, presser: Asker, *, agrees: bool
    ) -> NotAllowed | AgreementRefused | None:
        """Return why a member of the workspace may not agree, or not decline.

        Admins and owners of the workspace may, the proposer among them: somebody has to
        where a rule names only people who are gone. The proposer may withdraw it.
        """
        closed = self._channels.closed(proposal.place)
        if agrees and closed is not None:
            return NotAllowed(closed, proposal.target)
        change, user = rule_change_of(proposal), presser.person.user_id
        own = user == proposal.asked_by
        if own and not agrees:
            return None
        workspace = proposal.place.workspace
        try:
            profile = await self._directory.profile(workspace, user)
            if profile.is_admin and ineligible(profile) is None:
                return await self._still_possible(workspace, change.new, agrees=agrees)
            if own:
                return AgreementRefused(RefusedBecause.OWN_PROPOSAL, change.old)
            if not await self._is_in_channel(proposal, user):
                return NotAllowed(Denial.NOT_IN_CHANNEL)
            if not await self._approvers.may_confirm(workspace, change.old, user):
                return AgreementRefused(RefusedBecause.NOT_LISTED_NOW, change.old)
            if agrees and not await self._approvers.may_confirm(
                workspace, change.new, user
            ):
                return AgreementRefused(RefusedBecause.NOT_LISTED_NEXT, change.new)
        except LookupFailed as failed:
            why = RefusedBecause.LOOKUP_FAILED
            return AgreementRefused(why, change.old, failed.code)
        return await self._still_possible(workspace, change.new, agrees=agrees)

    async def is_outdated(self, proposal: Proposal) -> bool:
        """Return whether the rules have changed, or the channel has not the app."""
        place, target = proposal.place, proposal.target
        found = await self._repositories.rules.rule_in_force(place.workspace, target)
        if found.version != rule_change_of(proposal).version:
            return True
        if target is None:
            return False
        release_channels = self._repositories.release_channels
        having = await release_channels.channels_of(place.workspace, target)
        return place.channel not in {one.channel for one in having}

    async def _still_possible(
        self, workspace: str, new: Rule, *, agrees: bool
    ) -> AgreementRefused | None:
        """Return that nobody could fulfil the rule by now: people leave groups."""
        problem = await self._approvers.problem(workspace, new) if agrees else None
        if problem is None:
            return None
        if isinstance(problem, NotLookedUp):
            return AgreementRefused(RefusedBecause.LOOKUP_FAILED, new, problem.code)
        return AgreementRefused(RefusedBecause.UNFULFILLABLE, new)

    async def _is_in_channel(self, proposal: Proposal, user_id: str) -> bool:
        """Return whether a person is in the channel, and does not only look into it."""
        place = proposal.place
        return await self._directory.is_in_channel(
            place.workspace, place.channel, user_id
        )
