"""Who is told of a ramp: each follower once, and whoever has to decide."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import EventKind
from bot.domain.notices import Notice
from bot.domain.plan_changes import (
    after_result,
    ended,
    gone_on,
    held,
    paused,
    reminded,
    resumed,
    sent,
)
from bot.domain.plan_events import SentStep, plan_changed, plan_still_held
from bot.domain.plans import HoldReason, Plan, PlanEnd
from bot.domain.requests import Alias, Place
from bot.domain.submissions import Snapshot
from bot.domain.subscriptions import Subscription
from bot.domain.watching import Topics
from bot.service import Reminders
from tests.db.test_stored_plans import CARD, DONE, SOON, UNKNOWN, begin, claim, finish
from tests.db.test_stored_plans import repositories as stored_plans
from tests.fakes.plans import DAY, FRIDAY, shown
from tests.fakes.samples import MAIL, PLACE, ref_of

repositories = stored_plans
THERE = Place("T1", "C2")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_ROUNDS = 6
MONDAY = FRIDAY + 3 * DAY
SEEN = Snapshot(ref_of(), "Contoso Mail", None, shown(5))


async def follow(
    stored: SqlRepositories, place: Place = PLACE, topics: Topics = Topics.ALL
) -> None:
    """Let a channel follow the app, which is seen at 5 %."""
    if topics is Topics.ALL:
        alias = Alias("mail", MAIL, "Contoso Mail", None, "U1")
        await stored.aliases.add_alias(place, alias, FRIDAY)
    else:
        wanted = Subscription(MAIL, topics, False, "U1", FRIDAY)
        assert await stored.subscriptions.put_subscription(place, None, wanted)
    await stored.watching.follow(FRIDAY)
    for before in await stored.watching.claim_looks(FRIDAY, 10):
        after = replace(
            before,
            version=before.version + 1,
            seen=SEEN,
            looked_at=FRIDAY,
            since=FRIDAY,
            remind_at=FRIDAY,
        )
        later = FRIDAY + 30 * DAY
        assert await stored.watching.save_look(before, after, None, later, FRIDAY)


async def save(stored: SqlRepositories, before: Plan, after: Plan) -> Plan:
    assert await stored.plans.save_plan(before, after, plan_changed(after))
    return after


async def take(stored: SqlRepositories, at: datetime = SOON) -> list[Notice]:
    """Post all that is due, and return it."""
    told: list[Notice] = []
    # What is outdated takes a round of its own.
    for _ in range(_ROUNDS):
        due = await stored.notices.claim_notices(at, 50)
        told += due
        for one in due:
            await stored.notices.close_notices(one.all_told, "1.0", at)
    return told


def read(told: list[Notice]) -> list[tuple[EventKind, str]]:
    return [(one.event.kind, one.place.channel) for one in told]


async def remind(stored: SqlRepositories, now: datetime) -> None:
    await Reminders(stored.reminders, lambda: now).remind()


async def test_a_start_is_told_elsewhere_for_its_channel_has_the_card(
    repositories: SqlRepositories,
) -> None:
    for place in (PLACE, THERE):
        await follow(repositories, place)

    await begin(repositories)

    assert read(await take(repositories)) == [(EventKind.PLAN_STARTED, "C2")]


async def test_a_step_is_told_once_in_every_channel_as_a_step_of_its_ramp(
    repositories: SqlRepositories,
) -> None:
    for place in (PLACE, THERE):
        await follow(repositories, place)
    plan = await begin(repositories)
    await take(repositories)
    await claim(repositories, plan)
    assert await take(repositories) == []

    await finish(repositories, plan, DONE)
    await repositories.plans.save_plan(sent(plan), after_result(sent(plan), DONE, SOON))
    told = await take(repositories)

    assert sorted(read(told)) == [(EventKind.ENDED, "C1"), (EventKind.ENDED, "C2")]
    assert {one.step for one in told} == {SentStep(1, 4)}
    assert {one.plan.step for one in told if one.plan} == {1}
    # The card of the ramp is where a channel without a board is told.
    assert {one.place.channel: one.thread for one in told} == {"C1": CARD, "C2": None}


async def test_a_step_in_doubt_is_told_nobody(repositories: SqlRepositories) -> None:
    await follow(repositories, THERE)
    plan = await begin(repositories)
    await take(repositories)
    await claim(repositories, plan)

    await finish(repositories, plan, UNKNOWN)

    assert await take(repositories) == []


@pytest.mark.parametrize("topics", [None, Topics.NONE, Topics.CHANGES])
async def test_where_a_ramp_was_asked_for_is_told_whatever_it_follows(
    repositories: SqlRepositories, topics: Topics | None
) -> None:
    if topics is not None:
        await follow(repositories, PLACE, topics)
    plan = await begin(repositories)
    await claim(repositories, plan)
    await finish(repositories, plan, DONE)
    after = after_result(sent(plan), DONE, SOON)
    await repositories.plans.save_plan(sent(plan), after)
    await save(repositories, after, held(after, HoldReason.LATE, SOON))

    told = await take(repositories)

    assert read(told) == [(EventKind.ENDED, "C1"), (EventKind.PLAN_HELD, "C1")]
    assert {one.thread for one in told} == {CARD}


async def test_each_turn_of_a_ramp_is_told_once_by_its_topic(
    repositories: SqlRepositories,
) -> None:
    changes, attention = Place("T1", "C3"), Place("T1", "C4")
    await follow(repositories, PLACE)
    await follow(repositories, changes, Topics.CHANGES)
    await follow(repositories, attention, Topics.ATTENTION)
    plan = await begin(repositories)
    await take(repositories)
    told: dict[EventKind, set[str]] = {}

    still = paused(plan, "U1", SOON)
    on = resumed(still, "U1", SOON)
    hold = held(on, HoldReason.CHANGED_ELSEWHERE, SOON)
    again = gone_on(hold, "U1", SOON, 5)
    over = ended(again, PlanEnd.STOPPED, "U1", SOON)
    for after in (still, on, hold, again, over):
        plan = await save(repositories, plan, after)
        for one in await take(repositories):
            told.setdefault(one.event.kind, set()).add(one.place.channel)

    assert told == {
        EventKind.PLAN_PAUSED: {"C1", "C3"},
        EventKind.PLAN_RESUMED: {"C1", "C3"},
        EventKind.PLAN_HELD: {"C1", "C4"},
        EventKind.PLAN_ENDED: {"C1", "C3"},
    }


async def test_a_notice_has_the_ramp_of_now_and_what_was_seen_last(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    hold = held(plan, HoldReason.CHANGED_ELSEWHERE, SOON)
    event = plan_changed(hold, seen=shown(40))
    assert await repositories.plans.save_plan(plan, hold, event)

    [notice] = await take(repositories)

    assert notice.plan == hold
    assert notice.shown == (shown(40), SOON)
    assert (notice.seen, notice.seen_at) == (shown(5), FRIDAY)
    assert not notice.direct


async def test_what_was_decided_meanwhile_is_not_told_as_if_it_waited(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    hold = await save(repositories, plan, held(plan, HoldReason.LATE, SOON))
    await save(repositories, hold, gone_on(hold, "U1", SOON + HOUR, 5))

    assert read(await take(repositories, SOON + HOUR)) == [
        (EventKind.PLAN_RESUMED, "C1")
    ]


async def test_after_a_while_without_slack_the_last_change_of_a_ramp_is_told(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    still = await save(repositories, plan, paused(plan, "U1", SOON))
    on = await save(repositories, still, resumed(still, "U1", SOON))
    await save(repositories, on, ended(on, PlanEnd.STOPPED, "U1", SOON))

    told = await take(repositories, SOON + HOUR)

    assert read(told) == [(EventKind.PLAN_ENDED, "C1")]


async def test_a_ramp_of_a_newer_bot_is_told_without_its_terms(
    repositories: SqlRepositories, database: Database
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    await save(repositories, plan, held(plan, HoldReason.LATE, SOON))
    await database.run(text("UPDATE plans SET terms = '{}'"))

    [notice] = await take(repositories)

    assert (notice.event.kind, notice.plan) == (EventKind.PLAN_HELD, None)


async def test_a_held_ramp_is_told_again_on_three_working_days_and_no_more(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    plan = await save(repositories, plan, held(plan, HoldReason.LATE, FRIDAY))
    await take(repositories)

    for day in range(3):
        at = MONDAY + day * DAY
        [due] = await repositories.plans.due_plans(at, 10)
        assert due.plan == plan
        after = reminded(plan, at)
        assert after is not None
        event = plan_still_held(after, at)
        assert await repositories.plans.save_plan(plan, after, event)
        plan = after
        assert read(await take(repositories, at)) == [(EventKind.PLAN_STILL_HELD, "C1")]

    assert await repositories.plans.due_plans(FRIDAY + 90 * DAY, 10) == []


async def test_who_started_a_ramp_is_told_directly_what_no_channel_takes_for_an_hour(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    await save(repositories, plan, held(plan, HoldReason.LATE, SOON))
    [waiting] = await repositories.notices.claim_notices(SOON, 10)
    await repositories.notices.retry_notice(waiting, SOON + 110 * MINUTE, None)

    assert await take(repositories, SOON + 59 * MINUTE) == []
    [direct] = await take(repositories, SOON + HOUR)

    assert (direct.place.channel, direct.direct) == (plan.started_by, True)
    assert direct.key == waiting.key
    assert await take(repositories, SOON + 65 * MINUTE) == []


async def test_what_one_channel_was_told_is_told_nobody_directly(
    repositories: SqlRepositories,
) -> None:
    for place in (PLACE, THERE):
        await follow(repositories, place)
    plan = await begin(repositories)
    await take(repositories)
    await save(repositories, plan, held(plan, HoldReason.LATE, SOON))
    told, waiting = await repositories.notices.claim_notices(SOON, 10)
    await repositories.notices.close_notices([told], "1.0", SOON)
    await repositories.notices.retry_notice(waiting, SOON + 110 * MINUTE, None)

    assert await take(repositories, SOON + 65 * MINUTE) == []


async def test_what_a_channel_refuses_is_told_directly_at_once(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    await save(repositories, plan, held(plan, HoldReason.LATE, SOON))
    [notice] = await repositories.notices.claim_notices(SOON, 10)

    await repositories.notices.refuse_notice(notice, "is_archived", SOON)

    [direct] = await repositories.notices.claim_notices(SOON, 10)
    assert direct.place.channel == plan.started_by
    # Nobody is told of the direct messages, where Slack refuses those too.
    await repositories.notices.refuse_notice(direct, "user_disabled", SOON)
    assert await take(repositories, SOON + 2 * HOUR) == []


async def test_a_change_that_a_channel_refuses_is_told_nobody_directly(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    await save(repositories, plan, paused(plan, "U1", SOON))
    [notice] = await repositories.notices.claim_notices(SOON, 10)

    await repositories.notices.refuse_notice(notice, "is_archived", SOON)

    assert await take(repositories, SOON + 2 * HOUR) == []


async def test_a_rollout_with_a_ramp_is_not_reminded_of_as_standing_still(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    await remind(repositories, FRIDAY)
    plan = await begin(repositories)
    still = await save(repositories, plan, held(plan, HoldReason.MOVED, SOON))
    await take(repositories)

    for hours in range(0, 30 * 24, 12):
        await remind(repositories, FRIDAY + hours * HOUR)
    assert await take(repositories, FRIDAY + 30 * DAY) == []

    after = FRIDAY + 30 * DAY
    await save(repositories, still, ended(still, PlanEnd.STOPPED, "U1", after))
    await remind(repositories, after)
    assert EventKind.ROLLOUT_STUCK in {
        one.event.kind for one in await take(repositories, after)
    }


async def test_a_reminder_that_waits_is_not_posted_once_a_ramp_is_started(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    await remind(repositories, FRIDAY)
    await remind(repositories, FRIDAY + 3 * DAY)
    [waiting] = await repositories.notices.claim_notices(FRIDAY + 3 * DAY, 10)
    assert waiting.kind is EventKind.ROLLOUT_STUCK
    await repositories.notices.retry_notice(waiting, FRIDAY + 3 * DAY, None)

    await begin(repositories)

    assert await take(repositories, FRIDAY + 3 * DAY) == []


async def test_a_ramp_that_has_ended_at_100_is_reminded_of_a_day_later(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    last = replace(plan, step=3, percentage=50.0)
    assert await repositories.plans.save_plan(plan, replace(last, version=2))
    last = replace(last, version=2)
    await claim(repositories, last)
    done = replace(DONE, before=shown(50), after=shown(100))
    await finish(repositories, last, done)
    await save(repositories, sent(last), after_result(sent(last), done, SOON))
    await take(repositories)

    await remind(repositories, SOON + DAY - HOUR)
    assert await take(repositories, SOON + DAY) == []
    await remind(repositories, SOON + DAY)

    [reminder] = await take(repositories, SOON + DAY)
    assert reminder.kind is EventKind.ROLLOUT_NOT_FINALIZED


async def test_a_reminder_that_was_judged_while_a_ramp_ended_is_judged_again(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)
    [watched] = await repositories.reminders.list_to_remind(FRIDAY, 10)
    assert watched.ramped

    # It ends at the very time for which the reminder was to be judged.
    await save(repositories, plan, ended(plan, PlanEnd.STOPPED, "U1", FRIDAY))
    await repositories.reminders.postpone(watched, replace(watched, remind_at=None))

    [again] = await repositories.reminders.list_to_remind(FRIDAY, 10)
    assert not again.ramped


async def test_a_rollout_is_reminded_of_while_its_ramp_is_paused(
    repositories: SqlRepositories,
) -> None:
    await follow(repositories)
    plan = await begin(repositories)

    plan = await save(repositories, plan, paused(plan, "U1", FRIDAY))
    [watched] = await repositories.reminders.list_to_remind(FRIDAY, 10)
    assert not watched.ramped

    await save(repositories, plan, resumed(plan, "U1", FRIDAY))
    [watched] = await repositories.reminders.list_to_remind(FRIDAY, 10)
    assert watched.ramped
