"""Proposals: what a second person has to agree to, with a card of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.requests import Place
from bot.domain.submissions import Target


class ProposalKind(StrEnum):
    """What is proposed. The values are stored."""

    LET_IN = "let_in"
    RULE = "rule"


class ProposalState(StrEnum):
    """Where a proposal stands; only PENDING can be left, and once."""

    PENDING = "pending"
    AGREED = "agreed"
    DECLINED = "declined"
    EXPIRED = "expired"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants, and its card: `place` is where that is.

    `target` is None for the default rule of the workspace. `details` are JSON values
    that depend on the kind. Times are UTC and aware.
    """

    id: str
    kind: ProposalKind
    place: Place
    target: Target | None
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    state: ProposalState = ProposalState.PENDING
    card: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    def is_pending(self, now: datetime) -> bool:
        """Return whether a press decides anything: it waits, and is in time."""
        return self.state is ProposalState.PENDING and now < self.expires_at
