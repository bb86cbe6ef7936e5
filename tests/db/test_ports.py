"""The records have the shape that the service asks for."""

import inspect

import pytest

from bot.db.repositories import Records
from bot.service.ports import Aliases, Deliveries, Requests


def as_ports(records: Records) -> tuple[Aliases, Requests, Deliveries]:
    """Hand the records out as ports: the type checker compares every method."""
    return records, records, records


@pytest.mark.parametrize("port", [Aliases, Requests, Deliveries])
def test_the_records_have_every_method_of_the_port(port: type) -> None:
    methods = inspect.getmembers(port, inspect.iscoroutinefunction)

    assert methods
    for name, method in methods:
        ours = inspect.signature(getattr(Records, name))
        assert ours == inspect.signature(method), name
