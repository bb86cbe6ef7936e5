"""The card of a proposal: posted once, pressed once, edited, told to its asker."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.events import EventKind
from bot.domain.proposals import (
    PROPOSED_FOR,
    Proposal,
    ProposalKind,
    ProposalState,
)
from bot.domain.requests import Place
from bot.domain.submissions import Target
from bot.sandbox.slack.directory import BOT_ID
from bot.slack.ids import AGREE
from tests.fakes import MAIN
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot
from tests.slack_users import (
    ANN,
    BEN,
    GIL,
    IN_GAMES,
    IN_GENERAL,
    IN_MAIL,
    TEAM,
    labels,
    words,
)

PHOTOS = Target(MAIN, "9NPHOTO00002")
LET_IN, REFUSE = "Let it in", "Refuse"


async def propose(bot: Bot, **changed: object) -> Proposal:
    """Let the channel of games ask that of mail for an app, and show the card."""
    now = bot.clock()
    mail = Place(TEAM, IN_MAIL)
    bot.memory.let_in(mail, PHOTOS, ANN, now)
    bot.parts.directory.channels[IN_MAIL] = frozenset({ANN, GIL})
    proposal = Proposal(
        "p1",
        ProposalKind.LET_IN,
        mail,
        PHOTOS,
        BEN,
        now,
        now + PROPOSED_FOR,
        about=IN_GAMES,
        details={"app_name": "Contoso Photos", "channels": [IN_MAIL]},
    )
    stored = replace(proposal, **changed)  # type: ignore[arg-type]
    await bot.parts.repositories.proposals.add_proposal(stored)
    await bot.proposals.show_due()
    return stored


def state(bot: Bot) -> ProposalState:
    return bot.memory.proposals["p1"].state


def channels(bot: Bot) -> set[str]:
    return set(bot.memory.release_channels[TEAM, MAIN, PHOTOS.app_id])


async def test_the_card_asks_and_its_button_lets_the_channel_in(bot: Bot) -> None:
    await propose(bot)
    shown = words(bot.card())
    assert f"<#{IN_GAMES}> asks to control *Contoso Photos*" in shown
    assert f"<@{BEN}> asked" in shown
    assert labels(bot.card()) == [LET_IN, REFUSE]

    await bot.press(ANN, LET_IN)

    assert state(bot) is ProposalState.AGREED
    assert channels(bot) == {IN_MAIL, IN_GAMES}
    assert labels(bot.card()) == []
    assert f"<@{ANN}> let <#{IN_GAMES}> in" in words(bot.card())
    assert f"<@{ANN}> let this channel in" in words(bot.card(IN_GAMES))
    assert len(bot.cards()) == len(bot.cards(IN_GAMES)) == 1


async def test_a_refusal_is_told_where_it_was_asked(bot: Bot) -> None:
    await propose(bot)

    await bot.press(ANN, REFUSE)

    assert state(bot) is ProposalState.DECLINED
    assert channels(bot) == {IN_MAIL}
    assert f"<@{ANN}> refused" in words(bot.card())
    told = words(bot.card(IN_GAMES))
    assert f"<@{BEN}> <@{ANN}> refused to let this channel control" in told
    assert IN_MAIL not in told


async def test_presses_at_the_same_moment_decide_once(bot: Bot) -> None:
    await propose(bot)
    card = bot.card()
    bot.parts.directory.channels[IN_MAIL] = frozenset({ANN, BEN, GIL})

    await asyncio.gather(
        *(bot.press_on(who, card, LET_IN) for who in (ANN, BEN) * 5),
        *(bot.press_on(who, card, REFUSE) for who in (ANN, BEN) * 5),
    )
    await bot.quiet()

    ends = {EventKind.PROPOSAL_AGREED, EventKind.PROPOSAL_DECLINED}
    assert len([one for one in bot.parts.events.log if one.kind in ends]) == 1
    told = bot.told(ANN) + bot.told(BEN)
    assert len(told) == 19
    assert all("decided this already" in text for text in told)


async def test_nobody_decides_who_only_looks_into_the_channel(bot: Bot) -> None:
    await propose(bot)

    await bot.press(BEN, LET_IN)

    assert state(bot) is ProposalState.PENDING
    assert "Only people who are in this channel" in bot.told(BEN)[-1]
    [refused] = [e for e in bot.parts.events.log if e.kind is EventKind.REFUSED]
    assert (refused.code, refused.actor) == ("not_in_channel", BEN)


async def test_a_guest_of_another_company_decides_nothing(bot: Bot) -> None:
    await propose(bot, place=Place(TEAM, IN_GAMES), about=IN_GENERAL)

    await bot.press(GIL, LET_IN, IN_GAMES)

    assert state(bot) is ProposalState.PENDING
    assert "guests from other companies can look" in bot.told(GIL, IN_GAMES)[-1]


async def test_where_slack_does_not_say_who_is_in_the_channel_a_press_counts(
    bot: Bot,
) -> None:
    await propose(bot)
    del bot.parts.directory.channels[IN_MAIL]

    await bot.press(ANN, LET_IN)

    assert state(bot) is ProposalState.AGREED


async def test_a_card_whose_time_is_over_says_so_by_itself(bot: Bot) -> None:
    await propose(bot)
    bot.clock.forward(8 * 60)

    await bot.proposals.show_due()

    assert state(bot) is ProposalState.EXPIRED
    assert "Nobody decided before" in words(bot.card())
    assert labels(bot.card()) == []
    assert "Nobody who controls Contoso Photos answered" in words(bot.card(IN_GAMES))
    await bot.proposals.show_due()
    assert len(bot.cards(IN_GAMES)) == 1


async def test_a_press_after_its_time_expires_the_card(bot: Bot) -> None:
    await propose(bot)
    bot.clock.forward(8 * 60)

    await bot.press(ANN, LET_IN)

    assert state(bot) is ProposalState.EXPIRED
    assert channels(bot) == {IN_MAIL}
    assert "This card is over" in bot.told(ANN)[-1]
    assert "Nobody decided before" in words(bot.card())


async def test_a_channel_that_has_given_the_app_up_lets_nobody_in(bot: Bot) -> None:
    await propose(bot)
    del bot.memory.release_channels[TEAM, MAIN, PHOTOS.app_id][IN_MAIL]

    await bot.press(ANN, LET_IN)

    assert state(bot) is ProposalState.OUTDATED
    assert channels(bot) == set()
    assert "does not control Contoso Photos any more" in words(bot.card())
    assert "asks again" in words(bot.card(IN_GAMES))


async def test_a_card_that_slack_did_not_take_is_posted_by_the_job(bot: Bot) -> None:
    bot.slack.arm("chat.postMessage", "internal_error")
    await propose(bot)
    assert bot.cards() == []

    bot.clock.forward(10)
    await bot.proposals.show_due()

    assert labels(bot.card()) == [LET_IN, REFUSE]


async def test_a_card_whose_answer_was_lost_is_found_and_not_posted_again(
    bot: Bot,
) -> None:
    bot.slack.arm("chat.postMessage", "lost_answer")
    await propose(bot)

    bot.clock.forward(10)
    await bot.proposals.show_due()

    assert len(bot.cards()) == 1
    assert bot.memory.proposals["p1"].card == bot.card()["ts"]


async def test_the_card_goes_to_the_next_channel_that_has_the_app(bot: Bot) -> None:
    bot.slack.archive(IN_MAIL)
    bot.slack.invite(IN_GENERAL)
    await propose(
        bot, details={"app_name": "Photos", "channels": [IN_MAIL, IN_GENERAL]}
    )
    assert labels(bot.card(IN_GENERAL)) == [LET_IN, REFUSE]
    assert bot.memory.proposals["p1"].place.channel == IN_GENERAL


async def test_where_no_channel_takes_the_card_the_asker_is_told_who_may(
    bot: Bot,
) -> None:
    bot.slack.archive(IN_MAIL)
    await propose(bot)

    assert state(bot) is ProposalState.UNDELIVERED
    told = words(bot.card(IN_GAMES))
    assert "I cannot post in any channel that controls Contoso Photos" in told
    assert "an admin of the workspace" in told


async def test_an_asker_whose_channel_takes_nothing_is_told_directly(
    bot: Bot,
) -> None:
    await propose(bot)
    bot.slack.archive(IN_GAMES)

    await bot.press(ANN, REFUSE)

    posted = bot.slack.calls("chat.postMessage")
    assert posted[-1].args["channel"] == BEN


async def test_what_is_let_in_at_once_is_told_and_has_no_button(bot: Bot) -> None:
    now = bot.clock()
    await propose(
        bot, state=ProposalState.AGREED, decided_by=BEN, decided_at=now - timedelta(1)
    )

    assert labels(bot.card()) == []
    assert f"<@{BEN}> added Contoso Photos in <#{IN_GAMES}>" in words(bot.card())
    assert bot.cards(IN_GAMES) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [("non sense!", 1), ("", 1), ("p2", 1), (None, 1)],
)
async def test_a_button_that_is_none_of_ours_is_answered(
    bot: Bot, value: str | None, told: int
) -> None:
    await propose(bot)
    card = bot.card()["ts"]
    payload = {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": card, "channel_id": IN_MAIL},
        "message": {"ts": card, "bot_id": BOT_ID},
        "actions": [{"action_id": AGREE, "block_id": "b", "value": value}],
    }

    await send(bot, payload)
    await bot.quiet()

    assert state(bot) is ProposalState.PENDING
    assert len(bot.told(ANN)) == told
