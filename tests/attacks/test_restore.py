"""A database that was restored from a backup does not overwrite what the thread says.

The backup is older than Slack: a request that waits in it may have been carried out.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.notifications import RetryableNotificationError
from bot.domain.requests import Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason
from bot.sandbox.slack import LocalSlack
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.messenger import Messenger
from tests.fakes import FakeRequests, Memory
from tests.slack.posted_cards import DONE, posted, store
from tests.slack.sample_requests import HALTED, RUNNING, request, with_result
from tests.slack_users import IN_MAIL, texts
from tests.translators import IN_ENGLISH

NOTHING = "Nothing was changed"
OLDER = "as after a restore from a backup"
SEARCH = "conversations.replies"
QUARTER = timedelta(minutes=15)
TIMEOUT = FailureDetail(FailureCode.TIMEOUT)
UNKNOWN = Unknown(RUNNING, TIMEOUT)
ENDS: list[tuple[str, Result]] = [
    ("✅ Halted: Contoso Mail", DONE),
    ("ℹ️ Nothing to do, already halted: Contoso Mail", AlreadyDone(HALTED)),
    ("⚠️ NOT halted, it has changed: Contoso Mail", Moved(RUNNING, HALTED)),
    ("⛔ NOT halted: Contoso Mail", Unavailable(TIMEOUT)),
    ("⛔ NOT halted: Contoso Mail", Refused(RefusalReason.NOT_PUBLISHED)),
]


@pytest.fixture
def new_bot(clients: WorkspaceClients, memory: Memory) -> Messenger:
    """Return the messenger of a bot that was started on a restored database."""
    requests = FakeRequests(memory)
    return Messenger(clients, requests, IN_ENGLISH, datetime.now(UTC))


def backup(
    card: str | None,
    state: RequestState = RequestState.EXPIRED,
    late: timedelta = timedelta(0),
) -> Request:
    """Return the request as a restored backup has it, and as it was then closed."""
    asked_at = datetime.now(UTC) - timedelta(minutes=1)
    return replace(
        request(state=state, card=card),
        asked_at=asked_at,
        expires_at=asked_at + QUARTER,
        decided_at=asked_at + QUARTER + late,
    )


async def carried_out(
    messenger: Messenger, memory: Memory, *results: Result | None
) -> str:
    """Post a card, and show how its request went on; return the card's timestamp."""
    card = await posted(messenger)
    confirmed = request(state=RequestState.AUTHORISED, card=card)
    for result in results:
        store(memory, with_result(confirmed, result))
        await messenger.update_card(confirmed.id)
        await messenger.post_result(confirmed.id, again=False)
    memory.operations.clear()
    return card


def shown(slack: LocalSlack) -> str:
    return texts(slack.seen("U0ANN", IN_MAIL)[0])


@pytest.mark.parametrize(("headline", "result"), ENDS)
async def test_a_restored_card_that_was_carried_out_is_not_shown_as_expired(
    *,
    messenger: Messenger,
    memory: Memory,
    slack: LocalSlack,
    new_bot: Messenger,
    headline: str,
    result: Result,
) -> None:
    old = backup(await carried_out(messenger, memory, result))
    store(memory, old)

    await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith(headline)
    assert "Expired" not in shown(slack)
    assert NOTHING not in shown(slack)
    assert OLDER in shown(slack)
    assert "This result is from the thread: " in shown(slack)
    assert "`/rollout status mail` shows what the Store has." in shown(slack)
    assert "*Requested:*\nin progress at 25\u00a0% → *halted*" in shown(slack)


