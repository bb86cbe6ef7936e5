"""Broadcast: subscribers are notified of changes and never wait for each other."""

import asyncio

import pytest

from bot.sandbox.broadcast import Broadcaster


async def test_a_subscriber_gets_the_changes_since_it_subscribed() -> None:
    broadcaster = Broadcaster()
    broadcaster.send("slack")
    listener = broadcaster.subscribe()
    broadcaster.send("store")
    broadcaster.send("store")
    broadcaster.send("slack")
    heard = [await anext(listener), await anext(listener)]

    assert heard == ["store", "slack"]
    assert (broadcaster.count("store"), broadcaster.count("page")) == (2, 0)


async def test_every_subscriber_gets_a_change() -> None:
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


async def test_a_cancelled_wait_can_be_repeated() -> None:
    broadcaster = Broadcaster()
    listener = broadcaster.subscribe()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(listener), 0.01)
    broadcaster.send("slack")

    assert await anext(listener) == "slack"


async def test_a_dropped_subscription_is_removed() -> None:
    broadcaster = Broadcaster()
    listener = broadcaster.subscribe()
    assert len(broadcaster._subscriptions) == 1
    del listener

    assert len(broadcaster._subscriptions) == 0
