"""Cards and results arrive once, in order, and whatever state Slack is in."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.slack.service_double import request

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place, RequestState
from bot.domain.results import Unknown
from bot.sandbox.slack import LocalSlack
from bot.slack.outbox.edit_order import EditOrder, age
from bot.slack.outbox.messenger import Messenger
from tests.slack.posted_cards import finished, posted
from tests.slack.slack_harness import GENERAL, MAIL, texts


async def test_a_card_is_posted_after_slack_asked_to_wait(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "ratelimited", times=2, seconds=0)

    await messenger.post_card(request())

    assert len(slack.seen("U0ANN", MAIL)) == 1


async def test_a_card_is_not_waited_for_without_end(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "ratelimited", times=9, seconds=0)

    with pytest.raises(RetryableNotificationError) as busy:
        await messenger.post_card(request())

    assert busy.value.retry_after == 0
    assert slack.seen("U0ANN", MAIL) == []


async def test_a_long_wait_is_left_to_the_person(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "ratelimited", seconds=600)

    with pytest.raises(RetryableNotificationError, match="asks to wait"):
        await messenger.post_card(request())


async def test_a_card_whose_answer_was_lost_is_found_and_not_posted_again(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "lost_answer")

    card = await messenger.post_card(replace(request(), asked_at=datetime.now(UTC)))

    assert [m["ts"] for m in slack.seen("U0ANN", MAIL)] == [card]


async def test_a_card_in_a_thread_is_found_there(
    messenger: Messenger, slack: LocalSlack
) -> None:
    root = await slack.say("U0ANN", MAIL, "mail crashes")
    slack.arm("chat.postMessage", "lost_answer")
    place = Place("T0CONTOSO", MAIL, root)

    card = await messenger.post_card(
        replace(request(place=place), asked_at=datetime.now(UTC))
    )

    assert [m["ts"] for m in slack.seen("U0ANN", MAIL)[0]["replies"]] == [card]


async def test_a_card_that_slack_never_took_is_said_to_be_lost(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "internal_error")

    with pytest.raises(PermanentNotificationError, match="lost_answer"):
        await messenger.post_card(replace(request(), asked_at=datetime.now(UTC)))

    assert slack.seen("U0ANN", MAIL) == []


async def test_a_card_that_cannot_be_looked_for_is_said_to_be_lost(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.workspace.scopes -= {"channels:history", "groups:history"}
    slack.arm("chat.postMessage", "lost_answer")

    with pytest.raises(PermanentNotificationError, match="lost_answer"):
        await messenger.post_card(request())


async def test_a_channel_without_the_bot_is_named_by_slacks_own_word(
    messenger: Messenger,
) -> None:
    with pytest.raises(PermanentNotificationError) as closed:
        await messenger.post_card(request(place=Place("T0CONTOSO", GENERAL)))

    assert closed.value.code == "not_in_channel"


async def test_a_wait_is_told_on_the_card_and_never_covers_its_end(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    done = finished(card.card)
    confirmed = replace(done, state=RequestState.CONFIRMED, result=None)
    detail = FailureDetail(FailureCode.TIMEOUT)

    await messenger.show_waiting(confirmed, detail, 8.0)
    waiting = texts(slack.seen("U0ANN", MAIL)[0])
    await messenger.show_card(done)
    await messenger.show_waiting(confirmed, detail, 15.0)

    assert "Halting…" in waiting
    assert "did not answer in time. I look again in 8 seconds" in waiting
    assert "✅ Halted" in texts(slack.seen("U0ANN", MAIL)[0])


async def test_a_card_whose_timestamp_was_lost_is_found_and_edited(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    lost = replace(finished(card.card), card=None, state=RequestState.EXPIRED)

    await messenger.show_card(lost)

    assert "Expired" in texts(slack.seen("U0ANN", MAIL)[0])


async def test_an_older_state_never_covers_a_newer_one(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    done = finished(card.card)
    confirmed = replace(done, state=RequestState.CONFIRMED, result=None)

    await asyncio.gather(messenger.show_card(done), messenger.show_card(confirmed))
    await messenger.show_card(confirmed)

    assert "✅ Halted" in texts(slack.seen("U0ANN", MAIL)[0])
    assert len(slack.calls("chat.update")) == 1


async def test_a_card_that_was_not_shown_yet_is_shown_later(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    slack.arm("chat.update", "internal_error")
    slack.arm("chat.update", "ratelimited", seconds=7)

    for wait in (None, 7.0):
        with pytest.raises(RetryableNotificationError) as away:
            await messenger.show_card(finished(card.card))
        assert away.value.retry_after == wait
    await messenger.show_card(finished(card.card))

    assert "✅ Halted" in texts(slack.seen("U0ANN", MAIL)[0])


async def test_a_request_without_a_card_has_none_to_edit(
    messenger: Messenger, slack: LocalSlack
) -> None:
    await messenger.show_card(request())

    assert slack.calls("chat.update") == []


async def test_a_card_that_is_gone_is_given_up(messenger: Messenger) -> None:
    with pytest.raises(PermanentNotificationError, match="message_not_found"):
        await messenger.show_card(finished("1700000000.000001"))


async def test_turns_are_forgotten_when_nobody_waits_for_them() -> None:
    order = EditOrder()
    async with order.turn(request()):
        assert len(order) == 1

    assert len(order) == 0


async def test_only_so_many_cards_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.slack.outbox.edit_order._MOST_REMEMBERED", 1)
    order = EditOrder()
    for number in ("a", "b"):
        order.was_shown(finished("1.1", id=number))

    async with order.turn(request(number="a")) as old:
        assert old
    async with order.turn(request(number="b")) as fresh:
        assert not fresh


def test_a_corrected_unknown_is_newer_than_the_unknown() -> None:
    unknown = finished("1.1", result=Unknown(None, FailureDetail(FailureCode.INTERNAL)))

    pending, confirmed = RequestState.PENDING, RequestState.CONFIRMED
    ages = [age(request(state=state)) for state in (pending, confirmed)]
    assert [*ages, age(unknown), age(finished("1.1"))] == [0, 1, 2, 3]
    assert age(request(state=RequestState.CANCELLED)) == 2
