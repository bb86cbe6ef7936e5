"""The answers that list something: status, history and aliases."""

from collections.abc import Sequence
from typing import Final, assert_never

from slack_sdk.models.blocks import Block

from bot.domain.events import AliasChange, EventKind
from bot.domain.outcomes import Aliases, History, Status, TargetStatus
from bot.domain.requests import Alias, Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot
from bot.domain.verbs import Phase
from bot.slack.ids import COMMAND
from bot.slack.messages.blocks import Message, and_more, fitting, header, section
from bot.slack.messages.card_facts import versions
from bot.slack.messages.escape import code, escape, mention
from bot.slack.messages.failures import failure_text
from bot.slack.messages.help import note
from bot.slack.messages.phrases import alias_name, at, command, name, state, to_do
from bot.slack.messages.refusals import refusal_text
from bot.slack.messages.results import result_text

_BAR_LENGTH: Final = 10
_MOST_IN_TEXT: Final = 5
_REASON_LENGTH: Final = 150
_NEWER: Final = "Not shown: {} that a newer version of me wrote, and I cannot read."
_NOBODY: Final = "Nobody has asked for anything{} in this channel yet."
_NO_ALIAS: Final = "This channel has no alias yet, so there is no app to show."


def status(answer: Status) -> Message:
    """Show how each target stands; explains aliases where there is none."""
    if not answer.targets:
        return _empty(_NO_ALIAS)
    shown = [section(_standing(each)) for each in answer.targets]
    brief = "; ".join(map(_brief, answer.targets[:_MOST_IN_TEXT]))
    return _listing("Rollouts", f"Rollouts: {brief}.", shown, "apps")


def history(answer: History) -> Message:
    """Show the last requests of the channel: who, when, why, from what to what."""
    about = f" of {escape(answer.about)}" if answer.about else ""
    newer = _NEWER.format(answer.unread) if answer.unread else ""
    if not answer.entries:
        return note(newer or _NOBODY.format(about))
    count, newest = len(answer.entries), _newest(answer.entries[0])
    how_many = f"last {count} entries" if count > 1 else "only entry"
    text = f"The {how_many}{about} in this channel; the newest: {newest} {newer}"
    shown = [section(_entry(entry)) for entry in answer.entries]
    shown += [section(newer)] if newer else []
    return _listing("What happened in this channel", text.strip(), shown, "entries")


def alias_list(answer: Aliases) -> Message:
    """Show the aliases of the channel."""
    if not answer.aliases:
        return _empty("This channel has no alias yet.")
    shown = [section(alias_line(alias)) for alias in answer.aliases]
    names = ", ".join(code(alias.name) for alias in answer.aliases[:_MOST_IN_TEXT])
    text = f"Aliases of this channel, {len(shown)} in all: {names}."
    return _listing("Aliases of this channel", text, shown, "aliases")


def alias_line(alias: Alias) -> str:
    """Show one alias: what it names, and who added it."""
    target = alias.target
    flight = f" {code(target.flight_id)}" if target.flight_id else ""
    by = f", added by {mention(alias.added_by)}" if alias.added_by else ""
    names = f"{alias_name(alias)} {code(target.app_id)}{flight}"
    return f"*{code(alias.name)}* – {names}{by}"


def end(result: Result) -> str:
    """Say in a few words how an operation ended."""
    match result:
        case Done():
            return f"done, {state(result.before)} → *{state(result.after)}*"
        case AlreadyDone():
            return f"nothing to do, already *{state(result.now)}*"
        case Moved():
            return f"not done, it had changed to *{state(result.now)}*"
        case Refused():
            return f"refused: {refusal_text(result)}"
        case Unavailable():
            return "not done, nothing was changed"
        case Unknown():
            return "not known whether it was done"
    assert_never(result)


def _listing(title: str, text: str, entries: Sequence[Block], what: str) -> Message:
    head = header(title)
    kept = fitting(entries, (head,))
    return Message(text, (head, *kept, *and_more(len(entries) - len(kept), what)))


def _empty(lead: str) -> Message:
    return note(
        f"{lead} Add one with {command('alias', 'add', 'mail', '9NBLGGH4R315')}, with "
        f"the Store ID that Partner Center shows; `{COMMAND} help` says more."
    )


