"""Many calls of /readyz cost the database one query a second."""

import asyncio
import time

import aiohttp
import pytest

from bot.web import SharedCheck
from tests.attacks.http_target import Target, open_target

pytestmark = pytest.mark.asyncio

CALLERS = 20


async def test_callers_at_the_same_time_share_one_check() -> None:
    """Weakness 24: each call asked the database."""
    begun, may_end = 0, asyncio.Event()

    async def check() -> None:
        nonlocal begun
        begun += 1
        await may_end.wait()

    shared = SharedCheck(check)
    callers = [asyncio.create_task(shared()) for _ in range(50)]
    await asyncio.sleep(0)
    # One caller that goes away does not take the answer from the others.
    callers[0].cancel()
    may_end.set()
    ended = await asyncio.gather(*callers, return_exceptions=True)

    assert begun == 1
    assert isinstance(ended[0], asyncio.CancelledError)
    assert ended[1:] == [None] * 49


async def test_an_answer_is_valid_for_a_second_and_a_failure_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Weakness 24: the answer was never kept."""
    answers = iter([None, ValueError("away"), None])
    now = 0.0

    async def check() -> None:
        if (error := next(answers)) is not None:
            raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    shared = SharedCheck(check)
    await shared()
    now = 0.9
    await shared()
    now = 1.1
    for _ in range(2):
        with pytest.raises(ValueError, match="away"):
            await shared()
    now = 2.2
    await shared()
    assert list(answers) == []


async def test_calls_of_readyz_do_not_delay_a_click(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Weakness 24: 6,000 calls delayed the effect of a click to 1.1 seconds."""
    async with open_target(tmp_path_factory.mktemp("asked")) as target:
        url = f"http://127.0.0.1:{target.bot.port}/readyz"
        done = asyncio.Event()
        counts = await asyncio.gather(
            *(_ask(url, done) for _ in range(CALLERS)), _click(target, done)
        )

    *asked, took = counts
    assert sum(asked) > 500
    assert took < 1.0


async def _click(target: Target, done: asyncio.Event) -> float:
    try:
        return await target.change(30)
    finally:
        done.set()


async def _ask(url: str, done: asyncio.Event) -> float:
    """Ask until the click is done and two seconds are over; return how often."""
    count, until = 0, time.monotonic() + 2
    async with aiohttp.ClientSession() as session:
        while not done.is_set() or time.monotonic() < until:
            async with session.get(url) as answer:
                assert answer.status == 200
            count += 1
    return float(count)
