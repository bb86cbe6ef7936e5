"""Every message about a channel that asks to be let in, with arguments of a test."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.proposals import (
    PROPOSED_FOR,
    Proposal,
    ProposalClosed,
    ProposalKind,
    ProposalState,
)
from bot.domain.requests import Place
from bot.domain.submissions import Target
from bot.slack.messages.blocks import Message
from bot.slack.messages.proposals import proposal_card, proposal_reply, told_asker
from bot.slack.messages.translator import Translator

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def let_in_proposal(text: str, person: str) -> Proposal:
    """Return the proposal that an app of this name is controlled elsewhere too."""
    return Proposal(
        "p1",
        ProposalKind.LET_IN,
        Place("T1", "C1"),
        Target("main", "9NBLGGH4R315"),
        person,
        NOON,
        NOON + PROPOSED_FOR,
        about="C2",
        details={"app_name": text},
    )


def every_proposal(t: Translator, text: str, person: str) -> Iterator[Message]:
    """Draw the cards in every state, and what their askers and pressers are told."""
    asked = let_in_proposal(text, person)
    for state in ProposalState:
        for by in (person, "U0BEN", None):
            decided = asked.decided(state, by, NOON)
            yield proposal_card(t, decided)
            told = told_asker(t, decided)
            if told is not None:
                yield told[1]
            reply = proposal_reply(t, ProposalClosed(decided))
            assert reply is not None
            yield reply
    yield proposal_card(t, replace(asked, details={}))
