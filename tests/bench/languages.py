"""What the languages cost: at the start, and once somebody reads in each of them."""

import json
import subprocess
import sys
from typing import Final

from tests.bench.figures import Figure, median
from tests.bench.harness import BenchHarness

_TIME_LIMIT: Final = 30.0
_MEMORY_LIMIT: Final = 5.0
_KILOBYTE: Final = 1024
_RUNS: Final = 5

# In a process of its own, after everything that a bot imports: what each step adds.
_PROGRAM: Final = """
import json, time
from pathlib import Path
import bot.process
from bot.domain.languages import Language
from bot.slack.messages.translator import Translators

def resident():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])

def cost(work):
    before, began = resident(), time.process_time()
    work()
    return 1000 * (time.process_time() - began), resident() - before

made = []
start = cost(lambda: made.append(Translators()))
each = [cost(lambda: made[0].of(one)) for one in Language]
print(json.dumps({"start": start, "each": each}))
"""


async def measure(_: BenchHarness) -> list[Figure]:
    """Measure in fresh processes; the languages are read when they are first used."""
    runs = [
        json.loads(
            subprocess.run(  # noqa: ASYNC221 - nothing else goes on meanwhile
                [sys.executable, "-c", _PROGRAM],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(_RUNS)
    ]
    slowest = [max(taken for taken, _ in run["each"]) for run in runs]
    every = [sum(taken for taken, _ in run["each"]) for run in runs]
    grown = [sum(kilobytes for _, kilobytes in run["each"]) for run in runs]
    return [
        Figure(
            "languages: at the start",
            median([run["start"][0] for run in runs]),
            "ms",
            _TIME_LIMIT,
            how="none is read",
        ),
        Figure("  the first message of a language", median(slowest), "ms", how="once"),
        Figure("  all five together", median(every), "ms", _TIME_LIMIT),
        Figure(
            "  memory of all five",
            median(grown) / _KILOBYTE,
            "MB",
            _MEMORY_LIMIT,
        ),
    ]
