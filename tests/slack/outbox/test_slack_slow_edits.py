"""After a slow edit the card is edited again, so that the truth is shown last."""

from collections.abc import Callable
from itertools import count

import pytest

from bot.domain.clock import monotonic
from bot.domain.requests import Request, RequestState
from bot.domain.storage import StorageUnavailable
from bot.sandbox.slack import LocalSlack
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox import messenger as messenger_module
from bot.slack.outbox.messenger import Messenger
from tests.fakes import FakeRequests, Memory
from tests.slack.posted_cards import finished, posted, store
from tests.slack.sample_requests import NOW, request, with_result
from tests.slack_users import IN_MAIL, labels, texts
from tests.translators import IN_ENGLISH


def long_ago() -> float:
    """Return a time from which on a request was read too long ago to be trusted."""
    return monotonic() - MAX_PAUSE_BEFORE_WRITE - 1


class MovingRequests(FakeRequests):
    """Requests that go on meanwhile: each time one is read it is the next of these."""

    def __init__(self, states: list[Request]) -> None:
        super().__init__()
        self._states = states

    async def get_request(self, request_id: str) -> Request | None:
        store(self.memory, self._states.pop(0))
        return await super().get_request(request_id)


@pytest.fixture
async def under_way(messenger: Messenger, memory: Memory) -> Request:
    """Return a request whose card is posted, and whose operation has no result yet."""
    return store(memory, with_result(finished(await posted(messenger)), None))


async def test_an_edit_in_time_is_made_once_and_reads_nothing(
    messenger: Messenger, slack: LocalSlack, memory: Memory, under_way: Request
) -> None:
    memory.failure = StorageUnavailable("nothing may be read")

    await messenger.show_card(under_way, monotonic())

    assert len(slack.calls("chat.update")) == 1


async def test_a_late_edit_of_what_is_still_true_is_made_once(
    messenger: Messenger, slack: LocalSlack, under_way: Request
) -> None:
    await messenger.show_card(under_way, long_ago())

    assert len(slack.calls("chat.update")) == 1
    assert "Halting…" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_a_late_edit_is_followed_by_the_end_that_came_meanwhile(
    messenger: Messenger, slack: LocalSlack, memory: Memory, under_way: Request
) -> None:
    store(memory, finished(under_way.card))

    await messenger.show_card(under_way, long_ago())

    assert len(slack.calls("chat.update")) == 2
    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_a_late_edit_of_a_pending_card_is_followed_by_its_cancellation(
    messenger: Messenger, slack: LocalSlack, memory: Memory
) -> None:
    pending = request(card=await posted(messenger))
    store(memory, request(state=RequestState.CANCELLED, card=pending.card))

    await messenger.show_card(pending, long_ago())

    card = slack.seen("U0ANN", IN_MAIL)[0]
    assert "<@U0BEN> cancelled this" in texts(card)
    assert labels(card) == []


async def test_each_slow_edit_is_followed_by_a_look_until_nothing_changes(
    clients: WorkspaceClients,
    messenger: Messenger,
    slack: LocalSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pending = request(card=await posted(messenger))
    done = finished(pending.card)
    states = [with_result(done, None), done, done]
    monkeypatch.setattr(messenger_module, "monotonic", slow_clock())

    await Messenger(clients, MovingRequests(states), IN_ENGLISH, NOW).show_card(
        pending, 0.0
    )

    assert len(slack.calls("chat.update")) == 3
    assert states == []
    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_an_operation_that_was_read_slowly_is_looked_at_again(
    clients: WorkspaceClients,
    slack: LocalSlack,
    under_way: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = finished(under_way.card)
    states = [under_way, done, done]
    requests = MovingRequests(states)
    store(requests.memory, under_way)
    monkeypatch.setattr(messenger_module, "monotonic", slow_clock())

    await Messenger(clients, requests, IN_ENGLISH, NOW).update_card(under_way.id)

    assert len(slack.calls("chat.update")) == 2
    assert states == []
    assert "✅ Halted" in texts(slack.seen("U0ANN", IN_MAIL)[0])


async def test_an_end_that_cannot_be_read_after_a_late_edit_is_no_secret(
    messenger: Messenger, memory: Memory, under_way: Request
) -> None:
    memory.failure = StorageUnavailable("The database is away.")

    with pytest.raises(StorageUnavailable):
        await messenger.show_card(under_way, long_ago())


async def test_a_result_that_was_read_slowly_is_looked_for_in_the_thread_first(
    messenger: Messenger,
    slack: LocalSlack,
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = store(memory, finished(await posted(messenger)))
    await messenger.post_result(done.id, again=False)
    monkeypatch.setattr(messenger_module, "monotonic", slow_clock())

    await messenger.post_result(done.id, again=False)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 1


def slow_clock() -> Callable[[], float]:
    """Return a clock on which everything takes longer than it may."""
    ticks = count(1)
    return lambda: next(ticks) * 2 * MAX_PAUSE_BEFORE_WRITE
