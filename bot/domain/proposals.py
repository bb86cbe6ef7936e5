"""Proposals: what a second person has to agree to, with a card of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from bot.domain.events import Event, EventKind
from bot.domain.outcomes import NotAllowed
from bot.domain.requests import Place
from bot.domain.rule_outcomes import AgreementRefused
from bot.domain.submissions import Target
from bot.domain.usage import Usage

# How long a card waits for a second person.
PROPOSED_FOR: Final = timedelta(hours=8)


class ProposalKind(StrEnum):
    """What is proposed. The values are stored."""

    LET_IN = "let_in"
    RULE = "rule"


class ProposalState(StrEnum):
    """Where a proposal stands; only PENDING can be left, and once.

    OUTDATED is what cannot be agreed to any more, UNDELIVERED what no channel takes.
    """

    PENDING = "pending"
    AGREED = "agreed"
    DECLINED = "declined"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants, and its card: `place` is where that is.

    `target` is None for the default rule of the workspace. `about` is what else is
    proposed for it; of two that wait with the same kind, target and `about` there is
    one. `details` are JSON values that depend on the kind. Times are UTC and aware.
    """

    id: str
    kind: ProposalKind
    place: Place
    target: Target | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    state: ProposalState = ProposalState.PENDING
    card: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    def is_pending(self, now: datetime) -> bool:
        """Return whether a press decides anything: it waits, and is in time."""
        return self.state is ProposalState.PENDING and now < self.expires_at

    def decided(self, state: ProposalState, by: str | None, at: datetime) -> "Proposal":
        """Return it as it is once somebody, or the time, has decided it."""
        return replace(self, state=state, decided_by=by, decided_at=at)


@dataclass(frozen=True, slots=True)
class DueProposal:
    """A proposal whose card is to be posted or edited, claimed until `leased_until`."""

    proposal: Proposal
    attempts: int
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class ProposalDecided:
    """This press has decided the proposal."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class ProposalClosed:
    """The proposal was decided before, or its time is over: the press did nothing."""

    proposal: Proposal


# What the press of a proposal's button can be answered with.
ProposalOutcome = (
    Usage | NotAllowed | AgreementRefused | ProposalDecided | ProposalClosed
)

_KINDS: Final = {
    ProposalState.AGREED: EventKind.PROPOSAL_AGREED,
    ProposalState.DECLINED: EventKind.PROPOSAL_DECLINED,
}


def proposed(proposal: Proposal) -> Event:
    """Return the event of a new proposal."""
    return _event(EventKind.PROPOSED, proposal, proposal.asked_at, proposal.asked_by)


def proposal_closed(proposal: Proposal) -> Event:
    """Return the event of a proposal that is decided.

    Raises ValueError for one that is not.
    """
    if proposal.decided_at is None:
        raise ValueError(f"proposal {proposal.id} is not decided")
    kind = _KINDS.get(proposal.state, EventKind.PROPOSAL_EXPIRED)
    event = _event(kind, proposal, proposal.decided_at, proposal.decided_by)
    return replace(event, code=proposal.state.value)


def _event(
    kind: EventKind, proposal: Proposal, at: datetime, actor: str | None
) -> Event:
    details = {
        "proposal": proposal.id,
        "kind": proposal.kind.value,
        "asked_by": proposal.asked_by,
        "about": proposal.about,
        **proposal.details,
    }
    return Event(kind, at, proposal.place, proposal.target, actor, details=details)
