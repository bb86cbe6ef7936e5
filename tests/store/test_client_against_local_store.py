"""The client and the tokens against the sandbox's Store and token authority."""

from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.domain.failures import NotFoundError, RefusedError, StoreError
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import App, Submission, SubmissionRef, Target
from bot.domain.verbs import Phase, Verb
from bot.sandbox.authority import LocalAuthority
from bot.sandbox.store import LocalStore
from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import CHESS, MAIL, MAIL_DOGFOOD, MAIL_INSIDERS, WEATHER
from bot.store import StoreClient, Tokens
from tests.store.scripted_store import QUICK

APP = Target("main", MAIL)
FLIGHT = Target("main", MAIL, MAIL_INSIDERS)
FAULTS = [fault for fault in Fault if fault is not Fault.EXPIRED_SECRET]
PATHS = {
    APP: f"/store/v1.0/my/applications/{MAIL}/submissions",
    FLIGHT: f"/store/v1.0/my/applications/{MAIL}/flights/{MAIL_INSIDERS}/submissions",
}
CHANGES = {
    Verb.HALT: (Change(Verb.HALT), "haltpackagerollout", "", Phase.STOPPED, 0.0),
    Verb.FINALIZE: (
        *(Change(Verb.FINALIZE), "finalizepackagerollout", ""),
        *(Phase.COMPLETE, 100.0),
    ),
    Verb.SET: (
        *(Change(Verb.SET, 62.5), "updatepackagerolloutpercentage"),
        *("percentage=62.5", Phase.IN_PROGRESS, 62.5),
    ),
}


@pytest.fixture
def local() -> LocalStore:
    return LocalStore()


@pytest.fixture
async def client(
    local: LocalStore, folder: Path, session: aiohttp.ClientSession
) -> AsyncIterator[StoreClient]:
    app = web.Application()
    app.add_routes(local.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    authority = LocalAuthority(local, folder)
    await authority.start()
    known = authority.credentials
    tokens = Tokens(
        known.tenant,
        known.client,
        known.secret,
        authority.address,
        ca_file=str(authority.ca_file),
    )
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/store"
    # Long enough for a busy machine, and short enough for the slow answers.
    timeouts = replace(QUICK, write=2.0)
    yield StoreClient(session, tokens, address, timeouts=timeouts)
    local.close()
    await runner.cleanup()
    await authority.stop()


async def published(client: StoreClient, target: Target) -> SubmissionRef:
    """Return the published submission, as a card does."""
    found = (
        await client.get_app(target.app_id)
        if target.flight_id is None
        else await client.get_flight(target)
    )
    assert found.published_id is not None
    assert found.pending_id is not None
    return SubmissionRef(target, found.published_id)


def state(local: LocalStore, ref: SubmissionRef) -> tuple[float, str]:
    """Return what the Store really holds."""
    rollout = local.submission(ref.submission_id).rollout
    return rollout.percentage, rollout.status


@pytest.mark.parametrize("target", [APP, FLIGHT], ids=["app", "flight"])
@pytest.mark.parametrize("verb", Verb)
async def test_each_change_is_one_bodyless_write_to_the_published_submission(
    client: StoreClient, local: LocalStore, target: Target, verb: Verb
) -> None:
    change, ending, query, phase, percentage = CHANGES[verb]
    ref = await published(client, target)
    line = local.slot(target.app_id, target.flight_id)
    draft_before = deepcopy(line.pending)

    reading = await client.change_rollout(ref, change)

    [write] = local.writes()
    assert write.method == "POST"
    assert write.path == f"{PATHS[target]}/{ref.submission_id}/{ending}"
    assert write.query == query
    assert write.length == 0
    assert write.content_type == "application/json"
    assert reading.correlation_id == write.correlation_id
    assert (reading.rollout.phase, reading.rollout.percentage) == (phase, percentage)
    assert (await client.get_rollout(ref)).rollout == reading.rollout
    assert draft_before is not None
    assert line.pending == draft_before


async def test_an_app_its_flights_and_their_submissions_are_read(
    client: StoreClient,
) -> None:
    flights = await client.list_flights(MAIL)
    ref = await published(client, FLIGHT)
    rollout = (await client.get_rollout(ref)).rollout

    assert [flight.name for flight in flights] == ["Insiders", "Dogfood"]
    assert flights[0] == await client.get_flight(FLIGHT)
    assert flights[1].flight_id == MAIL_DOGFOOD
    assert await client.get_submission(ref) == Submission(
        ref.submission_id, "Published", ("4.13.0.0",)
    )
    assert rollout == Rollout(
        True, 50.0, "PackageRolloutInProgress", "1152921505690000111"
    )


async def test_an_app_without_a_published_submission_says_so(
    client: StoreClient,
) -> None:
    app = await client.get_app(CHESS)

    assert app == App(CHESS, "Contoso Chess", None, "1152921505690000601")


@pytest.mark.parametrize("empty_list", ["404", "200"])
async def test_no_flights_is_an_empty_list(
    client: StoreClient, local: LocalStore, empty_list: str
) -> None:
    local.switch(empty_list=empty_list)

    assert await client.list_flights(WEATHER) == ()


async def test_all_apps_are_listed(client: StoreClient, local: LocalStore) -> None:
    apps = await client.list_apps()

    assert [app.app_id for app in apps] == [app.id for app in local.catalogue.apps]


@pytest.mark.parametrize("verb", Verb)
async def test_what_is_not_in_progress_is_refused(
    client: StoreClient, local: LocalStore, verb: Verb
) -> None:
    ref = await published(client, APP)
    local.change_in_partner_center("halt", ref.submission_id)

    with pytest.raises(RefusedError) as caught:
        await client.change_rollout(ref, CHANGES[verb][0])

    assert caught.value.status == 409
    assert caught.value.correlation_id == local.writes()[-1].correlation_id


async def test_a_submission_that_is_not_there_is_not_found(client: StoreClient) -> None:
    with pytest.raises(NotFoundError):
        await client.get_rollout(SubmissionRef(APP, "1"))


async def test_an_expired_token_is_replaced_on_the_way(
    client: StoreClient, local: LocalStore
) -> None:
    ref = await published(client, APP)
    local.tokens.revoke_all()

    reading = await client.change_rollout(ref, Change(Verb.HALT))

    assert reading.rollout.phase is Phase.STOPPED
    assert [write.status for write in local.writes()] == [401, 200]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("verb", Verb)
async def test_whatever_happens_the_client_never_claims_what_is_not_so(
    client: StoreClient, local: LocalStore, verb: Verb, fault: Fault
) -> None:
    """For each fault of each change: one effect at most, and no false word about it."""
    change, _, _, phase, percentage = CHANGES[verb]
    ref = await published(client, APP)
    before = state(local, ref)
    local.arm(verb, fault, times=-1 if fault is Fault.ACCOUNT_REFUSED else 1)

    reading, failure = None, None
    try:
        reading = await client.change_rollout(ref, change)
    except StoreError as caught:
        failure = caught

    if failure is not None:
        # What is said to have had no effect has had none.
        assert failure.may_have_acted or state(local, ref) == before
    if reading is not None:
        assert state(local, ref)[0] == reading.rollout.percentage == percentage
        assert reading.rollout.phase in (phase, Phase.UNRECOGNISED)
        assert reading.correlation_id == local.writes()[-1].correlation_id
    replayed = fault in (Fault.TOKEN_REFUSED, Fault.ACCOUNT_REFUSED)
    assert len(local.writes()) == (2 if replayed else 1)
