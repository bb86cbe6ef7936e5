"""Ports of the repositories of who may do what: release channels and proposals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.proposals import Proposal, ProposalState
from bot.domain.release_channels import ReleaseChannel
from bot.domain.requests import Place
from bot.domain.submissions import Target


class ReleaseChannelRepository(Protocol):
    """Which channels have an app. Every method raises StorageUnavailable."""

    async def channels_of(
        self, workspace: str, target: Target
    ) -> Sequence[ReleaseChannel]:
        """Return the channels that have the target's app, the first one first."""
        ...

    async def name_first(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Let this channel have an app that none has; return False where one has it."""
        ...

    async def give_up_unnamed(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Take the app from the channel where it has no alias for it or a flight of it.

        Return False where it has one, or had not the app.
        """
        ...

    async def has_acted(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether a person has named, asked or approved something there."""
        ...


class ProposalRepository(Protocol):
    """The proposals. Each decision is one transaction, with its events.

    Every method raises StorageUnavailable.
    """

    async def add_proposal(self, proposal: Proposal) -> Proposal:
        """Store a proposal; return the one that waits for the same, if one does.

        One that is agreed to already has its effect in the same transaction.
        """
        ...

    async def get_proposal(self, proposal_id: str) -> Proposal | None:
        """Return the proposal as it stands, or None."""
        ...

    async def agree(
        self, proposal: Proposal, by: str, card: str, now: datetime
    ) -> Proposal | None:
        """Decide it and write its effect, with their events: one transaction.

        Return None where it is decided, over, or may not be agreed to any more.
        """
        ...

    async def close_proposal(
        self,
        proposal: Proposal,
        state: ProposalState,
        by: str | None,
        card: str | None,
        now: datetime,
    ) -> Proposal | None:
        """Decline or end it, in time; or expire it, once its time is over.

        Return None where it is decided, or where that is not so.
        """
        ...
