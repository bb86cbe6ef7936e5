"""When the client tries again, when it does not, and what the log tells of it."""

import logging
import time
from typing import Any

import aiohttp
import pytest

from bot.domain.failures import (
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StoreError,
    UnavailableError,
    UnreadableError,
)
from bot.domain.rollout import Change
from bot.domain.submissions import SubmissionRef, Target
from bot.domain.verbs import Phase, Verb
from bot.store import StoreClient, StoreTimeouts
from tests.store.scripted_store import (
    CORRELATION,
    Keys,
    ScriptedStore,
    cut_off,
    example,
    reply,
    reset,
    slow,
)

REF = SubmissionRef(Target("main", "9NBLGGH4R315"), "1152921504621086517")
ROLLOUT = example("packagerollout-get-enabled.json")
HALTED = example("packagerollout-halt.json")

TROUBLES: dict[str, Any] = {
    "500": reply(500, example("error-500-internal.json")),
    "503 in words": reply(503, b"Account service is experiencing issue."),
    "504 as a page": reply(504, b"<html>"),
    "429 without a time": reply(429, example("error-429-rate-limit.json")[:30]),
    "429 with a time": reply(429, b"", {"Retry-After": "0"}),
    "reset": reset(),
    "cut off": cut_off(ROLLOUT),
}


@pytest.mark.parametrize("detail", TROUBLES)
async def test_a_read_gets_over_a_passing_trouble(
    client: StoreClient, store: ScriptedStore, detail: str
) -> None:
    store.will(TROUBLES[detail])
    # aiohttp itself repeats a GET that was reset on a connection that it had kept.
    store.will_reply(200, ROLLOUT)

    assert (await client.get_rollout(REF)).rollout.phase is Phase.IN_PROGRESS


async def test_a_read_that_is_not_answered_in_time_is_tried_again(
    hasty_client: StoreClient, store: ScriptedStore
) -> None:
    store.will(slow(), reply(200, ROLLOUT))

    reading = await hasty_client.get_rollout(REF)

    assert reading.rollout.phase is Phase.IN_PROGRESS
    assert len(store.calls) == 2


@pytest.mark.parametrize("detail", TROUBLES)
async def test_a_write_in_trouble_is_sent_once_and_never_again(
    client: StoreClient, store: ScriptedStore, detail: str
) -> None:
    store.will(TROUBLES[detail], reply(200, HALTED))

    with pytest.raises(StoreError) as caught:
        await client.change_rollout(REF, Change(Verb.HALT))

    assert len(store.calls) == 1
    assert caught.value.transient
    assert caught.value.may_have_acted is not isinstance(caught.value, RateLimitedError)


async def test_a_read_gives_up_after_three_tries(
    client: StoreClient, store: ScriptedStore
) -> None:
    for _ in range(5):
        store.will_reply(503, b"", CORRELATION)

    with pytest.raises(UnavailableError) as caught:
        await client.get_rollout(REF)

    assert len(store.calls) == 3
    assert caught.value.status == 503
    assert caught.value.correlation_id == CORRELATION["MS-CorrelationId"]
    assert not caught.value.may_have_acted


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>", UnreadableError),
        (200, b"", UnreadableError),
        (200, ROLLOUT[:40], UnreadableError),
        (302, b"", UnreadableError),
        (404, example("error-404-submission-not-found.json"), NotFoundError),
        (409, example("error-409-rollout-invalid-state.json"), RefusedError),
        (403, b"", AuthenticationError),
    ],
)
async def test_what_will_not_pass_is_not_tried_again(
    client: StoreClient,
    store: ScriptedStore,
    status: int,
    body: bytes,
    kind: type[StoreError],
) -> None:
    store.will_reply(status, body)

    with pytest.raises(kind):
        await client.get_rollout(REF)

    assert len(store.calls) == 1


async def test_the_wait_that_the_store_asks_for_is_kept(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(429, b"", {"Retry-After": "0.2"})
    store.will_reply(200, ROLLOUT)
    started = time.monotonic()

    await client.get_rollout(REF)

    assert time.monotonic() - started >= 0.2


async def test_a_wait_that_is_too_long_is_told_and_not_waited(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(429, example("error-429-rate-limit.json"))

    with pytest.raises(RateLimitedError) as caught:
        await client.get_rollout(REF)

    assert caught.value.retry_after == 14.0
    assert len(store.calls) == 1


async def test_pauses_stay_below_their_limit(
    session: aiohttp.ClientSession, store: ScriptedStore, keys: Keys
) -> None:
    timeouts = StoreTimeouts(tries=6, first_pause=1000.0, longest_pause=0.01)
    client = StoreClient(session, keys, store.address, timeouts=timeouts)
    for _ in range(5):
        store.will_reply(500)
    store.will_reply(200, ROLLOUT)
    started = time.monotonic()

    await client.get_rollout(REF)

    assert time.monotonic() - started < 10.0


# The log.


async def test_the_log_tells_of_every_call_and_holds_no_secret(
    client: StoreClient, store: ScriptedStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store.will_reply(503, b'{"message":"word-of-theirs"}')
    store.will_reply(200, example("app-submission.json"), CORRELATION)
    store.will(reset())

    await client.get_submission(REF)
    with pytest.raises(UnavailableError):
        await client.change_rollout(REF, Change(Verb.SET, 40))

    lines = [r.getMessage() for r in caplog.records if r.name == "bot.store"]
    assert len(lines) == 4
    assert (
        "GET applications/9NBLGGH4R315/submissions/1152921504621086517: 503" in lines[0]
    )
    assert ": store_outage, retry in" in lines[1]
    assert f": 200, correlation id {CORRELATION['MS-CorrelationId']}, " in lines[2]
    assert lines[3].startswith("POST ")
    assert "no response (ServerDisconnectedError)" in lines[3]
    for secret in ("token-1", "Bearer", "blob.core", "sig=", "word-of-theirs"):
        assert secret not in caplog.text
