"""The answers that list targets: status and aliases."""

from typing import Final, assert_never

from bot.domain.outcomes import Aliases, Status, TargetStatus
from bot.domain.requests import Alias
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot
from bot.domain.verbs import Phase
from bot.slack.messages.blocks import Message, listing, note, section
from bot.slack.messages.card_facts import versions
from bot.slack.messages.escape import code, escape, mention
from bot.slack.messages.failures import failure_text
from bot.slack.messages.phrases import alias_name, command, name, state
from bot.slack.messages.refusals import refusal_text
from bot.slack.messages.translator import Translator

_BAR_LENGTH: Final = 10
_MOST_IN_TEXT: Final = 5


def status(t: Translator, answer: Status) -> Message:
    """Show how each target stands; explain aliases where there is none."""
    if not answer.targets:
        return _empty(t)
    brief = "; ".join(_brief(t, each) for each in answer.targets[:_MOST_IN_TEXT])
    return listing(
        t.gettext("Rollouts"),
        t.gettext("Rollouts: {rollouts}.", rollouts=brief),
        [section(_standing(t, each)) for each in answer.targets],
        lambda hidden: t.ngettext(
            "… and {count} more app.", "… and {count} more apps.", hidden
        ),
    )


def alias_list(t: Translator, answer: Aliases) -> Message:
    """Show the aliases of the channel."""
    if not answer.aliases:
        return _empty(t)
    names = ", ".join(code(alias.name) for alias in answer.aliases[:_MOST_IN_TEXT])
    text = t.ngettext(
        "Aliases of this channel, {count} in all: {names}.",
        "Aliases of this channel, {count} in all: {names}.",
        len(answer.aliases),
        names=names,
    )
    return listing(
        t.gettext("Aliases of this channel"),
        text,
        [section(alias_line(t, alias)) for alias in answer.aliases],
        lambda hidden: t.ngettext(
            "… and {count} more alias.", "… and {count} more aliases.", hidden
        ),
    )


def alias_line(t: Translator, alias: Alias) -> str:
    """Show one alias: what it names, and who added it."""
    target = alias.target
    flight = f" {code(target.flight_id)}" if target.flight_id else ""
    line = (
        f"*{code(alias.name)}* – {alias_name(t, alias)} {code(target.app_id)}{flight}"
    )
    if not alias.added_by:
        return line
    who = mention(t, alias.added_by)
    return t.gettext("{alias}, added by {who}", alias=line, who=who)


def _empty(t: Translator) -> Message:
    return note(
        t.gettext(
            "This channel has no alias yet, so there is no app to show. Add one with "
            "{command}, with the Store ID that Partner Center shows; {help} says more.",
            command=command("alias", "add", "mail", "9NBLGGH4R315"),
            help=command("help"),
        )
    )


def _standing(t: Translator, standing: TargetStatus) -> str:
    word = code(standing.alias or standing.target.app_id)
    match standing.seen:
        case Snapshot():
            return _snapshot(t, word, standing.seen)
        case Refused():
            return f"*{word}*\n⛔ {refusal_text(t, standing.seen)}"
        case Unavailable():
            return f"*{word}*\n⛔ {failure_text(t, standing.seen.detail)}"
    assert_never(standing.seen)


def _snapshot(t: Translator, word: str, seen: Snapshot) -> str:
    return (
        f"*{word}* – {name(t, seen)}\n"
        f"{_bar(seen.rollout)}*{state(t, seen.rollout)}*\n"
        f"{' · '.join(_parts(t, seen))}"
    )


def _parts(t: Translator, seen: Snapshot) -> list[str]:
    """Return what belongs to the rollout: packages, submission, fallback, draft."""
    submission = code(seen.ref.submission_id)
    parts = [t.gettext("submission {id}", id=submission)]
    if seen.versions:
        shown = versions(t, seen.versions)
        parts.insert(0, t.gettext("packages {versions}", versions=shown))
    if seen.rollout.fallback_submission_id:
        fallback = code(seen.rollout.fallback_submission_id)
        parts.append(t.gettext("fallback {id}", id=fallback))
    if seen.pending_id:
        parts.append(t.gettext("draft {id}", id=code(seen.pending_id)))
    return parts


def _bar(rollout: Rollout) -> str:
    """Draw the share of customers; only where a rollout runs does it mean anything."""
    if rollout.phase is not Phase.IN_PROGRESS:
        return ""
    # Rounded down but never empty: a full bar is 100 %, and no less.
    full = max(1, int(min(max(rollout.percentage, 0), 100) / 100 * _BAR_LENGTH))
    return f"{'▰' * full}{'▱' * (_BAR_LENGTH - full)} "


def _brief(t: Translator, standing: TargetStatus) -> str:
    word = escape(standing.alias or standing.target.app_id)
    match standing.seen:
        case Snapshot(rollout=rollout):
            return f"{word} {state(t, rollout)}"
        case Refused() | Unavailable():
            return t.gettext("{app} could not be shown", app=word)
    assert_never(standing.seen)
