"""Fakes of everything around the service: a Store, repositories, an engine, a Slack."""

from tests.fakes.directory import FakeDirectory
from tests.fakes.memory import Memory
from tests.fakes.operations import FakeOperations
from tests.fakes.outbound import FakeStarter
from tests.fakes.repositories import (
    FakeAliases,
    FakeDeliveries,
    FakeEvents,
    FakeRepositories,
)
from tests.fakes.requests import FakeRequests
from tests.fakes.samples import (
    ANN,
    BETA,
    BOB,
    DRAFT_ID,
    FALLBACK,
    FINAL,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    PLAIN,
    PUBLISHED_ID,
    QUARTER,
    WAITING,
    asked,
    authorised,
    count_all,
    ref_of,
)
from tests.fakes.service import FakeService, fake_service
from tests.fakes.store import Call, FakeStore, Step

__all__ = [
    "ANN",
    "BETA",
    "BOB",
    "DRAFT_ID",
    "FALLBACK",
    "FINAL",
    "GOING",
    "GUEST",
    "HALTED",
    "MAIL",
    "MAIN",
    "NOON",
    "PLACE",
    "PLAIN",
    "PUBLISHED_ID",
    "QUARTER",
    "WAITING",
    "Call",
    "FakeAliases",
    "FakeDeliveries",
    "FakeDirectory",
    "FakeEvents",
    "FakeOperations",
    "FakeRepositories",
    "FakeRequests",
    "FakeService",
    "FakeStarter",
    "FakeStore",
    "Memory",
    "Step",
    "asked",
    "authorised",
    "count_all",
    "fake_service",
    "ref_of",
]
