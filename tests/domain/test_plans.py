"""What becomes of a ramp: what is due, what has ended, what a person has to decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.due_steps import (
    End,
    Hold,
    Send,
    StepVerdict,
    Wait,
    judge_rollout,
    judge_time,
)
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.plan_changes import (
    after_result,
    ended,
    gone_on,
    held,
    paused,
    postponed,
    resumed,
    sent,
    tried,
)
from bot.domain.plan_terms import PlanTerms
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState, begun
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import (
    COMPLETE,
    NOT_STARTED,
    STOPPED,
    Change,
    RefusalReason,
    Rollout,
)
from bot.domain.schedule import Window, is_open
from bot.domain.submissions import Snapshot
from bot.domain.verbs import Verb
from tests.fakes.plans import (
    BERLIN,
    DAY,
    FRIDAY,
    STEPS,
    TERMS,
    ramp_request,
    shown,
    started,
)
from tests.fakes.samples import ANN, BOB, MAIL, PLACE, asked, ref_of

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
TROUBLE = FailureDetail(FailureCode.TIMEOUT)
AWAY = Unavailable(TROUBLE)
UNKNOWN = Unknown(None, TROUBLE)
FINALIZING = replace(TERMS, finalizes=True)


def seen(rollout: Rollout, submission: str | None = None) -> Snapshot:
    ref = ref_of() if submission is None else ref_of(MAIL, submission)
    return Snapshot(ref, "Mail", None, rollout)


def done(percentage: float) -> Done:
    return Done(shown(0), shown(percentage))


def under_way(plan: Plan | None = None) -> Plan:
    return sent(plan or started())


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    zone = ZoneInfo("Europe/Berlin")
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)


def test_an_approved_ramp_begins_at_once_inside_its_window() -> None:
    plan = started(BERLIN)

    assert (plan.id, plan.place, plan.ref) == ("p1", PLACE, ref_of())
    assert (plan.app_name, plan.flight_name, plan.start_reason) == (
        "Mail",
        None,
        "crash on start",
    )
    assert (plan.state, plan.step, plan.tries, plan.version) == (
        PlanState.RUNNING,
        0,
        0,
        1,
    )
    assert plan.percentage == plan.started_from == 5
    assert plan.next_change == Change(Verb.SET, 10.0)
    assert plan.due_at == FRIDAY
    # It is looked at at once, though its window has closed.
    assert started(BERLIN, at=FRIDAY + HOUR).due_at == FRIDAY + HOUR


def test_a_request_without_terms_begins_no_ramp() -> None:
    with pytest.raises(ValueError, match="asks for no ramp"):
        begun(replace(ramp_request(), terms=None), ANN.user_id, FRIDAY)
    assert asked(Change(Verb.HALT)).terms is None


def test_each_step_has_an_operation_of_its_own() -> None:
    plan, names = started(), set[str]()
    for percentage in STEPS:
        names.add(plan.next_operation_id)
        plan = after_result(sent(plan), done(percentage), FRIDAY)

    assert len(names) == len(STEPS)
    assert all(name.startswith("p1-") for name in names)
    assert started().next_operation_id == started().next_operation_id
    assert sent(started()).operation_id == started().next_operation_id


def test_the_gap_counts_from_what_the_store_has_shown() -> None:
    shown_at = FRIDAY + timedelta(seconds=7)

    plan = after_result(under_way(), done(10.0), shown_at)

    assert (plan.step, plan.percentage, plan.operation_id) == (1, 10.0, None)
    assert plan.gap_over_at == plan.due_at == shown_at + DAY
    assert plan.changed_at == FRIDAY


def test_what_somebody_else_has_set_to_the_same_counts_as_shown() -> None:
    plan = after_result(under_way(), AlreadyDone(shown(10.0)), FRIDAY)

    assert (plan.step, plan.state) == (1, PlanState.RUNNING)


def test_behind_the_last_step_the_ramp_ends() -> None:
    plan = replace(started(), step=3)

    over = after_result(sent(plan), done(100.0), FRIDAY + HOUR)

    assert (over.state, over.reason) == (PlanState.ENDED, PlanEnd.DONE)
    assert (over.due_at, over.changed_at, over.changed_by) == (
        None,
        FRIDAY + HOUR,
        None,
    )
    assert over.next_change is None


def test_a_ramp_that_finalizes_does_so_a_gap_after_the_last_percentage() -> None:
    plan = after_result(sent(replace(started(FINALIZING), step=3)), done(100.0), FRIDAY)

    assert plan.next_change == Change(Verb.FINALIZE)
    assert plan.due_at == FRIDAY + DAY
    over = after_result(sent(plan), Done(shown(100), shown(100, COMPLETE)), FRIDAY)
    assert (over.state, over.reason) == (PlanState.ENDED, PlanEnd.DONE)


def test_after_three_tries_without_the_store_a_person_decides() -> None:
    plan = started()
    for number in range(2):
        at = FRIDAY + number * QUARTER
        plan = after_result(sent(plan), AWAY, at) if number else tried(plan, at)
        assert (plan.state, plan.tries) == (PlanState.RUNNING, number + 1)
        assert (plan.due_at, plan.operation_id) == (at + QUARTER, None)

    plan = after_result(sent(plan), AWAY, FRIDAY)

    assert (plan.state, plan.reason) == (PlanState.HELD, HoldReason.UNAVAILABLE)
    # On Monday the person is reminded.
    assert (plan.due_at, plan.operation_id) == (FRIDAY + 3 * DAY, None)
    assert plan.tries == 0


@pytest.mark.parametrize(
    ("result", "state", "reason"),
    [
        (Refused(RefusalReason.NOT_IN_PROGRESS), PlanState.HELD, HoldReason.REFUSED),
        (
            Refused(RefusalReason.STOPPED, shown(5, STOPPED)),
            PlanState.ENDED,
            PlanEnd.FOUND_HALTED,
        ),
        (Moved(shown(5), shown(40)), PlanState.HELD, HoldReason.MOVED),
        (Moved(shown(5), shown(5, COMPLETE)), PlanState.ENDED, PlanEnd.FOUND_FINALIZED),
        (UNKNOWN, PlanState.HELD, HoldReason.UNKNOWN),
    ],
)
def test_what_a_step_ends_with_holds_the_ramp_or_ends_it(
    result: Result, state: PlanState, reason: HoldReason | PlanEnd
) -> None:
    plan = after_result(under_way(), result, FRIDAY)

    assert (plan.state, plan.reason, plan.changed_by) == (state, reason, None)
    assert plan.step == 0


def test_an_unknown_that_is_proved_later_goes_on() -> None:
    unknown = after_result(under_way(), UNKNOWN, FRIDAY)
    assert (unknown.operation_id, unknown.due_at) == (under_way().operation_id, FRIDAY)

    proved = after_result(unknown, done(10.0), FRIDAY + HOUR)
    assert (proved.state, proved.reason, proved.step) == (PlanState.RUNNING, None, 1)
    assert (proved.due_at, proved.operation_id) == (FRIDAY + HOUR + DAY, None)
    nothing = after_result(unknown, AWAY, FRIDAY + HOUR)
    assert (nothing.state, nothing.tries, nothing.step) == (PlanState.RUNNING, 1, 0)
    assert (nothing.due_at, nothing.operation_id) == (FRIDAY + HOUR + QUARTER, None)


def test_a_pause_keeps_what_is_left_of_the_gap() -> None:
    plan = after_result(under_way(), done(10.0), FRIDAY)

    still = paused(plan, BOB.user_id, FRIDAY + 10 * HOUR)
    on = resumed(still, ANN.user_id, FRIDAY + 3 * DAY)

    assert (still.state, still.due_at, still.changed_by) == (
        PlanState.PAUSED,
        None,
        "U2",
    )
    assert (on.state, on.changed_by) == (PlanState.RUNNING, "U1")
    assert on.due_at == on.gap_over_at == FRIDAY + 3 * DAY + 14 * HOUR


def test_a_pause_after_the_gap_leaves_nothing_to_wait_for() -> None:
    still = paused(started(BERLIN), BOB.user_id, FRIDAY + HOUR)

    assert resumed(still, ANN.user_id, berlin(21, 12)).due_at == berlin(23, 9)
    assert resumed(still, ANN.user_id, berlin(24, 12)).due_at == berlin(24, 12)


@pytest.mark.parametrize(
    ("result", "left", "due_at"),
    [(done(10.0), DAY, None), (AWAY, timedelta(0), None)],
)
def test_a_step_under_way_ends_also_while_the_ramp_is_paused(
    result: Result, left: timedelta, due_at: datetime | None
) -> None:
    still = paused(under_way(), BOB.user_id, FRIDAY + HOUR)
    assert (still.due_at, still.operation_id) == (
        FRIDAY + HOUR,
        under_way().operation_id,
    )

    after = after_result(still, result, FRIDAY + 2 * HOUR)

    assert (after.state, after.due_at, after.operation_id) == (
        PlanState.PAUSED,
        due_at,
        None,
    )
    assert resumed(after, ANN.user_id, FRIDAY + DAY).due_at == FRIDAY + DAY + left


def test_the_end_of_a_step_is_looked_for_where_a_ramp_goes_on_meanwhile() -> None:
    still = paused(under_way(), BOB.user_id, FRIDAY)

    on = resumed(still, ANN.user_id, FRIDAY + HOUR)

    assert (on.due_at, on.operation_id) == (FRIDAY + HOUR, under_way().operation_id)


@pytest.mark.parametrize(
    ("percentage", "following"),
    [(40.0, 50.0), (25.0, 50.0), (7.0, 10.0), (12.5, 25.0), (60.0, 100.0)],
)
def test_a_held_ramp_goes_on_with_the_next_step_above(
    percentage: float, following: float
) -> None:
    plan = held(replace(started(), step=2), HoldReason.CHANGED_ELSEWHERE, FRIDAY)

    on = gone_on(plan, ANN.user_id, FRIDAY + HOUR, percentage)

    assert on.next_change == Change(Verb.SET, following)
    assert (on.percentage, on.state, on.reason) == (percentage, PlanState.RUNNING, None)
    assert (on.due_at, on.changed_by) == (FRIDAY + HOUR, "U1")


def test_going_on_waits_for_the_rest_of_the_gap() -> None:
    plan = after_result(under_way(), done(10.0), FRIDAY)
    on = gone_on(held(plan, HoldReason.REFUSED, FRIDAY), ANN.user_id, FRIDAY + HOUR, 10)

    assert on.due_at == FRIDAY + DAY


def test_going_on_from_100_ends_the_ramp_or_finalizes() -> None:
    hold = held(started(), HoldReason.CHANGED_ELSEWHERE, FRIDAY)
    over = gone_on(hold, ANN.user_id, FRIDAY, 100.0)
    assert (over.state, over.reason, over.changed_by) == (
        PlanState.ENDED,
        PlanEnd.DONE,
        "U1",
    )

    hold = held(started(FINALIZING), HoldReason.CHANGED_ELSEWHERE, FRIDAY)
    assert gone_on(hold, ANN.user_id, FRIDAY, 100.0).next_change == Change(
        Verb.FINALIZE
    )


def test_going_on_forgets_the_operation_that_was_in_doubt() -> None:
    unknown = after_result(under_way(), UNKNOWN, FRIDAY)

    assert gone_on(unknown, ANN.user_id, FRIDAY, 5.0).operation_id is None
    assert (
        gone_on(unknown, ANN.user_id, FRIDAY, 5.0).next_operation_id
        != unknown.operation_id
    )


def test_every_change_of_a_ramp_has_a_version_of_its_own() -> None:
    plan = replace(under_way(), version=7)
    changed = (
        *(sent(plan), postponed(plan, FRIDAY), tried(plan, FRIDAY)),
        *(
            held(plan, HoldReason.LATE, FRIDAY),
            ended(plan, PlanEnd.STOPPED, "U1", FRIDAY),
        ),
        *(paused(plan, "U1", FRIDAY), resumed(plan, "U1", FRIDAY)),
        *(gone_on(plan, "U1", FRIDAY, 5), gone_on(plan, "U1", FRIDAY, 100)),
        *(after_result(plan, one, FRIDAY) for one in (done(10), AWAY, UNKNOWN)),
        after_result(paused(replace(plan, version=6), "U1", FRIDAY), AWAY, FRIDAY),
        after_result(paused(replace(plan, version=6), "U1", FRIDAY), done(10), FRIDAY),
    )

    assert {one.version for one in changed} == {8}


@pytest.mark.parametrize(
    ("now", "locked_until", "verdict"),
    [
        (FRIDAY, None, None),
        (FRIDAY + timedelta(minutes=29), None, None),
        # The window has closed, or a lock holds, or both.
        (FRIDAY + timedelta(minutes=30), None, Wait(berlin(23, 9))),
        (FRIDAY, FRIDAY + QUARTER, Wait(FRIDAY + QUARTER)),
        (FRIDAY, FRIDAY + HOUR, Wait(berlin(23, 9))),
        (FRIDAY, berlin(24, 12), Wait(berlin(24, 12))),
        # The bot was away.
        (FRIDAY + DAY, None, Wait(berlin(23, 9))),
        (FRIDAY + DAY + timedelta(seconds=1), None, Hold(HoldReason.LATE)),
        (FRIDAY + 5 * DAY, None, Hold(HoldReason.LATE)),
    ],
)
def test_a_step_is_sent_at_its_time_or_waits_or_is_too_late(
    now: datetime, locked_until: datetime | None, verdict: Wait | Hold | None
) -> None:
    assert judge_time(started(BERLIN), now, locked_until) == verdict


def test_no_step_is_sent_before_the_gap_is_over() -> None:
    plan = replace(started(), gap_over_at=FRIDAY + HOUR)

    assert judge_time(plan, FRIDAY) == Wait(FRIDAY + HOUR)
    assert judge_time(plan, FRIDAY + HOUR) is None


def test_with_a_long_gap_a_step_may_be_as_late() -> None:
    plan = started(replace(TERMS, gap=7 * DAY))

    assert judge_time(plan, FRIDAY + 7 * DAY) is None
    assert judge_time(plan, FRIDAY + 8 * DAY) == Hold(HoldReason.LATE)


def test_what_has_waited_is_not_late() -> None:
    # A lock of a week, and the bot has seen its end.
    plan = postponed(started(), FRIDAY + 7 * DAY)

    assert judge_time(plan, FRIDAY + 7 * DAY) is None


@pytest.mark.parametrize(
    ("snapshot", "verdict"),
    [
        (seen(shown(5)), Send(Change(Verb.SET, 10.0))),
        (seen(shown(5.0004)), Send(Change(Verb.SET, 10.0))),
        (seen(shown(5), "115"), End(PlanEnd.REPLACED)),
        (seen(shown(5, STOPPED)), End(PlanEnd.FOUND_HALTED)),
        (seen(shown(5, COMPLETE)), End(PlanEnd.FOUND_FINALIZED)),
        (seen(shown(5, NOT_STARTED)), Hold(HoldReason.NOT_IN_PROGRESS)),
        (seen(shown(5, "PackageRolloutPaused")), Hold(HoldReason.NOT_IN_PROGRESS)),
        (seen(shown(40)), Hold(HoldReason.CHANGED_ELSEWHERE)),
        (seen(shown(10)), Hold(HoldReason.CHANGED_ELSEWHERE)),
        (seen(shown(4)), Hold(HoldReason.CHANGED_ELSEWHERE)),
    ],
)
def test_a_step_is_sent_only_where_the_store_shows_what_the_last_one_left(
    snapshot: Snapshot, verdict: StepVerdict
) -> None:
    assert judge_rollout(started(), snapshot, FRIDAY) == verdict


def test_a_step_that_comes_late_says_so() -> None:
    change = Change(Verb.SET, 10.0)
    soon, late = timedelta(minutes=5), timedelta(hours=2)

    assert judge_rollout(started(), seen(shown(5)), FRIDAY + soon) == Send(change)
    assert judge_rollout(started(), seen(shown(5)), FRIDAY + late) == Send(change, late)


def test_a_ramp_without_a_step_left_ends() -> None:
    plan = replace(started(), step=4)

    assert judge_rollout(plan, seen(shown(5)), FRIDAY) == End(PlanEnd.DONE)


def test_a_ramp_of_a_week_has_each_step_on_its_day() -> None:
    # Acceptance: from 5 %, started on a Friday at 15:30 in Berlin.
    plan, takes = started(BERLIN), timedelta(seconds=4)
    sent_at = []
    while plan.due_at is not None:
        now = plan.due_at
        assert judge_time(plan, now) is None
        verdict = judge_rollout(plan, seen(shown(plan.percentage)), now)
        assert isinstance(verdict, Send)
        sent_at.append(now)
        assert verdict.change.percentage is not None
        plan = after_result(sent(plan), done(verdict.change.percentage), now + takes)

    assert sent_at == [
        berlin(20, 15, 30),
        berlin(23, 9),
        berlin(24, 9) + takes,
        berlin(25, 9) + 2 * takes,
    ]
    assert (plan.state, plan.reason, plan.percentage) == (
        PlanState.ENDED,
        PlanEnd.DONE,
        100,
    )


@given(
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]
    ),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(
        lambda two: two[0] != two[1]
    ),
    st.integers(0, 250).map(
        lambda day: datetime(2026, 3, 1, 7, 20, tzinfo=UTC) + day * DAY
    ),
    st.lists(st.integers(0, 23 * 60), min_size=40, max_size=40),
)
@settings(max_examples=60)
def test_however_late_the_bot_is_each_step_is_sent_once_and_never_early(
    zone: str,
    days: frozenset[int],
    hours: tuple[int, int],
    start: datetime,
    away: list[int],
) -> None:
    window = Window(zone, days, hours[0] * 60, hours[1] * 60)
    plan = started(PlanTerms(STEPS, window), at=start)
    steps: list[tuple[datetime, float | None]] = []
    for minutes in away:
        if plan.due_at is None:
            break
        now = plan.due_at + timedelta(minutes=minutes)
        waits = judge_time(plan, now)
        if isinstance(waits, Wait):
            assert waits.until > now
            plan = postponed(plan, waits.until)
            continue
        assert waits is None
        verdict = judge_rollout(plan, seen(shown(plan.percentage)), now)
        assert isinstance(verdict, Send)
        steps.append((now, verdict.change.percentage))
        plan = after_result(sent(plan), done(verdict.change.percentage or 0), now)

    assert [step for _, step in steps] == list(STEPS[: len(steps)])
    assert all(is_open(window, at) for at, _ in steps)
    assert all(later - at >= DAY for (at, _), (later, _) in pairwise(steps))
