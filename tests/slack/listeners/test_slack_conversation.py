"""From a typed command over the card and the click to the thread, in one channel."""

import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from tests.slack.service_double import FINALIZED, HALTED, RUNNING

from bot.domain.failures import UnavailableError as StoreUnavailable
from bot.domain.notifications import RetryableNotificationError
from bot.domain.results import Done, Unknown
from bot.domain.results import FailureDetail as TroubleOf
from bot.domain.rollout import Change
from bot.domain.storage import StorageUnavailable
from bot.domain.verbs import Verb
from tests.slack.slack_harness import GAMES, GENERAL, MAIL, Bot, buttons, texts


@pytest.fixture(autouse=True)
def _script(bot: Bot) -> None:
    bot.service.script = {
        "halt mail crash on start": Change(Verb.HALT),
        "finalize mail": Change(Verb.FINALIZE),
        "set mail 40%": Change(Verb.SET, 40.0),
        "boom": RuntimeError("a secret detail"),
        "no memory": StorageUnavailable("disk full"),
        "no slack": RetryableNotificationError("Slack is away"),
        "no store": StoreUnavailable("The Store is away.", correlation_id="cid"),
    }


HALT = "/rollout halt mail crash on start"


@pytest.mark.parametrize(
    ("text", "label", "result", "headline"),
    [
        ("finalize mail", "Finalize rollout", Done(RUNNING, FINALIZED), "Finalized"),
        (
            "set mail 40%",
            "Set to 40 %",
            Done(RUNNING, replace(RUNNING, percentage=40.0)),
            "Set to 40 %",
        ),
    ],
)
async def test_finalize_and_set_go_the_same_way(
    bot: Bot, text: str, label: str, result: Done, headline: str
) -> None:
    await bot.command("U0ANN", f"/rollout {text}")
    await bot.press("U0ANN", label)
    await bot.service.finish("request-1", result)

    assert f"✅ {headline}: Contoso Mail" in texts(bot.card())
    assert bot.card()["reply_count"] == 1


async def test_cancel_takes_the_buttons_away_and_names_who_cancelled(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    await bot.press("U0BEN", "Cancel")

    assert buttons(bot.card()) == []
    assert "<@U0BEN> cancelled this" in texts(bot.card())
    assert "reply_count" not in bot.card() or bot.card()["reply_count"] == 0


async def test_a_card_that_cannot_be_noted_still_works(bot: Bot) -> None:
    bot.service.forgetful = True

    await bot.command("U0ANN", HALT)
    await bot.press("U0ANN", "Halt rollout")

    assert bot.private("U0ANN") == []
    assert bot.service.requests["request-1"].card == bot.card()["ts"]


async def test_an_unforeseen_error_has_the_same_short_id_in_slack_and_in_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.command("U0ANN", "/rollout boom")

    told = bot.private("U0ANN")[0]
    record = next(r for r in caplog.records if "unexpected error" in r.getMessage())
    assert record.getMessage().split()[-1] in told
    assert record.exc_info is not None
    assert "secret" not in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no memory", "I cannot reach my memory"),
        ("no store", "The Store is away."),
        ("no slack", "Slack is away"),
    ],
)
async def test_a_known_error_is_told_in_words(bot: Bot, text: str, words: str) -> None:
    await bot.command("U0ANN", f"/rollout {text}")

    assert words in bot.private("U0ANN")[0]


async def test_a_private_answer_is_seen_by_the_asker_alone(bot: Bot) -> None:
    await bot.command("U0ANN", "/rollout help")

    assert "How to use /rollout" in bot.private("U0ANN")[0]
    assert bot.seen("U0BEN") == []


async def test_what_was_typed_arrives_as_it_was_typed(bot: Bot) -> None:
    typed = "halt mail see https://bugs/7?a=1&b=2 <b> @ben #release-mail"

    await bot.command("U0ANN", f"/rollout {typed}")

    text, place, person = bot.service.asked[0]
    assert text == typed
    assert (place.workspace, place.channel, place.thread) == ("T0CONTOSO", MAIL, None)
    assert (person.user_id, person.team_id) == ("U0ANN", "T0CONTOSO")


async def test_a_mention_in_a_thread_is_answered_in_that_thread(bot: Bot) -> None:
    root = await bot.slack.say("U0BEN", MAIL, "mail crashes")

    await bot.say("U0ANN", "@Rollout halt mail crash on start", thread=root)

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    card = thread["replies"][-1]
    assert buttons(card) == ["Halt rollout", "Cancel"]
    assert bot.service.asked[0][1].thread == root

    await bot.press("U0BEN", "Halt rollout")
    await bot.service.finish("request-1")

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    card, result = thread["replies"][-2:]
    assert "✅ Halted" in texts(card)
    assert "✅ Halted" in texts(result)


