"""Each armed fault has its effect, as often as it was armed, and nowhere else."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import pytest

from bot.sandbox.broadcast import Broadcaster
from bot.sandbox.store import LocalStore, seed
from bot.sandbox.store.fault_responses import SLOW_SECONDS, damaged_response
from bot.sandbox.store.fault_texts import (
    CHANGE,
    EXPECTED,
    FAULT_TEXTS,
    OPERATION_TEXTS,
    OTHER,
    READ,
    describe_faults,
    describe_operations,
)
from bot.sandbox.store.faults import OPERATIONS, WRITES, ArmedFault, Fault
from bot.sandbox.store.journal import Entry
from bot.sandbox.store.responses import ApiResponse

Call = Callable[..., Awaitable[tuple[int, Any, Mapping[str, str]]]]
Example = Callable[[str], Any]

PHOTOS = f"applications/{seed.PHOTOS}/submissions/{seed.FIRST_ID + 202}"
HALT = f"{PHOTOS}/haltpackagerollout"
READ_ROLLOUT = f"{PHOTOS}/packagerollout"


def status_of(store: LocalStore) -> str:
    return store.submission(str(seed.FIRST_ID + 202)).rollout.status.value


@pytest.mark.parametrize(
    ("fault", "expected", "body", "happened"),
    [
        ("504_after_effect", 504, "Gateway Time-out", True),
        ("504_without_effect", 504, "Gateway Time-out", False),
        ("503", 503, "Account service is experiencing issue", False),
        ("500", 500, "UnknownInternalFailure", False),
        ("429_with_retry_after", 429, "Try again in 14 seconds", False),
        ("429_without_retry_after", 429, "Try again in 14 seconds", False),
        ("401_once", 401, "", False),
        ("403_empty", 403, "", False),
        ("409_wrong_state", 409, "not in a state", False),
        ("409_not_of_app", 409, "does not belong", False),
        ("409_unsupported", 409, "does not support", False),
        ("html_body", 200, "<!DOCTYPE html>", True),
        ("empty_body", 200, "", True),
        ("truncated_body", 200, '{"isPackageRollout": true', True),
        ("no_content_type", 200, "PackageRolloutStopped", True),
        ("integer_percentages", 200, "'packageRolloutPercentage': 0,", True),
        ("unknown_status", 200, "PackageRolloutPaused", True),
    ],
)
async def test_a_fault_happens_once_with_its_response(
    call: Call,
    store: LocalStore,
    *,
    fault: str,
    expected: int,
    body: str,
    happened: bool,
) -> None:
    store.arm("halt", fault)
    status, data, headers = await call("POST", HALT)

    assert status == expected
    assert body in str(data)
    assert (status_of(store) == "PackageRolloutStopped") is happened
    assert headers["MS-CorrelationId"] == store.requests[-1].correlation_id
    assert store.requests[-1].fault == fault
    assert bool(store.effects()) is happened
    assert store.faults.to_json() == {}


@pytest.mark.parametrize(
    ("fault", "happened", "error"),
    [
        ("reset_after_effect", True, aiohttp.ClientConnectionError),
        ("reset_without_effect", False, aiohttp.ClientConnectionError),
        ("cut_body", True, aiohttp.ClientPayloadError),
    ],
)
async def test_a_broken_connection_leaves_the_effect_that_it_names(
    call: Call,
    store: LocalStore,
    fault: str,
    happened: bool,
    error: type[Exception],
) -> None:
    store.arm("halt", fault)
    with pytest.raises(error):
        await call("POST", HALT)

    assert (status_of(store) == "PackageRolloutStopped") is happened
    assert (store.requests[-1].status is None) is (fault != "cut_body")
    assert bool(store.effects()) is happened


@pytest.mark.parametrize("fault", ["reset_after_effect", "reset_without_effect"])
async def test_a_reset_is_one_of_tcp_and_no_orderly_end(
    store: LocalStore, address: str, fault: str
) -> None:
    store.arm("halt", fault)
    port = int(address.rpartition(":")[2])
    lines = [
        f"POST /store/v1.0/my/{HALT} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Length: 0",
        f"Authorization: Bearer {store.tokens.issue()}",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join([*lines, "", ""]).encode())

    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_an_account_that_is_not_allowed_stays_so_until_the_fault_is_cleared(
    call: Call, store: LocalStore, example: Example
) -> None:
    store.arm("halt", "401_not_allowed")
    new = {"Authorization": f"Bearer {store.tokens.issue()}"}
    refused = [await call("POST", HALT), await call("POST", HALT)]
    refused.append(await call("POST", HALT, new))
    store.clear_faults()
    allowed = await call("POST", HALT)

    expected = example("error-401-account-not-allowed")
    assert [x[:2] for x in refused] == [(401, expected)] * 3
    assert allowed[0] == 200
    assert [x.fault for x in store.writes()] == ["401_not_allowed"] * 3 + [None]


@pytest.mark.parametrize("fault", ["504_without_effect", "429_with_retry_after"])
async def test_what_a_gateway_answers_may_have_no_correlation_id(
    call: Call, store: LocalStore, fault: str
) -> None:
    store.switch(gateway_correlation_id="absent")
    store.arm("halt", fault)
    store.arm("halt", "503")
    gateway, own = await call("POST", HALT), await call("POST", HALT)

    assert "MS-CorrelationId" not in gateway[2]
    assert own[2]["MS-CorrelationId"] == store.requests[-1].correlation_id


async def test_a_slow_answer_comes_late_but_the_effect_at_once(
    call: Call, store: LocalStore
) -> None:
    store.arm("halt", "slow", seconds=0.2)
    effects: list[float] = []

    async def note(_: Entry) -> None:
        assert status_of(store) == "PackageRolloutStopped"
        effects.append(time.monotonic())

    store.pipeline.after = note
    status, *_ = await call("POST", HALT)

    assert status == 200
    assert time.monotonic() - effects[0] >= 0.2


async def test_the_effect_of_a_slow_answer_is_broadcast_before_the_answer(
    call: Call, store: LocalStore, broadcaster: Broadcaster
) -> None:
    store.arm("halt", "slow")
    before = broadcaster.count("store")

    slow = asyncio.ensure_future(call("POST", HALT))
    async with asyncio.timeout(30):
        while broadcaster.count("store") == before:
            await asyncio.sleep(0.01)

    assert status_of(store) == "PackageRolloutStopped"
    assert not slow.done()
    store.close()
    assert (await slow)[0] == 200


async def test_a_client_that_gave_up_ends_the_wait(
    store: LocalStore, address: str, session: aiohttp.ClientSession
) -> None:
    done = asyncio.Event()

    async def note(_: Entry) -> None:
        done.set()

    store.arm("halt", "slow")
    store.pipeline.after = note
    headers = {"Authorization": f"Bearer {store.tokens.issue()}"}
    headers["Content-Type"] = "application/json"

    async def halt() -> None:
        await session.post(f"{address}/store/v1.0/my/{HALT}", headers=headers)

    waiting = asyncio.create_task(halt())
    await done.wait()
    waiting.cancel()
    for _ in range(1000):
        if store.requests[-1].ms is not None:
            break
        await asyncio.sleep(0.02)

    assert store.requests[-1].ms is not None
    assert store.requests[-1].ms < SLOW_SECONDS * 1000


async def test_a_closed_store_sends_held_back_answers(
    call: Call, store: LocalStore
) -> None:
    store.arm("halt", "slow")

    async def close(_: Entry) -> None:
        store.close()

    store.pipeline.after = close

    assert (await call("POST", HALT))[0] == 200


async def test_latency_is_added_to_every_call(call: Call, store: LocalStore) -> None:
    store.latency = 0.06
    started = time.monotonic()
    await call("GET", READ_ROLLOUT)

    assert time.monotonic() - started >= 0.06


async def test_a_refused_token_stays_refused_and_a_new_one_works(
    call: Call, store: LocalStore
) -> None:
    store.arm("read", "401_once")
    new = {"Authorization": f"bearer {store.tokens.issue()}"}
    first, replay = await call("GET", READ_ROLLOUT), await call("GET", READ_ROLLOUT)
    renewed = await call("GET", READ_ROLLOUT, new)

    assert [first[0], replay[0], renewed[0]] == [401, 401, 200]


async def test_a_fault_lasts_for_its_times_and_faults_come_in_order(
    call: Call, store: LocalStore
) -> None:
    store.arm("read", "503", times=2)
    store.arm("read", "500", times=-1)
    seen = [(await call("GET", READ_ROLLOUT))[0] for _ in range(4)]
    store.clear_faults()
    seen.append((await call("GET", READ_ROLLOUT))[0])

    assert seen == [503, 503, 500, 500, 200]


async def test_a_fault_affects_its_own_operation_alone(
    call: Call, store: LocalStore
) -> None:
    store.arm("halt", "503")

    assert (await call("GET", READ_ROLLOUT))[0] == 200


@pytest.mark.parametrize(("seconds", "expected"), [(None, "14"), (0, "0"), (2, "2")])
async def test_a_429_says_how_long_to_wait(
    call: Call, store: LocalStore, seconds: float | None, expected: str
) -> None:
    store.arm("read", "429_with_retry_after", seconds=seconds)
    store.arm("read", "429_without_retry_after")
    _, _, saying = await call("GET", READ_ROLLOUT)
    _, _, silent = await call("GET", READ_ROLLOUT)

    assert saying["Retry-After"] == expected
    assert "Retry-After" not in silent


async def test_recorded_error_bodies_are_given_word_for_word(
    call: Call, store: LocalStore, example: Example
) -> None:
    bodies = []
    for fault in ("500", "429_with_retry_after", "409_wrong_state", "401_not_allowed"):
        store.arm("halt", fault)
        bodies.append((await call("POST", HALT))[1])

    names = ["500-internal", "429-rate-limit", "409-rollout-invalid-state"]
    names.append("401-account-not-allowed")
    assert bodies == [example(f"error-{name}") for name in names]


async def test_no_content_type_means_none(call: Call, store: LocalStore) -> None:
    store.arm("read", "no_content_type")

    assert "Content-Type" not in (await call("GET", READ_ROLLOUT))[2]


async def test_odd_numbers_and_statuses_reach_the_submission_resource_too(
    call: Call, store: LocalStore
) -> None:
    store.arm("submission", "integer_percentages")
    store.arm("submission", "unknown_status")
    store.change_in_partner_center("set", str(seed.FIRST_ID + 202), 12.5)
    _, integers, _ = await call("GET", PHOTOS)
    _, odd, _ = await call("GET", PHOTOS)

    rollout = integers["packageDeliveryOptions"]["packageRollout"]
    assert rollout["packageRolloutPercentage"] == 12.5
    assert odd["status"] == "AwaitingReview"


@pytest.mark.parametrize(("form", "body"), [("empty", ""), ("text", "The package")])
async def test_a_fault_on_an_answer_without_json_leaves_it_so(
    call: Call, store: LocalStore, form: str, body: str
) -> None:
    store.switch(rollout_conflict_body=form)
    store.change_in_partner_center("halt", str(seed.FIRST_ID + 202))
    store.arm("halt", "integer_percentages")
    status, data, _ = await call("POST", HALT)

    assert status == 409
    assert data[: len(body)] == body
    assert bool(data) is bool(body)


def test_a_slow_fault_has_a_default_delay() -> None:
    assert (
        damaged_response(ArmedFault(Fault.SLOW), ApiResponse(200)).delay == SLOW_SECONDS
    )
    assert damaged_response(
        ArmedFault(Fault.EXPIRED_SECRET), ApiResponse(200)
    ) == ApiResponse(200)


def test_every_fault_and_operation_is_explained_with_what_to_expect() -> None:
    assert set(FAULT_TEXTS) == set(Fault)
    assert set(OPERATION_TEXTS) == set(OPERATIONS)
    for texts in EXPECTED.values():
        assert set(texts) == set(Fault)
    assert {kind for _, kind in OPERATION_TEXTS.values()} == {*EXPECTED, OTHER}
    titles = [title for title, _ in FAULT_TEXTS.values()]
    assert len(set(titles)) == len(titles)
    for text in (title for texts in FAULT_TEXTS.values() for title in texts):
        assert "_" not in text


def test_only_faults_that_can_be_armed_are_offered(store: LocalStore) -> None:
    for row in describe_operations():
        assert row["faults"]
        for fault in Fault:
            if fault.value in row["faults"]:
                store.arm(row["name"], fault)
            else:
                with pytest.raises(ValueError, match="does not occur"):
                    store.arm(row["name"], fault)


def test_a_read_has_no_effect_whose_answer_could_be_lost() -> None:
    for row in describe_operations():
        lost = {"504_after_effect", "reset_after_effect"} & set(row["faults"])
        assert bool(lost) is (row["name"] in WRITES)
        assert (row["kind"] == CHANGE) <= bool(lost)
        assert (row["kind"] == READ) <= (not lost)


def test_a_wrong_secret_is_not_called_a_wrong_token() -> None:
    titles = describe_faults()["401_once"]["titles"]

    assert titles == {"sign_in": "the client secret is wrong (401)"}


@pytest.mark.parametrize("operation", ["token", "discovery"])
async def test_a_fault_of_the_sign_in_strikes_a_client_that_has_a_token(
    call: Call, store: LocalStore, operation: str
) -> None:
    assert (await call("GET", READ_ROLLOUT))[0] == 200

    store.arm(operation, "503")

    assert (await call("GET", READ_ROLLOUT))[0] == 401


@pytest.mark.parametrize(
    ("operation", "fault", "times", "seconds", "sentence"),
    [
        ("stop", "503", 1, None, "no operation named 'stop'"),
        ("halt", "504", 1, None, "no fault named '504'"),
        ("token", "409_wrong_state", 1, None, "does not occur at 'token'"),
        ("halt", "expired_secret", 1, None, "does not occur at 'halt'"),
        ("discovery", "expired_secret", 1, None, "It occurs at: token."),
        ("discovery", "401_once", 1, None, "does not occur at 'discovery'"),
        ("read", "409_wrong_state", 1, None, "does not occur at 'read'"),
        ("app", "409_wrong_state", 1, None, "It occurs at: halt, finalize, set, "),
        ("app", "409_not_of_app", 1, None, "does not occur at 'app'"),
        ("create", "409_not_of_app", 1, None, "does not occur at 'create'"),
        ("app", "integer_percentages", 1, None, "does not occur at 'app'"),
        ("status", "integer_percentages", 1, None, "does not occur at 'status'"),
        ("delete", "integer_percentages", 1, None, "does not occur at 'delete'"),
        ("apps", "unknown_status", 1, None, "does not occur at 'apps'"),
        ("flight", "unknown_status", 1, None, "does not occur at 'flight'"),
        ("halt", "503", 0, None, "1 or more"),
        ("halt", "503", -2, None, "1 or more"),
        ("halt", "slow", 1, -1, "from 0 to 3600"),
        ("halt", "slow", 1, float("nan"), "from 0 to 3600"),
    ],
)
def test_what_cannot_be_armed_is_an_error_with_a_sentence(
    store: LocalStore,
    *,
    operation: str,
    fault: str,
    times: int,
    seconds: float | None,
    sentence: str,
) -> None:
    with pytest.raises(ValueError, match=sentence):
        store.arm(operation, fault, times, seconds)
    assert store.faults.to_json() == {}
    assert len(OPERATIONS) == len(set(OPERATIONS))
