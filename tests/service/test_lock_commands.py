"""What is locked and lifted, what that refuses, and what the log says of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import AloneReasonNeeded
from bot.domain.directory import Profile
from bot.domain.events import EventKind
from bot.domain.lock_outcomes import Locked, LockLifted, Locks, LockSet, NotLocked
from bot.domain.locks import Lock
from bot.domain.outcomes import (
    ConfirmationNeeded,
    Confirmed,
    Denial,
    NotAllowed,
    Several,
    Status,
)
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import Person, Place, RequestState
from bot.domain.rollout import Change
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Verb
from tests.fakes import ANN, BETA, BOB, GUEST, MAIL, MAIN, NOON, PLACE
from tests.service.service_harness import ServiceHarness

T = TypeVar("T")

BERLIN = Profile("U1", "ann", "Europe/Berlin")
OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def locking(harness: ServiceHarness) -> ServiceHarness:
    """Return a service that knows Ann's time zone, and an app beside hers."""
    harness.directory.put(replace(BERLIN, user_id=ANN.user_id))
    harness.aliases.put("other", OTHER)
    harness.store.publish(OTHER)
    return harness


async def told(
    harness: ServiceHarness, text: str, kind: type[T], person: Person = ANN
) -> T:
    """Return the answer to a command, which is of this kind."""
    answer = await harness.say(text, person)
    assert isinstance(answer, kind), answer
    return answer


def in_force(harness: ServiceHarness) -> list[Lock]:
    return [one for one in harness.repositories.memory.locks if not one.lifted_at]


async def test_a_lock_is_stored_with_who_where_until_when_and_why(
    locking: ServiceHarness,
) -> None:
    answer = await told(locking, "lock mail for 3d code freeze", LockSet)

    [lock] = in_force(locking)
    assert lock == Lock(
        *(
            1,
            "T1",
            PLACE.channel,
            MAIL,
            "code freeze",
            ANN.user_id,
            NOON,
            NOON + 3 * DAY,
        )
    )
    assert answer == LockSet(lock, "mail")
    [event] = locking.events_of(EventKind.LOCKED)
    assert (event.actor, event.target, event.place) == (ANN.user_id, MAIL, PLACE)
    assert event.details["reason"] == "code freeze"
    assert locking.directory.asked == []


async def test_without_an_end_a_lock_ends_after_a_day(locking: ServiceHarness) -> None:
    answer = await told(locking, "lock all outage", LockSet)

    assert answer.lock.target is None
    assert answer.lock.ends_at == NOON + DAY
    assert answer.app == "all"


async def test_a_time_of_the_day_is_read_in_the_asker_s_zone(
    locking: ServiceHarness,
) -> None:
    answer = await told(locking, "lock mail until tomorrow 18:00 freeze", LockSet)

    assert answer.zone == "Europe/Berlin"
    assert answer.zone_known
    assert answer.lock.ends_at is not None
    assert answer.lock.ends_at.hour in {16, 17}
    weekly = await told(
        locking, "lock mail every fri 16:00 - mon 8:00 zone Asia/Tokyo x", LockSet
    )
    assert weekly.zone == "Asia/Tokyo"
    assert weekly.lock.weekly is not None
    assert weekly.lock.weekly.zone == "Asia/Tokyo"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", None])
async def test_where_slack_does_not_say_the_zone_is_utc(
    harness: ServiceHarness, zone: str | None
) -> None:
    if zone is not None:
        harness.directory.put(Profile(ANN.user_id, "ann", zone))

    answer = await told(harness, "lock mail until tomorrow 18:00 freeze", LockSet)

    assert answer.zone == "UTC"
    assert not answer.zone_known
    assert answer.lock.ends_at == (NOON + DAY).replace(hour=18, minute=0)


async def test_several_apps_are_locked_each_by_itself(locking: ServiceHarness) -> None:
    answer = await told(locking, "lock mail, other for 2h audit", Several)

    assert [one.target for one in in_force(locking)] == [MAIL, OTHER]
    assert [one.app for one in answer.answers if isinstance(one, LockSet)] == [
        "mail",
        "other",
    ]
    lifted = await told(locking, "unlock mail, other", Several)
    assert all(isinstance(one, LockLifted) for one in lifted.answers)
    assert in_force(locking) == []


@pytest.mark.parametrize("text", ["lock chess x", "unlock chess x"])
async def test_an_app_that_is_not_known_is_not_locked(
    locking: ServiceHarness, text: str
) -> None:
    await told(locking, text, UnknownAlias)
    assert in_force(locking) == []


async def test_all_is_not_locked_where_no_app_is_named(locking: ServiceHarness) -> None:
    assert await locking.say("lock all x", place=ELSEWHERE) == Usage(
        Misuse.NO_APP, "unlock"
    )
    assert in_force(locking) == []


@pytest.mark.parametrize("text", ["lock mail x", "unlock mail x", "lock all x"])
async def test_a_guest_locks_and_lifts_nothing_and_that_is_recorded(
    locking: ServiceHarness, text: str
) -> None:
    await locking.say("lock mail freeze")

    assert await locking.say(text, GUEST) == NotAllowed(Denial.OTHER_WORKSPACE)

    assert len(in_force(locking)) == 1
    assert len(locking.events_of(EventKind.REFUSED)) == 1


