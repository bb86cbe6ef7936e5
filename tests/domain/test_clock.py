"""Time that passes is seen to pass, whatever people do to the machine's clock."""

import time

import time_machine

from bot.domain.clock import monotonic


def test_it_grows_by_the_seconds_that_pass() -> None:
    before = monotonic()
    time.sleep(0.05)

    assert 0.05 <= monotonic() - before < 5


def test_a_clock_that_is_set_does_not_move_it() -> None:
    before = monotonic()
    with time_machine.travel(0, tick=False):
        assert 0 <= monotonic() - before < 5
