"""Whoever listens learns that something changed, and never waits for who does not."""

import asyncio

import pytest

from bot.sandbox.broadcast import Broadcaster


async def test_a_listener_hears_what_was_told_since_it_began() -> None:
    broadcaster = Broadcaster()
    broadcaster.send("slack")
    listener = broadcaster.subscribe()
    broadcaster.send("store")
    broadcaster.send("store")
    broadcaster.send("slack")
    heard = [await anext(listener), await anext(listener)]

    assert heard == ["store", "slack"]
    assert (broadcaster.count("store"), broadcaster.count("page")) == (2, 0)


async def test_every_listener_hears_it() -> None:
    broadcaster = Broadcaster()
    first, second = broadcaster.subscribe(), broadcaster.subscribe()

    async def wait_for_one() -> str:
        async for kind in first:
            return kind
        return "nothing"

    waiting = asyncio.create_task(wait_for_one())
    await asyncio.sleep(0)
    broadcaster.send("store")

    assert (await waiting, await anext(second)) == ("store", "store")


async def test_a_wait_that_was_given_up_can_be_taken_up_again() -> None:
    broadcaster = Broadcaster()
    listener = broadcaster.subscribe()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(listener), 0.01)
    broadcaster.send("slack")

    assert await anext(listener) == "slack"


async def test_a_dropped_listener_is_forgotten() -> None:
    broadcaster = Broadcaster()
    listener = broadcaster.subscribe()
    assert len(broadcaster._subscriptions) == 1
    del listener

    assert len(broadcaster._subscriptions) == 0
