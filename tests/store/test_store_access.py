"""The check of the access to the Store: at start, every hour, and what it found."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.domain.failures import (
    AuthenticationError,
    BudgetSpentError,
    FailureCode,
    FailureDetail,
    StoreError,
)
from bot.store.access import AGAIN_SECONDS, EVERY_SECONDS, AccessCheck
from bot.store.client import StoreClient
from tests.store.scripted_store import ScriptedStore, reset

WRONG = AuthenticationError(FailureDetail(FailureCode.SECRET_WRONG))
SPENT = BudgetSpentError(FailureDetail(FailureCode.REQUEST_BUDGET, {"limit": "20"}))


class Checked:
    """A Store whose checks end in the given ways, and then never."""

    def __init__(self, *ends: StoreError | None) -> None:
        self.ends = list(ends)

    async def check(self) -> None:
        if not self.ends:
            await asyncio.Event().wait()
        if (failure := self.ends.pop(0)) is not None:
            raise failure


@contextmanager
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Collect how long it waits, and wait no time."""
    seconds: list[float] = []
    sleep = asyncio.sleep

    async def note(pause: float) -> None:
        if pause:
            seconds.append(pause)
        await sleep(0)

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.access.asyncio.sleep", note)
        yield seconds


async def test_the_store_is_checked_every_hour_and_sooner_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.store")
    store = Checked(None, WRONG, SPENT, None)
    found: list[str] = []
    check = AccessCheck(store, describe=lambda detail: f"words on {detail.code}")

    assert check.found == "unknown"
    with pauses(monkeypatch) as seconds:
        running = asyncio.create_task(check.run())
        while store.ends or len(seconds) < 4:
            found.append(check.found)
            await asyncio.sleep(0)
        found.append(check.found)
    running.cancel()

    assert seconds[:4] == [EVERY_SECONDS, AGAIN_SECONDS, AGAIN_SECONDS, EVERY_SECONDS]
    assert list(dict.fromkeys(found)) == ["unknown", "ok", "secret_wrong"]
    assert check.found == "ok"
    (warning,) = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert "words on secret_wrong" in warning.getMessage()
    assert "the Store can be used again" in caplog.messages


async def test_a_check_is_one_read_of_one_app(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(200, b'{"value": [], "totalCount": 0}')

    await client.check()

    (call,) = store.calls
    assert (call.method, call.path) == ("GET", "/v1.0/my/applications?skip=0&top=1")


async def test_an_account_without_apps_can_be_used(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(404, b"{}")

    await client.check()


async def test_a_store_that_does_not_answer_cannot_be_used(
    client: StoreClient, store: ScriptedStore
) -> None:
    for _ in range(10):
        store.will(reset())

    with pytest.raises(StoreError):
        await client.check()
