"""What is read anew, what is shared, and what is shown where nothing can be read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.domain import failures
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcomes import (
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    NothingToConfirm,
    Status,
)
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import NOT_READ, RefusalReason
from bot.domain.submissions import App, Snapshot, Target
from bot.service import preflight
from bot.service.observations import Observation
from bot.service.readings import REUSE_FOR, Readings
from tests.fakes import (
    BETA,
    GOING,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    FakeStore,
    Step,
    ref_of,
)
from tests.fakes.observations import FakeObservations
from tests.service.service_harness import ServiceHarness

SPENT = FailureDetail(FailureCode.REQUEST_BUDGET, {"limit": "20"})
LIMITED = FailureDetail(FailureCode.RATE_LIMITED, {"seconds": "30"})
AWAY = FailureDetail(FailureCode.TIMEOUT)
WIDER = replace(GOING, percentage=50.0)


@dataclass
class Desk:
    """The readings of a Store in memory, and a clock."""

    store: FakeStore = field(default_factory=FakeStore)
    observations: FakeObservations = field(default_factory=FakeObservations)
    now: datetime = NOON

    def __post_init__(self) -> None:
        stores = {MAIN: self.store}
        self.readings = Readings(stores, stores, self.observations, lambda: self.now)

    def forward(self, span: timedelta) -> None:
        """Let time pass, and count the calls from now on."""
        self.now += span
        self.store.calls.clear()

    async def status(self, *targets: Target) -> list[Observation]:
        """Read targets as a status of many does."""
        return await self.readings.read_for_status(targets, details_timeout=None)

    async def card(self, target: Target = MAIL) -> Snapshot:
        """Read a target as a card does."""
        seen = await self.readings.read_for_card(target, details_timeout=1.0)
        assert isinstance(seen, Snapshot)
        return seen


@pytest.fixture
def desk() -> Desk:
    """Return readings of a Store with an open rollout."""
    desk = Desk()
    desk.store.publish(MAIL)
    return desk


def apps(store: FakeStore, number: int) -> Sequence[Target]:
    """Publish so many apps."""
    targets = [Target(MAIN, f"9NAPP{index:07d}") for index in range(number)]
    for target in targets:
        store.publish(target)
    return targets


def percentage(found: Observation) -> float:
    """Return the percentage that was shown."""
    assert isinstance(found.seen, Snapshot)
    return found.seen.rollout.percentage


async def test_a_status_uses_a_recent_reading_and_then_reads_again(desk: Desk) -> None:
    await desk.status(MAIL)
    desk.forward(REUSE_FOR - timedelta(seconds=1))
    desk.store.rollouts[ref_of()] = WIDER

    [recent] = await desk.status(MAIL)
    assert (desk.store.names(), recent.at) == ([], NOON)
    assert percentage(recent) == 25

    desk.forward(timedelta(seconds=1))
    [anew] = await desk.status(MAIL)
    assert desk.store.names() == ["get_app", "get_rollout"]
    assert (anew.at, percentage(anew)) == (desk.now, 50)


async def test_a_status_uses_what_a_card_has_read(desk: Desk) -> None:
    await desk.card()
    desk.forward(timedelta(seconds=10))

    [found] = await desk.status(MAIL)

    assert (desk.store.names(), found.at) == ([], NOON)


async def test_a_card_is_read_anew_with_two_requests(desk: Desk) -> None:
    desk.store.publish(BETA)
    for target, read in ((MAIL, "get_app"), (BETA, "get_flight")):
        await desk.card(target)
        desk.forward(timedelta(seconds=1))
        desk.store.rollouts[ref_of(target)] = WIDER

        seen = await desk.card(target)

        assert desk.store.names() == [read, "get_rollout"]
        assert (seen.rollout.percentage, seen.versions) == (50, ("1.2.3.0",))
        desk.store.calls.clear()


async def test_all_is_read_anew_after_the_clock_was_set_back(desk: Desk) -> None:
    await desk.card()
    desk.forward(timedelta(hours=-1))
    newer = replace(ref_of(), submission_id="1152921504699999999")
    desk.store.apps[MAIL.app_id] = App(MAIL.app_id, "Mail", newer.submission_id)
    desk.store.rollouts[newer] = WIDER

    [found] = await desk.status(MAIL)
    assert percentage(found) == 50
    desk.forward(timedelta(minutes=-10))
    assert (await desk.card()).ref == newer
    assert desk.store.names() == ["get_app", "get_rollout", "get_submission"]


async def test_cards_that_are_asked_for_at_the_same_time_share_one_reading(
    desk: Desk,
) -> None:
    await asyncio.gather(*(desk.card() for _ in range(5)))

    assert sorted(desk.store.names()) == ["get_app", "get_rollout", "get_submission"]


async def test_one_who_gives_up_leaves_the_reading_to_the_others(desk: Desk) -> None:
    desk.store.reading = asyncio.Event()
    hasty, patient = (asyncio.create_task(desk.card()) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.wait({hasty})
    desk.store.reading.set()

    assert (await patient).rollout == GOING


async def test_a_spent_budget_leaves_the_last_reading_with_its_time(desk: Desk) -> None:
    await desk.status(MAIL)
    for detail in (SPENT, LIMITED):
        desk.forward(timedelta(minutes=3))
        desk.store.plan("get_app", Step(failures.BudgetSpentError(detail)))

        [found] = await desk.status(MAIL)

        assert (found.at, percentage(found)) == (NOON, 25)


async def test_a_spent_budget_is_the_answer_where_nothing_was_read(desk: Desk) -> None:
    desk.store.plan("get_app", Step(failures.BudgetSpentError(SPENT)))

    [found] = await desk.status(MAIL)
    [then] = await desk.status(MAIL)

    assert found.seen == Unavailable(SPENT)
    assert percentage(then) == 25


async def test_a_store_that_is_away_is_not_asked_again_by_everybody(desk: Desk) -> None:
    desk.store.plan("get_app", Step(failures.UnavailableError(AWAY)))

    [found], [again] = [await desk.status(MAIL) for _ in range(2)]

    assert found == again == Observation(Unavailable(AWAY), NOON)
    assert desk.store.names() == ["get_app"]


async def test_what_was_never_read_comes_first_and_then_what_is_in_progress(
    desk: Desk,
) -> None:
    over, going, new = apps(desk.store, 3)
    desk.store.rollouts[ref_of(over)] = HALTED
    await desk.status(over)
    desk.forward(timedelta(seconds=1))
    await desk.status(going)
    desk.forward(REUSE_FOR)
    # Another submission was published meanwhile, so that its state is read again.
    desk.store.apps[over.app_id] = replace(
        desk.store.apps[over.app_id], published_id="2"
    )
    desk.store.rollouts[ref_of(over, "2")] = GOING

    await desk.status(over, going, new)

    read = [call.about for call in desk.store.calls if call.name == "get_rollout"]
    assert read == [ref_of(new), ref_of(going), ref_of(over, "2")]


async def test_what_could_not_be_shown_comes_after_what_is_in_progress(
    desk: Desk,
) -> None:
    new, going = apps(desk.store, 2)
    published = desk.store.apps[new.app_id]
    desk.store.apps[new.app_id] = replace(published, published_id=None)
    [found] = await desk.status(new)
    assert found.seen == Refused(RefusalReason.NOT_PUBLISHED)
    desk.forward(timedelta(seconds=1))
    await desk.status(going)
    desk.forward(REUSE_FOR)
    desk.store.apps[new.app_id] = published

    await desk.status(new, going)

    read = [call.about for call in desk.store.calls if call.name == "get_rollout"]
    assert read == [ref_of(going), ref_of(new)]


async def test_a_rollout_that_has_ended_is_not_read_again(desk: Desk) -> None:
    desk.store.rollouts[ref_of()] = HALTED
    await desk.status(MAIL)
    desk.forward(timedelta(hours=2))

    [found] = await desk.status(MAIL)

    assert desk.store.names() == ["get_app"]
    assert isinstance(found.seen, Snapshot)
    assert (found.seen.rollout, found.at) == (HALTED, desk.now)
    assert (await desk.card()).rollout == HALTED
    assert "get_rollout" in desk.store.names()


async def test_a_list_of_apps_that_fails_is_replaced_by_each_app(desk: Desk) -> None:
    targets = apps(desk.store, 3)
    desk.store.plan("list_apps", Step(failures.UnavailableError(AWAY)))

    found = await desk.status(*targets)

    assert [percentage(one) for one in found] == [25] * 3
    assert desk.store.names().count("get_app") == 3


async def test_a_list_of_many_pages_is_read_once_and_no_more(desk: Desk) -> None:
    targets = apps(desk.store, 250)
    await desk.status(*targets[:4])
    desk.forward(timedelta(minutes=1))

    await desk.status(*targets[:4])

    assert "list_apps" not in desk.store.names()


async def test_what_an_operation_has_read_is_what_a_status_shows(desk: Desk) -> None:
    await desk.card()
    desk.forward(timedelta(seconds=5))
    desk.readings.record(ref_of(), HALTED)

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert (found.seen.rollout, found.at) == (HALTED, desk.now)
    assert found.seen.versions == ("1.2.3.0",)
    assert desk.store.names() == []


async def test_what_an_operation_may_have_changed_is_read_anew(desk: Desk) -> None:
    await desk.card()
    desk.forward(timedelta(seconds=1))
    desk.store.rollouts[ref_of()] = HALTED
    desk.readings.record(ref_of(), None)

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert found.seen.rollout == HALTED


async def test_a_reading_that_began_before_a_change_is_not_kept(desk: Desk) -> None:
    desk.store.reading = asyncio.Event()
    began_before = asyncio.create_task(desk.status(MAIL))
    while "get_rollout" not in desk.store.names():
        await asyncio.sleep(0)
    desk.readings.record(ref_of(), HALTED)
    desk.store.reading.set()
    await began_before
    desk.store.rollouts[ref_of()] = HALTED

    [found] = await desk.status(MAIL)

    assert isinstance(found.seen, Snapshot)
    assert found.seen.rollout == HALTED


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the card of a halt a moment only."""
    monkeypatch.setattr(preflight, "HALT_TIMEOUT", 0.01)


