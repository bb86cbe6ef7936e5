"""A click acts once, and everyone who clicks is told what happened."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.requests import RequestState
from bot.domain.storage import StorageUnavailable
from bot.slack.ids import CONFIRM, DECISION_BLOCK
from tests.slack.slack_harness import Bot, fail
from tests.slack_users import IN_GAMES, IN_MAIL, labels, texts

HALT = "/rollout halt mail crash on start"


def before_each_approval(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, wait: Callable[[], Awaitable[object]]
) -> None:
    """Let each approval wait before it is stored, as a locked database would."""
    real = bot.parts.requests.approve_request

    async def held(*click: Any, **check: Any) -> object:  # noqa: ANN401 - as it came
        await wait()
        return await real(*click, **check)

    monkeypatch.setattr(bot.parts.requests, "approve_request", held)


async def test_a_halt_goes_from_command_to_card_to_click_to_thread(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)

    card = bot.card()
    assert labels(card) == ["Halt rollout", "Cancel"]
    assert "crash on start" in texts(card)
    assert bot.requests[0].card == card["ts"]

    await bot.press("U0BEN", "Halt rollout")

    assert labels(bot.card()) == []
    assert "Halting" in texts(bot.card())
    assert [one.id for one in bot.started] == [bot.requests[0].id]

    await bot.finish()

    card = bot.card()
    assert "✅ Halted: Contoso Mail" in texts(card)
    assert card["reply_count"] == 1
    assert "The card was made at 25 %" in texts(card["replies"][0])
    assert bot.told("U0ANN") == bot.told("U0BEN") == []


async def test_of_two_clicks_at_once_one_acts_and_the_other_is_told(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)

    await asyncio.gather(
        bot.slack.press_label("U0ANN", IN_MAIL, "Halt rollout"),
        bot.slack.press_label("U0BEN", IN_MAIL, "Halt rollout", late=True),
    )
    await bot.quiet()

    assert len(bot.started) == 1
    told = bot.told("U0ANN") + bot.told("U0BEN")
    assert len(told) == 1
    assert "confirmed this already" in told[0]


async def test_a_click_on_a_finished_card_tells_where_the_result_is(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    await bot.press("U0ANN", "Halt rollout")
    await bot.finish()

    await bot.slack.press(
        "U0BEN", IN_MAIL, bot.card()["ts"], DECISION_BLOCK, CONFIRM, late=True
    )
    await bot.quiet()

    assert "It has ended: Halted" in bot.told("U0BEN")[0]
    assert "✅ Halted" in texts(bot.card())


async def test_a_late_click_mends_a_card_whose_edit_was_lost(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    bot.slack.arm("chat.update", "internal_error")
    await bot.press("U0ANN", "Cancel")
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]

    await bot.press("U0BEN", "Halt rollout")

    assert labels(bot.card()) == []
    assert "<@U0ANN> cancelled this" in bot.told("U0BEN")[0]


async def test_a_late_click_leaves_a_card_whose_work_goes_on_to_the_engine(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.slack.arm("chat.update", "internal_error")
    await bot.press("U0ANN", "Halt rollout")

    await bot.press("U0BEN", "Halt rollout")

    assert "<@U0ANN> confirmed this" in bot.told("U0BEN")[0]
    assert len(bot.slack.calls("chat.update")) == 1


async def test_a_card_that_cannot_be_mended_still_gets_its_clicker_an_answer(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.slack.arm("chat.update", "internal_error", times=2)
    await bot.press("U0ANN", "Cancel")

    await bot.press("U0BEN", "Halt rollout")

    assert "<@U0ANN> cancelled this" in bot.told("U0BEN")[0]


async def test_a_click_on_an_expired_card_edits_the_card_and_says_so(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    bot.clock.forward(minutes=16)

    await bot.press("U0BEN", "Halt rollout")

    assert "Expired" in texts(bot.card())
    assert labels(bot.card()) == []
    assert "This card expired" in bot.told("U0BEN")[0]
    assert bot.started == []
    assert bot.parts.starter.closed_cards == [bot.requests[0].id]


async def test_a_click_on_a_forgotten_card_says_so(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    bot.memory.requests.clear()

    await bot.press("U0ANN", "Halt rollout")

    assert "I do not know this card" in bot.told("U0ANN")[0]


async def test_a_guest_of_another_company_may_not_press(bot: Bot) -> None:
    await bot.say("U0ANN", HALT, IN_GAMES)
    for label in ("Halt rollout", "Cancel"):
        await bot.press("U0GIL", label, IN_GAMES)

    assert bot.started == []
    assert bot.requests[0].state is RequestState.PENDING
    assert all("Only members" in told for told in bot.told("U0GIL", IN_GAMES))
    assert labels(bot.card(IN_GAMES)) == ["Halt rollout", "Cancel"]
    refusals = [e for e in bot.parts.events.log if e.kind is EventKind.REFUSED]
    assert [one.details["team"] for one in refusals] == ["T0FABRIKAM"] * 2


async def test_a_press_that_is_not_the_last_one_needed_is_told_and_keeps_the_card(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    (asked,) = bot.requests
    bot.memory.requests[asked.id] = replace(asked, approvals_required=2)

    await bot.press("U0ANN", "Halt rollout")

    assert "one more person must approve" in bot.told("U0ANN")[0]
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]
    assert bot.started == []

    await bot.press("U0BEN", "Halt rollout")

    assert labels(bot.card()) == []
    assert [one.id for one in bot.started] == [asked.id]


async def test_a_click_that_the_memory_cannot_take_is_told_so(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    bot.memory.failure = StorageUnavailable("locked")

    await bot.press("U0ANN", "Halt rollout")

    assert "cannot tell whether your click was stored" in bot.told("U0ANN")[0]
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]


async def test_an_unforeseen_error_before_the_claim_is_told_by_its_id(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.memory.failure = RuntimeError("a secret detail")

    await bot.press("U0ANN", "Halt rollout")

    assert "Something went wrong on my side" in bot.told("U0ANN")[0]
    assert bot.started == []


async def test_a_button_whose_value_is_none_of_ours_does_nothing(bot: Bot) -> None:
    await bot.say("U0ANN", HALT)
    message = bot.slack.workspace.messages.find(IN_MAIL, bot.card()["ts"])
    assert message is not None
    assert message.blocks is not None
    message.blocks[-2]["elements"][0]["value"] = '{"verb": "halt"}'

    await bot.press("U0ANN", "Halt rollout")

    assert "I do not know this card" in bot.told("U0ANN")[0]
    assert bot.requests[0].state is RequestState.PENDING


async def test_a_claim_that_hangs_is_acknowledged_in_time_and_followed_up_later(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.say("U0ANN", HALT)
    monkeypatch.setattr("bot.slack.listeners.pressing.CLAIM_SECONDS", 0.05)
    free = asyncio.Event()
    before_each_approval(bot, monkeypatch, free.wait)

    await bot.slack.press_label("U0ANN", IN_MAIL, "Halt rollout")
    assert bot.started == []
    free.set()
    await bot.quiet()

    assert [one.id for one in bot.started] == [bot.requests[0].id]
    assert bot.told("U0ANN") == []


@pytest.mark.parametrize("for_good", [False, True])
async def test_a_click_that_is_stored_counts_even_if_its_card_cannot_be_edited(
    bot: Bot, *, for_good: bool
) -> None:
    await bot.say("U0ANN", HALT)
    if for_good:
        bot.slack.workspace.scopes -= {"chat:write"}
    else:
        bot.slack.arm("chat.update", "internal_error")

    await bot.press("U0ANN", "Halt rollout")

    assert bot.requests[0].state is RequestState.AUTHORISED
    assert [one.id for one in bot.started] == [bot.requests[0].id]
    assert labels(bot.card()) == ["Halt rollout", "Cancel"]
    assert bot.told("U0ANN") == []


async def test_the_work_starts_though_the_database_goes_away_during_a_slow_edit(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.say("U0ANN", HALT)
    monkeypatch.setattr("bot.slack.outbox.messenger.MAX_PAUSE_BEFORE_WRITE", -1.0)
    fail(monkeypatch, bot.parts.requests, "get_request")

    await bot.press("U0ANN", "Halt rollout")

    assert [one.id for one in bot.started] == [bot.requests[0].id]
    assert labels(bot.card()) == []
    assert bot.told("U0ANN") == []


async def test_a_memory_that_goes_away_after_a_click_is_no_reason_to_press_again(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.parts.starter.failure = StorageUnavailable("disk full")

    await bot.press("U0ANN", "Halt rollout")

    assert "I have your click" in bot.told("U0ANN")[0]
    assert "sent nothing" not in bot.told("U0ANN")[0]
    assert "Urgent? Halt the rollout in <https://partner" in bot.told("U0ANN")[0]


@pytest.mark.parametrize(
    ("asked", "button"),
    [("/rollout set mail 40%", "Set to 40 %"), (HALT, "Cancel")],
)
async def test_a_click_that_waits_and_halts_nothing_has_no_urgent_halt(
    bot: Bot, asked: str, button: str
) -> None:
    await bot.say("U0ANN", asked)
    bot.parts.starter.failure = StorageUnavailable("disk full")

    await bot.press("U0ANN", button)

    assert "I have your click" in bot.told("U0ANN")[0]
    assert "Urgent?" not in bot.told("U0ANN")[0]


async def test_an_unforeseen_error_after_a_click_is_told_by_its_id(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.say("U0ANN", HALT)
    bot.parts.starter.failure = RuntimeError("a secret detail")

    await bot.press("U0ANN", "Halt rollout")

    assert "Something went wrong on my side" in bot.told("U0ANN")[0]
    assert "a secret detail" in caplog.text


async def test_while_the_bot_ends_a_command_is_refused_and_a_click_is_kept(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.tasks.close()

    await bot.say("U0ANN", "/rollout help")
    await bot.press("U0ANN", "Halt rollout")

    assert "I am being restarted" in bot.told("U0ANN")[0]
    assert bot.requests[0].state is RequestState.AUTHORISED
    assert bot.started == []


async def test_while_the_bot_ends_a_clicker_is_told_what_the_card_does_not_show(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", HALT)
    bot.tasks.close()
    await bot.press("U0ANN", "Halt rollout")

    await bot.press("U0BEN", "Halt rollout")
    assert "already" in bot.told("U0BEN")[0]

    bot.memory.failure = StorageUnavailable("the database is away")
    await bot.press("U0BEN", "Halt rollout")
    assert "cannot tell whether your click was stored" in bot.told("U0BEN")[1]
