"""Everything goes wrong at once: whatever is said in the end is what the Store shows.

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
from tests.durability.harness import Scene, scene, until_async
from tests.durability.killed_processes import Nursery
from tests.durability.postgres import postgres

# Some submissions answer nothing but failures for longer than anybody looks.
_ONE_CURSED_IN: Final = 10


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long each trouble lasts, in seconds, and how long the bot waits.

    `retry_after` is what the Store asks for while it limits; `patience` how long the
    chaos itself waits for each of its turns.
    """

    slack_down: float
    limited: float
    retry_after: float
    patience: float
    timing: EngineTiming


LENGTHS: Final = {
    # The bot looks for about five seconds, and follows up for ten.
    "short": Lengths(
        3.0, 1.5, 0.0, 120.0, replace(FAST, retry_pauses=(0.02, 0.05, 0.1, 0.2, 0.3))
    ),
    "real": Lengths(120.0, 60.0, 5.0, 1200.0, EngineTiming()),
}
SHORT: Final = LENGTHS["short"]

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
class Ending:
    """What the chaos has come to; `lies` names what was said and is not so."""

    operations: int
    results: dict[str, int]
    effects: int
    faults: int
    corrected: int
    lies: list[str]
    seconds: float


async def chaos(
    stage: Scene, operations: int, lengths: Lengths = SHORT, seed: int = 1
) -> Ending:
    """Confirm many requests while the Store and Slack misbehave."""
    dice = random.Random(seed)  # noqa: S311 - chaos is no secret
    ids = await _cards(stage, operations, dice)
    unlucky = dice.sample(ids, operations // _ONE_CURSED_IN)
    cursed = {(await stage.request(one)).snapshot.ref.submission_id for one in unlucky}
    _misbehave(stage, dice, cursed, lengths)
    started = time.monotonic()
    stage.sandbox.slack.arm("chat.postMessage", "lost_answer", times=operations // 10)
    stage.sandbox.slack.arm("chat.update", "lost_answer", times=operations // 10)

    async def press(request_id: str) -> None:
        await asyncio.sleep(dice.uniform(0, lengths.slack_down))
        # A click that was answered but could not be stored is pressed again, too.
        while (await stage.request(request_id)).decided_at is None:
            await stage.click(request_id)
            await asyncio.sleep(0.2)

    pressing = [asyncio.create_task(press(one)) for one in ids]
    await asyncio.sleep(0.2)
    stage.sandbox.slack.arm("*", "downtime")
    await asyncio.sleep(lengths.slack_down / 2)
    stage.sandbox.store.tokens.revoke_all()
    await asyncio.sleep(lengths.slack_down / 2)
    stage.sandbox.slack.workspace.faults.downtime = False
    await asyncio.gather(*pressing)
    await until_async(lambda: _half_told(stage, unlucky), lengths.patience)
    cursed.clear()
    await until_async(stage.all_over, lengths.patience)
    faults = sum(entry.fault is not None for entry in stage.sandbox.store.requests)
    stage.sandbox.store.pipeline.before = None
    await until_async(lambda: _known(stage, ids), lengths.patience)
    return await _look(stage, ids, faults, time.monotonic() - started)


async def _cards(stage: Scene, operations: int, dice: random.Random) -> list[str]:
    verbs = ("halt {}", "finalize {}", "set {} 40")
    apps = stage.add_apps(operations)
    return await stage.ask_all(dice.choice(verbs).format(app) for app in apps)


def _misbehave(
    stage: Scene, dice: random.Random, cursed: set[str], lengths: Lengths
) -> None:
    store, started = stage.sandbox.store, time.monotonic()
    half = lengths.slack_down / 2

    async def strike(entry: Entry) -> None:
        write = entry.operation in {"halt", "finalize", "set"}
        if not write and entry.operation not in {"read", "submission"}:
            return
        at = time.monotonic() - started
        faults = AFTER + WITHOUT if write else WITHOUT
        if not cursed.isdisjoint(entry.path.split("/")):
            fault = dice.choice(faults)
        elif half < at < half + lengths.limited:
            fault = "429_with_retry_after"
        elif dice.random() < (_WRITE_FAULTS if write else _READ_FAULTS):
            fault = dice.choice(faults)
        else:
            return
        seconds = lengths.retry_after if fault == "429_with_retry_after" else None
        # Nothing comes between the arming and this call's own effect.
        store.arm(entry.operation, fault, 1, seconds)

    store.pipeline.before = strike


async def _half_told(stage: Scene, ids: list[str]) -> bool:
    told = [bool(stage.told(one)) for one in ids]
    return 2 * sum(told) >= len(told)


async def _known(stage: Scene, ids: list[str]) -> bool:
    """Return whether every Unknown was followed up, and what was found is told."""
    if not await stage.all_over():
        return False
    results = [(await stage.request(one)).result for one in ids]
    return not any(isinstance(result, Unknown) for result in results)


async def _look(stage: Scene, ids: list[str], faults: int, seconds: float) -> Ending:
    results: Counter[str] = Counter()
    lies, corrected = [], 0
    for request_id in ids:
        request = await stage.request(request_id)
        assert request.result is not None
        code = result_code(request.result)
        detail = getattr(request.result, "detail", None)
        results[f"{code} ({detail.code})" if detail else code] += 1
        told = stage.told(request_id)
        corrected += told[:1] == ["result:unknown"]
        wrong = _wrong(stage, request)
        if told[-1:] != [f"result:{code}"] or len(told) != len(set(told)):
            wrong = f"the thread says {told}"
        if "Details are in the thread" not in str(stage.cards()[request_id].blocks):
            wrong = "the card does not show the end"
        if wrong:
            lies.append(f"{request_id} {request.change} {code}: {wrong}")
    effects = len(stage.effects())
    return Ending(len(ids), dict(results), effects, faults, corrected, lies, seconds)


def _wrong(stage: Scene, request: Request) -> str:
    """Compare what was said with what the Store has; empty where it is so."""
    submission = request.snapshot.ref.submission_id
    now = stage.sandbox.store.submission(submission).rollout
    is_so = achieved(
        Rollout(now.enabled, now.percentage, now.status, now.fallback), request.change
    )
    effects = len(stage.effects(submission))
    match request.result:
        case Done():
            return "" if is_so and effects == 1 else f"{now}, {effects} effects"
        case Unavailable() | Refused() | Moved():
            return "" if not effects and not is_so else f"{now}, {effects} effects"
        case other:
            return f"{other}, {now}, {effects} effects"


async def _main(operations: int, kind: str, lengths: Lengths) -> Ending:
    with tempfile.TemporaryDirectory() as folder, Nursery(Path(folder)) as nursery:
        if kind == "postgresql":
            with postgres() as server:
                async with scene(server.database(), nursery) as stage:
                    await stage.started(engine_timing=lengths.timing)
                    await stage.started(engine_timing=lengths.timing)
                    return await chaos(stage, operations, lengths)
        url = f"sqlite+aiosqlite:///{folder}/rollout.db"
        migrate(url)
        async with scene(url, nursery) as stage:
            await stage.started(engine_timing=lengths.timing)
            return await chaos(stage, operations, lengths)


def main(arguments: list[str]) -> None:
    """Let it happen and say what it came to."""
    words = [*arguments, *("500", "sqlite", "short")[len(arguments) :]]
    ending = asyncio.run(_main(int(words[0]), words[1], LENGTHS[words[2]]))
    print(ending)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(sys.argv[1:])
