"""What a scrape shows: names, types, labels, and what it does without the database."""

import asyncio
import re
import timeit
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from prometheus_client import REGISTRY

from bot import __version__, metrics
from bot.db.backlog import Backlog, read_backlog
from bot.db.session import Database
from bot.domain.clock import monotonic, pressed
from bot.domain.storage import StorageUnavailable
from bot.metrics import Metrics
from bot.web import HttpServer
from tests.metrics.alert_rules import README, families, fires, read, rules
from tests.ports import free_port

BACKLOG = Backlog(
    followed=7,
    overdue=timedelta(seconds=90),
    failing=2,
    notices=3,
    oldest_notice=timedelta(minutes=2),
    operations=1,
    ramps=5,
    held_ramps=2,
    overdue_step=timedelta(seconds=30),
)
UP = ("rollout_database_up", frozenset[tuple[str, str]]())
ROW = re.compile(r"^\| (`rollout_.+?) \|", re.MULTILINE)


@dataclass
class Scraped:
    """Metrics behind a real HTTP server."""

    metrics: Metrics
    address: str
    session: aiohttp.ClientSession
    answers: list[aiohttp.ClientResponse] = field(default_factory=list)

    async def scrape(self) -> str:
        async with self.session.get(self.address) as response:
            self.answers.append(response)
            assert response.status == 200
            return await response.text()


async def known() -> Backlog:
    return BACKLOG


