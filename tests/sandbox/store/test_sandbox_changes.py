"""Whoever listens learns that something changed, and never waits for who does not."""

import asyncio

import pytest

from bot.sandbox.changes import Changes


async def test_a_listener_hears_what_was_told_since_it_began() -> None:
    changes = Changes()
    changes.tell("slack")
    listener = changes.listen()
    changes.tell("store")
    changes.tell("store")
    changes.tell("slack")
    heard = [await anext(listener), await anext(listener)]

    assert heard == ["store", "slack"]
    assert (changes.count("store"), changes.count("page")) == (2, 0)


async def test_every_listener_hears_it() -> None:
    changes = Changes()
    first, second = changes.listen(), changes.listen()

    async def wait_for_one() -> str:
        async for kind in first:
            return kind
        return "nothing"

    waiting = asyncio.create_task(wait_for_one())
    await asyncio.sleep(0)
    changes.tell("store")

    assert (await waiting, await anext(second)) == ("store", "store")


async def test_a_wait_that_was_given_up_can_be_taken_up_again() -> None:
    changes = Changes()
    listener = changes.listen()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(listener), 0.01)
    changes.tell("slack")

    assert await anext(listener) == "slack"


async def test_a_dropped_listener_is_forgotten() -> None:
    changes = Changes()
    listener = changes.listen()
    assert len(changes._listeners) == 1
    del listener

    assert len(changes._listeners) == 0
