"""A result is posted in its thread once, and never lost."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.requests import Place, RequestState
from bot.domain.results import Unknown
from bot.sandbox.slack import LocalSlack
from bot.slack.outbox.messenger import Messenger
from tests.fakes import Memory
from tests.slack.posted_cards import finished, posted, store
from tests.slack.sample_requests import RUNNING, request, with_result
from tests.slack.slack_harness import Bot
from tests.slack_users import IN_GENERAL, IN_MAIL, texts

CLOSED = Place("T0CONTOSO", IN_GENERAL)
UNKNOWN = Unknown(None, FailureDetail(FailureCode.STORE_OUTAGE, {"status": "503"}))


async def test_a_result_is_posted_once_after_a_lost_answer(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    slack.arm("chat.postMessage", "lost_answer")

    with pytest.raises(RetryableNotificationError) as lost:
        await messenger.post_result(done.id, again=False)
    await messenger.post_result(done.id, again=True)

    assert lost.value.may_have_arrived
    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 1


async def test_a_result_is_found_behind_other_replies(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    for text in "abc":
        await slack.say("U0ANN", IN_MAIL, text, done.card)
    await messenger.post_result(done.id, again=False)

    await messenger.post_result(done.id, again=True)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 4


async def test_a_result_is_posted_twice_rather_than_never(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    slack.workspace.scopes -= {"channels:history", "groups:history"}

    await messenger.post_result(done.id, again=True)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 1


async def test_a_result_whose_card_is_unknown_is_told_in_the_channel(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    lost = store(memory, finished(None))

    await messenger.post_result(lost.id, again=True)

    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_a_result_whose_card_was_deleted_is_told_in_the_channel(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    deleted = store(memory, finished("1700000000.000001"))

    await messenger.post_result(deleted.id, again=False)

    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


@pytest.mark.parametrize("card", ["1.1", None])
async def test_a_result_for_a_closed_channel_is_told_to_the_one_who_confirmed(
    messenger: Messenger, memory: Memory, slack: LocalSlack, card: str | None
) -> None:
    gone = store(memory, finished(card, place=CLOSED))

    await messenger.post_result(gone.id, again=False)

    (told,) = slack.seen("U0BEN", "D0BEN")
    assert told["text"].startswith("I could not post this in <#C0GENERAL>")
    assert "✅ Halted" in texts(told)


async def test_a_direct_message_whose_answer_is_lost_comes_twice_and_no_more(
    messenger: Messenger,
    client: AsyncWebClient,
    memory: Memory,
    slack: LocalSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = store(memory, finished("1.1", place=CLOSED))
    real = client.chat_postMessage

    async def lossy(**body: object) -> object:
        answer = await real(**body)  # type: ignore[arg-type]
        raise TimeoutError if body["channel"] == "U0BEN" else AssertionError(answer)

    monkeypatch.setattr(client, "chat_postMessage", lossy)
    await messenger.post_result(gone.id, again=True)

    assert len(slack.seen("U0BEN", "D0BEN")) == 2


async def test_a_direct_message_waits_while_slack_is_away(
    messenger: Messenger,
    client: AsyncWebClient,
    memory: Memory,
    slack: LocalSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = store(memory, finished("1.1", place=CLOSED))
    real = client.chat_postMessage

    async def away(**body: object) -> object:
        if body["channel"] == "U0BEN":
            slack.arm("chat.postMessage", "ratelimited")
        return await real(**body)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "chat_postMessage", away)
    with pytest.raises(RetryableNotificationError, match="asks to wait"):
        await messenger.post_result(gone.id, again=True)


async def test_a_result_that_nobody_can_get_is_given_up_by_name(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    gone = store(memory, finished("1.1", place=CLOSED, decided_by=None))
    with pytest.raises(PermanentNotificationError, match="not_in_channel"):
        await messenger.post_result(gone.id, again=False)
    gone = store(memory, finished("1.1", place=CLOSED, decided_by="U0LEFT"))
    with pytest.raises(PermanentNotificationError, match="channel_not_found"):
        await messenger.post_result(gone.id, again=False)

    assert len(slack.calls("chat.postMessage")) == 3


async def test_that_the_bot_stopped_looking_is_told_once(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    unknown = store(memory, with_result(done, UNKNOWN))
    await messenger.post_result(unknown.id, again=False)
    slack.arm("chat.postMessage", "lost_answer")

    with pytest.raises(RetryableNotificationError):
        await messenger.post_follow_up_ended(unknown.id)
    await messenger.post_follow_up_ended(unknown.id)

    _, told = slack.seen("U0ANN", IN_MAIL)[0]["replies"]
    assert told["text"].startswith("Still not known whether halted: Contoso Mail – ")
    assert "At first the Store showed" not in texts(told)
    for words in ("stopped looking", "`@Rollout status mail`", "`@Rollout halt mail`"):
        assert words in texts(told)


async def test_the_state_that_never_changed_is_told_with_the_giving_up(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    taken = Unknown(RUNNING, FailureDetail(FailureCode.NOT_SHOWN))

    store(memory, with_result(done, taken))

    await messenger.post_follow_up_ended(done.id)

    (told,) = slack.seen("U0ANN", IN_MAIL)[0]["replies"]
    assert "never saw it in the Store" in texts(told)
    assert "At first the Store showed: *in progress at 25 %*" in texts(told)


async def test_without_a_result_nothing_is_posted(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    under_way = store(memory, request(state=RequestState.AUTHORISED))

    await messenger.post_result(under_way.id, again=False)

    assert slack.calls("chat.postMessage") == []


async def test_blocks_that_slack_refuses_leave_the_text_at_least(
    messenger: Messenger,
    client: AsyncWebClient,
    memory: Memory,
    slack: LocalSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = store(memory, finished(await posted(messenger)))
    real = client.chat_postMessage

    async def choosy(**body: object) -> object:
        return await real(**{**body, "blocks": body["blocks"] and [{"type": "?"}]})  # type: ignore[arg-type]

    monkeypatch.setattr(client, "chat_postMessage", choosy)
    await messenger.post_result(done.id, again=False)

    (reply,) = slack.seen("U0ANN", IN_MAIL)[0]["replies"]
    assert reply["text"].startswith("Halted: Contoso Mail – ")


async def test_a_result_after_a_command_reaches_its_card_once(bot: Bot) -> None:
    done = store(bot.memory, finished(await posted(bot.messenger)))

    for again in (False, True, True):
        await bot.messenger.post_result(done.id, again=again)

    assert bot.card()["reply_count"] == 1
