"""Release channels and proposals in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.events import ALIAS_KINDS, EventKind
from bot.domain.proposals import (
    DueProposal,
    Proposal,
    ProposalKind,
    ProposalState,
    proposal_closed,
    proposed,
)
from bot.domain.release_channels import (
    ReleaseChannel,
    channel_added,
    channel_removed,
)
from bot.domain.requests import Place
from bot.domain.rule_changes import rule_change_of
from bot.domain.submissions import Target
from tests.fakes.memory import Repository, app_of
from tests.fakes.rules import FakeRules

_ACTS = ALIAS_KINDS | {EventKind.ASKED, EventKind.APPROVED}


class FakeReleaseChannels(Repository):
    """Which channels have an app."""

    async def channels_of(
        self, workspace: str, target: Target
    ) -> Sequence[ReleaseChannel]:
        """Return the channels that have the target's app, the first one first."""
        memory = self.reach()
        found = memory.release_channels.get(app_of(workspace, target), {})
        return [
            replace(one, app_name=self._name(workspace, one.channel, target))
            for one in sorted(found.values(), key=lambda o: (o.added_at, o.channel))
        ]

    async def name_first(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Let this channel have an app that none has; return False where one has it."""
        memory = self.reach()
        if memory.release_channels.get(app_of(place.workspace, target)):
            return False
        memory.let_in(place, target, actor, now)
        memory.append(channel_added(place, target, actor, now))
        return True

    async def give_up_unnamed(
        self, place: Place, target: Target, actor: str, now: datetime
    ) -> bool:
        """Take the app from the channel where it has no alias for it."""
        memory = self.reach()
        found = memory.release_channels.get(app_of(place.workspace, target), {})
        named = self._name(place.workspace, place.channel, target)
        if place.channel not in found or named is not None:
            return False
        del found[place.channel]
        memory.append(channel_removed(place, target, actor, now))
        return True

    async def has_acted(self, workspace: str, channel: str, user_id: str) -> bool:
        """Return whether a person has named, asked or approved something there."""
        return any(
            event.place is not None
            and (event.place.workspace, event.place.channel) == (workspace, channel)
            and event.actor == user_id
            and event.kind in _ACTS
            for event in self.reach().events
        )

    def _name(self, workspace: str, channel: str, target: Target) -> str | None:
        names = [
            alias.app_name
            for alias in self.memory.aliases.get((workspace, channel), {}).values()
            if app_of(workspace, alias.target) == app_of(workspace, target)
        ]
        return max(names, default=None)


@dataclass
class FakeProposals(Repository):
    """The proposals, with their cards."""

    def __post_init__(self) -> None:
        self.due: dict[str, tuple[datetime, int]] = {}

    @property
    def kept(self) -> dict[str, Proposal]:
        """The proposals by their ids."""
        return self.memory.proposals

    async def add_proposal(self, proposal: Proposal) -> Proposal:
        """Store a proposal; return the one that waits for the same, if one does."""
        memory = self.reach()
        for other in list(memory.proposals.values()):
            if _key(other) == _key(proposal) and _waits(other, proposal):
                if other.is_pending(proposal.asked_at):
                    return other
                expired = other.decided(ProposalState.EXPIRED, None, proposal.asked_at)
                self._put(expired, proposal.asked_at)
                memory.append(proposal_closed(expired))
        self._put(proposal, proposal.asked_at)
        if proposal.state is ProposalState.AGREED:
            for other in list(memory.proposals.values()):
                waits = other.state is ProposalState.PENDING
                if waits and _key(other) == _key(proposal):
                    over = ProposalState.OUTDATED
                    await self.close_proposal(
                        other, over, None, None, proposal.asked_at
                    )
            self._let_in(proposal, proposal.asked_at)
        else:
            memory.append(proposed(proposal))
        return proposal

    async def get_proposal(self, proposal_id: str) -> Proposal | None:
        """Return the proposal as it stands, or None."""
        return self.reach().proposals.get(proposal_id)

    async def agree(
        self, proposal: Proposal, by: str, card: str, now: datetime
    ) -> Proposal | None:
        """Decide it and write its effect."""
        memory = self.reach()
        possible = await self._is_possible(proposal)
        if not memory.proposals[proposal.id].is_pending(now) or not possible:
            return None
        agreed = replace(
            proposal.decided(ProposalState.AGREED, by, now), card=proposal.card or card
        )
        self._put(agreed, now)
        if agreed.kind is ProposalKind.RULE:
            memory.append(proposal_closed(agreed))
            FakeRules(memory).agree(agreed, now)
        else:
            self._let_in(agreed, now)
        return agreed

    async def _is_possible(self, proposal: Proposal) -> bool:
        workspace, target = proposal.place.workspace, proposal.target
        if proposal.kind is ProposalKind.RULE:
            found = await FakeRules(self.memory).rule_in_force(workspace, target)
            if found.version != rule_change_of(proposal).version:
                return False
            if target is None:
                return True
        app = app_of(workspace, target or Target("", ""))
        return proposal.place.channel in self.memory.release_channels.get(app, {})

    async def close_proposal(
        self,
        proposal: Proposal,
        state: ProposalState,
        by: str | None,
        card: str | None,
        now: datetime,
    ) -> Proposal | None:
        """Decline, end or expire it."""
        kept = self.reach().proposals[proposal.id]
        overdue = now >= kept.expires_at
        wrong = {
            ProposalState.DECLINED: overdue,
            ProposalState.EXPIRED: not overdue,
        }
        if kept.state is not ProposalState.PENDING or wrong.get(state, False):
            return None
        closed = replace(kept.decided(state, by, now), card=kept.card or card)
        self._put(closed, now)
        self.memory.append(proposal_closed(closed))
        return closed

    async def overdue_proposals(self, now: datetime) -> Sequence[Proposal]:
        """Return those that wait although their time is over."""
        return [
            one
            for one in self.reach().proposals.values()
            if one.state is ProposalState.PENDING and one.expires_at <= now
        ]

    async def claim_cards(self, now: datetime, most: int) -> Sequence[DueProposal]:
        """Return those whose card is to be posted or edited."""
        memory = self.reach()
        due = [name for name, (at, _) in self.due.items() if at <= now][:most]
        return [
            DueProposal(memory.proposals[name], self.due.pop(name)[1] + 1, now)
            for name in due
        ]

    async def keep_card(self, due: DueProposal, card: str | None) -> None:
        """Record that the message shows how the proposal stood."""
        kept = self.reach().proposals[due.proposal.id]
        self.memory.proposals[kept.id] = replace(kept, card=kept.card or card)

    async def retry_card(
        self, due: DueProposal, card: str | None, again_at: datetime
    ) -> None:
        """Record that the card is to be shown later."""
        await self.keep_card(due, card)
        self.due[due.proposal.id] = again_at, due.attempts

    async def move_card(self, due: DueProposal, channel: str, now: datetime) -> None:
        """Record that the card is to be posted in another channel."""
        kept = self.reach().proposals[due.proposal.id]
        self._put(replace(kept, place=replace(kept.place, channel=channel)), now)

    def _put(self, proposal: Proposal, now: datetime) -> None:
        self.memory.proposals[proposal.id] = proposal
        self.due[proposal.id] = now - timedelta(seconds=1), 0

    def _let_in(self, agreed: Proposal, now: datetime) -> None:
        place = Place(agreed.place.workspace, agreed.about)
        target, by = agreed.target or Target("", ""), agreed.decided_by or ""
        self.memory.let_in(place, target, by, now)
        self.memory.append(proposal_closed(agreed))
        details = {
            "proposal": agreed.id,
            "asked_by": agreed.asked_by,
            "by_channel": agreed.place.channel,
        }
        self.memory.append(channel_added(place, target, by, now, details))


def _key(proposal: Proposal) -> tuple[object, ...]:
    return proposal.place.workspace, proposal.kind, proposal.target, proposal.about


def _waits(other: Proposal, proposal: Proposal) -> bool:
    pending = ProposalState.PENDING
    return other.state is pending and proposal.state is pending
