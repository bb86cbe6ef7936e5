"""Changes of locks, rules and release channels in the history, in whole sentences."""

from typing import Final, assert_never

from bot.domain.events import EventKind
from bot.domain.lock_events import LockChange
from bot.domain.policy_history import AgreedRule, ChannelChange, PolicyChange
from bot.slack.messages.escape import escape, mention
from bot.slack.messages.locks import window_text
from bot.slack.messages.phrases import at, target_name
from bot.slack.messages.proposed_rules import rule_agreed, rule_differences
from bot.slack.messages.translator import Translator

_REASON_LENGTH: Final = 150


def policy_change(t: Translator, change: PolicyChange) -> str:
    """Return who has changed what, when and why, and until when it holds."""
    match change:
        case LockChange(kind=EventKind.LOCKED):
            return _locked(t, change)
        case LockChange():
            return _unlocked(t, change)
        case AgreedRule():
            return _agreed(t, change)
        case ChannelChange():
            return _channel(t, change)
    assert_never(change)


def _app(t: Translator, change: PolicyChange, none: str) -> str:
    if change.target is None:
        return none
    name = target_name(t, change.target, change.app_name, change.flight_name)
    return f"*{name}*"


def _locked(t: Translator, change: LockChange) -> str:
    who, time, lock = mention(t, change.actor), at(change.at), change.lock
    app = _app(t, change, t.gettext("all apps"))
    if lock.weekly is not None:
        text = t.gettext(
            "🔒 {who} locked {app}, {time}, every week, {window}.",
            who=who,
            app=app,
            time=time,
            window=window_text(t, lock.weekly),
        )
    else:
        text = t.gettext(
            "🔒 {who} locked {app}, {time}, until {end}.",
            who=who,
            app=app,
            time=time,
            end=at(lock.ends_at or lock.locked_at),
        )
    return "\n".join((text, *_why(t, lock.reason)))


def _unlocked(t: Translator, change: LockChange) -> str:
    who, time = mention(t, change.actor), at(change.at)
    app = _app(t, change, t.gettext("all apps"))
    if change.by_another:
        text = t.gettext(
            "🔓 {who} lifted the lock of {app} that {locker} had set, {time}.",
            who=who,
            app=app,
            locker=mention(t, change.lock.locked_by),
            time=time,
        )
    else:
        text = t.gettext(
            "🔓 {who} unlocked {app}, {time}.", who=who, app=app, time=time
        )
    was = t.gettext(
        "It was locked {time}: {reason}",
        time=at(change.lock.locked_at),
        reason=escape(change.lock.reason, _REASON_LENGTH),
    )
    return "\n".join((text, *_why(t, change.reason), was))


def _why(t: Translator, reason: str) -> tuple[str, ...]:
    shown = escape(reason, _REASON_LENGTH)
    return (t.gettext("Why: {reason}", reason=shown),) if shown else ()


def _agreed(t: Translator, change: AgreedRule) -> str:
    who, asker = mention(t, change.actor), mention(t, change.asked_by)
    text = rule_agreed(t, _app(t, change, "") or None, who, asker, at(change.at))
    changes = rule_differences(t, change.old, change.new, drops=change.drops)
    return "\n".join((text, *changes))


def _channel(t: Translator, change: ChannelChange) -> str:
    who, time, app = mention(t, change.actor), at(change.at), _app(t, change, "")
    if change.kind is EventKind.CHANNEL_REMOVED:
        return t.gettext(
            "{who} gave {app} up, {time}: it is not controlled in this channel any "
            "more.",
            who=who,
            app=app,
            time=time,
        )
    if change.asked_by == change.actor:
        return t.gettext(
            "{who} let this channel in, {time}: {app} is controlled in other channels "
            "and from here, too.",
            who=who,
            app=app,
            time=time,
        )
    return t.gettext(
        "{who} let this channel in, {time}, as {asker} had asked: {app} is controlled "
        "in other channels and from here, too.",
        who=who,
        asker=mention(t, change.asked_by),
        app=app,
        time=time,
    )
