"""Home on the repositories of a test, in a Slack that knows whom a test names."""

from collections.abc import Callable
from datetime import datetime

from bot.db.repositories import SqlRepositories
from bot.service import Repositories
from bot.service.deciders import Deciders
from bot.service.home import Home, HomeRepository
from bot.service.ports import Directory
from tests.fakes.directory import FakeDirectory
from tests.fakes.repositories import FakeRepositories


def home_of(
    stored: SqlRepositories | FakeRepositories,
    repository: HomeRepository,
    clock: Callable[[], datetime],
    directory: Directory | None = None,
) -> Home:
    """Return Home, which reads what waits and is open from `repository`."""
    ports = ports_of(stored)
    deciders = Deciders(ports, directory or FakeDirectory(), frozenset(), clock)
    return Home(repository, stored.locks, deciders, clock)


def ports_of(stored: SqlRepositories | FakeRepositories) -> Repositories:
    """Return the repositories as the service takes them."""
    return Repositories(
        aliases=stored.aliases,
        subscriptions=stored.subscriptions,
        rules=stored.rules,
        locks=stored.locks,
        requests=stored.requests,
        events=stored.events,
        deliveries=stored.deliveries,
        release_channels=stored.release_channels,
        proposals=stored.proposals,
        plans=stored.plans,
    )
