"""The history of a channel: its last requests, and what else has changed."""

from typing import Final, assert_never

from bot.domain.change_log import LoggedChange
from bot.domain.events import AliasChange, EventKind
from bot.domain.history import Entry
from bot.domain.languages import LanguageChange
from bot.domain.lock_events import LockChange
from bot.domain.outcomes import History
from bot.domain.policy_history import AgreedRule, ChannelChange, PolicyChange
from bot.domain.ramp_history import RampHistory
from bot.domain.requests import Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.subscriptions import SubscriptionChange
from bot.slack.messages.blocks import Message, listing, note, section
from bot.slack.messages.card_texts import asked_for
from bot.slack.messages.charts import percentage_chart
from bot.slack.messages.escape import code, escape, mention
from bot.slack.messages.languages import language_change
from bot.slack.messages.logged_changes import changed_by, logged_change
from bot.slack.messages.phrases import (
    alias_name,
    at,
    done_alone,
    name,
    state,
    why_asked,
    why_ended,
)
from bot.slack.messages.policy_changes import policy_change
from bot.slack.messages.ramp_history import newest_of_ramp, ramp_entry
from bot.slack.messages.refusals import is_only_refused, refusal_text
from bot.slack.messages.results import known_before, result_text
from bot.slack.messages.subscriptions import subscription_change
from bot.slack.messages.translator import Translator

_REASON_LENGTH: Final = 150


def history(t: Translator, answer: History) -> Message:
    """Show the last entries of the channel: who, when, why, from what to what."""
    newer = _newer(t, answer.unread) if answer.unread else ""
    if not answer.entries:
        return note(newer or _nobody(t, answer.about))
    text = f"{_how_many(t, answer)} {_newest(t, answer.entries[0])} {newer}"
    shown = [section(_entry(t, entry)) for entry in answer.entries]
    shown += [section(newer)] if newer else []
    chart = percentage_chart(t, answer.points)
    return listing(
        t.gettext("What happened in this channel"),
        text.strip(),
        shown,
        lambda hidden: t.ngettext(
            "… and {count} more entry.", "… and {count} more entries.", hidden
        ),
        above=(chart,) if chart else (),
    )


def _result(t: Translator, request: Request, result: Result) -> str:
    """Return in a few words how an operation ended."""
    match result:
        case Done():
            return _done(t, request, result)
        case AlreadyDone():
            now = state(t, result.now)
            return t.gettext("Nothing to do, it was so already: *{state}*.", state=now)
        case Moved():
            now = state(t, result.now)
            return t.gettext("Not done, it had changed: *{state}*.", state=now)
        case Refused() if is_only_refused(result):
            return refusal_text(t, result)
        case Refused():
            return t.gettext("Refused: {reason}", reason=refusal_text(t, result))
        case Unavailable():
            return t.gettext("Not done, nothing was changed.")
        case Unknown():
            return t.gettext("Not known whether it was done.")
    assert_never(result)


def _done(t: Translator, request: Request, result: Done) -> str:
    before, now = known_before(request, result), state(t, result.after)
    if before is None:
        return t.gettext("Done: *{now}*.", now=now)
    if result.before_at is None:
        return t.gettext("Done: {before} → *{now}*.", before=state(t, before), now=now)
    return t.gettext(
        "Done: {before} (as of {time}) → *{now}*.",
        before=state(t, before),
        time=at(result.before_at),
        now=now,
    )


def _newer(t: Translator, unread: int) -> str:
    return t.ngettext(
        "Not shown: {count} entry that a newer version of me wrote, and I cannot read.",
        "Not shown: {count} entries that a newer version of me wrote, and I cannot "
        "read.",
        unread,
    )


def _nobody(t: Translator, about: str | None) -> str:
    if not about:
        return t.gettext("Nobody has asked for anything in this channel yet.")
    return t.gettext(
        "Nobody has asked for anything of {app} in this channel yet.", app=escape(about)
    )


def _how_many(t: Translator, answer: History) -> str:
    count = len(answer.entries)
    if not answer.about:
        if count == 1:
            return t.gettext("The only entry of this channel.")
        return t.ngettext(
            "The last {count} entry of this channel.",
            "The last {count} entries of this channel.",
            count,
        )
    app = escape(answer.about)
    if count == 1:
        return t.gettext("The only entry about {app} in this channel.", app=app)
    return t.ngettext(
        "The last {count} entry about {app} in this channel.",
        "The last {count} entries about {app} in this channel.",
        count,
        app=app,
    )


