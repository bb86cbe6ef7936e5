"""An open rollout on the Home tab: who follows it, how it stands, what is next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.domain.home import NextStep, OpenRollout
from bot.domain.locks import HeldLock
from bot.domain.submissions import Snapshot, Target
from bot.slack.messages.escape import channel, code
from bot.slack.messages.phrases import (
    ago,
    at,
    bar,
    command,
    name,
    some_of,
    state,
    target_name,
)
from bot.slack.messages.ramp_phrases import standing
from bot.slack.messages.translator import N_, Translator

_MOST_CHANNELS: Final = 5
_NEXT: Final[Mapping[NextStep, str]] = MappingProxyType(
    {
        NextStep.FINALIZE: N_("⚠️ At 100 %, and not finalized yet."),
        NextStep.FREE_DRAFT: N_(
            "⚠️ A draft waits behind this rollout: finalize or halt it first."
        ),
        NextStep.DECIDE: N_(
            "⚠️ Unchanged for three days or more: raise it, finalize it or halt it."
        ),
        NextStep.RAISE: N_("Next: raise it, or finalize it."),
        NextStep.WAIT: N_("Not read from the Store yet."),
    }
)


def open_rollout(
    t: Translator, one: OpenRollout, locks: Sequence[HeldLock], now: datetime
) -> str:
    """Show one rollout: where it is followed, how it stands, what is next."""
    watched = one.watched
    channels = some_of(t, [*map(channel, one.channels)], _MOST_CHANNELS)
    lines = [f"*{_name(t, watched.target, watched.seen)}* · {channels}"]
    if watched.seen is not None:
        rollout = watched.seen.rollout
        lines.append(f"{bar(rollout)}*{state(t, rollout)}*")
    details = _details(t, one)
    if details:
        lines.append(" · ".join(details))
    lines.append(_next_step(t, one, locks, now))
    return "\n".join(lines)


def _details(t: Translator, one: OpenRollout) -> list[str]:
    """Return since when it is so, how old that knowledge is, and the draft."""
    watched, parts = one.watched, []
    if watched.seen is not None and watched.since is not None:
        since = at(watched.since)
        parts.append(
            t.gettext("seen so since {time}", time=since)
            if watched.changed_at is None
            else t.gettext("since {time}", time=since)
        )
    if watched.looked_at is not None:
        parts.append(t.gettext("as of {ago}", ago=ago(watched.looked_at)))
    if watched.seen is not None and watched.seen.pending_id is not None:
        parts.append(t.gettext("draft {id}", id=code(watched.seen.pending_id)))
    return parts


def _next_step(
    t: Translator, one: OpenRollout, locks: Sequence[HeldLock], now: datetime
) -> str:
    failing_since = one.watched.failing_since
    if failing_since is not None:
        return t.gettext(
            "⚠️ The Store has not let me read this since {time}. {command} in the "
            "channel says why.",
            time=at(failing_since),
            command=command("status"),
        )
    plan, step = one.plan, one.next_step(now)
    if plan is not None and step in {NextStep.GO_ON, NextStep.RAMP}:
        return t.gettext("Ramp: {standing}", standing=standing(t, plan, locks))
    sentence = _NEXT[step]
    return t.gettext(sentence)


def _name(t: Translator, target: Target, seen: Snapshot | None) -> str:
    return name(t, seen) if seen else target_name(t, target, target.app_id, None)
