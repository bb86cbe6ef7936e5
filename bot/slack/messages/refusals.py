"""The sentences for what the Store refuses, and for what cannot be read from it."""

from typing import assert_never

from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason
from bot.domain.verbs import Phase
from bot.slack.messages.escape import code, escape
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import state

_MOST_KNOWN = 10
# A friendly name of 25 letters with its id; ten of them escaped fit one message.
_KNOWN_LENGTH = 64
# In these phases the reason itself says how the rollout stands.
_TOLD_BY_REASON = (Phase.STOPPED, Phase.COMPLETE, Phase.DISABLED)


def refusal_text(refused: Refused) -> str:
    """Say why the Store refuses, or would refuse."""
    match refused.reason:
        case RefusalReason.NOT_PUBLISHED:
            return "No submission is published yet, so no rollout can be steered."
        case RefusalReason.NOT_IN_PROGRESS:
            return "The published submission has no rollout in progress."
        case RefusalReason.STOPPED:
            return "The rollout is halted already, and a halt cannot be undone."
        case RefusalReason.COMPLETE:
            return "The rollout is finalized already, and that cannot be undone."
        case RefusalReason.NOT_OF_APP:
            return "The submission does not belong to this app or flight any more."
        case RefusalReason.NOT_FOUND:
            return "The Store knows no such app or flight in this account."
        case RefusalReason.NO_SUCH_FLIGHT:
            return f"The app has no such flight. {_known(refused)}"
        case RefusalReason.UNSUPPORTED:
            return (
                "The Store said no, though it shows nothing that forbids this. It does "
                "so for apps with features that its API does not cover."
            )
    assert_never(refused.reason)


def next_step(reason: RefusalReason) -> str:
    """Say what to do after a refusal."""
    match reason:
        case RefusalReason.NOT_PUBLISHED:
            return "Try again when Partner Center shows the submission as published."
        case RefusalReason.NOT_IN_PROGRESS:
            return (
                "Start a gradual rollout with the next submission in Partner Center; "
                "then it can be steered from here."
            )
        case RefusalReason.STOPPED:
            return (
                "To ship a fix, submit packages with a higher version number. The next "
                "submission starts as a clone of the halted one: replace its packages."
            )
        case RefusalReason.COMPLETE:
            return "To change what customers get, make a new submission."
        case RefusalReason.NOT_OF_APP:
            return "Ask for the status, then start again from what it shows."
        case RefusalReason.NOT_FOUND:
            return (
                "Check the Store ID in Partner Center, and that the app belongs to the "
                "account in which this bot signs in."
            )
        case RefusalReason.NO_SUCH_FLIGHT:
            return "Use a flight's name or id as Partner Center shows it."
        case RefusalReason.UNSUPPORTED:
            return (
                "Do it in Partner Center. Apps with mandatory updates, for example, "
                "cannot be steered in any other way."
            )
    assert_never(reason)


def refused_facts(refused: Refused) -> tuple[str, ...]:
    """Return the sentences of a refusal: why, how it stands, what the Store said."""
    facts = [refusal_text(refused)]
    if refused.now is not None and refused.now.phase not in _TOLD_BY_REASON:
        facts.append(f"The Store shows the rollout as *{state(refused.now)}*.")
    if refused.detail is not None and refused.reason is not RefusalReason.NOT_FOUND:
        facts.append(failure_text(refused.detail))
    return tuple(facts)


def support_id(correlation_id: str | None) -> tuple[str, ...]:
    """Return the id that Microsoft's support asks for, if there is one."""
    if not correlation_id:
        return ()
    return (f"Correlation id for Microsoft's support: {code(correlation_id)}",)


def _known(refused: Refused) -> str:
    if not refused.known:
        return "It has no flights at all."
    shown = ", ".join(
        escape(name, _KNOWN_LENGTH) for name in refused.known[:_MOST_KNOWN]
    )
    hidden = len(refused.known) - _MOST_KNOWN
    return f"It has: {shown}{f' and {hidden} more' if hidden > 0 else ''}."
