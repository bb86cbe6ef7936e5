"""What App Home reads: cards, open rollouts and ends, in one person's channels."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind, operation_ended
from bot.domain.home import HomeContent
from bot.domain.looks import after_failure
from bot.domain.plan_changes import ended, held
from bot.domain.plans import HoldReason, PlanEnd
from bot.domain.requests import Alias, Person, Place
from bot.domain.results import Done, Unknown
from bot.domain.rollout import COMPLETE, IN_PROGRESS, STOPPED, Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import WatchedTarget, change_event
from tests.db.sample_requests import (
    ANN,
    DONE,
    LATER,
    NOON,
    TROUBLE,
    authorised,
    cancel,
    operation,
    press,
    request,
)
from tests.db.test_ramps_on_boards import begin, save
from tests.fakes.home import home_of

MAIL = operation("r1").ref.target
GAMES = replace(MAIL, app_id="9GAMES")
HERE, THERE = Place("T1", "C1"), Place("T1", "C2")
GUEST = Person("U9", "T2")
DAY = timedelta(days=1)
GOING = Rollout(True, 10.0, IN_PROGRESS)


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def follow(
    stored: SqlRepositories, place: Place = HERE, target: Target = MAIL
) -> None:
    alias = Alias(f"a{target.app_id.lower()}", target, "App", None, "U1")
    await stored.aliases.add_alias(place, alias, NOON)
    await stored.watching.follow(NOON)


async def look(
    stored: SqlRepositories,
    rollout: Rollout,
    kind: EventKind | None = None,
    submission: str = "1152921505694",
    at: timedelta = timedelta(0),
) -> None:
    """Store what a look has found, of each target that is due."""
    now = NOON + at
    for before in await stored.watching.claim_looks(now, 10):
        ref = SubmissionRef(before.target, submission)
        seen = Snapshot(ref, f"App {before.target.app_id}", None, rollout)
        after = replace(
            before, seen=seen, looked_at=now, since=now, version=before.version + 1
        )
        event = change_event(kind, before, seen, now) if kind else None
        assert await stored.watching.save_look(before, after, event, now, now)


async def fail(stored: SqlRepositories) -> WatchedTarget:
    [claimed] = await stored.watching.claim_looks(NOON, 10)
    await stored.watching.fail_look(after_failure(claimed, NOON), NOON, NOON)
    return claimed


async def read(
    stored: SqlRepositories,
    *channels: str,
    person: Person = ANN,
    later: timedelta = timedelta(0),
) -> HomeContent:
    home = home_of(stored, stored.home, lambda: NOON + later)
    return await home.read(person, "T1", frozenset(channels or ("C1", "C2")))


async def test_an_open_rollout_is_read_once_with_all_channels_that_follow_it(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await follow(stored, THERE)
    await look(stored, GOING)

    content = await read(stored)

    [rollout] = content.open
    assert content.follows
    assert rollout.channels == ("C1", "C2")
    assert rollout.watched.seen is not None
    assert rollout.watched.seen.rollout == GOING
    assert rollout.watched.looked_at == NOON
    assert rollout.watched.failing_since is None


async def test_nothing_is_read_of_channels_that_the_person_is_not_in(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, GOING)
    await look(stored, Rollout(True, 10.0, STOPPED), EventKind.ROLLOUT_HALTED)
    await stored.requests.add_request(request())

    assert await read(stored, "C2") == HomeContent()
    other = home_of(stored, stored.home, lambda: NOON)
    assert await other.read(ANN, "T2", ["C1"]) == HomeContent()


async def test_who_is_in_no_channel_reads_only_their_own_cards(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, GOING)
    await stored.requests.add_request(request())
    home = home_of(stored, stored.home, lambda: NOON)

    own = await home.read(Person("U1", "T1"), "T1", [])

    assert [one.id for one in own.waiting] == ["r1"]
    assert own.open == ()
    assert await home.read(ANN, "T1", []) == HomeContent()


async def test_a_card_waits_until_it_is_decided_or_its_time_is_over(
    stored: SqlRepositories,
) -> None:
    for number in (1, 2, 3):
        await stored.requests.add_request(request(number))
    await cancel(stored, 2)

    content = await read(stored)

    assert [one.id for one in content.waiting] == ["r1", "r3"]
    assert (await read(stored, later=LATER - NOON)).waiting == ()


async def test_a_guest_sees_what_has_an_alias_in_their_channels_and_no_card(
    stored: SqlRepositories, database: Database
) -> None:
    await follow(stored)
    await follow(stored, HERE, GAMES)
    # The channel follows it without naming it.
    await database.run(text("UPDATE subscriptions SET by_alias = '0'"))
    await stored.aliases.remove_alias(HERE, "a9games", "U1", NOON)
    await stored.watching.follow(NOON)
    await stored.requests.add_request(request())
    await look(stored, GOING)

    ours, theirs = await read(stored), await read(stored, person=GUEST)

    assert [one.watched.target for one in ours.open] == [GAMES, MAIL]
    assert [one.watched.target for one in theirs.open] == [MAIL]
    assert len(ours.waiting) == 1
    assert theirs.waiting == ()

    await look(stored, Rollout(True, 10.0, STOPPED), EventKind.ROLLOUT_HALTED)
    ours, theirs = await read(stored), await read(stored, person=GUEST)

    assert {one.target for one in ours.finished} == {MAIL, GAMES}
    assert {one.target for one in theirs.finished} == {MAIL}


async def test_what_needs_attention_comes_first(stored: SqlRepositories) -> None:
    full = replace(MAIL, app_id="9ZZZ")
    for target in (GAMES, full):
        await follow(stored, HERE, target)
    await look(stored, GOING)
    await stored.watching.follow(NOON)
    for before in await stored.watching.claim_looks(NOON, 10):
        assert before.seen is not None
        share = 100.0 if before.target == full else 10.0
        seen = replace(before.seen, rollout=Rollout(True, share, IN_PROGRESS))
        after = replace(before, seen=seen, looked_at=NOON, version=before.version + 1)
        assert await stored.watching.save_look(before, after, None, NOON, NOON)

    content = await read(stored)

    assert [one.watched.target for one in content.open] == [full, GAMES]


async def test_what_cannot_be_read_is_there_with_since_when(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await fail(stored)

    [unread] = (await read(stored)).open

    assert unread.watched.failing_since == NOON
    assert unread.watched.seen is None


async def test_what_is_over_and_can_be_read_is_not_open(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, Rollout(True, 100.0, COMPLETE))

    content = await read(stored)

    assert content.open == ()
    assert content.follows


async def test_ends_are_read_for_a_week_the_newest_first(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, GOING)
    await look(stored, Rollout(True, 10.0, STOPPED), EventKind.ROLLOUT_HALTED)
    await look(stored, GOING, EventKind.ROLLOUT_OPENED, "2", DAY)
    await look(stored, GOING, EventKind.ROLLOUT_REPLACED, "3", 2 * DAY)
    await look(
        stored,
        Rollout(True, 100.0, COMPLETE),
        EventKind.ROLLOUT_FINALIZED,
        "3",
        3 * DAY,
    )

    soon = await read(stored, later=3 * DAY)
    late = await read(stored, later=8 * DAY)

    assert [one.kind for one in soon.finished] == [
        EventKind.ROLLOUT_FINALIZED,
        EventKind.ROLLOUT_REPLACED,
        EventKind.ROLLOUT_HALTED,
    ]
    assert [one.actor for one in soon.finished] == [None] * 3
    assert soon.finished[-1].before == GOING
    assert soon.finished[-1].app_name == f"App {MAIL.app_id}"
    assert [one.kind for one in late.finished] == [
        EventKind.ROLLOUT_FINALIZED,
        EventKind.ROLLOUT_REPLACED,
    ]


async def test_an_end_by_the_bot_names_who_has_confirmed_it(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await follow(stored, THERE)
    await authorised(stored)
    await stored.operations.finish_operation(operation("r1"), DONE, NOON)

    [end] = (await read(stored)).finished

    assert end.kind is EventKind.ROLLOUT_HALTED
    assert end.actor == ANN.user_id
    assert end.before == DONE.before


async def test_a_new_percentage_is_no_end(stored: SqlRepositories) -> None:
    await follow(stored)
    changed = replace(request(), change=Change(Verb.SET, 40.0))
    await stored.requests.add_request(changed)
    pressed = await press(stored)
    assert pressed is not None
    assert pressed.operation is not None
    done = Done(GOING, Rollout(True, 40.0, IN_PROGRESS))
    await stored.operations.finish_operation(pressed.operation, done, NOON)

    assert (await read(stored)).finished == ()


async def test_an_end_that_was_seen_before_its_result_is_there_once(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, GOING)
    sent = (await authorised(stored)).operation
    assert sent is not None
    await stored.operations.begin_attempt(sent, NOON)
    await stored.operations.finish_operation(sent, Unknown(None, TROUBLE), NOON)
    [before] = await stored.watching.claim_looks(NOON + 2 * DAY, 10)
    assert before.seen is not None
    seen = replace(before.seen, rollout=Rollout(True, 10.0, STOPPED))
    after = replace(before, seen=seen, version=before.version + 1)
    event = change_event(EventKind.ROLLOUT_HALTED, before, seen, NOON, sent)
    later = NOON + 2 * DAY
    assert await stored.watching.save_look(before, after, event, later, later)
    await stored.events.add_event(operation_ended(sent, DONE, NOON))

    [end] = (await read(stored)).finished

    assert end.actor == ANN.user_id


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE requests SET verb = 'ramp'",
        "UPDATE requests SET versions = '5'",
    ],
)
async def test_a_card_of_a_newer_bot_is_left_out(
    stored: SqlRepositories, database: Database, change: str
) -> None:
    await stored.requests.add_request(request())
    await database.run(text(change))

    assert (await read(stored)).waiting == ()


async def test_an_end_that_a_newer_bot_wrote_otherwise_is_left_out(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    sent = (await authorised(stored)).operation
    assert sent is not None
    ended = operation_ended(sent, DONE, NOON)
    for number, details in enumerate(({}, {"result": {"code": "mended"}})):
        await stored.events.add_event(
            replace(ended, details=details, unique_key=f"operation/{number}")
        )

    assert (await read(stored)).finished == ()


async def test_an_open_rollout_has_its_ramp_until_that_has_ended(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await follow(stored, THERE)
    await look(stored, GOING)
    plan = await begin(stored)

    content = await read(stored)
    [rollout] = content.open
    assert rollout.plan == plan
    assert content.held == ()

    await save(stored, plan, ended(plan, PlanEnd.STOPPED, "U1", NOON))
    [rollout] = (await read(stored)).open
    assert rollout.plan is None


async def test_the_ramp_of_another_submission_is_not_shown_with_a_rollout(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await look(stored, GOING)
    await begin(stored, SubmissionRef(MAIL, "another"))

    [rollout] = (await read(stored)).open

    assert rollout.plan is None


async def test_a_held_ramp_waits_for_those_who_may_let_it_go_on(
    stored: SqlRepositories,
) -> None:
    await follow(stored, THERE)
    await look(stored, GOING)
    plan = await begin(stored)
    one = await save(stored, plan, held(plan, HoldReason.LATE, NOON))

    # It was started in the first channel, and the second follows the app.
    assert (await read(stored, "C1")).held == (one,)
    assert (await read(stored, "C2")).held == (one,)
    assert (await read(stored, "C3")).held == ()
    assert (await read(stored, person=GUEST)).held == ()


async def test_a_ramp_in_a_channel_of_another_workspace_is_not_shown(
    stored: SqlRepositories, database: Database
) -> None:
    plan = await begin(stored)
    await save(stored, plan, held(plan, HoldReason.LATE, NOON))
    await database.run(text("UPDATE plans SET workspace = 'T2'"))

    assert (await read(stored)).held == ()


async def test_a_ramp_that_a_newer_bot_wrote_otherwise_is_left_out(
    stored: SqlRepositories, database: Database
) -> None:
    await follow(stored)
    await look(stored, GOING)
    await begin(stored)
    await database.run(text("UPDATE plans SET state = 'dancing'"))

    [rollout] = (await read(stored)).open

    assert rollout.plan is None
