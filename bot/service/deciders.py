"""Deciders: who may decide a card that waits, found out without a press.

It is for showing what waits for whom: nothing is recorded, and each press is judged
anew. What Slack does not say now hides no card.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.domain.permission import Action, Subject, authorize
from bot.domain.plans import Plan
from bot.domain.proposals import Proposal, ProposalKind
from bot.domain.requests import Asker, Person, Request, UnreadableRecord
from bot.domain.rule_outcomes import AgreementRefused, RefusedBecause
from bot.service.judging import PressJudge
from bot.service.letting_in import LettingIn
from bot.service.ports import Directory
from bot.service.proposals import ProposalPolicy
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.rule_changes import RuleChanges


class Deciders:
    """Who may decide what waits. Every method raises StorageUnavailable.

    `allowed` are the channels in which anything is changed; empty for all.
    """

    def __init__(
        self,
        repositories: Repositories,
        directory: Directory,
        allowed: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._channels = ReleaseChannels(
            repositories.release_channels,
            repositories.proposals,
            repositories.events,
            directory,
            allowed,
        )
        self._judge = PressJudge(repositories.requests, repositories.rules, directory)
        self._policies = proposal_policies(repositories, directory, self._channels)
        self._clock = clock

    async def may_confirm(self, person: Person, request: Request) -> bool:
        """Return whether a person may confirm a request, now or later."""
        target, closed = request.snapshot.ref.target, self._channels.closed
        subject = Subject(request.place, target, closed=closed(request.place))
        if authorize(person, Action.APPROVE, subject) is not None:
            return False
        try:
            refused = await self._judge.refuse_confirmation(request, person.user_id)
        except UnreadableRecord:
            return True
        return refused is None

    def may_let_go_on(self, person: Person, plan: Plan) -> bool:
        """Return whether a person may let a held ramp go on, or stop it."""
        target, closed = plan.ref.target, self._channels.closed
        subject = Subject(plan.place, target, closed=closed(plan.place))
        return authorize(person, Action.ASK, subject) is None

    async def may_decide(self, person: Person, proposal: Proposal) -> bool:
        """Return whether a person may agree to a proposal, or decline it."""
        subject = Subject(proposal.place, proposal.target)
        if authorize(person, Action.CANCEL, subject) is not None:
            return False
        presser = Asker(person, proposal.place, self._clock())
        policy = self._policies[proposal.kind]
        try:
            for agrees in (True, False):
                refused = await policy.may_decide(proposal, presser, agrees=agrees)
                unknown = isinstance(refused, AgreementRefused) and (
                    refused.why is RefusedBecause.LOOKUP_FAILED
                )
                if refused is None or unknown:
                    return True
        except UnreadableRecord:
            return False
        return False


def proposal_policies(
    repositories: Repositories, directory: Directory, channels: ReleaseChannels
) -> Mapping[ProposalKind, ProposalPolicy]:
    """Return who may decide the proposals of each kind."""
    return {
        ProposalKind.LET_IN: LettingIn(repositories.release_channels, directory),
        ProposalKind.RULE: RuleChanges(repositories, directory, channels),
    }
