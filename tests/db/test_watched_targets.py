"""What is watched: claims, changes, notices, and what an operation proves."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text, true
from sqlalchemy.exc import IntegrityError

from bot.db.leases import LEASE
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.db.telling import of_target, tell_followers
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.looks import after_failure
from bot.domain.requests import Alias, Place
from bot.domain.results import Unknown
from bot.domain.rollout import IN_PROGRESS, STOPPED, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.domain.subscriptions import Subscription
from bot.domain.watching import Topics, WatchedTarget, change_event
from tests.db.sample_requests import DONE, NOON, authorised, operation

MAIL = operation("r1").ref.target
REF = operation("r1").ref
MINUTE = timedelta(minutes=1)
GOING = Rollout(True, 10.0, IN_PROGRESS)
QUARTER = Rollout(True, 25.0, IN_PROGRESS)
SEEN = Snapshot(REF, "Contoso Mail", None, GOING)
HERE, THERE = Place("T1", "C1"), Place("T1", "C2")


@pytest.fixture
def stored(database: Database) -> SqlRepositories:
    return SqlRepositories(database)


async def follow(stored: SqlRepositories, *places: Place) -> None:
    for place in places or (HERE,):
        alias = Alias("mail", MAIL, "Contoso Mail", None, "U1")
        await stored.aliases.add_alias(place, alias, NOON)
    await stored.watching.follow(NOON)


async def claim(stored: SqlRepositories, minutes: float = 0) -> WatchedTarget:
    [claimed] = await stored.watching.claim_looks(NOON + minutes * MINUTE, 10)
    return claimed


async def save(
    stored: SqlRepositories,
    before: WatchedTarget,
    rollout: Rollout = GOING,
    kind: EventKind | None = None,
) -> bool:
    """Store what a look at noon has found, and make the next look due at noon."""
    seen = replace(SEEN, rollout=rollout)
    after = replace(before, seen=seen, looked_at=NOON, version=before.version + 1)
    event = change_event(kind, before, seen, NOON) if kind else None
    return await stored.watching.save_look(before, after, event, NOON, NOON)


async def test_what_has_an_alias_is_looked_at_once(stored: SqlRepositories) -> None:
    await follow(stored, HERE, THERE)

    claimed = await claim(stored)

    assert claimed.target == MAIL
    assert claimed.looked_at is None
    assert await stored.watching.claim_looks(NOON, 10) == []
    assert await claim(stored, LEASE / MINUTE)


async def test_what_nobody_follows_any_more_is_not_looked_at(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await stored.aliases.remove_alias(HERE, "mail", "U1", NOON)

    await stored.watching.follow(NOON)

    assert await stored.watching.claim_looks(NOON, 10) == []


async def test_a_version_does_not_come_again_when_a_target_is_followed_again(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    first = await claim(stored)
    await stored.aliases.remove_alias(HERE, "mail", "U1", NOON)
    await stored.watching.follow(NOON)
    await stored.aliases.add_alias(
        HERE, Alias("mail", MAIL, "Contoso Mail", None, "U1"), NOON
    )
    await stored.watching.follow(NOON + MINUTE)

    assert (await claim(stored, 1)).version > first.version
    assert not await save(stored, first)


async def test_claims_at_once_share_the_targets(stored: SqlRepositories) -> None:
    for number in range(20):
        alias = Alias(f"a{number}", replace(MAIL, app_id=f"A{number}"), "A", None, "U1")
        await stored.aliases.add_alias(HERE, alias, NOON)
    await stored.watching.follow(NOON)

    claimed = await asyncio.gather(
        *(stored.watching.claim_looks(NOON, 6) for _ in range(5))
    )

    apps = [one.target.app_id for some in claimed for one in some]
    assert len(apps) == len(set(apps))
    assert all(len(some) <= 6 for some in claimed)


async def test_a_look_stores_what_it_has_seen(stored: SqlRepositories) -> None:
    await follow(stored)

    assert await save(stored, await claim(stored))

    again = await claim(stored)
    assert again.seen == SEEN
    assert again.looked_at == NOON
    assert await stored.notices.claim_notices(NOON, 10) == []


async def test_a_change_is_told_in_each_channel_that_follows(
    stored: SqlRepositories,
) -> None:
    await follow(stored, HERE, THERE)
    await save(stored, await claim(stored))

    before = await claim(stored)
    assert await save(stored, before, QUARTER, EventKind.PERCENTAGE_CHANGED)

    notices = await stored.notices.claim_notices(NOON, 10)
    assert {notice.place for notice in notices} == {HERE, THERE}
    for notice in notices:
        assert notice.kind is EventKind.PERCENTAGE_CHANGED
        assert notice.before is not None
        assert notice.after is not None
        assert (notice.before.percentage, notice.after.percentage) == (10.0, 25.0)
        assert notice.app_name == "Contoso Mail"
        assert not notice.by_bot
        assert await stored.watching.is_told(notice.event.unique_key or "")


@pytest.mark.parametrize("topic", [Topics.CHANGES, Topics.ATTENTION])
async def test_an_event_is_told_where_its_topic_is_followed_with_the_group_to_mention(
    database: Database, stored: SqlRepositories, topic: Topics
) -> None:
    places = {topics: Place("T1", f"C{topics}") for topics in Topics}
    for topics, place in places.items():
        wish = Subscription(MAIL, topics, False, "U1", NOON, mention=f"S{topics}")
        assert await stored.subscriptions.put_subscription(place, None, wish)
    await stored.watching.follow(NOON)
    event = change_event(
        *(EventKind.ROLLOUT_HALTED, await claim(stored), SEEN, NOON),
    )
    await stored.events.add_event(event)
    asked = {
        **of_target(MAIL),
        "key_of_event": event.unique_key,
        "told_at": NOON,
        "of_request": None,
        "of_submission": REF.submission_id,
    }

    await database.run(tell_followers(topic)(true()), asked)

    notices = await stored.notices.claim_notices(NOON, 10)
    assert {(one.place, one.mention) for one in notices} == {
        (places[topic], f"S{topic}"),
        (places[Topics.ALL], "Sall"),
    }


async def test_of_two_looks_with_one_version_one_is_stored(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    before = await claim(stored)
    assert await save(stored, before)

    assert not await save(stored, before, QUARTER, EventKind.PERCENTAGE_CHANGED)

    assert await stored.notices.claim_notices(NOON, 10) == []
    assert (await claim(stored)).seen == SEEN


async def test_no_look_is_begun_or_stored_while_an_operation_is_under_way(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    before = await claim(stored)
    await authorised(stored)

    assert not await save(stored, before)
    await stored.watching.release_look(before, NOON)
    assert await stored.watching.claim_looks(NOON, 10) == []


async def test_no_look_is_begun_while_an_unknown_is_followed_up(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await authorised(stored)
    unknown = Unknown(GOING, operation_detail())
    await stored.operations.finish_operation(operation("r1"), unknown, NOON)

    assert await stored.watching.claim_looks(NOON + 60 * MINUTE, 10) == []
    assert await claim(stored, 80)


async def test_what_an_operation_has_proved_drops_the_look_that_began_before(
    stored: SqlRepositories,
) -> None:
    await follow(stored, THERE)
    await save(stored, await claim(stored))
    before = await claim(stored)
    await authorised(stored)
    await stored.operations.finish_operation(operation("r1"), DONE, NOON)

    assert not await save(stored, before, DONE.after, EventKind.ROLLOUT_HALTED)

    now = await claim(stored, 2)
    assert now.seen is not None
    assert now.seen.rollout.same_as(DONE.after)
    assert now.version > before.version


async def test_a_look_is_dropped_although_another_has_its_lease_by_a_clock_set_back(
    stored: SqlRepositories,
) -> None:
    await follow(stored, THERE)
    await save(stored, await claim(stored))
    before = await claim(stored, 2)
    await authorised(stored)
    await stored.operations.finish_operation(operation("r1"), DONE, NOON)
    again = await claim(stored, 2)
    assert again.leased_until == before.leased_until

    assert not await save(stored, before, GOING, EventKind.PERCENTAGE_CHANGED)
    assert await save(stored, again, DONE.after)


async def test_an_event_that_is_in_the_log_is_refused_with_all_that_goes_with_it(
    stored: SqlRepositories, database: Database
) -> None:
    await follow(stored)
    await save(stored, await claim(stored))
    halted = Rollout(True, 10.0, STOPPED)
    await save(stored, await claim(stored), halted, EventKind.ROLLOUT_HALTED)
    before = await claim(stored)
    # The notices that are over are deleted, and the log is kept.
    await database.run(text("DELETE FROM notices"))

    with pytest.raises(IntegrityError):
        await save(stored, before, halted, EventKind.ROLLOUT_HALTED)

    told = "SELECT (SELECT count(*) FROM notices), (SELECT version FROM observations)"
    [row] = await database.run(text(told))
    assert tuple(row) == (0, before.version)


async def test_what_an_operation_has_done_is_told_where_it_was_not_asked_for(
    stored: SqlRepositories,
) -> None:
    await follow(stored, HERE, THERE)
    await authorised(stored)

    await stored.operations.finish_operation(operation("r1"), DONE, NOON)

    [notice] = await stored.notices.claim_notices(NOON, 10)
    assert notice.place == THERE
    assert notice.by_bot
    assert notice.kind is EventKind.ROLLOUT_HALTED


async def test_an_operation_in_doubt_is_the_cause_of_what_it_wanted(
    stored: SqlRepositories,
) -> None:
    await authorised(stored)
    sent = operation("r1")
    await stored.operations.begin_attempt(sent, NOON)
    unknown = Unknown(GOING, operation_detail())
    await stored.operations.finish_operation(sent, unknown, NOON)
    halted = Rollout(True, 10.0, STOPPED)
    find = stored.watching.operation_in_doubt

    found = await find(REF, halted, NOON, NOON + 90 * MINUTE)
    assert found is not None
    assert found.id == sent.id
    assert await find(REF, QUARTER, NOON, NOON) is None
    assert await find(SubmissionRef(MAIL, "other"), halted, NOON, NOON) is None


async def test_a_look_in_vain_is_counted_until_one_succeeds(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    for failures in range(3):
        before = await claim(stored)
        assert before.failures == failures
        failed = after_failure(before, NOON)
        await stored.watching.fail_look(failed, NOON, NOON)
    await save(stored, await claim(stored))

    assert (await claim(stored)).failures == 0


async def test_a_lease_from_before_the_clock_was_set_back_keeps_nobody_out(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await claim(stored, 60)

    assert await claim(stored)


async def told_twice(stored: SqlRepositories) -> None:
    """Store two changes for one channel."""
    await follow(stored)
    await save(stored, await claim(stored))
    before = await claim(stored)
    await save(stored, before, QUARTER, EventKind.PERCENTAGE_CHANGED)
    before = await claim(stored)
    halted = Rollout(True, 25.0, STOPPED)
    await save(stored, before, halted, EventKind.ROLLOUT_HALTED)


async def test_a_channel_is_told_in_order(stored: SqlRepositories) -> None:
    await told_twice(stored)

    [first] = await stored.notices.claim_notices(NOON, 10)
    assert first.kind is EventKind.PERCENTAGE_CHANGED
    assert await stored.notices.claim_notices(NOON, 10) == []
    await stored.notices.close_notices([first], "1.0", NOON)
    [second] = await stored.notices.claim_notices(NOON, 10)
    assert second.kind is EventKind.ROLLOUT_HALTED
    await stored.notices.close_notices([second], "1.0", NOON)
    assert await stored.notices.claim_notices(NOON, 10) == []


async def test_what_a_dead_process_has_claimed_is_posted_by_another(
    stored: SqlRepositories,
) -> None:
    await told_twice(stored)
    [first] = await stored.notices.claim_notices(NOON, 10)
    assert first.tried_before is None

    [again] = await stored.notices.claim_notices(NOON + LEASE, 10)

    assert again.id == first.id
    assert again.tried_before == NOON
    assert again.attempts == 2


async def test_what_surely_did_not_arrive_is_not_searched_for(
    stored: SqlRepositories,
) -> None:
    await told_twice(stored)
    [first] = await stored.notices.claim_notices(NOON, 10)
    await stored.notices.retry_notice(first, NOON + MINUTE, None)

    assert await stored.notices.claim_notices(NOON, 10) == []
    [again] = await stored.notices.claim_notices(NOON + MINUTE, 10)
    assert again.tried_before is None


async def test_a_channel_that_takes_nothing_is_marked_until_it_does(
    stored: SqlRepositories, database: Database
) -> None:
    await told_twice(stored)
    blocked = text("SELECT blocked_by FROM subscriptions")
    [first] = await stored.notices.claim_notices(NOON, 10)

    assert await stored.notices.refuse_notice(first, "is_archived", NOON) == ["U1"]
    assert await database.run(blocked) == [("is_archived",)]
    [second] = await stored.notices.claim_notices(NOON, 10)
    assert await stored.notices.refuse_notice(second, "is_archived", NOON) == []
    await stored.notices.close_notices([second], "1.0", NOON)
    assert await database.run(blocked) == [(None,)]


async def test_who_ended_the_messages_is_not_told_that_a_channel_takes_none(
    stored: SqlRepositories,
) -> None:
    await told_twice(stored)
    muted = Subscription(
        *(replace(MAIL, app_id="9NOTHER00003"), Topics.NONE, True, "U9", NOON)
    )
    assert await stored.subscriptions.put_subscription(HERE, None, muted)
    [first] = await stored.notices.claim_notices(NOON, 10)

    assert await stored.notices.refuse_notice(first, "is_archived", NOON) == ["U1"]


async def test_notices_that_are_over_are_deleted_and_their_events_stay(
    stored: SqlRepositories, database: Database
) -> None:
    await told_twice(stored)
    [first] = await stored.notices.claim_notices(NOON, 10)
    await stored.notices.close_notices([first], "1.0", NOON)
    count = text("SELECT count(*) FROM notices")

    await stored.retention.forget_notices(NOON)
    assert await database.run(count) == [(2,)]
    await stored.retention.forget_notices(NOON + MINUTE)

    assert await database.run(count) == [(1,)]
    assert await stored.watching.is_told(first.event.unique_key or "")


def operation_detail() -> FailureDetail:
    return FailureDetail(FailureCode.TIMEOUT)


async def test_what_was_seen_is_listed_for_the_targets_that_are_watched(
    stored: SqlRepositories,
) -> None:
    await follow(stored)
    await save(stored, await claim(stored))
    flight = replace(MAIL, flight_id="F1")

    [listed] = await stored.watching.list_observed([MAIL, flight])

    assert (listed.target, listed.seen, listed.looked_at) == (MAIL, SEEN, NOON)
    assert await stored.watching.list_observed([flight]) == []
    assert await stored.watching.list_observed([]) == []
