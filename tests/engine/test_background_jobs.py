"""Background jobs: one run of each at a time, and a failed one is run again."""

import asyncio

from bot.domain.storage import StorageUnavailable
from bot.engine.jobs import BackgroundJobs


class Counted:
    """A job that waits to be let on, and then may fail."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.runs = 0
        self.go_on = asyncio.Event()
        self.failure = failure

    async def run(self) -> None:
        self.runs += 1
        await self.go_on.wait()
        if self.failure is not None:
            raise self.failure


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_job_that_still_runs_is_not_started_again() -> None:
    slow, quick = Counted(), Counted()
    quick.go_on.set()
    jobs = BackgroundJobs([slow.run, quick.run])

    for _ in range(3):
        jobs.start()
        await turns()

    assert (slow.runs, quick.runs) == (1, 3)
    await jobs.stop()


async def test_a_job_that_fails_is_run_again() -> None:
    for failure in (StorageUnavailable("away"), ValueError("a bug")):
        failing = Counted(failure)
        failing.go_on.set()
        jobs = BackgroundJobs([failing.run])

        for _ in range(2):
            jobs.start()
            await turns()

        assert failing.runs == 2
        await jobs.stop()


async def test_what_runs_is_broken_off_at_the_end() -> None:
    slow = Counted()
    jobs = BackgroundJobs([slow.run])
    jobs.start()
    await turns()

    await asyncio.wait_for(jobs.stop(), 5)

    assert slow.runs == 1
