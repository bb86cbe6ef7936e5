"""Cards as the messenger's tests need them: just posted, and with an operation."""

from dataclasses import replace

import pytest

from bot.domain.requests import Request
from bot.domain.results import Done
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.messenger import Messenger
from tests.fakes import FakeRequests, Memory
from tests.slack.sample_requests import HALTED, NOW, RUNNING, request
from tests.translators import IN_ENGLISH

DONE = Done(RUNNING, HALTED)


@pytest.fixture
def memory() -> Memory:
    """Return what the messenger's requests are stored in."""
    return Memory()


@pytest.fixture
def messenger(clients: WorkspaceClients, memory: Memory) -> Messenger:
    """Return a messenger on the local Slack that reads requests from `memory`."""
    return Messenger(clients, FakeRequests(memory), IN_ENGLISH, NOW)


def store(memory: Memory, stored: Request) -> Request:
    """Store a request, and its operation where it has one, as it stands."""
    memory.requests[stored.id] = replace(stored, operation=None)
    if stored.operation is not None:
        memory.operations[stored.operation.id] = stored.operation
    return stored


def finished(card: str | None, **changes: object) -> Request:
    """Return a halted request whose card stands as the message `card`."""
    done = request(result=DONE, card=card)
    return replace(done, **changes)  # type: ignore[arg-type]


async def posted(messenger: Messenger) -> str:
    """Post the card of a new request, and return its timestamp."""
    return await messenger.post_card(request())
