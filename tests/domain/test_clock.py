"""Time that passes is seen to pass, whatever people do to the machine's clock."""

import asyncio
import time

import time_machine

from bot.domain.clock import monotonic, pressed, take_press


def test_it_grows_by_the_seconds_that_pass() -> None:
    before = monotonic()
    time.sleep(0.05)

    assert 0.05 <= monotonic() - before < 5


def test_a_clock_that_is_set_does_not_move_it() -> None:
    before = monotonic()
    with time_machine.travel(0, tick=False):
        assert 0 <= monotonic() - before < 5


async def test_a_press_is_known_once_to_what_was_begun_for_it() -> None:
    async def take_twice() -> list[float | None]:
        return [take_press(), take_press()]

    with pressed(5.0):
        begun = asyncio.create_task(take_twice())
    other = asyncio.create_task(take_twice())

    assert await begun == [5.0, None]
    assert await other == [None, None]
