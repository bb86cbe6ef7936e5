"""The messages that tell a channel what has happened to a rollout that it follows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.events import EventKind
from bot.domain.notices import Notice, topic_of
from bot.domain.notifications import PermanentNotificationError
from bot.domain.rollout import NOT_READ, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import Topics
from bot.slack.messages.blocks import Message, context, section
from bot.slack.messages.escape import channel, code, group, mention
from bot.slack.messages.phrases import at, name, state
from bot.slack.messages.translator import N_, Translator

_BY_BOT: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.PERCENTAGE_CHANGED: N_(
            "*{app}* is {state} now: set by {who}. It was {before}."
        ),
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}* is halted: by {who}. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* is finalized: by {who}. It was {before}."
        ),
    }
)
_ELSEWHERE: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_OPENED: N_(
            "A rollout of *{app}* has begun: it is {state} now."
        ),
        EventKind.PERCENTAGE_CHANGED: N_(
            "*{app}* is {state} now: changed outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}* is halted: outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* is finalized: outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "A newer submission of *{app}* has taken the place of the one that was "
            "{before}: it is {state} now."
        ),
    }
)
_NOT_READ: Final = Rollout(enabled=True, percentage=0.0, status=NOT_READ)


def notice_message(t: Translator, notice: Notice) -> Message:
    """Draw the message of one event for a channel that follows the target."""
    texts = _BY_BOT if notice.by_bot and notice.kind in _BY_BOT else _ELSEWHERE
    sentence = texts[notice.kind]
    text = t.gettext(
        sentence,
        app=_name(t, notice),
        who=mention(t, notice.event.actor),
        before=state(t, notice.before or _NOT_READ),
        state=state(t, notice.after or _NOT_READ),
    )
    if notice.mention and topic_of(notice.kind) is Topics.ATTENTION:
        text = f"{group(notice.mention)} {text}"
    seen = t.gettext("Seen {time}", time=at(notice.event.at))
    return Message(text, (section(text), context(seen)))


def blocked_message(
    t: Translator, notice: Notice, refused: PermanentNotificationError
) -> Message:
    """Draw the message to a person whose channel takes no messages of the bot."""
    shown = notice_message(t, notice)
    why = t.gettext(
        "I could not post this in {channel}: Slack says {error}. You have made that "
        "channel follow this app. I go on trying with each change, and shall not tell "
        "you again.",
        channel=channel(notice.place.channel),
        error=code(refused.code),
    )
    return Message(f"{why} {shown.text}", (section(why), *shown.blocks))


def _name(t: Translator, notice: Notice) -> str:
    target = notice.event.target or Target("", "")
    ref = SubmissionRef(target, "")
    app = notice.app_name or target.app_id
    return name(t, Snapshot(ref, app, notice.flight_name, _NOT_READ))
