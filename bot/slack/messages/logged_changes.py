"""A change of a rollout in the history, which no request of the channel has made."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.change_log import LoggedChange
from bot.domain.events import EventKind
from bot.domain.rollout import UNREAD
from bot.slack.messages.escape import mention
from bot.slack.messages.phrases import at, state, target_name
from bot.slack.messages.translator import N_, Translator

_CHANGED: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_OPENED: N_("Rollout opened: {app}, *{state}*."),
        EventKind.PERCENTAGE_CHANGED: N_(
            "Percentage changed: {app}, {before} → *{state}*."
        ),
        EventKind.ROLLOUT_HALTED: N_("🛑 Rollout halted: {app}. It was {before}."),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ Rollout finalized: {app}. It was {before}."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "Rollout replaced by a newer submission: {app}. It was {before}, and the "
            "newer one is {state}."
        ),
    }
)
# Submissions are made in Partner Center alone.
_NEVER_BY_BOT: Final = (EventKind.ROLLOUT_OPENED, EventKind.ROLLOUT_REPLACED)


def logged_change(t: Translator, logged: LoggedChange) -> str:
    """Return in a few words what has changed."""
    sentence = _CHANGED[logged.change.kind]
    return t.gettext(
        sentence,
        app=target_name(t, logged.target, logged.app_name, logged.flight_name),
        before=state(t, logged.change.before or UNREAD),
        state=state(t, logged.change.after or UNREAD),
    )


def changed_by(t: Translator, logged: LoggedChange) -> str:
    """Return who has made the change, as far as that is known, and when.

    The reader may not know the channel in which it was asked for.
    """
    time, change = at(logged.at), logged.change
    if change.by_bot:
        who = mention(t, change.actor)
        return t.gettext("{who} in another channel, {time}.", who=who, time=time)
    if change.kind in _NEVER_BY_BOT:
        return t.gettext("Seen {time}.", time=time)
    return t.gettext("Outside Rollout Bot, seen {time}.", time=time)