def _standing(standing: TargetStatus) -> str:
    word = standing.alias or standing.target.app_id
    match standing.seen:
        case Snapshot():
            return _snapshot(word, standing.seen)
        case Refused():
            return f"*{code(word)}*\n⛔ {refusal_text(standing.seen)}"
        case Unavailable():
            return f"*{code(word)}*\n⛔ {failure_text(standing.seen.detail)}"
    assert_never(standing.seen)


def _snapshot(word: str, seen: Snapshot) -> str:
    rollout = seen.rollout
    draft = f" · draft {code(seen.pending_id)}" if seen.pending_id else ""
    packages = f"packages {versions(seen.versions)} · " if seen.versions else ""
    fallback = rollout.fallback_submission_id
    behind = f" · fallback {code(fallback)}" if fallback else ""
    submission = f"submission {code(seen.ref.submission_id)}"
    return (
        f"*{code(word)}* – {name(seen)}\n"
        f"{_bar(rollout)}*{state(rollout)}*\n"
        f"{packages}{submission}{behind}{draft}"
    )


def _bar(rollout: Rollout) -> str:
    """Draw the share of customers; only where a rollout runs does it mean anything."""
    if rollout.phase is not Phase.IN_PROGRESS:
        return ""
    # Rounded down but never empty: a full bar is 100 %, and no less.
    full = max(1, int(min(max(rollout.percentage, 0), 100) / 100 * _BAR_LENGTH))
    return f"{'▰' * full}{'▱' * (_BAR_LENGTH - full)} "


def _brief(standing: TargetStatus) -> str:
    word = escape(standing.alias or standing.target.app_id)
    match standing.seen:
        case Snapshot(rollout=rollout):
            return f"{word} {state(rollout)}"
        case Refused() | Unavailable():
            return f"{word} could not be shown"
    assert_never(standing.seen)


def _newest(entry: Request | AliasChange) -> str:
    if isinstance(entry, AliasChange):
        return _alias_change(entry)
    return f"{to_do(entry.change)}, {name(entry.snapshot)}, {_end(entry)}."


def _entry(entry: Request | AliasChange) -> str:
    if isinstance(entry, Request):
        return _request_entry(entry)
    who = f"{at(entry.at)}, {mention(entry.actor)}"
    return f"{_alias_change(entry)}\n{who}"


def _alias_change(change: AliasChange) -> str:
    alias, names = code(change.alias.name), alias_name(change.alias)
    match change.kind:
        case EventKind.ALIAS_REMOVED:
            return f"Alias {alias} removed: {names}."
        case EventKind.ALIAS_REPOINTED:
            before = code(change.before or "")
            return f"Alias {alias} re-pointed: {names}. Before: {before}."
        case _:
            return f"Alias {alias} added: {names}."


def _request_entry(request: Request) -> str:
    reason = escape(request.reason, _REASON_LENGTH)
    why = f"\nWhy: {reason}" if reason else ""
    return (
        f"*{to_do(request.change)}* – {name(request.snapshot)}\n"
        f"{_mark(request)}{_end(request)}{_shown_before(request)}\n"
        f"{at(request.asked_at)}, {mention(request.asked_by)} asked{_decision(request)}"
        f"{why}"
    )


def _mark(request: Request) -> str:
    """Return the mark that the result has in its thread, so that an eye finds it."""
    return f"{result_text(request, request.result).mark} " if request.result else ""


def _shown_before(request: Request) -> str:
    if isinstance(request.result, Done):
        return ""
    return f"; the card showed {state(request.snapshot.rollout)}"


def _decision(request: Request) -> str:
    if request.decided_by is None:
        return ""
    cancelled = request.state is RequestState.CANCELLED
    word = "cancelled" if cancelled else "confirmed"
    return f", {mention(request.decided_by)} {word}"


def _end(request: Request) -> str:
    match request.state:
        case RequestState.PENDING:
            return f"waiting for confirmation until {at(request.expires_at)}"
        case RequestState.CANCELLED:
            return "cancelled"
        case RequestState.EXPIRED:
            return "expired"
        case RequestState.AUTHORISED:
            return (
                end(request.result) if request.result else "confirmed, still under way"
            )
    assert_never(request.state)
