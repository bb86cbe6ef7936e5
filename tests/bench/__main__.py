"""Benchmark of the bot: `python -m tests.bench` prints a table of figures.

It needs no account and no network: the Store and Slack are lean ones on loopback. The
bot runs as a process of its own on the last core, everything else on the others.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.bench import (
    acks,
    languages,
    operations,
    policy,
    pressing,
    ramps,
    recovering,
    sizes,
    starting,
    watching,
    year,
)
from tests.bench.figures import Figure, Report, machine
from tests.bench.harness import QUICK, Amounts, BenchHarness
from tests.bench.peers import Peers
from tests.bench.processes import keep_off_the_servers_core, server_core
from tests.bench.seeding import Postgres
from tests.databases import KINDS
from tests.postgresql import running

Measurement = Callable[[BenchHarness], Awaitable[list[Figure]]]

MEASUREMENTS: Final[dict[str, Measurement]] = {
    "commands": acks.commands,
    "clicks": acks.clicks,
    "press": pressing.measure,
    "policy": policy.measure,
    "ramps": ramps.measure,
    "operations": operations.measure,
    "start": starting.measure,
    "memory": starting.memory,
    "languages": languages.measure,
    "recovery": recovering.measure,
    "sizes": sizes.measure,
    "watching": watching.measure,
    "year": year.measure,
}
SIZES: Final = (10, 10_000, 1_000_000)
QUICK_SIZES: Final = (10, 1_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return 0, whatever the figures are."""
    options = _parser().parse_args(arguments)
    options.database = tuple(options.database or KINDS)
    logging.basicConfig(level="WARNING")
    names = options.only or list(MEASUREMENTS)
    with tempfile.TemporaryDirectory(
        prefix="rollout-bench-", ignore_cleanup_errors=True
    ) as folder:
        keep_off_the_servers_core()
        with ExitStack() as closing:
            postgres = None
            if "postgresql" in options.database:
                postgres = Postgres(closing.enter_context(running()))
                postgres.wait_for_the_disk()
            report = asyncio.run(_run(options, names, Path(folder), postgres))
    sys.stdout.write(f"{report.table()}\n")
    if options.json:
        report.save(options.json)
    return 0


async def _run(
    options: argparse.Namespace,
    names: Sequence[str],
    folder: Path,
    postgres: Postgres | None,
) -> Report:
    report = Report({"machine": machine()})
    core = server_core()
    report.conditions["core of the bot"] = "shared" if core is None else str(core)
    if postgres is not None:
        report.conditions["PostgreSQL"] = postgres.conditions()
    report.conditions["SQLite"] = "journal_mode WAL, synchronous FULL"
    peers = Peers(folder)
    peers.store_latency = options.store_ms / 1000
    peers.slack_latency = options.slack_ms / 1000
    report.conditions["latency"] = (
        f"Store {options.store_ms:g} ms, Slack {options.slack_ms:g} ms"
    )
    await peers.start()
    harness = BenchHarness(
        folder,
        peers,
        postgres,
        options.database,
        tuple(options.sizes or (QUICK_SIZES if options.quick else SIZES)),
        QUICK if options.quick else Amounts(),
    )
    try:
        for name in names:
            sys.stderr.write(f"measuring {name} …\n")
            report.add(await MEASUREMENTS[name](harness))
    finally:
        await peers.stop()
    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure what the bot costs."
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASUREMENTS,
        help="measure this alone; may be given several times",
    )
    parser.add_argument(
        "--database", action="append", choices=KINDS, help="this database alone"
    )
    parser.add_argument(
        "--sizes",
        type=lambda text: [int(size) for size in text.split(",")],
        metavar="N,N,…",
        help="how many aliases and past requests, for the measurement `sizes`",
    )
    parser.add_argument("--quick", action="store_true", help="a few of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    for peer in ("store", "slack"):
        parser.add_argument(
            f"--{peer}-ms",
            type=float,
            default=0.0,
            metavar="MS",
            help=f"how long the local {peer.title()} takes to answer (default: 0)",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
