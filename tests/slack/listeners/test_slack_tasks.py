"""Work after an ack is kept, waited for, and never started once the bot ends."""

import asyncio

import pytest

from bot.slack.listeners.tasks import BackgroundTasks


async def test_work_goes_on_until_it_is_done() -> None:
    work, done = BackgroundTasks(), asyncio.Event()

    async def job() -> None:
        await asyncio.sleep(0.01)
        done.set()

    assert work.spawn(job())
    assert len(work) == 1
    assert await work.drain(1) == 0
    assert done.is_set()
    assert len(work) == 0


async def test_no_work_is_started_once_the_bot_ends() -> None:
    work = BackgroundTasks()
    await work.drain(0)

    async def job() -> None:
        raise AssertionError("this must not run")

    assert not work.spawn(job())
    assert not work.open


async def test_what_takes_too_long_is_cut_short(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = BackgroundTasks()
    work.spawn(asyncio.sleep(10))

    assert await work.drain(0.01) == 1
    assert "1 background tasks were cancelled" in caplog.text


async def test_work_that_fails_is_in_the_log_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = BackgroundTasks()

    async def job() -> None:
        raise RuntimeError("broken")

    work.spawn(job())
    await work.drain(1)

    assert "RuntimeError: broken" in caplog.text
