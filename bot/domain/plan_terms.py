"""Terms of a ramp: its steps, the time between them, its window, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from bot.domain.locks import DAYS_OF_WEEK
from bot.domain.percentages import FULL, TOLERANCE, format_percentage
from bot.domain.rollout import Change
from bot.domain.schedule import Window, next_open
from bot.domain.verbs import Verb

DEFAULT_STEPS: Final = (5.0, 10.0, 25.0, 50.0, FULL)
DEFAULT_GAP: Final = timedelta(days=1)
MOST_STEPS: Final = 12
SHORTEST_GAP: Final = timedelta(hours=1)
LONGEST_GAP: Final = timedelta(days=30)
_MINUTES: Final = 60


class PlanRefusal(StrEnum):
    """Why no ramp can be started, or changed, as somebody asks for it."""

    BAD_WORD = "bad_word"
    BAD_STEP = "bad_step"
    ZERO_STEP = "zero_step"
    OVER_100 = "over_100"
    NOT_RISING = "not_rising"
    TOO_MANY_STEPS = "too_many_steps"
    NOTHING_ABOVE = "nothing_above"
    BAD_GAP = "bad_gap"
    GAP_TOO_SHORT = "gap_too_short"
    GAP_TOO_LONG = "gap_too_long"
    BAD_DAYS = "bad_days"
    BAD_HOURS = "bad_hours"
    NEVER_OPEN = "never_open"
    UNKNOWN_ZONE = "unknown_zone"
    BAD_END = "bad_end"
    FINALIZE_WITHOUT_100 = "finalize_without_100"
    SAID_TWICE = "said_twice"


@dataclass(frozen=True, slots=True)
class RefusedPlan:
    """A ramp was refused: `word` is the trouble, `hint` what to type in its place.

    `app` is the word that names the app, for the command that the answer shows.
    """

    refusal: PlanRefusal
    word: str = ""
    hint: str | None = None
    app: str = ""


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a ramp does: percentages that rise, `gap` apart, only inside the window.

    The gap is elapsed time, and counts from what the Store has shown. `finalizes`: the
    last step, a gap after the percentages, ends the rollout. `zone_assumed`: nobody has
    named the zone of the window, and Slack did not say the asker's.
    """

    steps: tuple[float, ...]
    window: Window
    gap: timedelta = DEFAULT_GAP
    finalizes: bool = False
    zone_assumed: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        """Each step as the change that it makes."""
        raised = tuple(Change(Verb.SET, step) for step in self.steps)
        return (*raised, Change(Verb.FINALIZE)) if self.finalizes else raised

    def above(self, percentage: float) -> "PlanTerms":
        """Return the terms without the steps that are reached already."""
        left = tuple(step for step in self.steps if step > percentage + TOLERANCE)
        return replace(self, steps=left)


def check_terms(terms: PlanTerms, now: datetime) -> RefusedPlan | None:
    """Return what is wrong with the terms of a ramp; None where nothing is."""
    refused = _check_steps(terms.steps)
    if refused is not None:
        return refused
    if terms.gap < SHORTEST_GAP:
        return RefusedPlan(PlanRefusal.GAP_TOO_SHORT, hint="every 1h")
    if terms.gap > LONGEST_GAP:
        return RefusedPlan(PlanRefusal.GAP_TOO_LONG, hint="every 30d")
    if next_open(terms.window, now) is None:
        return RefusedPlan(PlanRefusal.NEVER_OPEN, hint="hours 9-16")
    if terms.finalizes and terms.steps[-1:] != (FULL,):
        hint = f"{steps_text((*terms.steps, FULL))} then finalize"
        return RefusedPlan(PlanRefusal.FINALIZE_WITHOUT_100, hint=hint)
    return None


def _check_steps(steps: tuple[float, ...]) -> RefusedPlan | None:
    for step in steps:
        if step <= 0:
            return RefusedPlan(PlanRefusal.ZERO_STEP, format_percentage(step))
        if step > FULL:
            return RefusedPlan(PlanRefusal.OVER_100, format_percentage(step), "100")
    for before, step in pairwise(steps):
        if step <= before:
            word, hint = format_percentage(step), steps_text(sorted(set(steps)))
            return RefusedPlan(PlanRefusal.NOT_RISING, word, hint)
    if len(steps) > MOST_STEPS:
        return RefusedPlan(PlanRefusal.TOO_MANY_STEPS, str(len(steps)))
    return None


def planned_times(terms: PlanTerms, start: datetime) -> tuple[datetime, ...]:
    """Return the earliest time of each step where nothing makes it wait."""
    times: list[datetime] = []
    earliest = start
    for _ in terms.changes:
        opens = next_open(terms.window, earliest)
        # Only a window that was never allowed does not open.
        times.append(opens or earliest)
        earliest = times[-1] + terms.gap
    return tuple(times)


def steps_text(steps: tuple[float, ...] | list[float]) -> str:
    """Return steps as they are typed."""
    return " ".join(map(format_percentage, steps))


def terms_text(terms: PlanTerms) -> str:
    """Return terms as they are typed; what nobody has to type is left out."""
    window, words = terms.window, [steps_text(terms.steps)]
    usual = Window(window.zone)
    if terms.gap != DEFAULT_GAP:
        minutes = terms.gap // timedelta(minutes=1)
        hours, rest = divmod(minutes, _MINUTES)
        words.append(f"every {minutes}m" if rest else f"every {hours}h")
    if window.days != usual.days:
        days = ",".join(DAYS_OF_WEEK[day] for day in sorted(window.days))
        words.append(f"days {days}")
    if (window.begins, window.ends) != (usual.begins, usual.ends):
        words.append(f"hours {_clock(window.begins)}-{_clock(window.ends)}")
    if not terms.zone_assumed:
        words.append(f"zone {window.zone}")
    if terms.finalizes:
        words.append("then finalize")
    return " ".join(words)


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, _MINUTES)
    return f"{hours}:{minutes:02}"


def terms_to_json(terms: PlanTerms) -> dict[str, Any]:
    """Return the JSON values of terms, for a column or an event."""
    return {
        "steps": list(terms.steps),
        "gap": terms.gap.total_seconds(),
        "finalizes": terms.finalizes,
        "zone": terms.window.zone,
        "zone_assumed": terms.zone_assumed,
        "days": sorted(terms.window.days),
        "begins": terms.window.begins,
        "ends": terms.window.ends,
    }


def terms_from_json(stored: Mapping[str, Any]) -> PlanTerms:
    """Return the terms of JSON values. Raises KeyError, TypeError or ValueError."""
    return PlanTerms(
        steps=tuple(float(step) for step in stored["steps"]),
        gap=timedelta(seconds=stored["gap"]),
        finalizes=bool(stored["finalizes"]),
        zone_assumed=bool(stored.get("zone_assumed")),
        window=Window(
            stored["zone"],
            frozenset(int(day) for day in stored["days"]),
            int(stored["begins"]),
            int(stored["ends"]),
        ),
    )
