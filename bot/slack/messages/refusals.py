"""The texts for what the Store refuses, and for what cannot be read from it."""

from typing import Final, assert_never

from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.verbs import Phase
from bot.slack.messages.escape import code, escape
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import some_of, state
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import SHIP_A_FIX

_MOST_KNOWN: Final = 10
# A friendly name of 25 letters with its id; ten of them escaped fit one message.
_KNOWN_LENGTH: Final = 64
# In these phases the reason itself says how the rollout stands.
_STATED_BY_REASON: Final = (Phase.STOPPED, Phase.COMPLETE, Phase.DISABLED)


def refusal_text(t: Translator, refused: Refused) -> str:  # noqa: C901 - one arm each
    """Return why the Store refuses, or would refuse."""
    match refused.reason:
        case _ if _is_new_state(refused):
            return t.gettext(
                "The Store shows a state of the rollout that is new to this bot, which "
                "does not know what can be done in it."
            )
        case RefusalReason.NOT_PUBLISHED if refused.now is not None:
            return t.gettext(
                "The submission is not published yet, so its rollout cannot be "
                "controlled."
            )
        case RefusalReason.NOT_PUBLISHED:
            return t.gettext(
                "No submission is published yet, so no rollout can be controlled."
            )
        case RefusalReason.NOT_IN_PROGRESS:
            return t.gettext("The published submission has no rollout in progress.")
        case RefusalReason.STOPPED:
            return t.gettext(
                "The rollout is halted already, and a halt cannot be undone."
            )
        case RefusalReason.COMPLETE:
            return t.gettext(
                "The rollout is finalized already, and that cannot be undone."
            )
        case RefusalReason.NOT_OF_APP:
            return t.gettext(
                "The submission does not belong to this app or flight any more."
            )
        case RefusalReason.NOT_FOUND:
            return t.gettext("The Store knows no such app or flight in this account.")
        case RefusalReason.NO_SUCH_FLIGHT:
            return _no_such_flight(t, refused)
        case RefusalReason.UNSUPPORTED if _gives_reason(refused):
            return t.gettext("The Store refused this.")
        case RefusalReason.UNSUPPORTED:
            return t.gettext(
                "The Store said no, though it shows nothing that forbids this. It may "
                "be that the app has features that the Store's API does not cover."
            )
    assert_never(refused.reason)


def is_only_refused(refused: Refused) -> bool:
    """Return whether the text of a refusal says no more than that the Store refused."""
    unsupported = refused.reason is RefusalReason.UNSUPPORTED
    return unsupported and not _is_new_state(refused) and _gives_reason(refused)


def next_step(t: Translator, refused: Refused) -> str:  # noqa: C901 - one arm each
    """Return what to do after a refusal."""
    match refused.reason:
        case _ if _is_new_state(refused):
            return t.gettext(
                "Look at it in Partner Center. A newer version of the bot may know it."
            )
        case RefusalReason.NOT_PUBLISHED:
            return t.gettext(
                "Try again when Partner Center shows the submission as published."
            )
        case RefusalReason.NOT_IN_PROGRESS:
            return t.gettext(
                "Start a gradual rollout with the next submission in Partner Center; "
                "then it can be controlled from here."
            )
        case RefusalReason.STOPPED:
            return t.gettext(SHIP_A_FIX)
        case RefusalReason.COMPLETE:
            return t.gettext("To change what customers get, make a new submission.")
        case RefusalReason.NOT_OF_APP:
            return t.gettext("Ask for the status, then start again from what it shows.")
        case RefusalReason.NOT_FOUND:
            return t.gettext(
                "Check the Store ID in Partner Center, and that the app belongs to the "
                "account in which this bot signs in."
            )
        case RefusalReason.NO_SUCH_FLIGHT:
            return t.gettext("Use a flight's name or id as Partner Center shows it.")
        case RefusalReason.UNSUPPORTED if _gives_reason(refused):
            return t.gettext("Do it in Partner Center.")
        case RefusalReason.UNSUPPORTED:
            return t.gettext(
                "Do it in Partner Center. Apps with mandatory updates, for example, "
                "cannot be controlled in any other way."
            )
    assert_never(refused.reason)


def refused_facts(t: Translator, refused: Refused) -> tuple[str, ...]:
    """Return the sentences of a refusal: how it stands, why, what the Store said."""
    facts = []
    if refused.now is not None and refused.now.phase not in _STATED_BY_REASON:
        published = refused.reason is not RefusalReason.NOT_PUBLISHED
        facts.append(how_it_stands(t, refused.now, published=published))
    if refused.reason is not RefusalReason.UNSUPPORTED or not _gives_reason(refused):
        facts.append(refusal_text(t, refused))
    if refused.detail is not None and refused.reason is not RefusalReason.NOT_FOUND:
        facts.append(failure_text(t, refused.detail))
    return tuple(facts)


def how_it_stands(t: Translator, now: Rollout, *, published: bool = True) -> str:
    """Return what customers get now: that a change was not made matters most."""
    if published and now.phase is Phase.IN_PROGRESS:
        percentage = t.percent(now.percentage)
        return t.gettext(
            "*It is still rolling out, at {percentage}.*", percentage=percentage
        )
    return t.gettext("The Store shows the rollout as: *{state}*.", state=state(t, now))


def support_id(t: Translator, correlation_id: str | None) -> tuple[str, ...]:
    """Return the id that Microsoft's support asks for, if there is one."""
    if not correlation_id:
        return ()
    shown = code(correlation_id)
    return (t.gettext("Correlation id for Microsoft's support: {id}", id=shown),)


def _is_new_state(refused: Refused) -> bool:
    now = refused.now
    return now is not None and now.phase is Phase.UNRECOGNISED


def _gives_reason(refused: Refused) -> bool:
    """Return whether the Store itself says why."""
    detail = refused.detail
    return detail is not None and bool(
        detail.arguments.get("store_message", "").strip()
    )


def _no_such_flight(t: Translator, refused: Refused) -> str:
    if not refused.known:
        return t.gettext("The app has no such flight. It has no flights at all.")
    names = [escape(name, _KNOWN_LENGTH) for name in refused.known]
    flights = some_of(t, names, _MOST_KNOWN)
    return t.gettext("The app has no such flight. It has: {flights}.", flights=flights)
