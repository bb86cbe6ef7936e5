"""The messages that tell a channel what has happened to a rollout that it follows."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bot.domain.events import EventKind
from bot.domain.lock_events import LOCK_KINDS, read_lock_change
from bot.domain.notices import Notice, topic_of
from bot.domain.notifications import PermanentNotificationError
from bot.domain.plan_events import PLAN_CHANGES, PLAN_DECISIONS
from bot.domain.requests import Place
from bot.domain.rollout import UNREAD
from bot.domain.rollout_changes import percentages
from bot.domain.submissions import Target
from bot.domain.watching import Topics
from bot.slack.messages.blocks import Message, context, section
from bot.slack.messages.escape import channel, code, mention
from bot.slack.messages.held_ramps import held_ramp_notice
from bot.slack.messages.locks import lock_notice
from bot.slack.messages.phrases import at, some_of, state, target_name
from bot.slack.messages.ramp_notices import ramp_notice, step_notice
from bot.slack.messages.reminders import reminder_message
from bot.slack.messages.translator import N_, Translator

_BY_BOT: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.PERCENTAGE_CHANGED: N_(
            "*{app}* is {state} now: set by {who}. It was {before}."
        ),
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}* was halted by {who}. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* was finalized by {who}. It was {before}."
        ),
    }
)
_ELSEWHERE: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.PERCENTAGE_CHANGED: N_(
            "*{app}* is {state} now: changed outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}* was halted outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* was finalized outside Rollout Bot. It was {before}."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "A newer submission of *{app}* has taken the place of the one that was "
            "{before}: it is {state} now."
        ),
    }
)
# What was told late, and together: the steps in their order.
_TOGETHER: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.PERCENTAGE_CHANGED: N_("*{app}* is {state} now: {steps}."),
        EventKind.ROLLOUT_HALTED: N_("🛑 *{app}* is halted: {steps}, then halted."),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}* is finalized: {steps}, then finalized."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "A newer submission of *{app}* has taken the place of the one that went "
            "{steps}: it is {state} now."
        ),
    }
)
# Whether the bot has changed it for somebody, and whether it was changed elsewhere.
_LATE: Final[Mapping[tuple[bool, bool], str]] = MappingProxyType(
    {
        (True, False): N_(
            "From {begin} to {end}, by {who}. I could not post it here before; it may "
            "be different by now."
        ),
        (False, True): N_(
            "From {begin} to {end}, outside Rollout Bot. I could not post it here "
            "before; it may be different by now."
        ),
        (True, True): N_(
            "From {begin} to {end}, by {who} and outside Rollout Bot. I could not post "
            "it here before; it may be different by now."
        ),
    }
)
_MOST_STEPS: Final = 12


def notice_message(t: Translator, notice: Notice) -> Message:
    """Draw the message for a channel that follows the target, of all that it tells."""
    if notice.kind in LOCK_KINDS:
        change = read_lock_change(notice.event)
        return lock_notice(t, change, notice.app_name, notice.flight_name)
    if notice.kind in PLAN_DECISIONS:
        return held_ramp_notice(t, notice, _name(t, notice))
    if notice.kind in PLAN_CHANGES:
        return ramp_notice(t, notice, _name(t, notice))
    if topic_of(notice.kind) is Topics.ATTENTION:
        return reminder_message(t, notice, _name(t, notice))
    if notice.later:
        return _together(t, notice)
    if notice.step is not None:
        return step_notice(t, notice, notice.step, _name(t, notice))
    texts = _BY_BOT if notice.by_bot and notice.kind in _BY_BOT else _ELSEWHERE
    sentence = texts[notice.kind]
    text = t.gettext(
        sentence,
        app=_name(t, notice),
        who=mention(t, notice.event.actor),
        before=state(t, notice.before or UNREAD),
        state=state(t, notice.after or UNREAD),
    )
    seen = t.gettext("Seen {time}", time=at(notice.event.at))
    return Message(text, (section(text), context(seen)))


def _together(t: Translator, notice: Notice) -> Message:
    """Draw one message of several changes that could not be told when they came."""
    changes = [one.change for one in notice.all_told]
    first, last = changes[0], changes[-1]
    start = [] if first.before is None else [(first.at, first.before.percentage)]
    end = 1 if last.ends else 0
    course = [*start, *percentages(None, changes[: len(changes) - end])]
    sentence = _TOGETHER[last.kind]
    text = t.gettext(
        sentence,
        app=_name(t, notice),
        steps=_steps(t, [share for _, share in course]),
        state=state(t, last.after or UNREAD),
    )
    people = {mention(t, one.actor): None for one in changes if one.by_bot}
    elsewhere = any(not one.by_bot for one in changes)
    sentence = _LATE[bool(people), elsewhere]
    small = t.gettext(
        sentence,
        begin=at(first.at),
        end=at(last.at),
        who=some_of(t, [*people], _MOST_STEPS),
    )
    return Message(text, (section(text), context(small)))


def _steps(t: Translator, shares: Sequence[float]) -> str:
    shown = [t.percent(share) for share in shares]
    if len(shown) > _MOST_STEPS:
        shown = [shown[0], "…", *shown[2 - _MOST_STEPS :]]
    return " → ".join(shown)


def blocked_message(
    t: Translator,
    place: Place,
    shown: Message,
    refused: PermanentNotificationError,
) -> Message:
    """Draw the message to a person whose channel takes no messages of the bot."""
    why = t.gettext(
        "I could not post this in {channel}: Slack says {error}. You have made that "
        "channel follow this app. I go on trying with each change, and shall not tell "
        "you again.",
        channel=channel(place.channel),
        error=code(refused.code),
    )
    return Message(f"{why} {shown.text}", (section(why), *shown.blocks))


def _name(t: Translator, notice: Notice) -> str:
    target = notice.event.target or Target("", "")
    return target_name(t, target, notice.app_name, notice.flight_name)
