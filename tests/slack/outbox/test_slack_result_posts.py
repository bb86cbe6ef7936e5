"""A result is posted in its thread once, and never lost."""

from dataclasses import replace

import pytest
from tests.slack.service_double import RUNNING, request

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place
from bot.domain.results import Unknown
from bot.sandbox.slack import LocalSlack
from bot.slack.outbox.messenger import Messenger
from tests.slack.posted_cards import finished, posted
from tests.slack.slack_harness import GENERAL, MAIL, Bot, texts

CLOSED = Place("T0CONTOSO", GENERAL)
UNKNOWN = Unknown(None, FailureDetail(FailureCode.STORE_OUTAGE, {"status": "503"}))


async def test_a_result_is_posted_once_after_a_lost_answer(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    done = finished(card.card)
    slack.arm("chat.postMessage", "lost_answer")

    with pytest.raises(RetryableNotificationError) as lost:
        await messenger.post_result(done, again=False)
    await messenger.post_result(done, again=True)

    assert lost.value.may_have_arrived
    assert len(slack.seen("U0ANN", MAIL)[0]["replies"]) == 1


async def test_a_result_is_found_behind_many_replies(
    messenger: Messenger, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.outbox.message_lookup._PAGE", 2)
    card = await posted(messenger)
    assert card.card is not None
    for text in "abc":
        await slack.say("U0ANN", MAIL, text, card.card)
    await messenger.post_result(finished(card.card), again=False)

    await messenger.post_result(finished(card.card), again=True)

    assert len(slack.seen("U0ANN", MAIL)[0]["replies"]) == 4


async def test_a_very_long_thread_is_not_read_for_ever(
    messenger: Messenger, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.outbox.message_lookup._PAGE", 1)
    monkeypatch.setattr("bot.slack.outbox.message_lookup._MOST_PAGES", 2)
    card = await posted(messenger)
    assert card.card is not None
    for text in "abcdef":
        await slack.say("U0ANN", MAIL, text, card.card)

    await messenger.post_result(finished(card.card), again=True)

    assert len(slack.calls("conversations.replies")) == 2


async def test_a_result_is_posted_twice_rather_than_never(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    slack.workspace.scopes -= {"channels:history", "groups:history"}

    await messenger.post_result(finished(card.card), again=True)

    assert len(slack.seen("U0ANN", MAIL)[0]["replies"]) == 1


async def test_a_result_whose_card_is_unknown_is_told_in_the_channel(
    messenger: Messenger, slack: LocalSlack
) -> None:
    await messenger.post_result(replace(finished("x"), card=None), again=True)

    assert "✅ Halted" in texts(slack.seen("U0ANN", MAIL)[0])


async def test_a_result_whose_card_was_deleted_is_told_in_the_channel(
    messenger: Messenger, slack: LocalSlack
) -> None:
    await messenger.post_result(finished("1700000000.000001"), again=False)

    assert "✅ Halted" in texts(slack.seen("U0ANN", MAIL)[0])


@pytest.mark.parametrize("card", ["1.1", None])
async def test_a_result_for_a_closed_channel_is_told_to_the_one_who_confirmed(
    messenger: Messenger, slack: LocalSlack, card: str | None
) -> None:
    gone = replace(finished("1.1", place=CLOSED), card=card)

    await messenger.post_result(gone, again=False)

    (told,) = slack.seen("U0BEN", "D0BEN")
    assert told["text"].startswith("I could not post this in <#C0GENERAL>")
    assert "✅ Halted" in texts(told)


async def test_a_direct_message_whose_answer_is_lost_comes_twice_and_no_more(
    messenger: Messenger, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = finished("1.1", place=CLOSED)
    real = messenger._client.chat_postMessage

    async def lossy(**body: object) -> object:
        answer = await real(**body)  # type: ignore[arg-type]
        raise TimeoutError if body["channel"] == "U0BEN" else AssertionError(answer)

    monkeypatch.setattr(messenger._client, "chat_postMessage", lossy)
    await messenger.post_result(gone, again=True)

    assert len(slack.seen("U0BEN", "D0BEN")) == 2


async def test_a_direct_message_waits_while_slack_is_away(
    messenger: Messenger, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = finished("1.1", place=CLOSED)
    real = messenger._client.chat_postMessage

    async def away(**body: object) -> object:
        if body["channel"] == "U0BEN":
            slack.arm("chat.postMessage", "ratelimited")
        return await real(**body)  # type: ignore[arg-type]

    monkeypatch.setattr(messenger._client, "chat_postMessage", away)
    with pytest.raises(RetryableNotificationError, match="asks to wait"):
        await messenger.post_result(gone, again=True)


async def test_a_result_that_nobody_can_get_is_given_up_by_name(
    messenger: Messenger, slack: LocalSlack
) -> None:
    with pytest.raises(PermanentNotificationError, match="not_in_channel"):
        await messenger.post_result(
            finished("1.1", place=CLOSED, decided_by=None), again=False
        )
    with pytest.raises(PermanentNotificationError, match="channel_not_found"):
        await messenger.post_result(
            finished("1.1", place=CLOSED, decided_by="U0LEFT"), again=False
        )

    assert len(slack.calls("chat.postMessage")) == 3


async def test_that_the_bot_stopped_looking_is_told_once(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    unknown = finished(card.card, result=UNKNOWN, alias="mail")
    await messenger.post_result(unknown, again=False)
    slack.arm("chat.postMessage", "lost_answer")

    with pytest.raises(RetryableNotificationError):
        await messenger.post_given_up(unknown)
    await messenger.post_given_up(unknown)

    _, told = slack.seen("U0ANN", MAIL)[0]["replies"]
    assert told["text"].startswith("It is still not known whether Contoso Mail is ")
    assert "At first the Store showed it" not in texts(told)
    for words in ("stopped looking", "`@Rollout status mail`", "`@Rollout halt mail`"):
        assert words in texts(told)


async def test_the_state_that_never_changed_is_told_with_the_giving_up(
    messenger: Messenger, slack: LocalSlack
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    taken = Unknown(RUNNING, FailureDetail(FailureCode.NOT_SHOWN))

    await messenger.post_given_up(finished(card.card, result=taken))

    (told,) = slack.seen("U0ANN", MAIL)[0]["replies"]
    assert "never saw it in the Store" in texts(told)
    assert "At first the Store showed it *in progress at 25 %*" in texts(told)


async def test_without_a_result_nothing_is_posted(
    messenger: Messenger, slack: LocalSlack
) -> None:
    await messenger.post_result(request(), again=False)

    assert slack.calls("chat.postMessage") == []


async def test_blocks_that_slack_refuses_leave_the_text_at_least(
    messenger: Messenger, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await posted(messenger)
    assert card.card is not None
    real = messenger._client.chat_postMessage

    async def choosy(**body: object) -> object:
        return await real(**{**body, "blocks": body["blocks"] and [{"type": "?"}]})  # type: ignore[arg-type]

    monkeypatch.setattr(messenger._client, "chat_postMessage", choosy)
    await messenger.post_result(finished(card.card), again=False)

    (reply,) = slack.seen("U0ANN", MAIL)[0]["replies"]
    assert reply["text"].startswith("Halted: Contoso Mail.")


async def test_a_result_after_a_command_reaches_its_card_once(bot: Bot) -> None:
    card = await posted(bot.messenger)
    assert card.card is not None

    for again in (False, True, True):
        await bot.messenger.post_result(finished(card.card), again=again)

    assert bot.card()["reply_count"] == 1
