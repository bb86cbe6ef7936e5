"""The records have the shape that the service asks for."""

import inspect

import pytest

from bot.db.repositories import Repositories
from bot.service.ports import Aliases, Deliveries, Requests


def as_ports(repositories: Repositories) -> tuple[Aliases, Requests, Deliveries]:
    """Hand the records out as ports: the type checker compares every method."""
    return repositories, repositories, repositories


@pytest.mark.parametrize("port", [Aliases, Requests, Deliveries])
def test_the_records_have_every_method_of_the_port(port: type) -> None:
    methods = inspect.getmembers(port, inspect.iscoroutinefunction)

    assert methods
    for name, method in methods:
        ours = inspect.signature(getattr(Repositories, name))
        assert ours == inspect.signature(method), name
