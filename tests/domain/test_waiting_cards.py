"""What waits for another person: when its thread is reminded, and how it is closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.approval_reminders import due_reminder
from bot.domain.events import EventKind
from bot.domain.proposals import (
    Proposal,
    ProposalKind,
    ProposalState,
    proposal_closed,
)
from bot.domain.requests import Place
from bot.domain.rollout import Change
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes import NOON, asked

HOURS_8 = timedelta(hours=8)
WAITING = replace(
    asked(Change(Verb.FINALIZE)),
    asked_at=NOON,
    expires_at=NOON + HOURS_8,
    card="1700.1",
    rule=Rule(finalize=SecondPerson.YES),
)
PROPOSAL = Proposal(
    "p1",
    ProposalKind.LET_IN,
    Place("T1", "C1"),
    Target("main", "9NMAIL000001"),
    "U1",
    NOON,
    NOON + HOURS_8,
)


@pytest.mark.parametrize(
    ("minutes", "reminded", "number"),
    [
        (14, 0, None),
        (15, 0, 1),
        (15, 1, None),
        (60, 1, 2),
        (239, 2, None),
        (240, 2, 3),
        (240, 0, 3),
        (470, 3, None),
        (480, 2, None),
    ],
)
def test_a_thread_is_reminded_three_times_and_what_was_missed_is_told_once(
    minutes: int, reminded: int, number: int | None
) -> None:
    request = replace(WAITING, reminders=reminded)

    assert due_reminder(request, NOON + timedelta(minutes=minutes)) == number


def test_a_card_that_needs_nobody_else_or_is_not_posted_is_not_reminded() -> None:
    later = NOON + timedelta(hours=1)

    assert due_reminder(replace(WAITING, rule=Rule()), later) is None
    assert due_reminder(replace(WAITING, card=None), later) is None


def test_only_a_decided_proposal_is_closed() -> None:
    with pytest.raises(ValueError, match="p1 is not decided"):
        proposal_closed(PROPOSAL)

    over = PROPOSAL.decided(ProposalState.EXPIRED, None, NOON)
    assert proposal_closed(over).kind is EventKind.PROPOSAL_EXPIRED
