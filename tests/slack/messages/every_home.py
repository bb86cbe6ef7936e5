"""Every form that the Home tab can have."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.events import EventKind
from bot.domain.home import FinishedRollout, HomeContent, OpenRollout
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget
from bot.slack.messages.home import ReaderChannels, home_blocks, unavailable_home
from bot.slack.messages.translator import Translator
from tests.slack.messages.every_lock import every_held
from tests.slack.messages.every_message import CHANGES, NOW, Arguments
from tests.slack.messages.every_proposal import let_in_proposal
from tests.slack.messages.every_ramp import plans

CHANNELS: Final = ("C0MAIL", "C0GAMES", "C0GENERAL", "C1", "C2", "C3", "C4")
ENDS: Final = (
    EventKind.ROLLOUT_HALTED,
    EventKind.ROLLOUT_FINALIZED,
    EventKind.ROLLOUT_REPLACED,
)


def every_home(
    t: Translator, arguments: Arguments, many: int = 200
) -> Iterator[tuple[Block, ...]]:
    """Draw the Home tab with nothing, with each thing, and with `many` of each."""
    waiting = [
        replace(arguments.request(change), id=f"r{number}")
        for change in CHANGES
        for number in range(many)
    ]
    address = "https://example.slack.com/archives/C1/p1?a=1&b=2"
    links = {"r1": address, "p1": address, "r2": ""}
    rollouts, ends = list(open_rollouts(arguments)), list(finished(arguments))
    locked = tuple(
        one
        for found in every_held(arguments.text, arguments.word, arguments.person)
        for one in found
    )
    full = HomeContent(
        tuple(waiting), tuple(rollouts * many), tuple(ends * many), True, locked * 20
    )
    proposed = let_in_proposal(arguments.text, arguments.person)
    seen = ReaderChannels(3)
    for content in (full, HomeContent(), HomeContent(follows=True)):
        yield home_blocks(t, content, seen, links, NOW)
    two = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
    for_two = [replace(arguments.request(change), rule=two) for change in CHANGES]
    few = HomeContent(
        tuple(for_two), tuple(rollouts), tuple(ends), follows=True, locks=locked[:1]
    )
    yield home_blocks(t, replace(few, proposals=(proposed,)), seen, links, NOW)
    ramps = tuple(plans(arguments.text, arguments.word, arguments.person))
    for content in (few, full):
        yield home_blocks(t, replace(content, held=ramps), seen, links, NOW)
        yield home_blocks(t, replace(content, held=ramps[:1]), seen, links, NOW)
    ramped = tuple(replace(rollouts[0], plan=plan) for plan in ramps)
    for locks in ((), locked[:1]):
        one = HomeContent(open=ramped, follows=True, locks=locks)
        yield home_blocks(t, one, seen, links, NOW)
    yield home_blocks(t, few, seen, links, NOW)
    one_more = HomeContent(
        tuple(waiting[:16]),
        tuple((rollouts * many)[:61]),
        tuple((ends * many)[:16]),
        follows=True,
        locks=locked[:9],
    )
    yield home_blocks(t, one_more, seen, links, NOW)
    for channels in (
        ReaderChannels(3, shared=CHANNELS),
        ReaderChannels(0, missing=("channels:read", "groups:read")),
        ReaderChannels(3, missing=("groups:read",)),
        ReaderChannels(0, answered=False),
    ):
        yield home_blocks(t, HomeContent(), channels, links, NOW)
        yield home_blocks(t, full, channels, links, NOW)
    yield unavailable_home(t)


def open_rollouts(arguments: Arguments) -> Iterator[OpenRollout]:
    """Return what can be open, or could not be read."""
    target = Target("main", arguments.word, arguments.word)
    ref = SubmissionRef(target, arguments.number)
    known = WatchedTarget(target, 1, None, NOW, NOW, NOW)
    for share in (arguments.percentage, 10.0, 100.0):
        for pending in (None, arguments.number):
            rollout = Rollout(True, share, IN_PROGRESS)
            seen = Snapshot(
                ref, arguments.text, arguments.text, rollout, pending_id=pending
            )
            yield OpenRollout(replace(known, seen=seen), CHANNELS)
            old = NOW - timedelta(days=3)
            first = replace(known, seen=seen, since=old, changed_at=None)
            yield OpenRollout(first, CHANNELS[:1])
            yield OpenRollout(replace(first, failing_since=NOW), CHANNELS[:1])
    unread = WatchedTarget(target, 1)
    yield OpenRollout(unread, CHANNELS)
    yield OpenRollout(replace(unread, failing_since=NOW), CHANNELS)


def finished(arguments: Arguments) -> Iterator[FinishedRollout]:
    """Return every end of a rollout, by the bot and elsewhere."""
    target = Target("main", arguments.word, arguments.word)
    for before in (None, *arguments.rollouts()):
        for kind in ENDS:
            end = FinishedRollout(
                kind, NOW, target, arguments.text, arguments.text, before
            )
            yield end
            yield replace(end, actor=arguments.person, operation_id="o1")
            yield replace(end, app_name=None, flight_name=None)
