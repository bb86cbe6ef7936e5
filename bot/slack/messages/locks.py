"""Locks in messages: what holds, until when and why, and what has changed of that."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.events import EventKind
from bot.domain.lock_events import LockChange
from bot.domain.lock_outcomes import Locked, LockLifted, Locks, LockSet, NotLocked
from bot.domain.locks import HeldLock, Lock, WeeklyWindow, next_start, until
from bot.domain.requests import Alias
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import Message, context, line_listing, note, section
from bot.slack.messages.escape import code, escape, mention
from bot.slack.messages.phrases import (
    DAY_NAMES,
    alias_name,
    at,
    command,
    some_of,
    target_name,
)
from bot.slack.messages.translator import Translator

_ID_LENGTH: Final = 40
_REASON_LENGTH: Final = 150
_MOST_APPS: Final = 15
_MOST_LOCKS: Final = 3
_MOST_LISTED: Final = 8
_ALL: Final = "all"


def lock_lines(t: Translator, locks: Sequence[HeldLock]) -> tuple[str, ...]:
    """Return a line for each lock that holds; of many the first, and how many more."""
    shown = [_held(t, one) for one in locks[:_MOST_LOCKS]]
    return (*shown, *_more(t, len(locks) - len(shown)))


def app_lock_lines(
    t: Translator, locks: Sequence[HeldLock], names: Sequence[Alias]
) -> tuple[str, ...]:
    """Return a line for each lock, which names its app, as many as fit a paragraph."""
    shown = []
    for one in locks[:_MOST_LISTED]:
        about = f"*{_about(t, one.lock, names)}*"
        once = replace(one.lock, ends_at=one.until, weekly=None)
        shown.append(f"🔒 {_is_locked(t, once, about)}")
    return (*shown, *_more(t, len(locks) - len(shown)))


def _more(t: Translator, hidden: int) -> tuple[str, ...]:
    if hidden <= 0:
        return ()
    return (
        t.ngettext(
            "🔒 and {count} more lock: {command}",
            "🔒 and {count} more locks: {command}",
            hidden,
            command=command("locks"),
        ),
    )


def locked(t: Translator, refused: Locked) -> Message:
    """Explain what is locked, by whom, until when and why, and who can lift that."""
    apps = some_of(t, [code(app.word, _ID_LENGTH) for app in refused.apps], _MOST_APPS)
    head = t.gettext("Nobody can finalize or set {apps} now.", apps=apps)
    named = {app.target: app.word for app in refused.apps}
    words = dict.fromkeys(_unlock_word(one.lock, named) for one in refused.locks)
    lifting = [command("unlock", word, "REASON") for word in words]
    lift = t.gettext(
        "Whoever has locked can lift that, and everybody else can with a reason: "
        "{commands}.",
        commands=some_of(t, lifting, _MOST_LOCKS),
    )
    halt = t.gettext(
        "A halt stays possible: {command}.",
        command=command(Verb.HALT, refused.apps[0].word),
    )
    return note("\n".join((head, *lock_lines(t, refused.locks), f"{lift} {halt}")))


def lock_set(t: Translator, answer: LockSet) -> Message:
    """Confirm a lock to whoever has set it; the channels are told of it as well."""
    sentences = [
        f"🔒 {_is_locked(t, answer.lock, _word(t, answer.app))}",
        t.gettext(
            "Nobody can finalize or set meanwhile, you neither; rollouts go on, and "
            "can be halted at any time. Channels that follow what is locked are told. "
            "To lift it: {command}.",
            command=command("unlock", answer.app),
        ),
        t.gettext("A ramp waits until then."),
    ]
    if answer.zone is not None and not answer.zone_known:
        sentences.append(
            t.gettext(
                "Slack did not say in which time zone you are: the time is one of "
                "{zone}. Another one is written behind the time, such as {example}.",
                zone=code(answer.zone),
                example=code("zone Europe/Berlin"),
            )
        )
    return note("\n".join(sentences))


def lock_lifted(t: Translator, answer: LockLifted) -> Message:
    """Confirm to one person that locks are lifted, and show what stays."""
    text = t.ngettext(
        "{app}: {count} lock is lifted. Channels that follow what was locked are told.",
        "{app}: {count} locks are lifted. Channels that follow what was locked are "
        "told.",
        len(answer.lifted),
        app=_word(t, answer.app),
    )
    if not answer.left:
        return note(text)
    still = t.gettext("What is not lifted by that:")
    return note("\n".join((text, still, *_entries(t, answer.left, (), answer.at))))


def not_locked(t: Translator, answer: NotLocked) -> Message:
    """Explain that there is no such lock to lift, and what is there."""
    every = command("locks")
    if answer.app == _ALL:
        text = t.gettext(
            "There is no lock of all apps, so nothing was changed. {command} lists all "
            "locks.",
            command=every,
        )
    else:
        text = t.gettext(
            "There is no lock of {app} alone, so nothing was changed. {command} lists "
            "all locks.",
            app=code(answer.app, _ID_LENGTH),
            command=every,
        )
    return note("\n".join((text, *_entries(t, answer.others, (), answer.at))))


def lock_list(t: Translator, answer: Locks) -> Message:
    """List the locks with their ends, and when those come that come back."""
    if not answer.locks:
        return note(
            t.gettext(
                "Nothing is locked here. To lock an app: {one}. To lock all of them: "
                "{all}.",
                one=command("lock APP until Mon 08:00 REASON"),
                all=command("lock all for 3d REASON"),
            )
        )
    entries = _entries(t, answer.locks, answer.names, answer.at)
    short = [entry.splitlines()[0] for entry in entries]
    return line_listing(
        t.gettext("Locks"),
        t.ngettext("{count} lock.", "{count} locks.", len(entries)),
        (entries, short),
        lambda hidden: t.ngettext(
            "… and {count} more lock.", "… and {count} more locks.", hidden
        ),
    )


def lock_notice(
    t: Translator, change: LockChange, app_name: str | None, flight_name: str | None
) -> Message:
    """Draw the message that tells a channel of a lock, or of its end."""
    lock, target = change.lock, change.lock.target
    app = t.gettext("All apps")
    if target is not None:
        app = target_name(t, target, app_name, flight_name)
    if change.kind is EventKind.LOCKED:
        text = f"🔒 {_is_locked(t, lock, f'*{app}*')}"
        small = t.gettext(
            "Nobody can finalize or set meanwhile; a halt stays possible. {who} can "
            "lift it, and everybody else can with a reason: {command}",
            who=mention(t, lock.locked_by),
            command=command("unlock", _unlock_word(lock, {}), "REASON"),
        )
        return Message(text, (section(text), context(small)))
    text = f"🔓 {_is_unlocked(t, change, f'*{app}*')}"
    small = t.gettext(
        "It was locked {time}: {reason}",
        time=at(lock.locked_at),
        reason=escape(lock.reason, _REASON_LENGTH),
    )
    return Message(text, (section(text), context(small)))


def _is_locked(t: Translator, lock: Lock, app: str) -> str:
    who, reason = mention(t, lock.locked_by), escape(lock.reason, _REASON_LENGTH)
    if lock.weekly is not None:
        return t.gettext(
            "{app}: locked by {who} every week, {window}: {reason}",
            app=app,
            who=who,
            window=window_text(t, lock.weekly),
            reason=reason,
        )
    return t.gettext(
        "{app}: locked by {who} until {time}: {reason}",
        app=app,
        who=who,
        time=at(lock.ends_at or lock.locked_at),
        reason=reason,
    )


def _is_unlocked(t: Translator, change: LockChange, app: str) -> str:
    who, reason = mention(t, change.actor), escape(change.reason, _REASON_LENGTH)
    if change.by_another:
        return t.gettext(
            "{app}: {who} has lifted the lock of {locker}: {reason}",
            app=app,
            who=who,
            locker=mention(t, change.lock.locked_by),
            reason=reason,
        )
    if not reason:
        return t.gettext("{app}: unlocked by {who}.", app=app, who=who)
    return t.gettext(
        "{app}: unlocked by {who}: {reason}", app=app, who=who, reason=reason
    )


def _held(t: Translator, one: HeldLock) -> str:
    lock, time = one.lock, at(one.until)
    who, reason = mention(t, lock.locked_by), escape(lock.reason, _REASON_LENGTH)
    if lock.target is None:
        return t.gettext(
            "🔒 all apps locked by {who} until {time}: {reason}",
            who=who,
            time=time,
            reason=reason,
        )
    return t.gettext(
        "🔒 locked by {who} until {time}: {reason}", who=who, time=time, reason=reason
    )


def _entries(
    t: Translator, locks: Sequence[Lock], names: Sequence[Alias], now: datetime
) -> list[str]:
    return [_entry(t, lock, names, now) for lock in locks]


def _entry(t: Translator, lock: Lock, names: Sequence[Alias], now: datetime) -> str:
    """Show one lock on two lines: until when and why, and how it is lifted."""
    mark = "🔒" if until(lock, now) else "🗓️"
    named = {one.target: one.name for one in reversed(names)}
    small = [command("unlock", _unlock_word(lock, named))]
    if (end := until(lock, now)) and lock.weekly:
        small.insert(0, t.gettext("now until {time}", time=at(end)))
    if start := next_start(lock, now):
        small.insert(-1, t.gettext("next {time}", time=at(start)))
    about = _about(t, lock, names)
    return f"{mark} {_is_locked(t, lock, f'*{about}*')}\n{' · '.join(small)}"


def _about(t: Translator, lock: Lock, names: Sequence[Alias]) -> str:
    if lock.target is None:
        return t.gettext("All apps")
    alias = next((one for one in names if one.target == lock.target), None)
    if alias is None:
        return target_name(t, lock.target, None, None)
    if not alias.name:
        return alias_name(t, alias)
    return f"{code(alias.name, _ID_LENGTH)} ({alias_name(t, alias)})"


def _unlock_word(lock: Lock, names: Mapping[Target, str]) -> str:
    """Return the words by which a command names what is locked."""
    if lock.target is None:
        return _ALL
    return names.get(lock.target) or str(lock.target)


def _word(t: Translator, app: str) -> str:
    return t.gettext("All apps") if app == _ALL else code(app, _ID_LENGTH)


def window_text(t: Translator, window: WeeklyWindow) -> str:
    """Return from when to when a lock comes back every week, and in which zone."""
    first, last = DAY_NAMES[window.from_day], DAY_NAMES[window.to_day]
    return t.gettext(
        "{first} {begin} – {last} {end} ({zone})",
        first=t.gettext(first),
        begin=f"{window.from_time:%H:%M}",
        last=t.gettext(last),
        end=f"{window.to_time:%H:%M}",
        zone=code(window.zone, _ID_LENGTH),
    )
