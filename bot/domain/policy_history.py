"""Changes of locks, rules and release channels, read from their events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.events import Event, EventKind
from bot.domain.lock_events import LOCK_KINDS, LockChange, read_lock_change
from bot.domain.requests import Alias
from bot.domain.rules import Rule, rule_from_json
from bot.domain.submissions import Target

CHANNEL_KINDS: Final = frozenset({EventKind.CHANNEL_ADDED, EventKind.CHANNEL_REMOVED})
# A channel that was let in is an entry of the history; one that named an app first has
# the entry of its alias.
POLICY_KINDS: Final = LOCK_KINDS | CHANNEL_KINDS | {EventKind.RULE_CHANGED}


@dataclass(frozen=True, slots=True)
class AgreedRule:
    """Somebody has agreed to another rule, which `asked_by` had proposed.

    `target` is None for the default of the workspace. It `drops` the target's own rule.
    """

    target: Target | None
    at: datetime
    actor: str | None
    asked_by: str
    old: Rule
    new: Rule
    app_name: str | None = None
    flight_name: str | None = None
    drops: bool = False


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """The channel was let in to an app, as `asked_by` wanted, or has given it up."""

    kind: EventKind
    target: Target
    at: datetime
    actor: str | None
    asked_by: str | None = None
    app_name: str | None = None
    flight_name: str | None = None


PolicyChange = LockChange | AgreedRule | ChannelChange


def read_policy_change(event: Event) -> PolicyChange:
    """Return the change of an event. Raises KeyError, TypeError or ValueError."""
    if event.kind in LOCK_KINDS:
        return read_lock_change(event)
    details = event.details
    if event.kind is EventKind.RULE_CHANGED:
        return AgreedRule(
            event.target,
            event.at,
            event.actor,
            details["asked_by"],
            rule_from_json(details["old"]),
            rule_from_json(details["new"]),
            drops=bool(details.get("drops")),
        )
    if event.kind not in CHANNEL_KINDS or event.target is None:
        raise ValueError(f"{event.kind} changes no lock, rule or release channel")
    let_in = event.kind is EventKind.CHANNEL_ADDED
    asked_by = details["asked_by"] if let_in else None
    return ChannelChange(event.kind, event.target, event.at, event.actor, asked_by)


def named_change(change: PolicyChange, aliases: Iterable[Alias]) -> PolicyChange:
    """Return the change with the names that the channel's aliases know.

    An alias of a flight knows the name of its app, too.
    """
    target = change.target
    if target is None:
        return change
    app = replace(target, flight_id=None)
    same_app = [one for one in aliases if replace(one.target, flight_id=None) == app]
    if not same_app:
        return change
    flights = [one.flight_name for one in same_app if one.target == target]
    return replace(
        change,
        app_name=same_app[0].app_name,
        flight_name=flights[0] if flights else None,
    )