def _newest(t: Translator, entry: Entry) -> str:
    if isinstance(entry, RampHistory):
        return newest_of_ramp(t, entry)
    if not isinstance(entry, Request):
        return _change(t, entry)
    newest = t.gettext(
        "The newest: {change}, {app}.",
        change=asked_for(t, entry),
        app=name(t, entry.snapshot),
    )
    return f"{newest} {_end(t, entry)}"


def _entry(t: Translator, entry: Entry) -> str:
    if isinstance(entry, Request):
        return _request_entry(t, entry)
    if isinstance(entry, RampHistory):
        return ramp_entry(t, entry)
    if isinstance(entry, LoggedChange):
        return f"{logged_change(t, entry)}\n{changed_by(t, entry)}"
    if isinstance(entry, PolicyChange):
        return policy_change(t, entry)
    who, time = mention(t, entry.actor), at(entry.at)
    by = t.gettext("{who}, {time}.", who=who, time=time)
    return f"{_change(t, entry)}\n{by}"


def _change(
    t: Translator,
    change: AliasChange
    | SubscriptionChange
    | LoggedChange
    | PolicyChange
    | LanguageChange,
) -> str:
    match change:
        case AliasChange():
            return _alias_change(t, change)
        case SubscriptionChange():
            return subscription_change(t, change)
        case LoggedChange():
            return logged_change(t, change)
        case LockChange() | AgreedRule() | ChannelChange():
            return policy_change(t, change)
        case LanguageChange():
            return language_change(t, change)
    assert_never(change)


def _alias_change(t: Translator, change: AliasChange) -> str:
    alias, app = code(change.alias.name), alias_name(t, change.alias)
    match change.kind:
        case EventKind.ALIAS_REMOVED:
            return t.gettext("Alias {alias} removed: {app}.", alias=alias, app=app)
        case EventKind.ALIAS_REPOINTED:
            return t.gettext(
                "Alias {alias} re-pointed: {app}. Before: {before}.",
                alias=alias,
                app=app,
                before=code(change.before or ""),
            )
        case _:
            return t.gettext("Alias {alias} added: {app}.", alias=alias, app=app)


def _request_entry(t: Translator, request: Request) -> str:
    reason = escape(request.reason, _REASON_LENGTH)
    who, time = mention(t, request.asked_by), at(request.asked_at)
    asked = t.gettext("{who} asked, {time}.", who=who, time=time)
    lines = [
        f"*{asked_for(t, request)}* – {name(t, request.snapshot)}",
        " ".join((*_mark(t, request), _end(t, request), *_shown_before(t, request))),
        " ".join((asked, *_decision(t, request))),
    ]
    if reason:
        lines.append(why_asked(t, request, reason))
    return "\n".join(lines)


def _mark(t: Translator, request: Request) -> tuple[str, ...]:
    """Return the mark that the result has in its thread, so that an eye finds it."""
    if request.result is None:
        return ()
    return (result_text(t, request, request.result).mark,)


def _shown_before(t: Translator, request: Request) -> tuple[str, ...]:
    result = request.result
    if isinstance(result, Done) and known_before(request, result) is not None:
        return ()
    never_shown = request.decided_by is None and request.end_reason is None
    if request.state is RequestState.CANCELLED and never_shown:
        return ()
    shown = state(t, request.snapshot.rollout)
    return (t.gettext("The card showed: {state}.", state=shown),)


def _decision(t: Translator, request: Request) -> tuple[str, ...]:
    if request.decided_by is None or request.end_reason is not None:
        return ()
    who = mention(t, request.decided_by)
    if request.was_declined:
        return (t.gettext("{who} declined.", who=who),)
    if request.state is RequestState.CANCELLED:
        return (t.gettext("{who} cancelled.", who=who),)
    return done_alone(t, request) or (t.gettext("{who} confirmed.", who=who),)


def _end(t: Translator, request: Request) -> str:
    match request.state:
        case RequestState.PENDING:
            until = at(request.expires_at)
            return t.gettext("Waiting for confirmation until {until}.", until=until)
        case RequestState.CANCELLED if request.end_reason is not None:
            return why_ended(t, request)
        case RequestState.CANCELLED if request.decided_by is None:
            return t.gettext("Its card could not be posted; nothing was sent.")
        case RequestState.CANCELLED if request.was_declined:
            return t.gettext("Declined.")
        case RequestState.CANCELLED:
            return t.gettext("Cancelled.")
        case RequestState.EXPIRED:
            return t.gettext("Expired.")
        case RequestState.AUTHORISED:
            if request.result is None:
                return t.gettext("Confirmed, still under way.")
            return _result(t, request, request.result)
    assert_never(request.state)