async def test_a_lock_without_a_reason_is_refused(locking: ServiceHarness) -> None:
    usage = await told(locking, "lock mail until mon 08:00", Usage)

    assert usage.misuse is Misuse.NO_LOCK_REASON
    assert in_force(locking) == []


@pytest.mark.parametrize("text", ["finalize mail", "set mail 40%"])
@pytest.mark.parametrize("person", [ANN, BOB])
async def test_what_is_locked_gets_no_card_for_nobody_and_that_is_recorded(
    locking: ServiceHarness, text: str, person: Person
) -> None:
    lock = (await told(locking, "lock mail freeze", LockSet)).lock

    answer = await told(locking, text, Locked, person)

    assert answer.apps == (ResolvedTarget(MAIL, "mail"),)
    assert [one.lock for one in answer.locks] == [lock]
    assert locking.requests.kept == {}
    [refused] = locking.events_of(EventKind.REFUSED)
    assert (refused.code, refused.target, refused.actor) == (
        "locked",
        MAIL,
        person.user_id,
    )
    assert refused.details["locks"] == [
        {"id": lock.id, "locked_by": ANN.user_id, "reason": "freeze"}
    ]


async def test_a_halt_is_never_locked_and_reads_no_lock(
    locking: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await locking.say("lock mail freeze")
    await locking.say("lock all freeze")

    def fail(*_: object) -> None:
        raise AssertionError("a halt reads no locks")

    monkeypatch.setattr(locking.repositories.locks, "list_locks", fail)
    monkeypatch.setattr(locking.repositories.locks, "locks_on", fail)
    card = await locking.ask("halt mail crash")

    assert isinstance(await locking.confirm(card, BOB), Confirmed)


async def test_of_several_apps_the_ones_that_are_not_locked_get_their_card(
    locking: ServiceHarness,
) -> None:
    await locking.say("lock mail freeze")

    answers = await locking.say_all("set mail, other 40%")

    assert [type(one) for one in answers] == [Locked, ConfirmationNeeded]
    assert [one.alias for one in locking.requests.kept.values()] == ["other"]


async def test_a_button_and_a_form_are_held_as_well(locking: ServiceHarness) -> None:
    await locking.say("lock mail freeze")
    wanted = ResolvedChange(ResolvedTarget(MAIL, None), Change(Verb.FINALIZE), "")

    assert isinstance(await locking.ask_for(wanted), Locked)

    async def may(verb: Verb, person: Person = ANN) -> object:
        return await locking.service.may_ask_for(verb, MAIL, PLACE, person)

    assert isinstance(await may(Verb.SET), Locked)
    assert isinstance(await may(Verb.SET, GUEST), NotAllowed)
    assert await may(Verb.HALT) == ResolvedTarget(MAIL, "mail")


async def test_a_lock_that_is_over_or_lifted_holds_nothing(
    locking: ServiceHarness,
) -> None:
    await locking.say("lock mail for 2h freeze")
    await locking.say("lock mail for 3h audit")
    await locking.say("unlock mail")
    assert isinstance(await locking.say("finalize mail"), ConfirmationNeeded)
    await locking.say("lock mail for 2h freeze")

    locking.now += 2 * HOUR - timedelta(seconds=1)
    assert isinstance(await locking.say("set mail 40%"), Locked)
    locking.now += timedelta(seconds=1)
    assert isinstance(await locking.say("set mail 40%"), ConfirmationNeeded)


async def test_another_person_needs_a_reason_to_lift_a_lock(
    locking: ServiceHarness,
) -> None:
    lock = (await told(locking, "lock mail freeze", LockSet)).lock

    usage = await told(locking, "unlock mail", Usage, BOB)
    assert usage == Usage(Misuse.NO_UNLOCK_REASON, "mail", rest=(ANN.user_id,))
    assert in_force(locking) == [lock]

    answer = await told(locking, "unlock mail all is well", LockLifted, BOB)
    [lifted] = answer.lifted
    assert (lifted.lifted_by, lifted.lift_reason) == (BOB.user_id, "all is well")
    [event] = locking.events_of(EventKind.UNLOCKED)
    assert (event.actor, event.target) == (BOB.user_id, MAIL)
    assert event.details["locked_by"] == ANN.user_id
    assert event.details["lift_reason"] == "all is well"


async def test_without_a_reason_one_s_own_locks_are_lifted_and_the_rest_is_shown(
    locking: ServiceHarness,
) -> None:
    mine = (await told(locking, "lock mail freeze", LockSet)).lock
    hers = (await told(locking, "lock mail audit", LockSet, BOB)).lock
    everything = (await told(locking, "lock all outage", LockSet, BOB)).lock

    answer = await told(locking, "unlock mail", LockLifted)

    assert [one.id for one in answer.lifted] == [mine.id]
    assert answer.left == (hers, everything)
    assert in_force(locking) == [hers, everything]


async def test_what_has_no_lock_of_its_own_is_not_unlocked(
    locking: ServiceHarness,
) -> None:
    everything = (await told(locking, "lock all outage", LockSet)).lock

    assert await locking.say("unlock mail x") == NotLocked("mail", (everything,), NOON)
    assert await locking.say("unlock all") == LockLifted(
        "all",
        (replace(everything, lifted_by=ANN.user_id, lifted_at=NOON),),
        (),
        NOON,
    )
    assert await locking.say("unlock all") == NotLocked("all", (), NOON)


async def test_who_comes_second_to_lift_a_lock_is_told_that_there_is_none(
    locking: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await locking.say("lock mail freeze")

    async def late(*_: object) -> bool:
        return False

    monkeypatch.setattr(locking.repositories.locks, "lift_lock", late)

    assert await locking.say("unlock mail x", BOB) == NotLocked("mail", (), NOON)


async def test_the_list_has_the_locks_of_all_and_of_what_the_channel_names(
    locking: ServiceHarness,
) -> None:
    locking.aliases.put("beta", BETA, ELSEWHERE)
    await locking.say("lock mail freeze")
    await locking.say("lock other freeze")
    await locking.say("lock all freeze")

    found = await locking.say("locks", place=ELSEWHERE)

    assert isinstance(found, Locks)
    assert [one.target for one in found.locks] == [MAIL, None]
    assert [one.name for one in found.names] == ["beta"]
    assert isinstance(await locking.say("locks", GUEST), Locks)


async def test_the_status_of_an_app_has_its_locks(locking: ServiceHarness) -> None:
    await locking.say("lock mail for 2h freeze")
    await locking.say("lock mail every sat 10:00 - sat 10:01 window")

    status = await told(locking, "status mail, other", Status)

    mail, other = status.targets
    assert [one.lock.reason for one in mail.locks] == ["freeze"]
    assert [one.until for one in mail.locks] == [NOON + 2 * HOUR]
    assert other.locks == ()


async def test_a_card_that_waits_is_held_at_the_press_and_stays_open(
    locking: ServiceHarness,
) -> None:
    card = await locking.ask("finalize mail")
    lock = (await told(locking, "lock mail for 5m freeze", LockSet, BOB)).lock

    for person in (ANN, BOB):
        answer = await locking.confirm(card, person)
        assert isinstance(answer, Locked)
        assert [one.lock for one in answer.locks] == [lock]
    assert locking.requests.kept[card.id].state is RequestState.PENDING
    assert locking.operations.kept == {}
    first, _ = locking.events_of(EventKind.REFUSED)
    assert (first.code, first.request_id, first.target) == ("locked", card.id, MAIL)
    assert first.details["action"] == "approve"
    assert first.details["locks"][0]["id"] == lock.id

    locking.now += timedelta(minutes=5)
    assert isinstance(await locking.confirm(card, BOB), Confirmed)


async def test_a_lock_that_comes_back_holds_the_press_in_its_window_alone(
    locking: ServiceHarness,
) -> None:
    locking.now = datetime.fromisoformat("2026-11-20T14:52:00+00:00")
    card = await locking.ask("finalize mail")
    await locking.say("lock mail every fri 16:00 - fri 16:05 window")

    locking.now = datetime.fromisoformat("2026-11-20T15:00:00+00:00")
    assert isinstance(await locking.confirm(card), Locked)
    locking.now = datetime.fromisoformat("2026-11-20T15:04:59+00:00")
    assert isinstance(await locking.confirm(card), Locked)
    locking.now = datetime.fromisoformat("2026-11-20T15:05:00+00:00")
    assert isinstance(await locking.confirm(card), Confirmed)


async def test_a_lock_that_comes_between_judging_and_storing_holds_the_press(
    locking: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await locking.ask("finalize mail")
    stored, locks_on = locking.repositories.locks, locking.repositories.locks.locks_on
    lock = Lock(0, "T1", "C2", None, "freeze", "U9", NOON, NOON + DAY)

    async def then_locked(*asked: object) -> object:
        found = await locks_on(*asked)  # type: ignore[arg-type]
        if not in_force(locking):
            await stored.add_lock(lock, ELSEWHERE)
        return found

    monkeypatch.setattr(stored, "locks_on", then_locked)

    assert isinstance(await locking.confirm(card), Locked)
    assert locking.operations.kept == {}


async def test_a_lock_is_judged_before_the_asker_is_asked_for_a_reason(
    locking: ServiceHarness, rule_of: Callable[[Rule], None]
) -> None:
    rule_of(Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES))
    card = await locking.ask("finalize mail")
    locking.now += timedelta(minutes=11)

    early = await locking.confirm(card)
    assert isinstance(early, PressRefused)
    assert isinstance(early.refusal, AloneReasonNeeded)
    await locking.say("lock mail freeze", BOB)
    assert isinstance(await locking.confirm(card), Locked)


@pytest.fixture
def rule_of(locking: ServiceHarness) -> Callable[[Rule], None]:
    """Return what sets the rule of the app."""

    def put(rule: Rule) -> None:
        locking.repositories.rules.put("T1", MAIL, rule)

    return put
