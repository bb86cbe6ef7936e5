"""From a typed command over the card and the click to the thread, in one channel."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.requests import Place, RequestState
from bot.domain.results import Done, Unknown
from bot.domain.storage import StorageUnavailable
from tests.fakes import GOING, HALTED, Step
from tests.slack.sample_requests import BEN
from tests.slack.slack_harness import Bot, fail, untouched
from tests.slack_users import IN_GAMES, IN_GENERAL, IN_MAIL, labels, texts

HALT = "/rollout halt mail crash on start"


@pytest.mark.parametrize(
    ("text", "label", "headline"),
    [
        ("finalize mail", "Finalize rollout", "Finalized"),
        ("set mail 40%", "Set to 40 %", "Set to 40 %"),
    ],
)
async def test_finalize_and_set_go_the_same_way(
    bot: Bot, text: str, label: str, headline: str
) -> None:
    await bot.say("U0ANN", f"/rollout {text}")
    await bot.press("U0ANN", label)
    await bot.finish()

    assert f"✅ {headline}: Contoso Mail" in texts(bot.card())
    assert bot.card()["reply_count"] == 1


async def test_the_asker_of_a_slow_status_gets_a_first_word(bot: Bot) -> None:
    bot.parts.store.reading = asyncio.Event()
    await bot.slack.command("U0ANN", IN_MAIL, "/rollout status")
    await bot.slack.until(lambda: bool(bot.told("U0ANN")))
    assert bot.told("U0ANN")[0].startswith("Asking the Store about `mail`…")

    bot.parts.store.reading.set()
    await bot.quiet()

    _, answer = bot.told("U0ANN")
    assert answer.startswith("Rollouts: mail in progress at 25 %.")


async def test_the_card_of_a_halt_says_where_it_shows_the_last_reading(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", "/rollout status")
    away = UnavailableError(FailureDetail(FailureCode.TIMEOUT))
    bot.parts.store.plan("get_rollout", Step(away))

    await bot.say("U0ANN", HALT)

    assert "The Store could not be read just now" in texts(bot.card())
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]


async def test_cancel_takes_the_buttons_away_and_names_who_cancelled(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    await bot.press("U0BEN", "Cancel")

    assert labels(bot.card()) == []
    assert "<@U0BEN> cancelled this" in texts(bot.card())
    assert "reply_count" not in bot.card() or bot.card()["reply_count"] == 0
    assert bot.parts.starter.closed_cards == [bot.requests[0].id]
    assert bot.started == []


async def test_a_card_that_cannot_be_noted_still_works(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, bot.parts.requests, "put_card")

    await bot.say("U0ANN", HALT)
    assert bot.requests[0].card is None
    await bot.press("U0ANN", "Halt rollout")

    assert bot.told("U0ANN") == []
    assert bot.requests[0].card == bot.card()["ts"]


async def test_an_unforeseen_error_has_the_same_short_id_in_slack_and_in_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.memory.failure = RuntimeError("a secret detail")

    await bot.say("U0ANN", HALT)

    told = bot.told("U0ANN")[0]
    record = next(r for r in caplog.records if "unexpected error" in r.getMessage())
    assert record.getMessage().split()[-1] in told
    assert record.exc_info is not None
    assert "secret" not in told


async def test_a_command_that_finds_no_database_is_told_so(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.memory.failure = StorageUnavailable("disk full")

    await bot.say("U0ANN", HALT)

    assert "sent nothing to the Store" in bot.told("U0ANN")[0]
    assert "StorageUnavailable: disk full" in caplog.text


async def test_a_store_that_does_not_answer_is_told_in_words(bot: Bot) -> None:
    timeout = FailureDetail(FailureCode.TIMEOUT)
    failure = UnavailableError(timeout, correlation_id="cid")
    bot.parts.store.plan("get_app", Step(failure))

    await bot.say("U0ANN", HALT)

    assert "did not answer in time" in bot.told("U0ANN")[0]
    assert bot.cards() == []


async def test_a_slack_that_asks_to_wait_too_long_for_a_card_is_told_of(
    bot: Bot,
) -> None:
    bot.slack.arm("chat.postMessage", "ratelimited", seconds=600)

    await bot.say("U0ANN", HALT)

    assert "card could not be posted" in bot.told("U0ANN")[0]
    assert bot.requests[0].state is RequestState.CANCELLED
    assert bot.requests[0].id in bot.memory.closed_cards


async def test_a_private_answer_is_seen_by_the_asker_alone(bot: Bot) -> None:
    await bot.say("U0ANN", "/rollout help")

    assert "How to use `/rollout`" in bot.told("U0ANN")[0]
    assert bot.seen("U0BEN") == []


async def test_what_was_typed_arrives_as_it_was_typed(bot: Bot) -> None:
    typed = "halt mail see https://bugs/7?a=1&b=2 <b> @ben #release-mail"

    await bot.say("U0ANN", f"/rollout {typed}")

    (asked,) = bot.requests
    assert f"halt mail {asked.reason}" == typed
    assert asked.place == Place("T0CONTOSO", IN_MAIL, None)
    assert asked.asked_by == "U0ANN"


async def test_a_mention_in_a_thread_is_answered_in_that_thread(bot: Bot) -> None:
    root = await bot.slack.say("U0BEN", IN_MAIL, "mail crashes")

    await bot.say("U0ANN", "@Rollout halt mail crash on start", thread=root)

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    card = thread["replies"][-1]
    assert labels(card) == ["Halt rollout", "Cancel"]
    assert bot.requests[0].place.thread == root

    await bot.press("U0BEN", "Halt rollout")
    await bot.finish()

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    card, result = thread["replies"][-2:]
    assert "✅ Halted" in texts(card)
    assert "✅ Halted" in texts(result)


async def test_a_private_answer_to_a_mention_is_seen_by_the_asker_alone(
    bot: Bot,
) -> None:
    root = await bot.slack.say("U0BEN", IN_MAIL, "mail crashes")

    await bot.say("U0ANN", "kindly @Rollout help", thread=root)
    await bot.say("U0ANN", "@Rollout help")

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    assert [m["ephemeral"] for m in thread["replies"]] == [False, True]
    in_thread, in_channel = bot.told("U0ANN")
    assert "`kindly`" in in_thread
    assert "How to use" in in_channel


async def test_a_mention_that_comes_while_the_bot_ends_is_left_to_the_next_start(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bool] = []
    spawn = bot.tasks.spawn

    def ending_at_first(work: Coroutine[Any, Any, None]) -> bool:
        monkeypatch.setattr(bot.tasks, "_open", bool(taken))
        taken.append(spawn(work))
        return taken[-1]

    monkeypatch.setattr(bot.tasks, "spawn", ending_at_first)

    await bot.say("U0ANN", "@Rollout help")

    assert taken == [False, True]
    assert len(bot.told("U0ANN")) == 1


async def test_a_mention_of_a_guest_carries_the_guests_own_company(bot: Bot) -> None:
    await bot.say("U0GIL", "@Rollout status", IN_GAMES)
    await bot.say("U0GIL", "@Rollout halt mail", IN_GAMES)

    shown, denied = bot.told("U0GIL", IN_GAMES)
    assert "in progress at 25 %" in shown
    assert "Only members" in denied
    assert bot.requests == []
    (refused,) = bot.parts.events.log
    assert refused.kind is EventKind.REFUSED
    assert (refused.actor, refused.details["team"]) == ("U0GIL", "T0FABRIKAM")


async def test_a_message_that_does_not_mention_the_bot_is_none_of_its_business(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", "rollout halt mail")

    assert untouched(bot)


async def test_a_bot_that_is_not_in_the_channel_says_how_to_invite_it(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT, IN_GENERAL)

    assert "/invite @Rollout" in bot.told("U0ANN", IN_GENERAL)[0]
    assert bot.requests[0].state is RequestState.CANCELLED
    assert bot.requests[0].decided_by is None
    assert bot.requests[0].id in bot.memory.closed_cards


@pytest.mark.parametrize("pressed", [True, False])
async def test_a_card_without_an_answer_that_was_pressed_is_not_called_cancelled(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, *, pressed: bool
) -> None:
    bot.slack.arm("chat.postMessage", "lost_answer")
    bot.slack.arm("conversations.history", "internal_error")
    real = bot.parts.requests.cancel_request

    async def too_late(request_id: str, *of: Any, **how: Any) -> object:  # noqa: ANN401 - as it came
        await bot.service.confirm(
            request_id, bot.card()["ts"], bot.requests[0].place, BEN
        )
        return await real(request_id, *of, **how)

    if pressed:
        monkeypatch.setattr(bot.parts.requests, "cancel_request", too_late)
    else:
        fail(monkeypatch, bot.parts.requests, "cancel_request")

    await bot.say("U0ANN", HALT)

    told = bot.told("U0ANN")[0]
    assert "it counts" in told
    assert "was cancelled" not in told


async def test_a_card_without_an_answer_that_nobody_pressed_does_nothing(
    bot: Bot,
) -> None:
    bot.slack.arm("chat.postMessage", "lost_answer")
    bot.slack.arm("conversations.history", "internal_error")

    await bot.say("U0ANN", HALT)

    assert "it does nothing" in bot.told("U0ANN")[0]
    assert bot.requests[0].state is RequestState.CANCELLED


async def test_an_answer_needs_no_membership(bot: Bot) -> None:
    await bot.say("U0ANN", "/rollout help", IN_GENERAL)

    assert "How to use `/rollout`" in bot.told("U0ANN", IN_GENERAL)[0]


async def test_nobody_is_pinged_by_what_somebody_typed(bot: Bot) -> None:
    await bot.say("U0ANN", "/rollout halt mail @channel @here")

    assert {ping.kind for ping in bot.slack.pings} <= {"user"}
    assert {ping.mention for ping in bot.slack.pings} <= {"U0ANN", "<@U0ANN>"}


async def test_a_lost_unknown_is_corrected_in_the_same_thread(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    await bot.press("U0BEN", "Halt rollout")
    await bot.finish(Unknown(GOING, FailureDetail(FailureCode.TIMEOUT)))
    (operation,) = bot.started

    corrected = Done(GOING, HALTED)
    await bot.parts.operations.finish_operation(operation, corrected, bot.clock())
    await bot.messenger.update_card(operation.id)
    await bot.messenger.post_result(operation.id, again=True)
    await bot.messenger.post_result(operation.id, again=True)

    card = bot.card()
    assert "✅ Halted" in texts(card)
    assert [("corrects" in texts(m)) for m in card["replies"]] == [False, True]


def test_the_libraries_are_kept_from_writing_down_bodies(bot: Bot) -> None:
    for name in ("bot.slack.web", "bot.slack.bolt"):
        assert logging.getLogger(name).level >= logging.WARNING
    assert bot.app.logger.level >= logging.WARNING


async def test_an_app_that_nobody_knows_gets_no_card_for_another(bot: Bot) -> None:
    await bot.say("U0ANN", "/rollout halt chess crash on start")

    [told] = bot.told("U0ANN")
    assert "I did not find an app `chess` in this channel" in told
    assert "`/rollout halt mail chess crash on start`" in told
    assert bot.parts.requests.kept == {}
