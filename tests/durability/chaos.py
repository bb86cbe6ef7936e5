"""Chaos test: Store and Slack fail at random, and every message must be true.

    python -m tests.durability.chaos [OPERATIONS] [sqlite|postgresql] [short|real]

`short` makes two minutes last three seconds, and the bot's own waits as short; `real`
takes about ten minutes, with the waits that the bot has in earnest.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.db.migrate import migrate
from bot.domain.requests import Request
from bot.domain.results import Done, Moved, Refused, Unavailable, Unknown, result_code
from bot.domain.rollout import Rollout, achieved
from bot.engine import EngineTiming
from bot.sandbox.store.journal import Entry
from tests.durability.bot_process import FAST
from tests.durability.fork_server import ForkServer
from tests.durability.harness import DurabilityHarness, open_harness, until_async
from tests.durability.postgres import postgres

# Some submissions answer nothing but failures for longer than the bot retries.
_ONE_FAILING_IN: Final = 10


@dataclass(frozen=True, slots=True)
class Durations:
    """How long each trouble lasts, in seconds, and how long the bot waits.

    `retry_after` is what the Store asks for while it limits; `timeout` how long the
    test itself waits for each of its parts.
    """

    slack_down: float
    limited: float
    retry_after: float
    timeout: float
    timing: EngineTiming


DURATIONS: Final = {
    # The bot retries for about five seconds, and follows up for ten.
    "short": Durations(
        3.0, 1.5, 0.0, 120.0, replace(FAST, retry_pauses=(0.02, 0.05, 0.1, 0.2, 0.3))
    ),
    "real": Durations(120.0, 60.0, 5.0, 1200.0, EngineTiming()),
}
SHORT: Final = DURATIONS["short"]

AFTER: Final = (
    *("504_after_effect", "reset_after_effect", "html_body", "empty_body"),
    *("truncated_body", "cut_body"),
)
WITHOUT: Final = (
    *("504_without_effect", "reset_without_effect", "503", "500"),
    *("429_with_retry_after", "429_without_retry_after"),
)
_WRITE_FAULTS: Final = 0.6
_READ_FAULTS: Final = 0.3


@dataclass
class ChaosReport:
    """What a chaos test has come to; `false_claims` should be empty."""

    operations: int
    results: dict[str, int]
    effects: int
    faults: int
    corrected: int
    false_claims: list[str]
    seconds: float


async def chaos(
    harness: DurabilityHarness,
    operations: int,
    durations: Durations = SHORT,
    seed: int = 1,
) -> ChaosReport:
    """Confirm many requests while the Store and Slack misbehave."""
    rng = random.Random(seed)  # noqa: S311 - no secret depends on it
    ids = await _cards(harness, operations, rng)
    unlucky = rng.sample(ids, operations // _ONE_FAILING_IN)
    failing = {
        (await harness.request(one)).snapshot.ref.submission_id for one in unlucky
    }
    _inject_faults(harness, rng, failing, durations)
    started = time.monotonic()
    harness.sandbox.slack.arm("chat.postMessage", "lost_answer", times=operations // 10)
    harness.sandbox.slack.arm("chat.update", "lost_answer", times=operations // 10)

    async def press(request_id: str) -> None:
        await asyncio.sleep(rng.uniform(0, durations.slack_down))
        # A click that was answered but could not be stored is pressed again, too.
        while (await harness.request(request_id)).decided_at is None:
            await harness.click(request_id)
            await asyncio.sleep(0.2)

    pressing = [asyncio.create_task(press(one)) for one in ids]
    await asyncio.sleep(0.2)
    harness.sandbox.slack.arm("*", "downtime")
    await asyncio.sleep(durations.slack_down / 2)
    harness.sandbox.store.tokens.revoke_all()
    await asyncio.sleep(durations.slack_down / 2)
    harness.sandbox.slack.workspace.faults.downtime = False
    await asyncio.gather(*pressing)
    await until_async(lambda: _half_posted(harness, unlucky), durations.timeout)
    failing.clear()
    await until_async(harness.all_over, durations.timeout)
    faults = sum(entry.fault is not None for entry in harness.sandbox.store.requests)
    harness.sandbox.store.pipeline.before = None
    await until_async(lambda: _known(harness, ids), durations.timeout)
    return await _report(harness, ids, faults, time.monotonic() - started)


async def _cards(
    harness: DurabilityHarness, operations: int, rng: random.Random
) -> list[str]:
    verbs = ("halt {}", "finalize {}", "set {} 40")
    apps = harness.add_apps(operations)
    return await harness.ask_all(rng.choice(verbs).format(app) for app in apps)


def _inject_faults(
    harness: DurabilityHarness,
    rng: random.Random,
    failing: set[str],
    durations: Durations,
) -> None:
    store, started = harness.sandbox.store, time.monotonic()
    half = durations.slack_down / 2

    async def inject(entry: Entry) -> None:
        write = entry.operation in {"halt", "finalize", "set"}
        if not write and entry.operation not in {"read", "submission"}:
            return
        at = time.monotonic() - started
        faults = AFTER + WITHOUT if write else WITHOUT
        if not failing.isdisjoint(entry.path.split("/")):
            fault = rng.choice(faults)
        elif half < at < half + durations.limited:
            fault = "429_with_retry_after"
        elif rng.random() < (_WRITE_FAULTS if write else _READ_FAULTS):
            fault = rng.choice(faults)
        else:
            return
        seconds = durations.retry_after if fault == "429_with_retry_after" else None
        # Nothing comes between the arming and this call's own effect.
        store.arm(entry.operation, fault, 1, seconds)

    store.pipeline.before = inject


async def _half_posted(harness: DurabilityHarness, ids: list[str]) -> bool:
    posted = [bool(harness.posted(one)) for one in ids]
    return 2 * sum(posted) >= len(posted)


async def _known(harness: DurabilityHarness, ids: list[str]) -> bool:
    """Return whether every Unknown was followed up, and what was found is posted."""
    if not await harness.all_over():
        return False
    results = [(await harness.request(one)).result for one in ids]
    return not any(isinstance(result, Unknown) for result in results)


async def _report(
    harness: DurabilityHarness, ids: list[str], faults: int, seconds: float
) -> ChaosReport:
    results: Counter[str] = Counter()
    false_claims, corrected = [], 0
    for request_id in ids:
        request = await harness.request(request_id)
        assert request.result is not None
        code = result_code(request.result)
        detail = getattr(request.result, "detail", None)
        results[f"{code} ({detail.code})" if detail else code] += 1
        posted = harness.posted(request_id)
        corrected += posted[:1] == ["result:unknown"]
        wrong = _wrong(harness, request)
        if posted[-1:] != [f"result:{code}"] or len(posted) != len(set(posted)):
            wrong = f"the thread has {posted}"
        if "Confirmed by" not in str(harness.cards()[request_id].blocks):
            wrong = "the card does not show the end"
        if wrong:
            false_claims.append(f"{request_id} {request.change} {code}: {wrong}")
    effects = len(harness.effects())
    return ChaosReport(
        len(ids), dict(results), effects, faults, corrected, false_claims, seconds
    )


def _wrong(harness: DurabilityHarness, request: Request) -> str:
    """Compare the claim with what the Store has; return "" where it is true."""
    submission = request.snapshot.ref.submission_id
    now = harness.sandbox.store.submission(submission).rollout
    is_so = achieved(
        Rollout(now.enabled, now.percentage, now.status, now.fallback), request.change
    )
    effects = len(harness.effects(submission))
    match request.result:
        case Done():
            return "" if is_so and effects == 1 else f"{now}, {effects} effects"
        case Unavailable() | Refused() | Moved():
            return "" if not effects and not is_so else f"{now}, {effects} effects"
        case other:
            return f"{other}, {now}, {effects} effects"


async def _main(operations: int, kind: str, durations: Durations) -> ChaosReport:
    with (
        tempfile.TemporaryDirectory() as folder,
        ForkServer(Path(folder)) as fork_server,
    ):
        if kind == "postgresql":
            with postgres() as server:
                async with open_harness(server.database(), fork_server) as harness:
                    await harness.started(timing=durations.timing)
                    await harness.started(timing=durations.timing)
                    return await chaos(harness, operations, durations)
        url = f"sqlite:///{folder}/rollout.db"
        migrate(url)
        async with open_harness(url, fork_server) as harness:
            await harness.started(timing=durations.timing)
            return await chaos(harness, operations, durations)


def main(arguments: list[str]) -> None:
    """Run a chaos test and print its report."""
    words = [*arguments, *("500", "sqlite", "short")[len(arguments) :]]
    report = asyncio.run(_main(int(words[0]), words[1], DURATIONS[words[2]]))
    print(report)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
