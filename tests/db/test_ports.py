"""The repositories have the shape that the service asks for."""

import inspect

import pytest

from bot.db.repositories import SqlRepositories
from bot.service import policy_repositories
from bot.service import repositories as ports
from bot.service.lock_repository import LockRepository
from bot.service.plan_repository import PlanRepository
from bot.service.request_repository import RequestRepository
from tests.db.sample_requests import AllRepositories

PORTS = {
    "aliases": ports.AliasRepository,
    "languages": ports.LanguageRepository,
    "subscriptions": ports.SubscriptionRepository,
    "requests": RequestRepository,
    "operations": ports.OperationRepository,
    "events": ports.EventRepository,
    "deliveries": ports.DeliveryRepository,
    "retention": ports.RetentionRepository,
    "rules": ports.RuleRepository,
    "release_channels": policy_repositories.ReleaseChannelRepository,
    "locks": LockRepository,
    "proposals": policy_repositories.ProposalRepository,
    "plans": PlanRepository,
}


def as_ports(repositories: SqlRepositories) -> AllRepositories:
    """Return the repositories as ports: the type checker compares every method."""
    return repositories


def test_every_repository_port_is_compared() -> None:
    named = {name for name in vars(ports) if name.endswith("Repository")}

    assert named == {port.__name__ for port in PORTS.values()}


@pytest.mark.parametrize("name", PORTS)
def test_the_repositories_have_every_method_of_the_port(
    repositories: AllRepositories, name: str
) -> None:
    methods = inspect.getmembers(PORTS[name], inspect.iscoroutinefunction)

    assert methods
    for method_name, method in methods:
        repository = type(getattr(repositories, name))
        ours = inspect.signature(getattr(repository, method_name))
        assert ours == inspect.signature(method), method_name
