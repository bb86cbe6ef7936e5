"""Fixtures: the client, and a Store that answers as a test has written down."""

import gc
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.authority import LocalAuthority
from bot.sandbox.certificate import certificate
from bot.sandbox.store import LocalStore
from bot.store import StoreClient, Tokens
from tests.store.authorities import SECRET, tokens_of
from tests.store.scripted_store import (
    HASTY,
    QUICK,
    Keys,
    ScriptedStore,
    serving,
)


@pytest.fixture
async def store() -> AsyncIterator[ScriptedStore]:
    """Return a Store that waits for its script."""
    scripted = ScriptedStore()
    async with serving(scripted):
        yield scripted


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return the session that a process shares."""
    async with aiohttp.ClientSession() as shared:
        yield shared


@pytest.fixture
def keys() -> Keys:
    """Return tokens without a sign-in service."""
    return Keys()


@pytest.fixture
def client(
    session: aiohttp.ClientSession, store: ScriptedStore, keys: Keys
) -> StoreClient:
    """Return the client under test, which makes short pauses."""
    return StoreClient(session, keys, store.address, timeouts=QUICK)


@pytest.fixture
def hasty_client(
    session: aiohttp.ClientSession, store: ScriptedStore, keys: Keys
) -> StoreClient:
    """Return a client that does not wait long for an answer."""
    return StoreClient(session, keys, store.address, timeouts=HASTY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep one certificate for all tests."""
    return tmp_path_factory.mktemp("authority")


@pytest.fixture
def local_store() -> LocalStore:
    return LocalStore()


@pytest.fixture
async def authority(
    local_store: LocalStore, folder: Path
) -> AsyncIterator[LocalAuthority]:
    local = LocalAuthority(local_store, folder)
    local.credentials = replace(local.credentials, secret=SECRET)
    await local.start()
    yield local
    local_store.close()
    await local.stop()


@pytest.fixture
def tokens(authority: LocalAuthority) -> Tokens:
    return tokens_of(authority)


@pytest.fixture
async def odd(folder: Path) -> AsyncIterator[ScriptedStore]:
    """Return an authority that answers as the test has written down."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate(folder).server_file)
    scripted = ScriptedStore()
    async with serving(scripted, context):
        yield scripted


@pytest.fixture
def quiet_memory() -> Iterator[None]:
    """Keep Python from clearing up while a test nests to the end of the stack.

    A finalizer that is called there finds no room to run, and another test's rubbish
    would fail this one.
    """
    gc.collect()
    gc.disable()
    yield
    gc.enable()
