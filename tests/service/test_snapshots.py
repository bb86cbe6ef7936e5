"""What is read for a card or a status, and what is left out."""

from dataclasses import replace

import pytest

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail, StoreError
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import App, Snapshot, Target
from bot.service.snapshots import KnownParts, SnapshotReader
from tests.fakes import (
    BETA,
    DRAFT_ID,
    GOING,
    MAIL,
    NOON,
    PUBLISHED_ID,
    FakeStore,
    Step,
    ref_of,
)

SOON = 0.02


async def read(
    store: FakeStore, target: Target, *, details_timeout: float | None
) -> Snapshot | Refused | Unavailable:
    """Read a snapshot as for a card, without anything known."""
    reader = SnapshotReader(store, store, KnownParts(), NOON, apps_since=NOON)
    return await reader.read(target, details_timeout=details_timeout)


FAILURES: list[tuple[StoreError, Refused | Unavailable]] = [
    (
        failures.NotFoundError(
            FailureDetail(FailureCode.NOT_FOUND), correlation_id="c1"
        ),
        Refused(
            RefusalReason.NOT_FOUND, None, FailureDetail(FailureCode.NOT_FOUND), "c1"
        ),
    ),
    (
        failures.RefusedError(FailureDetail(FailureCode.CONFLICT), correlation_id="c1"),
        Refused(
            RefusalReason.UNSUPPORTED, None, FailureDetail(FailureCode.CONFLICT), "c1"
        ),
    ),
    (
        failures.AuthenticationError(
            FailureDetail(FailureCode.NO_ACCESS), correlation_id="c1"
        ),
        Unavailable(FailureDetail(FailureCode.NO_ACCESS), "c1"),
    ),
    (
        failures.RateLimitedError(
            FailureDetail(FailureCode.RATE_LIMITED), correlation_id="c1"
        ),
        Unavailable(FailureDetail(FailureCode.RATE_LIMITED), "c1"),
    ),
    (
        failures.UnavailableError(
            FailureDetail(FailureCode.TIMEOUT), correlation_id="c1"
        ),
        Unavailable(FailureDetail(FailureCode.TIMEOUT), "c1"),
    ),
    (
        failures.UnreadableError(
            FailureDetail(FailureCode.UNREADABLE), correlation_id="c1"
        ),
        Unavailable(FailureDetail(FailureCode.UNREADABLE), "c1"),
    ),
]


@pytest.mark.parametrize("target", [MAIL, BETA], ids=["app", "flight"])
async def test_the_published_submission_is_read_and_never_the_draft(
    target: Target,
) -> None:
    store = FakeStore()
    store.publish(target, pending_id=DRAFT_ID)

    seen = await read(store, target, details_timeout=SOON)

    assert seen == Snapshot(
        ref=ref_of(target, PUBLISHED_ID),
        app_name="Mail",
        flight_name="Beta ring" if target is BETA else None,
        rollout=GOING,
        status="Published",
        versions=("1.2.3.0",),
        pending_id=DRAFT_ID,
    )
    assert ref_of(target, DRAFT_ID) not in [call.about for call in store.calls]


async def test_a_flight_has_a_rollout_of_its_own() -> None:
    store = FakeStore()
    store.publish(MAIL)
    store.publish(BETA, replace(GOING, percentage=60.0))

    seen = await read(store, BETA, details_timeout=None)

    assert isinstance(seen, Snapshot)
    assert (seen.ref.target, seen.rollout.percentage) == (BETA, 60.0)


async def test_an_app_with_nothing_but_a_draft_is_not_published() -> None:
    store = FakeStore()
    store.publish(pending_id=DRAFT_ID)
    store.apps[MAIL.app_id] = App(MAIL.app_id, "Mail", None, DRAFT_ID)

    seen = await read(store, MAIL, details_timeout=SOON)

    assert seen == Refused(RefusalReason.NOT_PUBLISHED)
    assert store.names() == ["get_app"]


async def test_a_flight_without_a_publication_does_not_fall_back_to_its_app() -> None:
    store = FakeStore()
    store.publish(MAIL)
    store.publish(BETA)
    store.flights[BETA.app_id] = [
        replace(store.flights[BETA.app_id][0], published_id=None)
    ]

    seen = await read(store, BETA, details_timeout=SOON)

    assert seen == Refused(RefusalReason.NOT_PUBLISHED)


async def test_a_slow_submission_resource_is_left_out() -> None:
    store = FakeStore(describing_takes=60)
    store.publish()

    seen = await read(store, MAIL, details_timeout=SOON)

    assert isinstance(seen, Snapshot)
    assert (seen.status, seen.versions) == (None, ())
    assert seen.rollout == GOING


async def test_a_submission_resource_that_fails_is_left_out() -> None:
    store = FakeStore()
    store.publish()
    store.plan(
        "get_submission",
        Step(failures.UnavailableError(FailureDetail(FailureCode.TIMEOUT))),
    )

    seen = await read(store, MAIL, details_timeout=SOON)

    assert isinstance(seen, Snapshot)
    assert seen.status is None


async def test_without_a_timeout_the_submission_resource_is_not_asked_for() -> None:
    store = FakeStore()
    store.publish()

    await read(store, MAIL, details_timeout=None)

    assert store.names() == ["get_app", "get_rollout"]


async def test_only_a_published_submission_is_known_without_being_read_again() -> None:
    store, known = FakeStore(), KnownParts()
    ref = store.publish()
    reader = SnapshotReader(store, store, known, NOON, apps_since=NOON)
    publishing = replace(store.submissions[ref], status="Publishing")
    published = store.submissions[ref]

    for submission, reads in ((publishing, 1), (published, 2), (published, 2)):
        store.submissions[ref] = submission
        assert await reader.read_details(ref, SOON) == submission
        assert store.names() == ["get_submission"] * reads


@pytest.mark.parametrize(("failure", "outcome"), FAILURES)
@pytest.mark.parametrize("call", ["get_app", "get_rollout"])
async def test_a_failure_is_explained(
    call: str, failure: StoreError, outcome: Refused | Unavailable
) -> None:
    store = FakeStore(describing_takes=60)
    store.publish()
    store.plan(call, Step(failure))

    assert await read(store, MAIL, details_timeout=SOON) == outcome


async def test_an_unknown_flight_is_not_found() -> None:
    store = FakeStore()
    store.publish(MAIL)

    seen = await read(store, BETA, details_timeout=SOON)

    assert isinstance(seen, Refused)
    assert seen.reason is RefusalReason.NOT_FOUND
