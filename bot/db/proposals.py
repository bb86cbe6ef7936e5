"""The repository of proposals: each is decided once, together with what it brings."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from bot.db import proposal_statements as sql
from bot.db.columns import storable
from bot.db.events import event_values
from bot.db.leases import leased
from bot.db.rows import Values, target_from, target_values
from bot.db.session import Repository
from bot.db.writes import row_parameters
from bot.domain.proposals import (
    DueProposal,
    Proposal,
    ProposalKind,
    ProposalState,
    proposal_closed,
    proposed,
)
from bot.domain.requests import Place
from bot.domain.submissions import Target

# The default of the workspace has no target.
_NO_TARGET: Final = Target("", "")
_CLOSE: Final = {
    ProposalState.DECLINED: sql.DECLINE,
    ProposalState.EXPIRED: sql.EXPIRE,
    ProposalState.OUTDATED: sql.END,
    ProposalState.UNDELIVERED: sql.END,
}


class SqlProposalRepository(Repository):
    """The proposals of all channels. Every method raises StorageUnavailable."""

    async def add_proposal(self, proposal: Proposal) -> Proposal:
        """Store a proposal; return the one that waits for the same, if one does.

        One that is agreed to already has its effect in the same transaction, and
        outdates the one that waits for the same.
        """
        while True:
            added = await self._add(proposal)
            agreed = proposal.state is ProposalState.AGREED
            if added and not agreed:
                return proposal
            asked = {f"of_{name}": value for name, value in _key(proposal).items()}
            for row in await self._database.run(sql.WAITING, asked):
                waiting = proposal_from(row)
                if added:
                    await self.close_proposal(
                        waiting, ProposalState.OUTDATED, None, None, proposal.asked_at
                    )
                elif waiting.is_pending(proposal.asked_at):
                    return waiting
                else:
                    await self.close_proposal(
                        waiting, ProposalState.EXPIRED, None, None, proposal.asked_at
                    )
            if added:
                return proposal

    async def get_proposal(self, proposal_id: str) -> Proposal | None:
        """Return the proposal as it stands, or None."""
        rows = await self._database.run(sql.GET, {"proposal": proposal_id})
        return proposal_from(rows[0]) if rows else None

    async def agree(
        self, proposal: Proposal, by: str, card: str, now: datetime
    ) -> Proposal | None:
        """Decide it and write its effect, with their events: one transaction.

        Return None where it is decided, over, or may not be agreed to any more.
        """
        agreed = proposal.decided(ProposalState.AGREED, by, now)
        effect = sql.EFFECTS[proposal.kind]
        done = await self._database.write(
            sql.AGREE[proposal.kind, self._database.dialect],
            {**_decision(agreed, card, now), **effect.values(agreed, now)},
            event_values(proposal_closed(agreed)),
            event_values(effect.event(agreed, now)),
        )
        return agreed if done else None

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
        closed = proposal.decided(state, by, now)
        event = event_values(proposal_closed(closed))
        values = _decision(closed, card, now)
        done = await self._database.write(_CLOSE[state], values, event)
        return closed if done else None

    async def overdue_proposals(self, now: datetime) -> Sequence[Proposal]:
        """Return those that wait although their time is over, the oldest first."""
        rows = await self._database.run(sql.OVERDUE, {"now_at": now})
        return [proposal_from(row) for row in rows]

    async def claim_cards(self, now: datetime, most: int) -> Sequence[DueProposal]:
        """Return those whose card is to be posted or edited: nobody else does it."""
        claimed = {**leased(now), "most": most}
        rows = await self._database.run(sql.CLAIM, claimed)
        return [
            DueProposal(proposal_from(row), row.attempts, row.leased_until)
            for row in rows
        ]

    async def keep_card(self, due: DueProposal, card: str | None) -> None:
        """Record that the message shows how the proposal stood when it was claimed."""
        await self._database.run(sql.SHOWN, {**_held(due), "clicked": card})

    async def retry_card(
        self, due: DueProposal, card: str | None, again_at: datetime
    ) -> None:
        """Record that the card is to be shown later; what is posted is not again."""
        asked = {**_held(due), "clicked": card, "again_at": again_at}
        await self._database.run(sql.RETRY, asked)

    async def move_card(self, due: DueProposal, channel: str, now: datetime) -> None:
        """Record that the card is to be posted in another channel."""
        asked = {**_held(due), "to_channel": channel, "now_at": now}
        await self._database.run(sql.MOVE, asked)

    async def _add(self, proposal: Proposal) -> bool:
        row = row_parameters(sql.PROPOSALS, _values(proposal))
        dialect = self._database.dialect
        if proposal.state is not ProposalState.AGREED or proposal.decided_at is None:
            event = event_values(proposed(proposal))
            return bool(await self._database.write(sql.ADD[dialect], row, event))
        effect, at = sql.EFFECTS[proposal.kind], proposal.decided_at
        return bool(
            await self._database.write(
                sql.ADD_AGREED[proposal.kind, dialect],
                {**row, **effect.values(proposal, at)},
                event_values(proposal_closed(proposal)),
                event_values(effect.event(proposal, at)),
            )
        )


def _key(proposal: Proposal) -> Values:
    return {
        "workspace": proposal.place.workspace,
        "kind": proposal.kind.value,
        **target_values(proposal.target or _NO_TARGET),
        "about": proposal.about,
    }


def _values(proposal: Proposal) -> Values:
    """Return the columns of a new proposal; its card is to be posted at once."""
    return {
        **_key(proposal),
        "id": proposal.id,
        "channel": proposal.place.channel,
        "details": json.dumps(storable(dict(proposal.details))),
        "asked_by": proposal.asked_by,
        "asked_at": proposal.asked_at,
        "expires_at": proposal.expires_at,
        "state": proposal.state.value,
        "card": proposal.card,
        "decided_by": proposal.decided_by,
        "decided_at": proposal.decided_at,
        "due_at": proposal.asked_at,
        "attempts": 0,
    }


def _decision(decided: Proposal, card: str | None, now: datetime) -> Values:
    return {
        "proposal": decided.id,
        "new_state": decided.state.value,
        "user": decided.decided_by,
        "clicked": card,
        "now_at": now,
    }


def _held(due: DueProposal) -> Values:
    return {"proposal": due.proposal.id, "lease_end": due.leased_until}


def proposal_from(row: Row[Any]) -> Proposal:
    """Return the proposal of a row."""
    target = target_from(row)
    return Proposal(
        id=row.id,
        kind=ProposalKind(row.kind),
        place=Place(row.workspace, row.channel),
        target=None if target == _NO_TARGET else target,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        about=row.about,
        details=json.loads(row.details),
        state=ProposalState(row.state),
        card=row.card,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
