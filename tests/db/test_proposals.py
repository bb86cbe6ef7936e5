"""Proposals: decided once, with their effect and its events in one transaction."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.db.leases import LEASE
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.proposals import (
    PROPOSED_FOR,
    Proposal,
    ProposalKind,
    ProposalState,
)
from bot.domain.requests import Place
from bot.domain.submissions import Target
from tests.db.sample_requests import NOON

MAIL = Target("main", "9NMAIL000001")
RELEASES = Place("T1", "C1")
GAMES = Place("T1", "C2")
LET_IN = Proposal(
    "p1",
    ProposalKind.LET_IN,
    RELEASES,
    MAIL,
    "UBEN",
    NOON,
    NOON + PROPOSED_FOR,
    about=GAMES.channel,
    details={"app_name": "Mail"},
)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def proposed(stored: SqlRepositories) -> Proposal:
    assert await stored.release_channels.name_first(RELEASES, MAIL, "UANN", NOON)
    return await stored.proposals.add_proposal(LET_IN)


async def channels(stored: SqlRepositories) -> list[str]:
    found = await stored.release_channels.channels_of("T1", MAIL)
    return [one.channel for one in found]


async def kinds(database: Database) -> list[str]:
    rows = await database.run(text("SELECT kind FROM events ORDER BY id"))
    return sorted(row.kind for row in rows)


async def test_agreeing_decides_it_and_lets_the_channel_in(
    stored: SqlRepositories, database: Database
) -> None:
    proposal = await proposed(stored)

    agreed = await stored.proposals.agree(proposal, "UANN", "1.2", LATER)

    assert agreed is not None
    assert agreed.state is ProposalState.AGREED
    assert agreed.decided_by == "UANN"
    assert await channels(stored) == ["C1", "C2"]
    assert await kinds(database) == [
        "channel_added",
        "channel_added",
        "proposal_agreed",
        "proposed",
    ]
    found = await stored.proposals.get_proposal("p1")
    assert found == replace(agreed, card="1.2")


@pytest.mark.parametrize("presses", [50])
async def test_of_many_presses_at_once_one_decides(
    stored: SqlRepositories, database: Database, presses: int
) -> None:
    proposal = await proposed(stored)
    agree, close = stored.proposals.agree, stored.proposals.close_proposal
    other = SqlRepositories(Database(str(database._url.render_as_string(False))))

    found = await asyncio.gather(
        *(
            one
            for n in range(presses // 2)
            for one in (
                other.proposals.agree(proposal, f"U{n}", "1.2", LATER)
                if n % 3
                else agree(proposal, f"U{n}", "1.2", LATER),
                close(proposal, ProposalState.DECLINED, f"V{n}", "1.2", LATER),
            )
        )
    )

    [decided] = [one for one in found if one is not None]
    agreed = decided.state is ProposalState.AGREED
    assert await channels(stored) == (["C1", "C2"] if agreed else ["C1"])
    assert len(await kinds(database)) == (4 if agreed else 3)
    await other.proposals._database.close()


async def test_nothing_is_agreed_to_after_its_time_or_a_decision(
    stored: SqlRepositories,
) -> None:
    proposal = await proposed(stored)
    over = proposal.expires_at

    assert await stored.proposals.agree(proposal, "UANN", "1.2", over) is None
    expired = ProposalState.EXPIRED
    close = stored.proposals.close_proposal
    assert await close(proposal, expired, None, None, LATER) is None
    assert [one.id for one in await stored.proposals.overdue_proposals(over)] == ["p1"]
    assert await close(proposal, expired, None, None, over) is not None
    assert await stored.proposals.agree(proposal, "UANN", "1.2", LATER) is None
    assert await channels(stored) == ["C1"]
    assert await stored.proposals.overdue_proposals(over) == []


async def test_a_channel_that_has_given_the_app_up_lets_nobody_in(
    stored: SqlRepositories,
) -> None:
    proposal = await proposed(stored)
    give_up = stored.release_channels.give_up_unnamed
    assert await give_up(RELEASES, MAIL, "UANN", LATER)

    assert await stored.proposals.agree(proposal, "UANN", "1.2", LATER) is None
    assert await channels(stored) == []


async def test_the_same_is_proposed_once_at_a_time(
    stored: SqlRepositories, database: Database
) -> None:
    proposal = await proposed(stored)
    again = replace(proposal, id="p2", asked_by="UCAT", asked_at=LATER)

    assert (await stored.proposals.add_proposal(again)).id == "p1"
    other = replace(again, id="p3", about="C3")
    assert (await stored.proposals.add_proposal(other)).id == "p3"

    late = replace(again, asked_at=NOON + PROPOSED_FOR)
    assert (await stored.proposals.add_proposal(late)).id == "p2"
    assert "proposal_expired" in await kinds(database)


async def test_what_is_agreed_to_at_once_has_its_effect(
    stored: SqlRepositories, database: Database
) -> None:
    assert await stored.release_channels.name_first(RELEASES, MAIL, "UANN", NOON)
    at_once = LET_IN.decided(ProposalState.AGREED, "UBEN", NOON)

    assert await stored.proposals.add_proposal(at_once) == at_once

    assert await channels(stored) == ["C1", "C2"]
    assert await kinds(database) == [
        "channel_added",
        "channel_added",
        "proposal_agreed",
    ]


async def test_a_card_is_claimed_once_and_again_after_its_lease(
    stored: SqlRepositories,
) -> None:
    await proposed(stored)
    claim = stored.proposals.claim_cards

    [due] = await claim(NOON, 10)
    assert due.proposal.id == "p1"
    assert await claim(NOON, 10) == []
    [again] = await claim(NOON + LEASE, 10)
    assert again.attempts == 2

    await stored.proposals.keep_card(due, "9.9")
    assert (await stored.proposals.get_proposal("p1")).card is None  # type: ignore[union-attr]
    await stored.proposals.keep_card(again, "1.2")
    assert (await stored.proposals.get_proposal("p1")).card == "1.2"  # type: ignore[union-attr]
    assert await claim(NOON + 10 * LEASE, 10) == []


async def test_a_decision_is_shown_though_the_card_was_being_posted(
    stored: SqlRepositories,
) -> None:
    proposal = await proposed(stored)
    [due] = await stored.proposals.claim_cards(NOON, 10)
    assert await stored.proposals.agree(proposal, "UANN", "1.2", LATER)

    await stored.proposals.keep_card(due, "1.2")

    [again] = await stored.proposals.claim_cards(LATER, 10)
    assert again.proposal.state is ProposalState.AGREED
    assert again.proposal.card == "1.2"


async def test_a_card_moves_to_another_channel_or_waits(
    stored: SqlRepositories,
) -> None:
    await proposed(stored)
    [due] = await stored.proposals.claim_cards(NOON, 10)
    await stored.proposals.move_card(due, "C7", NOON)
    [moved] = await stored.proposals.claim_cards(NOON, 10)
    assert moved.proposal.place.channel == "C7"
    assert moved.attempts == 1

    await stored.proposals.retry_card(moved, None, LATER)

    assert await stored.proposals.claim_cards(NOON, 10) == []
    assert len(await stored.proposals.claim_cards(LATER, 10)) == 1


async def test_what_was_decided_long_ago_is_deleted_once_its_card_shows_it(
    stored: SqlRepositories,
) -> None:
    proposal = await proposed(stored)
    waiting = await stored.proposals.add_proposal(
        replace(LET_IN, id="p2", about="C3", expires_at=LATER + PROPOSED_FOR)
    )
    expired = ProposalState.EXPIRED
    at = LET_IN.expires_at
    await stored.proposals.close_proposal(proposal, expired, None, None, at)
    later = at + timedelta(seconds=1)

    await stored.retention.forget_proposals(later)
    assert await stored.proposals.get_proposal("p1") is not None

    for due in await stored.proposals.claim_cards(later, 5):
        await stored.proposals.keep_card(due, "1.2")
    await stored.retention.forget_proposals(at)
    assert await stored.proposals.get_proposal("p1") is not None
    await stored.retention.forget_proposals(later)

    assert await stored.proposals.get_proposal("p1") is None
    kept = await stored.proposals.get_proposal(waiting.id)
    assert kept == replace(waiting, card="1.2")


async def test_a_card_that_waits_is_outdated_once_its_channel_was_let_in(
    stored: SqlRepositories, database: Database
) -> None:
    waiting = await proposed(stored)
    agreed = replace(LET_IN, id="p2").decided(ProposalState.AGREED, "UANN", LATER)

    assert await stored.proposals.add_proposal(agreed) == agreed

    over = await stored.proposals.get_proposal(waiting.id)
    assert over is not None
    assert (over.state, over.decided_by) == (ProposalState.OUTDATED, None)
    assert await stored.proposals.agree(waiting, "UANN", "1.2", LATER) is None
    assert await channels(stored) == ["C1", "C2"]
    assert (await kinds(database)).count("channel_added") == 2