async def test_a_private_answer_to_a_mention_is_seen_by_the_asker_alone(
    bot: Bot,
) -> None:
    root = await bot.slack.say("U0BEN", MAIL, "mail crashes")

    await bot.say("U0ANN", "please @Rollout help", thread=root)
    await bot.say("U0ANN", "@Rollout help")

    thread = next(m for m in bot.seen("U0ANN") if m["ts"] == root)
    assert [m["ephemeral"] for m in thread["replies"]] == [False, True]
    assert len(bot.private("U0ANN")) == 1
    assert [text.split() for text, _, _ in bot.service.asked] == [
        ["please", "help"],
        ["help"],
    ]


async def test_a_mention_that_comes_while_the_bot_ends_is_left_to_the_next_start(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[bool] = []
    spawn = bot.work.spawn

    def ending_at_first(work: Coroutine[Any, Any, None]) -> bool:
        monkeypatch.setattr(bot.work, "_open", bool(taken))
        taken.append(spawn(work))
        return taken[-1]

    monkeypatch.setattr(bot.work, "spawn", ending_at_first)

    await bot.say("U0ANN", "@Rollout help")

    assert taken == [False, True]
    assert len(bot.private("U0ANN")) == 1


async def test_a_mention_of_a_guest_carries_the_guests_own_company(bot: Bot) -> None:
    await bot.say("U0GIL", "@Rollout status", GAMES)

    assert bot.service.asked[0][2].team_id == "T0FABRIKAM"


async def test_a_message_that_does_not_mention_the_bot_is_none_of_its_business(
    bot: Bot,
) -> None:
    await bot.say("U0ANN", "rollout halt mail")

    assert bot.service.asked == []


async def test_a_bot_that_is_not_in_the_channel_says_how_to_invite_it(
    bot: Bot,
) -> None:
    await bot.command("U0ANN", HALT, GENERAL)

    assert "/invite @Rollout" in bot.private("U0ANN", GENERAL)[0]
    assert bot.service.failed == ["request-1"]


@pytest.mark.parametrize("pressed", [True, False])
async def test_a_card_without_an_answer_that_was_pressed_is_not_called_cancelled(
    bot: Bot, pressed: bool
) -> None:
    bot.slack.arm("chat.postMessage", "lost_answer")
    bot.slack.arm("conversations.history", "internal_error")
    bot.service.pressed_early = pressed
    bot.service.forgetful = not pressed

    await bot.command("U0ANN", HALT)

    told = bot.private("U0ANN")[0]
    assert "it counts" in told
    assert "was cancelled" not in told


async def test_an_answer_needs_no_membership(bot: Bot) -> None:
    await bot.command("U0ANN", "/rollout help", GENERAL)

    assert "How to use /rollout" in bot.private("U0ANN", GENERAL)[0]


async def test_nobody_is_pinged_by_what_somebody_typed(bot: Bot) -> None:
    request = Change(Verb.HALT)
    bot.service.script["halt mail @channel @here"] = request

    await bot.command("U0ANN", "/rollout halt mail @channel @here")

    assert {ping.kind for ping in bot.slack.pings} <= {"user"}
    assert {ping.mention for ping in bot.slack.pings} <= {"U0ANN", "<@U0ANN>"}


async def test_a_lost_unknown_is_corrected_in_the_same_thread(bot: Bot) -> None:
    await bot.command("U0ANN", HALT)
    await bot.press("U0BEN", "Halt rollout")
    detail = TroubleOf("unavailable", "No answer.")
    await bot.service.finish("request-1", Unknown(RUNNING, detail))

    corrected = replace(bot.service.requests["request-1"], result=Done(RUNNING, HALTED))
    await bot.messenger.show_card(corrected)
    await bot.messenger.post_result(corrected, again=True)
    await bot.messenger.post_result(corrected, again=True)

    card = bot.card()
    assert "✅ Halted" in texts(card)
    assert [("corrects" in texts(m)) for m in card["replies"]] == [False, True]


def test_the_libraries_are_kept_from_writing_down_bodies(bot: Bot) -> None:
    for name in ("bot.slack.web", "bot.slack.bolt"):
        assert logging.getLogger(name).level >= logging.WARNING
    assert bot.app.logger.level >= logging.WARNING


async def test_an_asker_who_named_no_app_is_told_which_one_was_taken(bot: Bot) -> None:
    words = "/rollout halt chess crash on start"
    bot.service.script["halt chess crash on start"] = Change(Verb.HALT)
    bot.service.inferred = True

    await bot.command("U0ANN", words)

    assert buttons(bot.card()) == ["Halt rollout", "Cancel"]
    assert "You named no app that I know here" in bot.private("U0ANN")[0]