async def seen_before(harness: ServiceHarness, text: str) -> CommandOutcome:
    """Ask for a status, and later for a change that the Store lets wait."""
    await harness.say("status")
    harness.now += timedelta(minutes=5)
    harness.store.reading = asyncio.Event()
    asking = asyncio.create_task(harness.say(text))
    await asyncio.wait({asking}, timeout=0.2)
    if not asking.done():
        harness.store.reading.set()
    return await asking


@pytest.mark.usefixtures("impatient")
async def test_a_halt_card_is_made_from_the_last_reading_of_a_slow_store(
    harness: ServiceHarness,
) -> None:
    answer = await seen_before(harness, "halt mail")

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.snapshot.as_of == NOON
    assert answer.request.snapshot.rollout == GOING


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("text", ["finalize mail", "set mail 40"])
async def test_no_other_card_is_made_from_an_old_reading(
    harness: ServiceHarness, text: str
) -> None:
    answer = await seen_before(harness, text)

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.snapshot.as_of is None


@pytest.mark.parametrize("detail", [LIMITED, AWAY])
async def test_a_halt_card_is_made_from_the_last_reading_where_the_store_fails(
    harness: ServiceHarness, detail: FailureDetail
) -> None:
    await harness.say("status")
    harness.now += timedelta(minutes=5)
    harness.store.plan("get_app", Step(failures.UnavailableError(detail)))

    answer = await harness.say("halt mail")

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.snapshot.as_of == NOON


