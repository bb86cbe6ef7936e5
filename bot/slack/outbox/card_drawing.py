"""Drawing of cards: as the request stands, or as Slack shows it where that is more.

After a restore from a backup a request may have been carried out that the database
takes for one that nobody confirmed. What Slack shows is looked at before a card says
that nothing was changed, wherever the database may be older.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.requests import Request, RequestState
from bot.domain.results import Unknown
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.ids import is_settled
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.outdated_cards import lost_card, outdated_card, unsure_card
from bot.slack.messages.translator import Translator
from bot.slack.outbox.message_lookup import view_thread

# A running bot expires a card within seconds of its time.
_EXPIRED_LATE: Final = timedelta(minutes=1)
_CLOSED: Final = frozenset({RequestState.CANCELLED, RequestState.EXPIRED})


async def draw_card(
    clients: WorkspaceClients, t: Translator, request: Request, launched_at: datetime
) -> tuple[Message, RequestState | None]:
    """Draw the card of a request, for a bot that was started at `launched_at`.

    Return the state that it says the request is in, too: None where it says none.
    Raises RetryableNotificationError while Slack is away and has to be looked at.
    """
    if not may_be_outdated(request, launched_at):
        return card(t, request), request.state
    seen = await view_thread(clients, request)
    if seen is not None and is_settled(seen.results):
        return outdated_card(t, request, seen.results[-1]), RequestState.AUTHORISED
    if request.state not in _CLOSED:
        return card(t, request), request.state
    if seen is None or seen.state is None:
        return unsure_card(t, request), None
    if seen.results or seen.state == RequestState.AUTHORISED:
        return lost_card(t, request), RequestState.AUTHORISED
    return card(t, request), request.state


def may_be_outdated(request: Request, launched_at: datetime) -> bool:
    """Return whether what the card would say may be older than what Slack shows.

    What was asked of this very process cannot come from a backup.
    """
    if request.state not in _CLOSED and not isinstance(request.result, Unknown):
        return False
    if request.asked_at < launched_at:
        return True
    expired = request.state is RequestState.EXPIRED
    decided_at = request.decided_at or request.expires_at
    return expired and decided_at - request.expires_at > _EXPIRED_LATE
