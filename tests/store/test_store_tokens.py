"""Tokens through the real msal: one acquisition for all, and another after a 401."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from aiohttp import web

from bot.domain.failures import (
    AuthenticationError,
    UnavailableError,
)
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.store import LocalStore
from bot.store import Tokens
from tests.store.authorities import (
    HOUR,
    discovery,
    tokens_from,
    tokens_of,
)
from tests.store.scripted_store import ScriptedStore, reply


def asked(store: LocalStore) -> list[str]:
    """Return the operations that the authority has seen."""
    return [entry.operation for entry in store.requests]


# One acquisition.


async def test_a_token_opens_the_store_and_is_kept(
    tokens: Tokens, local_store: LocalStore
) -> None:
    first, second = await tokens.token(), await tokens.token()

    assert first == second
    assert local_store.tokens.accepts(f"Bearer {first}")
    assert asked(local_store) == ["discovery", "token"]


async def test_nothing_is_asked_before_a_token_is_wanted(
    tokens: Tokens, local_store: LocalStore
) -> None:
    assert tokens
    assert asked(local_store) == []


async def test_many_waiters_share_one_acquisition(
    tokens: Tokens, local_store: LocalStore
) -> None:
    given = await asyncio.gather(*(tokens.token() for _ in range(30)))

    assert len(set(given)) == 1
    assert asked(local_store) == ["discovery", "token"]


async def test_a_waiter_that_gives_up_takes_nothing_from_the_others(
    tokens: Tokens, local_store: LocalStore
) -> None:
    local_store.latency = 0.5
    impatient = asyncio.create_task(tokens.token())
    patient = asyncio.create_task(tokens.token())
    await asyncio.sleep(0.02)

    impatient.cancel()

    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await patient
    assert asked(local_store) == ["discovery", "token"]


async def test_an_acquisition_that_nobody_waits_for_is_not_in_vain(
    tokens: Tokens, local_store: LocalStore
) -> None:
    local_store.latency = 0.5
    waiter = asyncio.create_task(tokens.token())
    await asyncio.sleep(0.02)
    waiter.cancel()

    assert await tokens.token()

    assert asked(local_store) == ["discovery", "token"]


async def test_every_waiter_hears_of_a_failure(
    authority: LocalAuthority, local_store: LocalStore
) -> None:
    tokens = tokens_of(authority, client_secret="wrong")
    waiters = (tokens.token() for _ in range(5))

    ends = await asyncio.gather(*waiters, return_exceptions=True)

    assert {type(end) for end in ends} == {AuthenticationError}
    assert asked(local_store) == ["discovery", "token"]


# A new token in time.


@pytest.mark.parametrize(("left", "renewed"), [(310, False), (290, True)])
async def test_a_token_is_replaced_five_minutes_before_its_end(
    tokens: Tokens, left: int, renewed: bool
) -> None:
    first = await tokens.token()
    later = datetime.now(UTC) + timedelta(seconds=HOUR - left)

    with time_machine.travel(later):
        second = await tokens.token()

    assert (second != first) is renewed


async def test_an_old_token_that_is_still_good_outlasts_an_outage(
    odd: ScriptedStore, folder: Path
) -> None:
    response = {"access_token": "first", "expires_in": 9000, "refresh_in": 60}
    odd.will_reply(200, discovery(odd))
    odd.will_reply(200, json.dumps(response).encode())
    odd.will_reply(503)
    tokens = tokens_from(odd, folder)
    first = await tokens.token()

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=120)):
        second = await tokens.token()

    assert first == second == "first"
    assert len(odd.calls) == 3


# Another token after a 401.


async def test_a_stale_token_is_replaced(
    tokens: Tokens, local_store: LocalStore
) -> None:
    stale = await tokens.token()

    fresh = await tokens.renew(stale)

    assert fresh != stale
    assert await tokens.token() == fresh
    assert asked(local_store).count("token") == 2


async def test_many_with_the_same_stale_token_share_one_renewal(
    tokens: Tokens, local_store: LocalStore
) -> None:
    stale = await tokens.token()

    given = await asyncio.gather(*(tokens.renew(stale) for _ in range(30)))

    assert len(set(given)) == 1
    assert asked(local_store).count("token") == 2


async def test_who_comes_late_with_a_stale_token_gets_the_new_one(
    tokens: Tokens, local_store: LocalStore
) -> None:
    stale = await tokens.token()
    fresh = await tokens.renew(stale)

    assert await tokens.renew(stale) == fresh

    assert asked(local_store).count("token") == 2


async def test_a_renewal_does_not_take_what_an_older_look_brings(
    tokens: Tokens,
) -> None:
    stale = await tokens.token()
    older = asyncio.create_task(tokens.token())
    await asyncio.sleep(0)

    fresh = await tokens.renew(stale)

    assert await older == stale
    assert fresh != stale
    assert await tokens.token() == fresh


async def test_an_older_look_that_ends_late_does_not_undo_a_renewal(
    odd: ScriptedStore, folder: Path
) -> None:
    def granted(token: str) -> bytes:
        return json.dumps({"access_token": token, "expires_in": HOUR}).encode()

    came, may_answer = asyncio.Event(), asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        came.set()
        await may_answer.wait()
        return web.Response(body=granted("older"))

    odd.will(reply(200, discovery(odd)), reply(200, granted("first")), late)
    odd.will(reply(200, discovery(odd)), reply(200, granted("fresh")))
    tokens = tokens_from(odd, folder)
    await tokens.token()

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=HOUR)):
        older = asyncio.create_task(tokens.token())
        await asyncio.wait_for(came.wait(), 30)
        fresh = await tokens.renew("first")
        may_answer.set()

        assert await older == "older"
        assert fresh == await tokens.token() == "fresh"


async def test_a_renewal_that_fails_leaves_the_way_open(
    tokens: Tokens, local_store: LocalStore
) -> None:
    stale = await tokens.token()
    local_store.arm("token", "503")

    with pytest.raises(UnavailableError):
        await tokens.renew(stale)

    assert await tokens.renew(stale) != stale
