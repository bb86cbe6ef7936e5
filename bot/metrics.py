"""Metrics: what `/metrics` answers, in the text format that Prometheus reads.

The counters are of this process, from its start. What the database knows is the same in
every replica; it is read when somebody asks, at most once a second for all who do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from itertools import product
from typing import Final

from aiohttp import hdrs, web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    Metric,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot import __version__
from bot.db.backlog import Backlog
from bot.domain.clock import monotonic, take_press
from bot.domain.results import CODES
from bot.domain.storage import StorageUnavailable
from bot.domain.verbs import Verb
from bot.web import SharedCheck

METRICS_PATH: Final = "/metrics"
# How long a scrape waits for the database; Prometheus itself waits ten seconds.
DATABASE_SECONDS: Final = 2.0
# A press whose request goes out at once takes some milliseconds; one that has to sign
# in, or to read first, takes seconds.
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_CREATED: Final = "_created"

_BACKLOG: Final[tuple[tuple[str, str, Callable[[Backlog], float]], ...]] = (
    (
        "rollout_targets_followed",
        "Apps and flights that some channel follows.",
        lambda backlog: backlog.followed,
    ),
    (
        "rollout_watch_lag_seconds",
        "How long the most overdue look at a followed target has been due.",
        lambda backlog: backlog.overdue.total_seconds(),
    ),
    (
        "rollout_observations_failing",
        "Followed targets whose last look was in vain.",
        lambda backlog: backlog.failing,
    ),
    (
        "rollout_notices_waiting",
        "Notices that are not posted yet.",
        lambda backlog: backlog.notices,
    ),
    (
        "rollout_notices_oldest_seconds",
        "Age of the oldest notice that is not posted yet.",
        lambda backlog: backlog.oldest_notice.total_seconds(),
    ),
    (
        "rollout_engine_backlog",
        "Operations that are decided and not over.",
        lambda backlog: backlog.operations,
    ),
    (
        "rollout_ramps_live",
        "Ramps that have not ended.",
        lambda backlog: backlog.ramps,
    ),
    (
        "rollout_ramps_held",
        "Ramps that wait for a person's decision.",
        lambda backlog: backlog.held_ramps,
    ),
    (
        "rollout_ramp_lag_seconds",
        "How long the most overdue step of a ramp has been due.",
        lambda backlog: backlog.overdue_step.total_seconds(),
    ),
)

_log = logging.getLogger("bot")


class Metrics:
    """The metrics of one bot: its parts tell what they do, and `/metrics` answers.

    `read` reads the backlog; `budget_left` is how many requests to the Store are left
    of this minute. An observer's method takes microseconds and never raises.
    """

    def __init__(
        self, read: Callable[[], Awaitable[Backlog]], budget_left: Callable[[], int]
    ) -> None:
        self._read = read
        self._read_shared = SharedCheck(self._read_backlog)
        self._backlog: Backlog | None = None
        registry = CollectorRegistry()
        self._operations = Counter(
            "rollout_operations_total",
            "Operations that have ended, and how; a corrected end counts again.",
            ("verb", "outcome"),
            registry=registry,
        )
        # increase() takes a series that appears with 1 for one that has always been so.
        for labels in product(Verb, CODES.values()):
            self._operations.labels(*labels)
        self._click_to_post = Histogram(
            "rollout_click_to_post_seconds",
            "From the press of a button to the first request that changes the Store.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._store_requests = Counter(
            "rollout_store_requests_total",
            "Requests to the Store, and the HTTP status of the response.",
            ("priority", "status"),
            registry=registry,
        )
        self._slack_calls = Counter(
            "rollout_slack_calls_total",
            "Calls of Slack's Web API, and what came of them.",
            ("method", "result"),
            registry=registry,
        )
        Gauge(
            "rollout_store_budget_remaining",
            "Requests to the Store that the last minute has left of the limit.",
            registry=registry,
        ).set_function(budget_left)
        Info("rollout_build", "The version that runs.", registry=registry).info(
            {"version": __version__}
        )
        self._scraped = _Scraped(registry, lambda: self._backlog)

    def operation_ended(self, verb: str, outcome: str) -> None:
        """Count an operation that has ended, or whose end was corrected."""
        self._operations.labels(verb, outcome).inc()

    def write_sent(self) -> None:
        """Measure how long the press waited for its first write to the Store."""
        pressed_at = take_press()
        if pressed_at is not None:
            self._click_to_post.observe(monotonic() - pressed_at)

    def request_ended(self, priority: str, status: str) -> None:
        """Count a request to the Store."""
        self._store_requests.labels(priority, status).inc()

    def slack_called(self, method: str, result: str) -> None:
        """Count a call of Slack."""
        self._slack_calls.labels(method, result).inc()

    def routes(self) -> list[web.RouteDef]:
        """Return the route that Prometheus asks."""
        return [web.get(METRICS_PATH, self._answer, allow_head=False)]

    async def _answer(self, _: web.Request) -> web.Response:
        try:
            # A driver that is told to give up may take its time for that.
            async with asyncio.timeout(DATABASE_SECONDS):
                await self._read_shared()
        except (StorageUnavailable, TimeoutError):
            self._backlog = None
        except Exception:  # noqa: BLE001 - the rest is still to be seen
            _log.exception("the backlog cannot be read")
            self._backlog = None
        return web.Response(
            body=generate_latest(self._scraped),
            headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST},
        )

    async def _read_backlog(self) -> None:
        async with asyncio.timeout(DATABASE_SECONDS):
            self._backlog = await self._read()


class _Scraped(Collector):
    """What one scrape shows: the registry, and the backlog where it could be read."""

    def __init__(
        self, registry: CollectorRegistry, backlog: Callable[[], Backlog | None]
    ) -> None:
        self._registry = registry
        self._backlog = backlog

    def collect(self) -> Iterable[Metric]:
        """Return all metrics, without the library's times of creation."""
        for metric in self._registry.collect():
            metric.samples = [
                sample
                for sample in metric.samples
                if not sample.name.endswith(_CREATED)
            ]
            yield metric
        backlog = self._backlog()
        yield GaugeMetricFamily(
            "rollout_database_up",
            "Whether the database has answered this scrape.",
            value=float(backlog is not None),
        )
        if backlog is not None:
            for name, text, value in _BACKLOG:
                yield GaugeMetricFamily(name, text, value=value(backlog))