@pytest.mark.usefixtures("impatient")
async def test_a_halt_waits_for_the_store_where_nothing_was_read_before(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    harness.aliases.put("beta", BETA)
    harness.store.reading = asyncio.Event()
    asking = asyncio.create_task(harness.say("halt beta"))
    await asyncio.wait({asking}, timeout=0.1)
    harness.store.reading.set()

    answer = await asking

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.snapshot.as_of is None


async def test_an_old_reading_that_allows_no_halt_forbids_none(
    harness: ServiceHarness,
) -> None:
    harness.store.rollouts[ref_of()] = HALTED
    await harness.say("status")
    harness.store.plan("get_app", Step(failures.UnavailableError(AWAY)))

    answer = await harness.say("halt mail")

    assert isinstance(answer, NothingToConfirm)
    assert answer.result == Unavailable(AWAY)


async def test_a_halt_card_is_made_from_the_list_of_apps_where_that_is_all(
    harness: ServiceHarness,
) -> None:
    for target in apps(harness.store, 2):
        harness.aliases.put(target.app_id.lower()[-4:], target)
    spent = failures.BudgetSpentError(SPENT)
    harness.store.plan("get_rollout", *[Step(spent)] * 3)
    await harness.say("status")
    away = failures.UnavailableError(AWAY)
    harness.store.plan("get_app", Step(away), Step(away))

    card = await harness.say("halt mail")
    other = await harness.say("finalize mail")

    assert isinstance(card, ConfirmationNeeded)
    seen = card.request.snapshot
    assert (seen.ref, seen.as_of, seen.app_name) == (ref_of(), NOON, "Mail")
    assert seen.rollout.status == NOT_READ
    assert isinstance(other, NothingToConfirm)
    approved = await harness.confirm(await harness.ask("halt mail"))
    assert isinstance(approved, Confirmed)


async def test_no_access_makes_no_halt_card(harness: ServiceHarness) -> None:
    await harness.say("status")
    detail = FailureDetail(FailureCode.NO_ACCESS)
    harness.store.plan("get_app", Step(failures.AuthenticationError(detail)))

    answer = await harness.say("halt mail")

    assert isinstance(answer, NothingToConfirm)
    assert answer.result == Unavailable(detail)


async def test_a_status_has_the_age_of_each_reading(harness: ServiceHarness) -> None:
    await harness.say("status")
    harness.now += timedelta(seconds=12)

    answer = await harness.say("status")

    assert isinstance(answer, Status)
    assert [one.age for one in answer.targets] == [timedelta(seconds=12)]


async def test_versions_are_read_a_few_at_a_time_and_then_kept(desk: Desk) -> None:
    refs = [ref_of(target) for target in apps(desk.store, 5)]

    for known in (2, 4, 5, 5):
        desk.forward(timedelta(seconds=1))
        found = await desk.readings.read_versions(refs, 2)
        assert len(found) == known

    assert set(found.values()) == {("1.2.3.0",)}
    assert desk.store.calls == []


async def test_versions_that_cannot_be_read_are_not_asked_for_again_and_again(
    desk: Desk,
) -> None:
    missing = [ref_of(Target(MAIN, f"9NGONE{index:06d}")) for index in range(3)]
    (there,) = [ref_of(target) for target in apps(desk.store, 1)]

    for calls in (2, 2, 0):
        desk.forward(timedelta(seconds=1))
        found = await desk.readings.read_versions([*missing, there], 2)
        assert len(desk.store.calls) == calls
    assert list(found) == [there]

    desk.forward(timedelta(minutes=1))
    await desk.readings.read_versions([*missing, there], 2)
    assert len(desk.store.calls) == 2


async def test_since_when_a_target_was_seen_as_it_is_is_kept_until_it_changes(
    desk: Desk,
) -> None:
    await desk.status(MAIL)
    desk.forward(timedelta(minutes=5))
    [same] = await desk.status(MAIL)
    desk.forward(timedelta(minutes=5))
    desk.store.rollouts[ref_of()] = WIDER
    [wider] = await desk.status(MAIL)

    assert (same.since, same.at) == (NOON, NOON + timedelta(minutes=5))
    assert wider.since == wider.at