async def test_the_result_that_corrected_an_unknown_one_is_named(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    old = store(memory, backup(await carried_out(messenger, memory, UNKNOWN, DONE)))

    await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith("✅ Halted: Contoso Mail")


async def test_a_bot_that_expires_a_card_late_looks_at_its_thread(
    messenger: Messenger, memory: Memory, slack: LocalSlack, clients: WorkspaceClients
) -> None:
    card = await carried_out(messenger, memory, DONE)
    old = store(memory, backup(card, late=timedelta(minutes=2)))
    long_running = Messenger(clients, FakeRequests(memory), IN_ENGLISH, old.asked_at)

    await long_running.update_closed_card(old.id)

    assert OLDER in shown(slack)


async def test_a_press_of_cancel_on_a_stale_screen_does_not_hide_the_result(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    card = await carried_out(messenger, memory, DONE)
    old = store(memory, backup(card, RequestState.CANCELLED))

    await new_bot.show_card(old, 0.0)

    assert shown(slack).startswith("✅ Halted: Contoso Mail")
    assert NOTHING not in shown(slack)


@pytest.mark.parametrize("result", [None, UNKNOWN])
async def test_a_restored_card_that_was_confirmed_without_a_known_end_says_so(
    messenger: Messenger,
    memory: Memory,
    slack: LocalSlack,
    new_bot: Messenger,
    result: Result | None,
) -> None:
    old = store(memory, backup(await carried_out(messenger, memory, result)))

    for _ in range(2):
        await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith("❓ Not known whether halted: Contoso Mail")
    assert "This was confirmed" in shown(slack)
    assert OLDER in shown(slack)
    assert NOTHING not in shown(slack)


@pytest.mark.parametrize("state", [RequestState.EXPIRED, RequestState.CANCELLED])
async def test_where_the_thread_may_not_be_read_no_card_says_that_nothing_was_changed(
    messenger: Messenger,
    memory: Memory,
    slack: LocalSlack,
    new_bot: Messenger,
    state: RequestState,
) -> None:
    card = await carried_out(messenger, memory, DONE)
    old = store(memory, backup(card, state))
    scopes = set(slack.workspace.scopes)
    slack.workspace.scopes -= {"channels:history", "groups:history"}

    await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith("Closed: Halt rollout, Contoso Mail")
    assert "I cannot read this thread" in shown(slack)
    assert "`/rollout status mail`" in shown(slack)
    assert NOTHING not in shown(slack)
    slack.workspace.scopes |= scopes
    await new_bot.update_closed_card(old.id)
    assert shown(slack).startswith("✅ Halted: Contoso Mail")


async def test_while_slack_cannot_show_the_thread_the_card_stays_as_it_is(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    old = store(memory, backup(await carried_out(messenger, memory, DONE)))
    before = shown(slack)
    slack.arm(SEARCH, "ratelimited", seconds=60)

    with pytest.raises(RetryableNotificationError):
        await new_bot.update_closed_card(old.id)

    assert shown(slack) == before


@pytest.mark.parametrize("times", [1, 2])
async def test_a_card_that_nobody_pressed_is_shown_as_expired_after_a_restart(
    messenger: Messenger,
    memory: Memory,
    slack: LocalSlack,
    new_bot: Messenger,
    times: int,
) -> None:
    old = store(memory, backup(await posted(messenger)))

    for _ in range(times):
        await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith("Expired: Halt rollout, Contoso Mail")
    assert NOTHING in shown(slack)
    assert len(slack.calls(SEARCH)) == times


async def test_a_running_bot_expires_a_card_in_time_without_a_search(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    expired = store(memory, backup(await posted(messenger)))

    await messenger.update_closed_card(expired.id)

    assert shown(slack).startswith("Expired")
    assert slack.calls(SEARCH) == []


async def test_the_card_is_found_again_whose_timestamp_is_not_in_the_backup(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    await carried_out(messenger, memory, DONE)
    old = store(memory, replace(backup(None), asked_at=datetime.now(UTC)))
    late = replace(old, decided_at=old.expires_at + timedelta(hours=1))
    store(memory, late)

    await new_bot.update_closed_card(old.id)

    assert shown(slack).startswith("✅ Halted: Contoso Mail")


async def test_a_restored_unknown_result_does_not_hide_the_one_that_corrected_it(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    card = await carried_out(messenger, memory, UNKNOWN, DONE)
    old = request(state=RequestState.AUTHORISED, card=card)
    store(memory, with_result(old, UNKNOWN))
    replies = len(slack.seen("U0ANN", IN_MAIL)[0]["replies"])

    await new_bot.update_card(old.id)
    await new_bot.post_result(old.id, again=True)
    await new_bot.post_follow_up_ended(old.id)

    assert await new_bot.is_settled(old.id)
    assert shown(slack).startswith("✅ Halted: Contoso Mail")
    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == replies


async def test_a_request_has_one_end_in_its_thread(
    messenger: Messenger, memory: Memory, slack: LocalSlack, new_bot: Messenger
) -> None:
    card = await carried_out(messenger, memory, DONE)
    old = request(state=RequestState.AUTHORISED, card=card)
    store(memory, with_result(old, AlreadyDone(HALTED)))

    await new_bot.post_result(old.id, again=True)

    (reply,) = slack.seen("U0ANN", IN_MAIL)[0]["replies"]
    assert "✅ Halted" in texts(reply)


async def test_an_unknown_result_settles_nothing(
    messenger: Messenger, memory: Memory, new_bot: Messenger
) -> None:
    card = await carried_out(messenger, memory, UNKNOWN)
    old = store(memory, request(state=RequestState.AUTHORISED, card=card))
    store(memory, with_result(old, Done(RUNNING, HALTED)))

    assert not await new_bot.is_settled(old.id)
    assert not await new_bot.is_settled("unheard-of")
