"""What an observer is told of each request to the Store."""

from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.domain.failures import StoreError
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from bot.store import Priority, StoreClient
from tests.ports import free_port
from tests.store.scripted_store import HASTY, Keys, ScriptedStore, reset, slow
from tests.store.test_store_client import HALTED, REF, ROLLOUT


@dataclass
class Noted:
    """What was told, in its order."""

    told: list[tuple[str, ...]] = field(default_factory=list)

    def write_sent(self) -> None:
        self.told.append(("write",))

    def request_ended(self, priority: str, status: str) -> None:
        self.told.append((priority, status))


@pytest.fixture
def noted() -> Noted:
    return Noted()


def observed(
    session: aiohttp.ClientSession, keys: Keys, address: str, noted: Noted
) -> StoreClient:
    return StoreClient(
        session,
        keys,
        address,
        timeouts=HASTY,
        priority=Priority.CARD,
        observer=noted,
    )


async def test_each_request_is_told_with_its_priority_and_status(
    session: aiohttp.ClientSession, keys: Keys, store: ScriptedStore, noted: Noted
) -> None:
    client = observed(session, keys, store.address, noted)
    store.will_reply(503, b"")
    store.will_reply(200, ROLLOUT)
    store.will_reply(200, HALTED)

    await client.get_rollout(REF)
    await client.change_rollout(REF, Change(Verb.HALT))

    assert noted.told == [("card", "503"), ("card", "200"), ("write",), ("card", "200")]


@pytest.mark.parametrize("status", ["timeout", "error"])
async def test_a_request_without_a_response_is_told_too(
    session: aiohttp.ClientSession,
    keys: Keys,
    store: ScriptedStore,
    noted: Noted,
    status: str,
) -> None:
    client = observed(session, keys, store.address, noted)
    store.will(slow() if status == "timeout" else reset())

    with pytest.raises(StoreError):
        await client.change_rollout(REF, Change(Verb.HALT))

    assert noted.told == [("write",), ("card", status)]


async def test_a_store_that_cannot_be_reached_is_an_error(
    session: aiohttp.ClientSession, keys: Keys, noted: Noted
) -> None:
    client = observed(session, keys, f"http://127.0.0.1:{free_port()}", noted)

    with pytest.raises(StoreError):
        await client.change_rollout(REF, Change(Verb.HALT))

    assert noted.told == [("write",), ("card", "error")]
