"""Codes of outcomes: how logs name what a command or a click was answered with."""

from typing import Final

from bot.domain.approval import refusal_code
from bot.domain.channel_outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    AppGivenUp,
    ChannelLanguage,
    LetInAsked,
)
from bot.domain.lock_outcomes import LOCK_CODES
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    CardOpen,
    ClickOutcome,
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    Expired,
    Help,
    History,
    LeftOut,
    NotAllowed,
    NothingToConfirm,
    Several,
    Status,
    Version,
)
from bot.domain.plan_outcomes import PLAN_CODES
from bot.domain.plan_terms import RefusedPlan
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.results import Refused, Unavailable, result_code
from bot.domain.rule_outcomes import Rules
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscriptions,
    Unsubscribed,
)
from bot.domain.usage import UnknownAlias, Usage

# As the codes of results, these stand in logs: they never change.
_CODES: Final[dict[type[object], str]] = {
    UnknownAlias: "unknown_alias",
    Status: "status",
    ConfirmationNeeded: "confirmation_needed",
    ReasonRequired: "reason_required",
    LeftOut: "left_out",
    Several: "several",
    CardOpen: "card_open",
    Help: "help",
    Version: "version",
    Aliases: "aliases",
    AliasAdded: "alias_added",
    AliasRemoved: "alias_removed",
    AppGivenUp: "app_given_up",
    LetInAsked: "let_in_asked",
    ChannelLanguage: "channel_language",
    Subscriptions: "subscriptions",
    Subscribed: "subscribed",
    Unsubscribed: "unsubscribed",
    NotSubscribed: "not_subscribed",
    **LOCK_CODES,
    **PLAN_CODES,
    History: "history",
    Rules: "rules",
    Approved: "approved",
    Confirmed: "confirmed",
    Cancelled: "cancelled",
    Expired: "expired",
    AlreadyHandled: "already_handled",
}


def outcome_code(outcome: CommandOutcome | ClickOutcome) -> str:
    """Return the stable code of an answer: `usage.no_app`, `expired` and the like."""
    match outcome:
        case Usage():
            return f"usage.{outcome.misuse}"
        case NotAllowed():
            return f"not_allowed.{outcome.denial}"
        case PressRefused():
            return f"press_refused.{refusal_code(outcome.refusal)}"
        case RefusedPlan():
            return f"refused_plan.{outcome.refusal}"
        case NothingToConfirm():
            return result_code(outcome.result)
        case Refused() | Unavailable():
            return result_code(outcome)
        case _:
            return _CODES[type(outcome)]
