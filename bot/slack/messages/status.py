"""The status of targets: how each rollout stands, and how old that knowledge is."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.domain.failures import FailureCode
from bot.domain.outcomes import Status, TargetStatus
from bot.domain.results import Refused, Unavailable
from bot.domain.submissions import Snapshot
from bot.slack.messages.blocks import Message, line_listing, note
from bot.slack.messages.card_facts import versions
from bot.slack.messages.escape import code, escape
from bot.slack.messages.failures import failure_text
from bot.slack.messages.listings import no_alias
from bot.slack.messages.locks import lock_lines
from bot.slack.messages.phrases import at, bar, command, name, state
from bot.slack.messages.refusals import refusal_text
from bot.slack.messages.translator import Translator

_MOST_IN_TEXT: Final = 5
# An alias, or an id of the Store.
_ID_LENGTH: Final = 40


def status(t: Translator, answer: Status) -> Message:
    """Show how each target stands; explain aliases where there is none."""
    if not answer.targets:
        return no_alias(t)
    unread = [each for each in answer.targets if _is_unread(each)]
    read = [each for each in answer.targets if not _is_unread(each)]
    not_read, alone = _not_read(t, unread), len(answer.targets) == 1
    return line_listing(
        t.gettext("Rollouts"),
        _brief_list(t, read, len(unread), answer.more),
        (
            [*(_standing(t, each, alone=alone) for each in read), *not_read],
            [*(_line(t, each, named=True) for each in read), *not_read],
            [*(_line(t, each, named=False) for each in read), *not_read],
        ),
        lambda hidden: t.ngettext(
            "… and {count} more app. Name it to see it: {command}.",
            "… and {count} more apps. Name some of them to see them: {command}.",
            hidden,
            command=command("status", "NAME"),
        ),
        answer.more,
    )


def reading(t: Translator, apps: Sequence[str]) -> Message:
    """Draw the notice that the Store is being read, which takes a moment."""
    if len(apps) <= _MOST_IN_TEXT:
        names = t.listed(code(app, _ID_LENGTH) for app in apps)
        return note(t.gettext("Asking the Store about {apps}…", apps=names))
    count = len(apps)
    return note(
        t.ngettext(
            "Asking the Store about {count} app…",
            "Asking the Store about {count} apps…",
            count,
        )
    )


def _is_unread(standing: TargetStatus) -> bool:
    seen = standing.seen
    return (
        isinstance(seen, Unavailable) and seen.detail.code is FailureCode.REQUEST_BUDGET
    )


def _not_read(t: Translator, unread: Sequence[TargetStatus]) -> tuple[str, ...]:
    """Return one sentence about what the request budget has left out."""
    if not unread:
        return ()
    limits = [
        each.seen.detail.arguments.get("limit", "–")
        for each in unread
        if isinstance(each.seen, Unavailable)
    ]
    names = t.listed(_word(each) for each in unread)
    return (
        t.gettext(
            "⏳ Not read yet: {names}. The Store's limit of {limit} requests a minute "
            "leaves no more for now; ask again in a minute.",
            names=names,
            limit=escape(limits[0], 10),
        ),
    )


def _brief_list(
    t: Translator, read: Sequence[TargetStatus], unread: int, more: int
) -> str:
    brief = t.clauses(_brief(t, each) for each in read[:_MOST_IN_TEXT])
    hidden = max(0, len(read) - _MOST_IN_TEXT) + unread + more
    if not read:
        return t.ngettext(
            "Rollouts: {count} app is not read yet.",
            "Rollouts: {count} apps are not read yet.",
            hidden,
        )
    if not hidden:
        return t.gettext("Rollouts: {rollouts}.", rollouts=brief)
    return t.ngettext(
        "Rollouts: {rollouts}; and {count} more app.",
        "Rollouts: {rollouts}; and {count} more apps.",
        hidden,
        rollouts=brief,
    )


def _standing(t: Translator, standing: TargetStatus, *, alone: bool) -> str:
    """Show one target on some lines, with its ids where nothing else is asked for."""
    word = code(standing.alias or standing.target.app_id)
    match standing.seen:
        case Snapshot() as seen:
            lines = (
                f"*{word}* – {name(t, seen)}",
                f"{bar(seen.rollout)}*{state(t, seen.rollout)}*",
                *lock_lines(t, standing.locks),
                " · ".join(_packages(t, standing, seen)),
                " · ".join((*_since(t, standing), *_age(t, standing))),
                " · ".join(_ids(t, seen)) if alone else "",
            )
            return "\n".join(filter(None, lines))
        case Refused() as seen:
            return f"*{word}*\n⛔ {refusal_text(t, seen)}{_age_after(t, standing)}"
        case Unavailable() as seen:
            why = failure_text(t, seen.detail)
            return f"*{word}*\n⛔ {why}{_age_after(t, standing)}"
    assert_never(standing.seen)


def _line(t: Translator, standing: TargetStatus, *, named: bool) -> str:
    """Show one target on one line, in full or without all that may be long."""
    word, age = _word(standing), _age_after(t, standing)
    match standing.seen:
        case Snapshot() as seen:
            about = f" – {name(t, seen)}" if named else ""
            mark = " 🔒" if standing.locks else ""
            shown = f"{bar(seen.rollout)}*{state(t, seen.rollout)}*{mark}{age}"
            return f"*{word}*{about}: {shown}"
        case Refused() as seen if named:
            return f"*{word}*: ⛔ {refusal_text(t, seen)}{age}"
        case Unavailable() as seen if named:
            return f"*{word}*: ⛔ {failure_text(t, seen.detail)}{age}"
        case _:
            why = t.gettext("could not be shown")
            return f"*{word}*: ⛔ {why}{age}"


def _word(standing: TargetStatus) -> str:
    """Return the word by which people name the target."""
    return code(standing.alias or standing.target.app_id, _ID_LENGTH)


def _age(t: Translator, standing: TargetStatus) -> tuple[str, ...]:
    """Return how old the reading is, where it is not of this moment."""
    seconds = int(standing.age.total_seconds())
    if seconds < 1:
        return ()
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return (t.ngettext("as of {count} h ago", "as of {count} h ago", hours),)
    if minutes:
        return (t.ngettext("as of {count} min ago", "as of {count} min ago", minutes),)
    return (t.ngettext("as of {count} s ago", "as of {count} s ago", seconds),)


def _age_after(t: Translator, standing: TargetStatus) -> str:
    return "".join(f" · {age}" for age in _age(t, standing))


def _packages(t: Translator, standing: TargetStatus, seen: Snapshot) -> tuple[str, ...]:
    """Return the versions of the rollout, and of what the others get."""
    own = (versions(t, seen.versions),) if seen.versions else ()
    if not standing.others:
        return own
    others = versions(t, standing.others)
    return *own, t.gettext("others get {versions}", versions=others)


def _since(t: Translator, standing: TargetStatus) -> tuple[str, ...]:
    """Return since when it is so, as far as that is known."""
    if standing.changed_here is not None:
        return (t.gettext("changed here {time}", time=at(standing.changed_here)),)
    if standing.seen_since is None:
        return ()
    return (t.gettext("seen so since {time}", time=at(standing.seen_since)),)


def _ids(t: Translator, seen: Snapshot) -> list[str]:
    """Return the ids of the submission, of its fallback and of the draft."""
    submission = code(seen.ref.submission_id)
    parts = [t.gettext("submission {id}", id=submission)]
    if seen.rollout.fallback_submission_id:
        fallback = code(seen.rollout.fallback_submission_id)
        parts.append(t.gettext("fallback {id}", id=fallback))
    if seen.pending_id:
        parts.append(t.gettext("draft {id}", id=code(seen.pending_id)))
    return parts


def _brief(t: Translator, standing: TargetStatus) -> str:
    word = escape(standing.alias or standing.target.app_id)
    match standing.seen:
        case Snapshot(rollout=rollout):
            return f"{word} {state(t, rollout)}"
        case Refused() | Unavailable():
            return t.gettext("{app} could not be shown", app=word)
    assert_never(standing.seen)
