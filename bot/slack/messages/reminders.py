"""The messages that ask for a person: what is so, since when, and what helps."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.domain.events import EventKind
from bot.domain.notices import Notice
from bot.domain.rollout import UNREAD, allowed_verbs
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import Message, context, section
from bot.slack.messages.board_buttons import board_buttons
from bot.slack.messages.escape import code, group
from bot.slack.messages.phrases import at, state
from bot.slack.messages.translator import N_, Translator

_TEXTS: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_STUCK: N_(
            "⏳ *{app}* has been {state} since {since}, and nobody has changed it. "
            "Raise it, finalize it, or halt it."
        ),
        EventKind.ROLLOUT_NOT_FINALIZED: N_(
            "⏳ *{app}* has been {state} since {since}, and is not finalized. The next "
            "submission cannot be published before it is."
        ),
        EventKind.DRAFT_BLOCKED: N_(
            "⏳ A draft of *{app}* waits, {draft}: it cannot be published while the "
            "rollout is {state}. Finalize the rollout, or halt it."
        ),
        EventKind.STORE_UNREADABLE: N_(
            "⚠️ I have not been able to read *{app}* in the Store since {since}. It was "
            "{state} before that. A halt can be asked for all the same."
        ),
        EventKind.STORE_READABLE: N_(
            "I can read *{app}* in the Store again: it is {state}."
        ),
    }
)
_VERBS: Final[Mapping[EventKind, tuple[Verb, ...]]] = MappingProxyType(
    {
        EventKind.ROLLOUT_STUCK: (Verb.HALT, Verb.SET, Verb.FINALIZE),
        EventKind.ROLLOUT_NOT_FINALIZED: (Verb.HALT, Verb.FINALIZE),
        EventKind.DRAFT_BLOCKED: (Verb.HALT, Verb.FINALIZE),
        EventKind.STORE_UNREADABLE: (Verb.HALT,),
    }
)


def reminder_message(t: Translator, notice: Notice, app: str) -> Message:
    """Draw a reminder, with the buttons that help; `app` is its name, for mrkdwn."""
    event, rollout = notice.event, notice.after or UNREAD
    since = event.details.get("since")
    sentence = _TEXTS[event.kind]
    text = t.gettext(
        sentence,
        app=app,
        state=state(t, rollout),
        since=at(datetime.fromisoformat(since) if since else event.at),
        draft=code(event.details.get("pending_id") or ""),
    )
    if notice.mention:
        text = f"{group(notice.mention)} {text}"
    told = context(t.gettext("As of {time}", time=at(event.at)))
    verbs = allowed_verbs(rollout.phase).intersection(_VERBS.get(event.kind, ()))
    if event.target is None or not verbs:
        return Message(text, (section(text), told))
    return Message(text, (section(text), told, board_buttons(t, event.target, verbs)))
