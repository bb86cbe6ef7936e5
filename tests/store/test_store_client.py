"""The client against a real server: one request for one question, and no more."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.domain.failures import (
    AuthenticationError,
    FailureCode,
    FailureDetail,
    NotFoundError,
    UnavailableError,
    UnreadableError,
)
from bot.domain.rollout import Change
from bot.domain.submissions import App, Flight, SubmissionRef, Target
from bot.domain.verbs import Phase, Verb
from bot.store import StoreClient
from tests.store.scripted_store import (
    CORRELATION,
    QUICK,
    Keys,
    ScriptedStore,
    example,
    reply,
    reset,
)

APP = Target("main", "9NBLGGH4R315")
FLIGHT = Target("main", "9NBLGGH4R315", "43e448df-97c9-4a43-a0bc-2a445e736bcd")
REF = SubmissionRef(APP, "1152921504621086517")
FLIGHT_REF = SubmissionRef(FLIGHT, "1152921504621086517")
PREFIX = "/v1.0/my/applications/9NBLGGH4R315"
FLIGHT_PREFIX = f"{PREFIX}/flights/43e448df-97c9-4a43-a0bc-2a445e736bcd"
SUBMISSION = f"{PREFIX}/submissions/1152921504621086517"
ROLLOUT = example("packagerollout-get-enabled.json")
HALTED = example("packagerollout-halt.json")

Ask = Callable[[StoreClient], Awaitable[object]]
READS: dict[str, tuple[Ask, str, str]] = {
    "app": (lambda c: c.get_app("9NBLGGH4R315"), PREFIX, "application-get.json"),
    "flight": (lambda c: c.get_flight(FLIGHT), FLIGHT_PREFIX, "flight-get.json"),
    "submission": (lambda c: c.get_submission(REF), SUBMISSION, "app-submission.json"),
    "flight submission": (
        lambda c: c.get_submission(FLIGHT_REF),
        f"{FLIGHT_PREFIX}/submissions/1152921504621086517",
        "flight-submission.json",
    ),
    "rollout": (
        lambda c: c.get_rollout(REF),
        f"{SUBMISSION}/packagerollout",
        "packagerollout-get-enabled.json",
    ),
}
FLIGHTS_PAGE = f"GET {PREFIX}/listflights?skip={{}}&top={{}}"


def rows(first: int, count: int, **more: object) -> bytes:
    flights = [
        {"flightId": f"f{number}", "friendlyName": f"Ring {number}"}
        for number in range(first, first + count)
    ]
    return json.dumps({"value": flights, **more}).encode()


@pytest.mark.parametrize("name", READS)
async def test_a_read_is_one_get_with_the_token(
    client: StoreClient, store: ScriptedStore, name: str
) -> None:
    ask, path, file = READS[name]
    store.will_reply(200, example(file))

    assert await ask(client)

    assert store.paths == [f"GET {path}"]
    assert store.calls[0].headers["Authorization"] == "Bearer token-1"
    assert store.calls[0].body == b""


@pytest.mark.parametrize(
    ("change", "ending"),
    [
        (Change(Verb.HALT), "haltpackagerollout"),
        (Change(Verb.FINALIZE), "finalizepackagerollout"),
        (Change(Verb.SET, 12.5), "updatepackagerolloutpercentage?percentage=12.5"),
    ],
)
@pytest.mark.parametrize("ref", [REF, FLIGHT_REF])
async def test_a_write_is_one_post_without_a_body(
    client: StoreClient,
    store: ScriptedStore,
    ref: SubmissionRef,
    change: Change,
    ending: str,
) -> None:
    store.will_reply(200, HALTED, CORRELATION)

    reading = await client.change_rollout(ref, change)

    [call] = store.calls
    prefix = PREFIX if ref is REF else FLIGHT_PREFIX
    assert call.method == "POST"
    assert call.path == f"{prefix}/submissions/1152921504621086517/{ending}"
    assert call.body == b""
    assert call.headers["Content-Length"] == "0"
    assert call.headers["Content-Type"] == "application/json"
    assert "Transfer-Encoding" not in call.headers
    assert reading.rollout.phase is Phase.STOPPED
    assert reading.correlation_id == CORRELATION["MS-CorrelationId"]


async def test_a_base_address_may_have_a_path_and_a_slash(
    session: aiohttp.ClientSession, store: ScriptedStore, keys: Keys
) -> None:
    store.will_reply(200, ROLLOUT, CORRELATION)
    client = StoreClient(session, keys, f"{store.address}/store/")

    reading = await client.get_rollout(REF)

    assert store.paths == [f"GET /store{SUBMISSION}/packagerollout"]
    assert reading.correlation_id == CORRELATION["MS-CorrelationId"]


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
async def test_a_rollout_is_read_with_the_date_of_the_response(
    client: StoreClient, store: ScriptedStore, header: str, date: datetime | None
) -> None:
    store.will_reply(200, ROLLOUT, {"Date": header})

    reading = await client.get_rollout(REF)

    assert reading.date == date


async def test_ids_that_people_typed_stay_ids(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(404)

    with pytest.raises(NotFoundError):
        await client.get_app("../a?b=c#d/%2e%2e é")

    assert store.paths == [
        "GET /v1.0/my/applications/..%2Fa%3Fb%3Dc%23d%2F%252e%252e%20%C3%A9"
    ]


@pytest.mark.parametrize("bad", ["", "..", "."])
async def test_an_id_that_would_climb_is_not_even_asked_for(
    client: StoreClient, store: ScriptedStore, bad: str
) -> None:
    with pytest.raises(NotFoundError):
        await client.get_app(bad)

    assert not store.calls


async def test_a_flight_is_read_by_its_id_only(client: StoreClient) -> None:
    with pytest.raises(ValueError, match="by its id"):
        await client.get_flight(APP)


@pytest.mark.parametrize("name", ["app", "flight"])
async def test_what_the_store_says_of_another_app_or_flight_is_not_believed(
    client: StoreClient, store: ScriptedStore, name: str
) -> None:
    ask, _, file = READS[name]
    asked = FLIGHT.flight_id if name == "flight" else APP.app_id
    other = example(file).replace(str(asked).encode(), b"another")
    store.will_reply(200, other)

    with pytest.raises(UnreadableError):
        await ask(client)


# Lists.


async def test_a_list_follows_the_numbers_of_its_links(
    client: StoreClient, store: ScriptedStore
) -> None:
    link = "https://elsewhere.example/v1.0/my/applications/OTHER/listflights/?"
    store.will_reply(200, rows(0, 2, **{"@nextLink": f"{link}skip=2&top=2"}))
    store.will_reply(200, rows(2, 1, totalCount=3))

    flights = await client.list_flights("9NBLGGH4R315")

    assert [flight.name for flight in flights] == ["Ring 0", "Ring 1", "Ring 2"]
    assert flights[0] == Flight("f0", "Ring 0")
    assert store.paths == [FLIGHTS_PAGE.format(0, 100), FLIGHTS_PAGE.format(2, 2)]


async def test_a_list_that_forgot_its_link_is_read_to_its_end(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(200, rows(0, 1, totalCount=2))
    store.will_reply(200, rows(1, 1, totalCount=2))

    assert len(await client.list_flights("9NBLGGH4R315")) == 2
    assert store.paths[1] == FLIGHTS_PAGE.format(1, 100)


async def test_links_that_go_round_in_a_circle_end(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(200, rows(0, 2, **{"@nextLink": "x?skip=2&top=2"}))
    store.will_reply(200, rows(0, 2, **{"@nextLink": "x?skip=2&top=2"}))

    assert len(await client.list_flights("9NBLGGH4R315")) == 2
    assert len(store.calls) == 2


async def test_a_list_without_an_end_is_cut_at_a_thousand_rows(
    client: StoreClient, store: ScriptedStore
) -> None:
    for page in range(20):
        link = {"@nextLink": f"x?skip={page * 100 + 100}&top=100"}
        store.will_reply(200, rows(page * 100, 100, **link))

    assert len(await client.list_flights("9NBLGGH4R315")) == 1000
    assert len(store.calls) == 10


@pytest.mark.parametrize("response", [(404, b""), (200, b'{"value":[]}')])
async def test_no_flights_is_an_empty_list_in_both_of_its_forms(
    client: StoreClient, store: ScriptedStore, response: tuple[int, bytes]
) -> None:
    store.will_reply(*response)

    assert await client.list_flights("9NBLGGH4R315") == ()


async def test_apps_are_listed_with_the_same_care(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(200, example("applications-list.json"))
    store.will_reply(404)

    apps = await client.list_apps()

    assert [app.app_id for app in apps] == ["9NBLGGH4R315", "9NBLGGH29DM8"]
    assert store.paths == [
        "GET /v1.0/my/applications?skip=0&top=100",
        "GET /v1.0/my/applications?skip=10&top=10",
    ]


async def test_one_page_of_the_apps_is_one_request_whatever_follows_it(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will_reply(200, example("applications-list.json"))

    apps = await client.list_apps_page(3)

    assert apps == (
        App("9NBLGGH4R315", "Contoso sample app", None, "1152921504621134883"),
        App("9NBLGGH29DM8", "Contoso sample app 2", "1152921504621225621"),
    )
    assert store.paths == ["GET /v1.0/my/applications?skip=300&top=100"]


@pytest.mark.parametrize("response", [(404, b""), (200, b'{"value":[]}')])
async def test_a_page_behind_the_last_is_empty_in_both_of_its_forms(
    client: StoreClient, store: ScriptedStore, response: tuple[int, bytes]
) -> None:
    store.will_reply(*response)

    assert await client.list_apps_page(1) == ()


# The token.


async def test_a_401_gets_one_new_token_and_one_replay(
    client: StoreClient, store: ScriptedStore, keys: Keys
) -> None:
    store.will_reply(401)
    store.will_reply(200, HALTED)

    await client.change_rollout(REF, Change(Verb.HALT))

    tokens = [call.headers["Authorization"] for call in store.calls]
    assert tokens == ["Bearer token-1", "Bearer token-2"]
    assert keys.renewals == ["token-1"]


@pytest.mark.parametrize("verb", ["read", "write"])
async def test_a_second_401_is_final(
    client: StoreClient, store: ScriptedStore, keys: Keys, verb: str
) -> None:
    store.will_reply(401)
    store.will_reply(401, example("error-401-account-not-allowed.json"), CORRELATION)

    with pytest.raises(AuthenticationError) as caught:
        await (
            client.get_rollout(REF)
            if verb == "read"
            else client.change_rollout(REF, Change(Verb.HALT))
        )

    assert caught.value.detail.code is FailureCode.ACCOUNT_NOT_ENABLED
    assert caught.value.correlation_id == CORRELATION["MS-CorrelationId"]
    assert len(store.calls) == 2
    assert len(keys.renewals) == 1


async def test_a_replay_that_gets_lost_may_have_acted(
    client: StoreClient, store: ScriptedStore
) -> None:
    store.will(reply(401), reset())

    with pytest.raises(UnavailableError) as caught:
        await client.change_rollout(REF, Change(Verb.HALT))

    assert caught.value.may_have_acted


async def test_without_a_token_nothing_is_sent(
    session: aiohttp.ClientSession, store: ScriptedStore
) -> None:
    class NoKeys(Keys):
        async def token(self) -> str:
            raise UnavailableError(FailureDetail(FailureCode.SIGN_IN_OUTAGE))

    client = StoreClient(session, NoKeys(), store.address, timeouts=QUICK)

    with pytest.raises(UnavailableError) as caught:
        await client.change_rollout(REF, Change(Verb.HALT))

    assert not caught.value.may_have_acted
    assert not store.calls


@pytest.mark.parametrize("stale", [False, True], ids=["first token", "renewed token"])
async def test_a_write_is_not_sent_after_a_sign_in_that_took_too_long(
    session: aiohttp.ClientSession, store: ScriptedStore, *, stale: bool
) -> None:
    class SlowKeys:
        async def token(self) -> str:
            await asyncio.sleep(0 if stale else 1.0)
            return "token-1"

        async def renew(self, stale: str) -> str:
            await asyncio.sleep(1.0)
            return f"after {stale}"

    if stale:
        store.will_reply(401)
    hasty = replace(QUICK, fresh=0.5)
    client = StoreClient(session, SlowKeys(), store.address, timeouts=hasty)

    with pytest.raises(UnavailableError) as caught:
        await client.change_rollout(REF, Change(Verb.HALT))

    assert caught.value.detail.code is FailureCode.SIGN_IN_SLOW
    assert not caught.value.may_have_acted
    assert caught.value.transient
    assert len(store.calls) == int(stale)
