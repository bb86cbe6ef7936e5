"""Cards and results arrive once, in order, and whatever state Slack is in."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.clock import monotonic
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.operations import Waiting
from bot.domain.requests import Place, RequestState
from bot.domain.results import Unknown
from bot.sandbox.slack import LocalSlack
from bot.slack.outbox.edit_order import EditOrder, progress
from bot.slack.outbox.messenger import Messenger
from tests.fakes import NOON, Memory
from tests.slack.posted_cards import finished, posted, store
from tests.slack.sample_requests import request, with_result
from tests.slack_users import IN_GENERAL, IN_MAIL, texts


async def test_a_card_is_posted_after_slack_asked_to_wait(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "ratelimited", times=2, seconds=0)

    await messenger.post_card(request())

    assert len(slack.seen("U0ANN", IN_MAIL)) == 1


async def test_a_card_is_not_waited_for_without_end(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "ratelimited", times=9, seconds=0)

    with pytest.raises(RetryableNotificationError) as busy:
        await messenger.post_card(request())

    assert busy.value.retry_after == 0
    assert slack.seen("U0ANN", IN_MAIL) == []


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

    assert [m["ts"] for m in slack.seen("U0ANN", IN_MAIL)] == [card]


async def test_a_card_in_a_thread_is_found_there(
    messenger: Messenger, slack: LocalSlack
) -> None:
    root = await slack.say("U0ANN", IN_MAIL, "mail crashes")
    slack.arm("chat.postMessage", "lost_answer")
    place = Place("T0CONTOSO", IN_MAIL, root)

    card = await messenger.post_card(
        replace(request(place=place), asked_at=datetime.now(UTC))
    )

    assert [m["ts"] for m in slack.seen("U0ANN", IN_MAIL)[0]["replies"]] == [card]


async def test_a_card_that_slack_never_took_is_said_to_be_lost(
    messenger: Messenger, slack: LocalSlack
) -> None:
    slack.arm("chat.postMessage", "internal_error")

    with pytest.raises(PermanentNotificationError, match="lost_answer"):
        await messenger.post_card(replace(request(), asked_at=datetime.now(UTC)))

    assert slack.seen("U0ANN", IN_MAIL) == []


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
        await messenger.post_card(request(place=Place("T0CONTOSO", IN_GENERAL)))

    assert closed.value.code == "not_in_channel"


async def test_a_wait_is_told_on_the_card_and_never_covers_its_end(
    messenger: Messenger, slack: LocalSlack, memory: Memory
) -> None:
    done = finished(await posted(messenger))
    under_way = with_result(done, None)
    waiting = Waiting(FailureDetail(FailureCode.TIMEOUT), in_doubt=False, at=NOON)

    store(memory, under_way)
    await messenger.show_waiting(done.id, waiting)
    shown = texts(slack.seen("U0ANN", IN_MAIL)[0])
    store(memory, done)
    await messenger.update_card(done.id)
    store(memory, under_way)
    await messenger.show_waiting(done.id, waiting)

    assert "Halting…" in shown
    assert "NOT halted yet" in shown
    assert "Next try <!date^" in shown
    assert "did not answer in time." in shown
    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_a_card_whose_timestamp_was_lost_is_found_and_edited(
    messenger: Messenger, slack: LocalSlack, memory: Memory
) -> None:
    await posted(messenger)
    expired = request(state=RequestState.EXPIRED)
    store(memory, replace(expired, asked_at=datetime.now(UTC)))

    await messenger.update_closed_card(expired.id)

    assert "Expired" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_an_older_state_never_covers_a_newer_one(
    messenger: Messenger, slack: LocalSlack
) -> None:
    done = finished(await posted(messenger))
    under_way = with_result(done, None)

    await asyncio.gather(
        messenger.show_card(done, monotonic()),
        messenger.show_card(under_way, monotonic()),
    )
    await messenger.show_card(under_way, monotonic())

    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])
    assert len(slack.calls("chat.update")) == 1


async def test_a_card_that_was_not_shown_yet_is_shown_later(
    messenger: Messenger, slack: LocalSlack, memory: Memory
) -> None:
    done = store(memory, finished(await posted(messenger)))
    slack.arm("chat.update", "internal_error")
    slack.arm("chat.update", "ratelimited", seconds=7)

    for wait in (None, 7.0):
        with pytest.raises(RetryableNotificationError) as away:
            await messenger.update_card(done.id)
        assert away.value.retry_after == wait
    await messenger.update_card(done.id)

    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_a_request_without_a_card_has_none_to_edit(
    messenger: Messenger, slack: LocalSlack, memory: Memory
) -> None:
    expired = store(memory, request(state=RequestState.EXPIRED))

    await messenger.update_closed_card(expired.id)
    await messenger.show_card(request(), monotonic())

    assert slack.calls("chat.update") == []


async def test_what_is_not_stored_has_nothing_to_show(
    messenger: Messenger, slack: LocalSlack
) -> None:
    waiting = Waiting(FailureDetail(FailureCode.TIMEOUT), in_doubt=False, at=NOON)

    await messenger.update_closed_card("forgotten")
    await messenger.update_card("forgotten")
    await messenger.show_waiting("forgotten", waiting)
    await messenger.post_result("forgotten", again=False)
    await messenger.post_follow_up_ended("forgotten")

    assert [call.method for call in slack.calls()] == ["auth.test"]


async def test_a_card_that_is_gone_is_given_up(
    messenger: Messenger, memory: Memory
) -> None:
    gone = store(memory, finished("1700000000.000001"))

    with pytest.raises(PermanentNotificationError, match="message_not_found"):
        await messenger.update_card(gone.id)


async def test_turns_are_forgotten_when_nobody_waits_for_them() -> None:
    order = EditOrder()
    async with order.lock(request()):
        assert len(order) == 1

    assert len(order) == 0


async def test_only_so_many_cards_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.slack.outbox.edit_order._MOST_REMEMBERED", 1)
    order = EditOrder()
    for number in ("a", "b"):
        order.mark_shown(finished("1.1", id=number))

    async with order.lock(request(number="a")) as old:
        assert old
    async with order.lock(request(number="b")) as fresh:
        assert not fresh


def test_a_corrected_unknown_is_newer_than_the_unknown() -> None:
    unknown = with_result(
        finished("1.1"), Unknown(None, FailureDetail(FailureCode.INTERNAL))
    )

    pending, authorised = RequestState.PENDING, RequestState.AUTHORISED
    ages = [progress(request(state=state)) for state in (pending, authorised)]
    assert [*ages, progress(unknown), progress(finished("1.1"))] == [0, 1, 2, 3]
    assert progress(request(state=RequestState.CANCELLED)) == 2
