"""A click acts once, and everyone who clicks is told what happened."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.failures import UnavailableError as StoreUnavailable
from bot.domain.notifications import RetryableNotificationError
from bot.domain.requests import RequestState
from bot.domain.rollout import Change
from bot.domain.storage import StorageUnavailable
from bot.domain.verbs import Verb
from bot.slack.ids import CONFIRM, DECISION_BLOCK
from tests.slack.slack_harness import GAMES, MAIL, Bot, buttons, texts


@pytest.fixture(autouse=True)
def _script(bot: Bot) -> None:
    bot.service.script = {
        "halt mail crash on start": Change(Verb.HALT),
        "finalize mail": Change(Verb.FINALIZE),
        "set mail 40%": Change(Verb.SET, 40.0),
        "boom": RuntimeError("a secret detail"),
        "no memory": StorageUnavailable("disk full"),
        "no slack": RetryableNotificationError("Slack is away"),
        "no store": StoreUnavailable(
            FailureDetail(FailureCode.TIMEOUT), correlation_id="cid"
        ),
    }


HALT = "/rollout halt mail crash on start"


async def test_a_halt_goes_from_command_to_card_to_click_to_thread(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)

    card = bot.card()
    assert buttons(card) == ["Halt rollout", "Cancel"]
    assert "crash on start" in texts(card)
    assert bot.service.requests["request-1"].card == card["ts"]

    await bot.press("U0BEN", "Halt rollout")

    assert buttons(bot.card()) == []
    assert "Halting" in texts(bot.card())
    assert bot.service.proceeded == ["request-1"]

    await bot.service.finish("request-1")

    card = bot.card()
    assert "✅ Halted: Contoso Mail" in texts(card)
    assert card["reply_count"] == 1
    assert "in progress at 25 %" in texts(card["replies"][0])
    assert bot.private("U0ANN") == bot.private("U0BEN") == []


async def test_of_two_clicks_at_once_one_acts_and_the_other_is_told(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)

    await asyncio.gather(
        bot.slack.press_label("U0ANN", MAIL, "Halt rollout"),
        bot.slack.press_label("U0BEN", MAIL, "Halt rollout", late=True),
    )
    await bot.idle()

    assert bot.service.proceeded == ["request-1"]
    told = bot.private("U0ANN") + bot.private("U0BEN")
    assert len(told) == 1
    assert "confirmed this already" in told[0]


async def test_a_click_on_a_finished_card_tells_where_the_result_is(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    await bot.press("U0ANN", "Halt rollout")
    await bot.service.finish("request-1")

    await bot.slack.press(
        "U0BEN", MAIL, bot.card()["ts"], DECISION_BLOCK, CONFIRM, late=True
    )
    await bot.idle()

    assert "it is finished" in bot.private("U0BEN")[0]


async def test_a_late_click_mends_a_card_whose_edit_was_lost(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    request = bot.service.requests["request-1"]
    bot.service.requests["request-1"] = replace(
        request, state=RequestState.CANCELLED, decided_by="U0ANN"
    )

    await bot.press("U0BEN", "Halt rollout")

    assert buttons(bot.card()) == []
    assert "<@U0ANN> cancelled this" in bot.private("U0BEN")[0]


async def test_a_card_that_cannot_be_mended_still_gets_its_clicker_an_answer(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    request = bot.service.requests["request-1"]
    bot.service.requests["request-1"] = replace(
        request, state=RequestState.CANCELLED, decided_by="U0ANN"
    )
    bot.slack.arm("chat.update", "internal_error")

    await bot.press("U0BEN", "Halt rollout")

    assert "<@U0ANN> cancelled this" in bot.private("U0BEN")[0]


async def test_a_click_on_an_expired_card_edits_the_card_and_says_so(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    request = bot.service.requests["request-1"]
    gone = datetime.now(UTC) - timedelta(minutes=1)
    bot.service.requests["request-1"] = replace(request, expires_at=gone)

    await bot.press("U0BEN", "Halt rollout")

    assert "Expired" in texts(bot.card())
    assert buttons(bot.card()) == []
    assert "This card expired" in bot.private("U0BEN")[0]


async def test_a_click_on_a_forgotten_card_says_so(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    bot.service.requests.clear()

    await bot.press("U0ANN", "Halt rollout")

    assert "I do not know this card" in bot.private("U0ANN")[0]


async def test_a_guest_of_another_company_may_not_press(bot: Bot) -> None:
    await bot.command("U0ANN", HALT, GAMES)
    await bot.press("U0GIL", "Halt rollout", GAMES)

    assert bot.service.proceeded == []
    assert "Only members" in bot.private("U0GIL", GAMES)[0]
    assert buttons(bot.card(GAMES)) == ["Halt rollout", "Cancel"]


async def test_a_click_that_the_memory_cannot_take_is_told_so(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    bot.service.broken = StorageUnavailable("locked")

    await bot.press("U0ANN", "Halt rollout")

    assert "cannot tell whether your click was stored" in bot.private("U0ANN")[0]
    assert buttons(bot.card()) == ["Halt rollout", "Cancel"]


async def test_an_unforeseen_error_before_the_claim_is_told_by_its_id(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    bot.service.broken = RuntimeError("a secret detail")

    await bot.press("U0ANN", "Halt rollout")

    assert "Something went wrong on my side" in bot.private("U0ANN")[0]
    assert bot.service.proceeded == []


async def test_a_button_whose_value_is_none_of_ours_does_nothing(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    message = bot.slack.workspace.messages.find(MAIL, bot.card()["ts"])
    assert message is not None
    assert message.blocks is not None
    message.blocks[-1]["elements"][0]["value"] = '{"verb": "halt"}'

    await bot.press("U0ANN", "Halt rollout")

    assert "I do not know this card" in bot.private("U0ANN")[0]


async def test_a_claim_that_hangs_is_acknowledged_in_time_and_followed_up_later(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.command("U0ANN", HALT)
    monkeypatch.setattr("bot.slack.listeners.actions.CLAIM_SECONDS", 0.05)
    free = asyncio.Event()

    async def held() -> None:
        await free.wait()

    bot.service.held = held

    await bot.slack.press_label("U0ANN", MAIL, "Halt rollout")
    assert bot.service.proceeded == []
    free.set()
    await bot.idle()

    assert bot.service.proceeded == ["request-1"]
    assert bot.private("U0ANN") == []


async def test_a_click_that_is_stored_counts_even_if_its_card_cannot_be_edited(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    bot.slack.arm("chat.update", "internal_error")

    await bot.press("U0ANN", "Halt rollout")

    assert bot.service.requests["request-1"].state is RequestState.CONFIRMED
    assert bot.private("U0ANN") == []


async def test_a_memory_that_goes_away_after_a_click_is_no_reason_to_press_again(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    bot.service.stuck = StorageUnavailable("disk full")

    await bot.press("U0ANN", "Halt rollout")

    assert "I have your click" in bot.private("U0ANN")[0]
    assert "sent nothing" not in bot.private("U0ANN")[0]


async def test_an_unforeseen_error_after_a_click_is_told_by_its_id(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.command("U0ANN", HALT)
    bot.service.stuck = RuntimeError("a secret detail")

    await bot.press("U0ANN", "Halt rollout")

    assert "Something went wrong on my side" in bot.private("U0ANN")[0]
    assert "a secret detail" in caplog.text


async def test_while_the_bot_ends_a_command_is_refused_and_a_click_is_kept(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    bot.work.stop_taking()

    await bot.command("U0ANN", "/rollout help")
    await bot.press("U0ANN", "Halt rollout")

    assert "I am being restarted" in bot.private("U0ANN")[0]
    assert bot.service.requests["request-1"].state is RequestState.CONFIRMED
    assert bot.service.proceeded == []


async def test_while_the_bot_ends_a_clicker_is_told_what_the_card_does_not_show(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT)
    bot.work.stop_taking()
    await bot.press("U0ANN", "Halt rollout")

    await bot.press("U0BEN", "Halt rollout")
    assert "already" in bot.private("U0BEN")[0]

    bot.service.broken = StorageUnavailable("the database is away")
    await bot.press("U0BEN", "Halt rollout")
    assert "My memory did not answer" in bot.private("U0BEN")[1]
