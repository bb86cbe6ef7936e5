"""What becomes of an operation where a bug, the database or Slack is in the way."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Never

import pytest

from bot.domain.failures import FailureCode
from bot.domain.notifications import PermanentNotificationError
from bot.domain.operations import Waiting
from bot.domain.requests import RequestState
from bot.domain.results import Done, Unknown
from bot.domain.rollout import Change
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import SubmissionRef
from bot.store import StoreClient
from tests.engine.harness import FAST, EngineHarness, RecordingNotifier

AWAY = "the database is away"


def lines(log: pytest.LogCaptureFixture, start: str) -> list[str]:
    """Return the lines of the log that begin so."""
    return [message for message in log.messages if message.startswith(start)]


def fail_first(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *failures: Exception
) -> None:
    """Let the first calls of a method fail, each with the next of the failures."""
    method: Callable[..., Awaitable[object]] = getattr(owner, name)
    left = list(failures)

    async def failing(*values: object, **named: object) -> object:
        if left:
            raise left.pop(0)
        return await method(*values, **named)

    monkeypatch.setattr(owner, name, failing)


async def test_a_bug_while_a_change_is_sent_is_logged_and_the_change_is_looked_for(
    harness: EngineHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    send = StoreClient.change_rollout

    async def broken(client: StoreClient, ref: SubmissionRef, change: Change) -> Never:
        monkeypatch.setattr(StoreClient, "change_rollout", send)
        await send(client, ref, change)
        raise KeyError("a bug of ours")

    monkeypatch.setattr(StoreClient, "change_rollout", broken)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    # It was sent before the bug: it is read, and not sent again.
    assert [entry.operation for entry in harness.store.requests] == ["halt", "read"]
    assert len(lines(caplog, f"operation {operation.id}: unexpected failure")) == 1


async def test_a_bug_in_every_attempt_ends_in_unknown_with_a_reference_to_the_log(
    harness: EngineHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(*_: object) -> Never:
        raise KeyError("a bug of ours")

    for method in ("change_rollout", "get_rollout"):
        monkeypatch.setattr(StoreClient, method, broken)
    engine = harness.engine(replace(FAST, follow_up_pauses=()))
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    result = await harness.result(operation, Unknown)
    await engine.stop(5)

    assert isinstance(result, Unknown)
    assert (result.last, result.detail.code) == (
        operation.before,
        FailureCode.INTERNAL,
    )
    last = lines(caplog, f"operation {operation.id}: unexpected failure")[-1]
    assert last.endswith(f" {result.detail.arguments['reference']}")
    assert len(harness.notifier.posted) == 1


async def test_a_result_waits_for_the_database_and_nothing_is_sent_again(
    harness: EngineHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    operations = harness.repositories.operations
    away = StorageUnavailable(AWAY)
    fail_first(monkeypatch, operations, "finish_operation", away, away)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert [entry.operation for entry in harness.store.requests] == ["halt"]
    assert (
        lines(caplog, "database unavailable, retry")
        == [f"database unavailable, retry in 0.0 s: {AWAY}"] * 2
    )


class RefusingNotifier(RecordingNotifier):
    """A Notifier whose channel is gone: Slack refuses the result for good."""

    async def post_result(self, operation_id: str, *, again: bool) -> None:
        await super().post_result(operation_id, again=again)
        raise PermanentNotificationError("channel_not_found")


async def test_an_operation_ends_though_slack_refuses_its_result(
    harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    harness.notifier = RefusingNotifier(harness.repositories.requests)
    engine = harness.engine()
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert len(harness.notifier.posted) == 1
    [line] = [one for one in caplog.messages if "cannot be shown in Slack" in one]
    assert line.endswith("channel_not_found")


class BrokenWaits(RecordingNotifier):
    """A Notifier with a bug: it cannot show that the Store is being asked."""

    async def show_waiting(self, operation_id: str, waiting: Waiting) -> None:
        if waiting.asking:
            raise KeyError("a bug of ours")
        await super().show_waiting(operation_id, waiting)


async def test_an_attempt_that_cannot_be_shown_because_of_a_bug_goes_on(
    harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    harness.notifier = BrokenWaits(harness.repositories.requests)
    harness.store.arm("halt", "429_without_retry_after")
    harness.store.arm("read", "slow", 1, 1)
    engine = harness.engine(replace(FAST, show_wait_from=0.0, show_try_after=0.05))
    await engine.start()
    operation = await harness.authorised()

    await engine.start_operation(operation)
    await harness.result(operation, Done)
    await engine.stop(5)

    assert caplog.messages.count(f"operation {operation.id}: a wait is not shown") == 1


async def test_a_sweep_that_fails_is_followed_by_the_next_one(
    harness: EngineHarness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    requests = harness.repositories.requests
    failures = StorageUnavailable(AWAY), KeyError("a bug of ours")
    fail_first(monkeypatch, requests, "overdue_requests", *failures)
    request = await harness.request(minutes=-1)
    engine = harness.engine()
    await engine.start()

    closed = await harness.card_closed(request)
    await engine.stop(5)

    assert closed.state is RequestState.EXPIRED
    assert [one for one in caplog.messages if "next" in one] == [
        f"database unavailable, the next sweep retries: {AWAY}",
        "a sweep failed, the next one retries",
    ]