@asynccontextmanager
async def serving(
    read_backlog: Callable[[], Awaitable[Backlog]] = known,
) -> AsyncIterator[Scraped]:
    served = Metrics(read_backlog, lambda: 12)
    server = HttpServer(served.routes())
    await server.start("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        yield Scraped(served, f"http://127.0.0.1:{server.port}/metrics", session)
    await server.stop()


def used() -> Metrics:
    """Return metrics of which each part was told something."""
    told = Metrics(known, lambda: 12)
    use(told)
    return told


def use(told: Metrics) -> None:
    told.operation_ended("halt", "done")
    told.request_ended("operation", "200")
    told.slack_called("chat.postMessage", "ok")
    with pressed(monotonic()):
        told.write_sent()


async def test_a_scrape_shows_what_the_parts_have_told() -> None:
    async with serving() as served:
        use(served.metrics)
        found = read(await served.scrape())

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert value("rollout_operations_total", verb="halt", outcome="done") == 1
    assert value("rollout_operations_total", verb="set", outcome="unknown") == 0
    assert value("rollout_store_requests_total", priority="operation", status="200")
    assert value("rollout_slack_calls_total", method="chat.postMessage", result="ok")
    assert value("rollout_click_to_post_seconds_count") == 1
    assert value("rollout_click_to_post_seconds_bucket", le="0.1") == 1
    assert value("rollout_store_budget_remaining") == 12
    assert value("rollout_targets_followed") == 7
    assert value("rollout_watch_lag_seconds") == 90
    assert value("rollout_observations_failing") == 2
    assert value("rollout_notices_waiting") == 3
    assert value("rollout_notices_oldest_seconds") == 120
    assert value("rollout_engine_backlog") == 1
    assert value("rollout_ramps_live") == 5
    assert value("rollout_ramps_held") == 2
    assert value("rollout_ramp_lag_seconds") == 30
    assert value("rollout_database_up") == 1
    assert value("rollout_build_info", version=__version__) == 1


async def test_names_and_types_follow_the_conventions_of_prometheus() -> None:
    # https://prometheus.io/docs/practices/naming/
    async with serving() as served:
        use(served.metrics)
        text = await served.scrape()

    for family in families(text):
        assert re.fullmatch(r"rollout(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            assert not sample.name.endswith("_created")
        assert not re.search(r"(milli|micro|minute|hour|percent|_ms\b)", family.name)
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
    assert served.answers[0].headers["Content-Type"].startswith("text/plain; version=")


async def test_no_label_is_an_id_of_anything() -> None:
    async with serving() as served:
        use(served.metrics)
        text = await served.scrape()

    labels = {
        name
        for family in families(text)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {
        *("verb", "outcome", "priority", "status", "method", "result"),
        *("version", "le"),
    }


async def test_the_readme_has_every_metric_and_no_other() -> None:
    async with serving() as served:
        use(served.metrics)
        text = await served.scrape()

    named = {
        re.sub(r"\{.*", "", name)
        for row in ROW.findall(README.read_text(encoding="utf-8"))
        for name in re.findall(r"`(.+?)`", row)
    }
    # The parser leaves out the ending of a counter.
    assert named == {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families(text)
    }


def test_the_readme_has_three_rules_about_metrics_that_there_are() -> None:
    assert len(rules()) == 3
    for expression in rules().values():
        assert not fires(expression, {}, {})
        assert "rollout_" in expression


async def test_only_the_first_write_of_a_press_is_measured() -> None:
    async with serving() as served:
        served.metrics.write_sent()
        with pressed(monotonic() - 3):
            task = asyncio.create_task(begun_by_a_press(served.metrics))
        await task
        served.metrics.write_sent()
        found = read(await served.scrape())

    assert found["rollout_click_to_post_seconds_count", frozenset()] == 1
    assert 3 <= found["rollout_click_to_post_seconds_sum", frozenset()] < 60


async def begun_by_a_press(told: Metrics) -> None:
    """Send a write, and another one after it."""
    told.write_sent()
    told.write_sent()


@pytest.mark.parametrize("error", [StorageUnavailable("away"), KeyError("a bug")])
async def test_without_the_database_the_rest_is_shown(error: Exception) -> None:
    async def away() -> Backlog:
        raise error

    async with serving(away) as served:
        use(served.metrics)
        found = read(await served.scrape())

    assert found[UP] == 0
    assert found["rollout_store_budget_remaining", frozenset()] == 12
    assert ("rollout_watch_lag_seconds", frozenset()) not in found
    assert ("rollout_notices_waiting", frozenset()) not in found


async def test_a_database_that_hangs_does_not_hold_up_a_scrape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "DATABASE_SECONDS", 0.05)
    goes_on = asyncio.Event()
    asked = 0

    async def hang() -> Backlog:
        nonlocal asked
        asked += 1
        await goes_on.wait()
        return BACKLOG

    async with serving(hang) as served:
        hung = [read(await served.scrape()) for _ in range(3)]
        assert asked == 1
        goes_on.set()
        async with asyncio.timeout(60):
            while not read(await served.scrape())[UP]:
                await asyncio.sleep(0.05)

    assert [one[UP] for one in hung] == [0, 0, 0]


async def test_a_server_that_refuses_or_says_nothing_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "DATABASE_SECONDS", 0.2)
    taken: list[asyncio.StreamWriter] = []

    async def say_nothing(
        _: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        taken.append(writer)

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    listening = silent.sockets[0].getsockname()[1]
    async with silent:
        for port in (listening, free_port()):
            database = Database(f"postgresql+psycopg://bot@127.0.0.1:{port}/rollout")

            async def read_backlog_there(there: Database = database) -> Backlog:
                return await read_backlog(there, datetime.now(UTC))

            async with serving(read_backlog_there) as served:
                assert read(await served.scrape())[UP] == 0
            await database.close()
        assert taken
        for writer in taken:
            writer.close()
            await writer.wait_closed()


async def test_many_scrapes_read_the_database_once_a_second() -> None:
    asked = 0

    async def count() -> Backlog:
        nonlocal asked
        asked += 1
        return BACKLOG

    async with serving(count) as served:
        started = monotonic()
        await asyncio.gather(*(served.scrape() for _ in range(50)))
        took = monotonic() - started

    assert asked <= 1 + took


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
async def test_only_a_get_is_answered(method: str) -> None:
    async with (
        serving() as served,
        served.session.request(method, served.address) as response,
    ):
        assert response.status == 405


async def test_each_bot_counts_for_itself() -> None:
    used()

    async with serving() as served:
        found = read(await served.scrape())

    done = frozenset({("verb", "halt"), ("outcome", "done")})
    assert found["rollout_operations_total", done] == 0
    assert not [f for f in REGISTRY.collect() if f.name.startswith("rollout")]


@pytest.mark.parametrize(
    "observe",
    [
        lambda told: told.operation_ended("halt", "done"),
        lambda told: told.request_ended("watching", "200"),
        lambda told: told.slack_called("chat.update", "ok"),
        lambda told: told.write_sent(),
    ],
)
def test_to_observe_takes_less_than_ten_microseconds(
    observe: Callable[[Metrics], None],
) -> None:
    told, times = used(), 2000

    # The least of several rounds is what it costs where nothing else runs.
    seconds = min(timeit.repeat(lambda: observe(told), number=times, repeat=10))

    assert seconds / times < 10e-6
