"""Proposals: a second person agrees or declines, once; its time may be over before."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from bot.domain.events import Event, action_refused
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.permission import Action, Subject, authorize
from bot.domain.proposals import (
    Proposal,
    ProposalClosed,
    ProposalDecided,
    ProposalKind,
    ProposalOutcome,
    ProposalState,
)
from bot.domain.requests import Asker, Person, Place
from bot.domain.rule_outcomes import AgreementRefused
from bot.domain.rules import rule_to_json
from bot.domain.usage import Misuse, Usage
from bot.service.policy_repositories import ProposalRepository
from bot.service.repositories import EventRepository

_log = logging.getLogger("bot.service")


class ProposalPolicy(Protocol):
    """Who may decide the proposals of one kind. Raises StorageUnavailable.

    What agreeing writes is the kind's Effect in `db/proposal_statements.py`.
    """

    async def may_decide(
        self, proposal: Proposal, presser: Asker, *, agrees: bool
    ) -> NotAllowed | AgreementRefused | None:
        """Return why a member of the workspace may not agree, or not decline."""
        ...

    async def is_outdated(self, proposal: Proposal) -> bool:
        """Return whether it cannot be agreed to any more, by anybody.

        It must hold where the condition of the kind's Effect does not.
        """
        ...


class Proposals:
    """The presses on the cards of proposals. Methods raise StorageUnavailable."""

    def __init__(
        self,
        repository: ProposalRepository,
        events: EventRepository,
        policies: Mapping[ProposalKind, ProposalPolicy],
        clock: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._events = events
        self._policies = policies
        self._clock = clock

    async def decide(
        self,
        proposal_id: str,
        card: str,
        place: Place,
        person: Person,
        *,
        agrees: bool,
    ) -> ProposalOutcome:
        """Agree to a proposal or decline it: one transaction, one winner."""
        presser = Asker(person, place, self._clock())
        found = await self._outcome(proposal_id, card, presser, agrees=agrees)
        code, who = type(found).__name__, person.user_id
        _log.info("proposal %s, click of %s: %s", proposal_id, who, code)
        return found

    async def _outcome(
        self, proposal_id: str, card: str, presser: Asker, *, agrees: bool
    ) -> ProposalOutcome:
        while True:
            proposal = await self._repository.get_proposal(proposal_id)
            if proposal is None:
                return Usage(Misuse.NO_SUCH_CARD)
            denied = await self._refuse(proposal, card, presser, agrees=agrees)
            if denied is not None:
                return denied
            if not proposal.is_pending(presser.at):
                return ProposalClosed(await self._expired(proposal, presser.at))
            decided = await self._decide(proposal, card, presser, agrees=agrees)
            if decided is not None:
                return ProposalDecided(decided)

    async def _decide(
        self, proposal: Proposal, card: str, presser: Asker, *, agrees: bool
    ) -> Proposal | None:
        user, close = presser.person.user_id, self._repository.close_proposal
        if not agrees:
            state = ProposalState.DECLINED
            return await close(proposal, state, user, card, presser.at)
        if await self._policies[proposal.kind].is_outdated(proposal):
            state = ProposalState.OUTDATED
            return await close(proposal, state, None, card, presser.at)
        return await self._repository.agree(proposal, user, card, presser.at)

    async def _expired(self, proposal: Proposal, at: datetime) -> Proposal:
        """Return how a proposal stands that does not wait, or whose time is over."""
        if proposal.state is not ProposalState.PENDING:
            return proposal
        state = ProposalState.EXPIRED
        close, get = self._repository.close_proposal, self._repository.get_proposal
        expired = await close(proposal, state, None, None, at)
        return expired or await get(proposal.id) or proposal

    async def _refuse(
        self, proposal: Proposal, card: str, presser: Asker, *, agrees: bool
    ) -> NotAllowed | AgreementRefused | None:
        """Return why this press may decide nothing, and record the refusal."""
        action = Action.APPROVE if agrees else Action.CANCEL
        denied: NotAllowed | AgreementRefused | None = authorize(
            presser.person, action, Subject(proposal.place, proposal.target)
        )
        here = (presser.place.workspace, presser.place.channel) == (
            proposal.place.workspace,
            proposal.place.channel,
        )
        if denied is None and not (here and proposal.card in {None, card}):
            denied = NotAllowed(Denial.OTHER_MESSAGE)
        if denied is None and proposal.is_pending(presser.at):
            policy = self._policies[proposal.kind]
            denied = await policy.may_decide(proposal, presser, agrees=agrees)
        if denied is not None:
            await self._events.add_event(_refused(action, denied, proposal, presser))
        return denied


def _refused(
    action: Action,
    denied: NotAllowed | AgreementRefused,
    proposal: Proposal,
    presser: Asker,
) -> Event:
    """Return the event of a refusal, with the rule that refuses."""
    details: dict[str, Any] = {"proposal": proposal.id}
    if isinstance(denied, NotAllowed):
        code = denied.denial.value
    else:
        code, details["rule"] = denied.why.value, rule_to_json(denied.rule)
    return action_refused(
        action, code, presser, target=proposal.target, details=details
    )
