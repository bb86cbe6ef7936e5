"""Proposal outbox: posts the card of each proposal once, and shows how it was decided.

Who proposes or decides runs it at once; a background job does what was left behind.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from bot.domain.notices import retry_pause
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.proposals import DueProposal, Proposal, ProposalState
from bot.domain.requests import Place
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import proposal_metadata
from bot.slack.messages.proposals import proposal_card, told_asker
from bot.slack.outbox.languages import Languages
from bot.slack.outbox.message_lookup import find_proposal
from bot.slack.outbox.posting import send

# Cards that one round shows, well within their lease.
_CARDS: Final = 5

_log = logging.getLogger("bot.slack")


class ProposalCardRepository(Protocol):
    """The cards of proposals. Every method raises StorageUnavailable."""

    async def overdue_proposals(self, now: datetime) -> Sequence[Proposal]:
        """Return those that wait although their time is over, the oldest first."""
        ...

    async def close_proposal(
        self,
        proposal: Proposal,
        state: ProposalState,
        by: str | None,
        card: str | None,
        now: datetime,
    ) -> Proposal | None:
        """Expire or end one that waits; its card is to be shown again then."""
        ...

    async def claim_cards(self, now: datetime, most: int) -> Sequence[DueProposal]:
        """Return those whose card is to be posted or edited: nobody else does it."""
        ...

    async def keep_card(self, due: DueProposal, card: str | None) -> None:
        """Record that the message shows how the proposal stood when it was claimed."""
        ...

    async def retry_card(
        self, due: DueProposal, card: str | None, again_at: datetime
    ) -> None:
        """Record that the card is to be shown later; what is posted is not again."""
        ...

    async def move_card(self, due: DueProposal, channel: str, now: datetime) -> None:
        """Record that the card is to be posted in another channel."""
        ...


class ProposalOutbox:
    """Posts and edits the cards that are due, and tells the askers."""

    def __init__(
        self,
        clients: WorkspaceClients,
        repository: ProposalCardRepository,
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._clients = clients
        self._repository = repository
        self._languages = languages
        self._clock = clock

    async def show_due(self) -> None:
        """Expire what is overdue, show what is due. Raises StorageUnavailable."""
        now = self._clock()
        for overdue in await self._repository.overdue_proposals(now):
            state = ProposalState.EXPIRED
            await self._repository.close_proposal(overdue, state, None, None, now)
        while due := await self._repository.claim_cards(self._clock(), _CARDS):
            await asyncio.gather(*map(self._show, due))

    async def _show(self, due: DueProposal) -> None:
        card = due.proposal.card
        try:
            card = await self._show_card(due)
            if due.proposal.state is not ProposalState.PENDING:
                await self._tell_asker(due.proposal)
        except RetryableNotificationError as busy:
            again_at = self._clock() + retry_pause(due.attempts, busy.retry_after)
            await self._repository.retry_card(due, card, again_at)
        except PermanentNotificationError as refused:
            await self._move(due, refused)
        else:
            await self._repository.keep_card(due, card)

    async def _show_card(self, due: DueProposal) -> str | None:
        """Post or edit the card; return its timestamp, None where there is none.

        Raises PermanentNotificationError where it cannot be posted in its channel.
        """
        proposal = due.proposal
        card = proposal.card
        if card is None and due.attempts > 1:
            card = await self._find(proposal)
        if card is not None:
            await self._edit(proposal, card)
            return card
        if proposal.state not in {ProposalState.PENDING, ProposalState.AGREED}:
            return None
        post = self._clients.of(proposal.place.workspace).chat_postMessage
        card = await send(post, self._content(proposal))
        _log.info("the card of proposal %s is posted", proposal.id)
        return card

    async def _edit(self, proposal: Proposal, card: str) -> None:
        update = self._clients.of(proposal.place.workspace).chat_update
        try:
            await send(update, {**self._content(proposal), "ts": card})
        except PermanentNotificationError as gone:
            _log.warning("the card of proposal %s is not edited: %s", proposal.id, gone)

    async def _find(self, proposal: Proposal) -> str | None:
        try:
            return await find_proposal(self._clients, proposal.place, proposal.id)
        except PermanentNotificationError as refused:
            # A card twice is better than one that never comes: one press decides.
            _log.warning("%s cannot be searched: %s", proposal.place.channel, refused)
            return None

    async def _move(
        self, due: DueProposal, refused: PermanentNotificationError
    ) -> None:
        """Post the card in the next channel; without one, end the proposal."""
        proposal, now = due.proposal, self._clock()
        where = proposal.place.channel
        _log.warning(
            "proposal %s cannot be posted in %s: %s", proposal.id, where, refused
        )
        others = [str(one) for one in proposal.details.get("channels", ())]
        left = others[others.index(where) + 1 :] if where in others else []
        if left:
            await self._repository.move_card(due, left[0], now)
        elif proposal.state is ProposalState.PENDING:
            state = ProposalState.UNDELIVERED
            await self._repository.close_proposal(proposal, state, None, None, now)
        else:
            await self._repository.keep_card(due, None)

    async def _tell_asker(self, proposal: Proposal) -> None:
        """Post the end where it was asked; to the asker where that takes no message."""
        workspace, asker = proposal.place.workspace, proposal.asked_by
        told = told_asker(self._languages.default, proposal)
        if told is None:
            return
        place = Place(workspace, told[0])
        by_channel = {
            place.channel: self._languages.of_channel(place),
            asker: await self._languages.of_reader_soon(place, asker),
        }
        post = self._clients.of(workspace).chat_postMessage
        for channel, t in by_channel.items():
            _, message = told_asker(t, proposal) or told
            try:
                await send(post, {"channel": channel, **message.body(None)})
            except PermanentNotificationError as refused:
                _log.warning("%s is not told in %s: %s", proposal.id, channel, refused)
            else:
                return

    def _content(self, proposal: Proposal) -> dict[str, Any]:
        t = self._languages.of_channel(proposal.place)
        return {
            "channel": proposal.place.channel,
            **proposal_card(t, proposal).body(None),
            "metadata": proposal_metadata(proposal.id),
            "unfurl_links": False,
            "unfurl_media": False,
        }
