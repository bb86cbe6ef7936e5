"""Course of a ramp: the percentage that was planned over time, and the actual one."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.due_steps import LATE_AFTER
from bot.domain.percentages import FULL
from bot.domain.plan_terms import planned_times
from bot.domain.plans import Plan, PlanEnd
from bot.domain.rollout_changes import Point, RolloutChange, percentages


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """A moment, with the percentage that was planned for it and the actual one."""

    at: datetime
    planned: float
    actual: float


@dataclass(frozen=True, slots=True)
class RampCourse:
    """A ramp that has ended, and the changes of its rollout, the oldest first."""

    plan: Plan
    changes: Sequence[RolloutChange] = ()

    @property
    def reached(self) -> float:
        """The percentage that the rollout had when the ramp ended."""
        return self._actual()[-1][1]

    @property
    def points(self) -> tuple[CoursePoint, ...]:
        """The start, and each moment when one of the two has changed, until the end.

        A step that came in time is one moment with the time that was planned for it.
        What was planned for after a ramp was broken off is left out.
        """
        plan, planned, actual = self.plan, self._planned(), self._actual()
        end = actual[-1][0]
        if plan.reason is PlanEnd.DONE:
            end = max(end, planned[-1][0])
        known = sorted(at for at, _ in (*planned[1:], *actual[1:]) if at <= end)
        return (
            CoursePoint(plan.started_at, plan.started_from, plan.started_from),
            *(
                CoursePoint(at, _share(planned, at), _share(actual, at))
                for at in _apart(known)
            ),
        )

    def _planned(self) -> list[Point]:
        plan = self.plan
        times = planned_times(plan.terms, plan.started_at)
        steps = zip(times, plan.terms.changes, strict=True)
        shares = [
            (at, FULL if step.percentage is None else step.percentage)
            for at, step in steps
        ]
        return [(plan.started_at, plan.started_from), *shares]

    def _actual(self) -> list[Point]:
        """Return the course from the start of the ramp to its end."""
        plan = self.plan
        first, last = plan.started_at, max(plan.started_at, plan.changed_at)
        within = [one for one in self.changes if first < one.at <= last]
        within.sort(key=lambda one: one.at)
        course = percentages((first, plan.started_from), within)
        return [*course, (last, course[-1][1])]


def _share(course: Sequence[Point], at: datetime) -> float:
    """Return the percentage that the last point until then has."""
    return course[bisect_right([one for one, _ in course], at) - 1][1]


def _apart(times: Iterable[datetime]) -> list[datetime]:
    """Return the last moment of those that follow each other without delay."""
    apart: list[datetime] = []
    begins: datetime | None = None
    for at in times:
        if begins is not None and at - begins <= LATE_AFTER:
            apart[-1] = at
        else:
            apart.append(at)
            begins = at
    return apart
