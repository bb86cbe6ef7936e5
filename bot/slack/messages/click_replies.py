"""What the one who pressed a button is told, where the card does not tell it."""

from typing import assert_never

from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    Confirmed,
    Expired,
    NotAllowed,
    Usage,
)
from bot.domain.requests import Request, RequestState
from bot.slack.messages.blocks import Message
from bot.slack.messages.escape import mention
from bot.slack.messages.help import not_allowed, note, usage
from bot.slack.messages.phrases import at

_AGAIN = "Nothing was changed; ask again if it is still wanted."


def decision_message(decided: ClickOutcome) -> Message | None:
    """Tell the one who pressed what their click came to; None where the card does."""
    match decided:
        case Confirmed() | Cancelled():
            return None
        case Approved():
            return note("Your approval is stored; one more person must approve this.")
        case Expired():
            until = at(decided.request.expires_at)
            return note(f"This card expired, {until}. {_AGAIN}")
        case AlreadyHandled():
            return note(_handled(decided.request))
        case NotAllowed():
            return not_allowed(decided)
        case Usage():
            return usage(decided)
    assert_never(decided)


def _handled(request: Request) -> str:
    who = mention(request.decided_by)
    when = f", {at(request.decided_at)}" if request.decided_at else ""
    match request.state:
        case RequestState.AUTHORISED if request.result is None:
            return (
                f"{who} confirmed this already{when}. It is under way; the result will "
                "be posted in the card's thread. Your click did nothing more."
            )
        case RequestState.AUTHORISED:
            return (
                f"{who} confirmed this already{when}, and it is finished: the result "
                "is in the card's thread. Your click did nothing more."
            )
        case RequestState.CANCELLED:
            return f"{who} cancelled this already{when}. {_AGAIN}"
        case RequestState.EXPIRED:
            return f"This card expired, {at(request.expires_at)}. {_AGAIN}"
        case RequestState.PENDING:
            return "Your click could not be taken just now. Please press again."
    assert_never(request.state)
