"""Every entry of the history about locks, rules and release channels."""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.events import EventKind
from bot.domain.lock_events import LockChange
from bot.domain.policy_history import AgreedRule, ChannelChange, PolicyChange
from bot.domain.rules import NO_RULE
from bot.domain.submissions import Target
from tests.slack.messages.every_lock import LATER, NOON, locks
from tests.slack.messages.every_rule import some_rules


def every_policy_change(text: str, word: str, person: str) -> Iterator[PolicyChange]:
    """Return each change with and without names, by one person and by two."""
    app = Target("main", word)
    changes: list[PolicyChange] = [
        ChannelChange(EventKind.CHANNEL_REMOVED, app, NOON, person)
    ]
    for lock in locks(text, word, person):
        changes.append(LockChange(EventKind.LOCKED, lock, NOON, person))
        changes += (
            LockChange(EventKind.UNLOCKED, lock, LATER, by, reason)
            for by, reason in ((person, ""), ("U0OTHER", text))
        )
    for asker in (person, "U0OTHER"):
        let_in = EventKind.CHANNEL_ADDED
        changes.append(ChannelChange(let_in, app, NOON, person, asker))
        changes += (
            AgreedRule(target, NOON, person, asker, NO_RULE, rule)
            for rule in some_rules(person, 5)[1:]
            for target in (None, app, replace(app, flight_id=word))
        )
        changes.append(
            AgreedRule(app, NOON, person, asker, NO_RULE, NO_RULE, drops=True)
        )
    yield from changes
    yield from (replace(one, app_name=text, flight_name=text) for one in changes)
