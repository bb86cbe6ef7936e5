"""Every ramp: each state of a plan, and every answer about ramps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.locks import HeldLock, Lock
from bot.domain.plan_changes import held, paused, sent
from bot.domain.plan_outcomes import (
    NoPlan,
    PlanAnswer,
    PlanChanged,
    PlanLives,
    PlanMoved,
    Plans,
    PlanUnchanged,
)
from bot.domain.plan_terms import PlanRefusal, PlanTerms, RefusedPlan
from bot.domain.plans import HoldReason, Plan, PlanEnd, PlanState, begun
from bot.domain.ramp_commands import PlanAction
from bot.domain.requests import Place, Request
from bot.domain.rollout import Change, Rollout
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.ramp_phrases import gap_text, standing, step_list, window_text
from bot.slack.messages.ramps import ramp_answer
from bot.slack.messages.translator import Translator

# A Friday, 15:30 in Berlin.
FRIDAY: Final = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
BERLIN: Final = Window("Europe/Berlin")
TERMS: Final = PlanTerms((10.0, 25.0, 50.0, 100.0), BERLIN)
LONGEST: Final = PlanTerms(
    tuple(number + 0.25 for number in range(12)),
    Window("America/Argentina/ComodRivadavia", frozenset({0, 2, 4}), 1410, 90),
    timedelta(minutes=90),
)
TO_THE_END: Final = PlanTerms(
    (*(number + 0.25 for number in range(1, 12)), 100.0),
    Window("UTC", EVERY_DAY, 0, 1440),
    timedelta(hours=36),
    finalizes=True,
)
EVERY_TERMS: Final = (TERMS, LONGEST, TO_THE_END)


def request(
    text: str, word: str, person: str, terms: PlanTerms, percentage: float = 5.0
) -> Request:
    """Return a request for a ramp that says all it can."""
    ref = SubmissionRef(Target("main", word, word), "1152921504621230023")
    rollout = Rollout(True, percentage, "PackageRolloutInProgress")
    left = terms.above(percentage).steps
    return Request(
        id="r1",
        place=Place("T0CONTOSO", "C0MAIL"),
        change=Change(Verb.SET, (left or terms.steps)[0]),
        snapshot=Snapshot(
            ref, text, text, rollout, status=word, versions=(word, word), pending_id="1"
        ),
        asked_by=person,
        reason=text,
        asked_at=FRIDAY,
        expires_at=FRIDAY + timedelta(minutes=15),
        alias=word,
        terms=terms,
    )


def plans(text: str, word: str, person: str) -> Iterator[Plan]:
    """Return a plan in each state, for each reason, and of each kind of terms."""
    for terms in EVERY_TERMS:
        asked = request(text, word, person, terms, 0.0)
        plan = begun(asked, person, FRIDAY)
        one_behind = replace(plan, step=1, percentage=terms.steps[0])
        yield plan
        yield one_behind
        yield replace(one_behind, gap_over_at=FRIDAY + timedelta(hours=12))
        yield sent(plan)
        yield replace(plan, tries=1)
        yield paused(plan, person, FRIDAY)
        for reason in HoldReason:
            yield held(one_behind, reason, FRIDAY)
        for end in PlanEnd:
            done = replace(plan, step=len(terms.changes))
            yield replace(
                *(done,), state=PlanState.ENDED, reason=end, changed_by=person
            )


def lock(text: str, word: str, person: str) -> HeldLock:
    """Return a lock that holds the target of the plans."""
    until = FRIDAY + timedelta(days=3)
    target = Target("main", word)
    kept = Lock(1, "T0CONTOSO", "C0MAIL", target, text, person, FRIDAY, until)
    return HeldLock(kept, until)


def every_ramp_answer(text: str, word: str, person: str) -> Iterator[PlanAnswer]:
    """Return every answer to a command or a press about ramps."""
    each = tuple(plans(text, word, person))
    rollout = request(text, word, person, TERMS).snapshot.rollout
    for refusal in PlanRefusal:
        yield RefusedPlan(refusal, app=word)
        yield RefusedPlan(refusal, text, "10 25 50", word)
        yield RefusedPlan(refusal, text, "every 1h", word)
    for plan in each:
        yield PlanLives(plan)
        yield PlanChanged(plan)
        yield PlanMoved(plan, rollout)
        yield Plans((plan,), (lock(text, word, person),), FRIDAY)
        for action in PlanAction:
            yield PlanUnchanged(plan, action)
    for alias in (word, None):
        yield NoPlan(each[0].ref.target, alias)
    for some in ((), each, each * 3):
        yield Plans(some, (lock(text, word, person),), FRIDAY)


def every_ramp(t: Translator, text: str, word: str, person: str) -> Iterator[Message]:
    """Draw everything that is said of ramps."""
    for answer in every_ramp_answer(text, word, person):
        yield ramp_answer(t, answer)
    for terms in EVERY_TERMS:
        steps, window = step_list(t, terms.changes), window_text(t, terms.window)
        yield note(f"{steps} {gap_text(t, terms.gap)} {window}")
    for plan in plans(text, word, person):
        yield note(standing(t, plan))
        yield note(standing(t, plan, (lock(text, word, person),)))
