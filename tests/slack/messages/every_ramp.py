"""Every ramp: each state of a plan, and every answer about ramps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import ReasonMissing
from bot.domain.channel_outcomes import AliasRemoved, AppGivenUp
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.locks import HeldLock, Lock
from bot.domain.outcomes import AlreadyHandled, History, NothingToConfirm
from bot.domain.plan_changes import ended, held, paused, sent
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
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.ramp_commands import RAMP, PlanAction
from bot.domain.requests import Alias, EndReason, Place, Request, RequestState
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.rules import Rule, RuleInForce, SecondPerson
from bot.domain.schedule import EVERY_DAY, Window
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb
from bot.slack.messages.alone_form import alone_form
from bot.slack.messages.approvers import approval_reminder
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.cards import card, locked_card
from bot.slack.messages.history import history
from bot.slack.messages.outdated_cards import lost_card, outdated_card, unsure_card
from bot.slack.messages.press_refusals import press_refused, reason_required
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.ramp_phrases import gap_text, standing, step_list, window_text
from bot.slack.messages.ramps import ramp_answer
from bot.slack.messages.replies import answer_message, card_open
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import usage
from tests.slack_users import texts

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
    zone_assumed=True,
)
# Their word is a percentage.
OF_A_STEP: Final = (
    PlanRefusal.ZERO_STEP,
    PlanRefusal.OVER_100,
    PlanRefusal.NOT_RISING,
    PlanRefusal.NOTHING_ABOVE,
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
        later = replace(one_behind, gap_over_at=FRIDAY + timedelta(hours=12))
        yield later
        yield sent(plan)
        yield replace(plan, tries=1)
        for one in (plan, sent(plan), later):
            yield paused(one, person, FRIDAY)
            yield ended(one, PlanEnd.STOPPED, person, FRIDAY)
        for reason in HoldReason:
            yield held(one_behind, reason, FRIDAY)
        yield held(later, HoldReason.CHANGED_ELSEWHERE, FRIDAY)
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
        if refusal in OF_A_STEP:
            yield RefusedPlan(refusal, "12.5", "10 25 50", word)
            yield RefusedPlan(refusal, "100", app=word)
            continue
        yield RefusedPlan(refusal, app=word)
        yield RefusedPlan(refusal, text, "10 25 50", word)
        yield RefusedPlan(refusal, text, "every 1h", word)
    for plan in each:
        yield PlanLives(plan)
        yield PlanChanged(plan)
        yield PlanMoved(plan, rollout)
        if plan.state is not PlanState.ENDED:
            yield Plans((plan,), (), FRIDAY)
            yield Plans((plan,), (lock(text, word, person),), FRIDAY)
        for action in PlanAction:
            yield PlanUnchanged(plan, action)
    for alias in (word, None):
        yield NoPlan(each[0].ref.target, alias)
    for some in ((), each, each * 3):
        yield Plans(some, (lock(text, word, person),), FRIDAY)


def every_ramp_request(text: str, word: str, person: str) -> Iterator[Request]:
    """Return a request for each kind of ramp, waiting under each kind of rule."""
    approvers = Rule(
        *((person, "U2"), ("S0ONCALL",)),
        finalize=SecondPerson.YES,
        set=SecondPerson.ALONE_AFTER_1_HOUR,
    )
    for terms, percentage in product(EVERY_TERMS, (0.0, 6.5)):
        asked = request(text, word, person, terms, percentage)
        app = SubmissionRef(Target("main", word), "1")
        yield asked
        yield replace(asked, rule=approvers)
        yield replace(asked, rule=Rule(set=SecondPerson.YES))
        yield replace(asked, snapshot=replace(asked.snapshot, ref=app, as_of=FRIDAY))
        bare = replace(asked.snapshot, ref=app, flight_name=None, pending_id=None)
        yield replace(asked, snapshot=bare, reason="")


def every_closed_ramp(text: str, word: str, person: str) -> Iterator[Request]:
    """Return a request for a ramp that was started, cancelled, or ended otherwise."""
    night = FRIDAY + timedelta(hours=9)
    for terms in EVERY_TERMS:
        asked = request(text, word, person, terms)
        for state, at in (
            (RequestState.AUTHORISED, FRIDAY),
            (RequestState.AUTHORISED, night),
            (RequestState.AUTHORISED, None),
            (RequestState.CANCELLED, FRIDAY),
            (RequestState.EXPIRED, None),
        ):
            yield replace(asked, state=state, decided_by=person, decided_at=at)
        yield asked.ended(EndReason.HALTED, person, FRIDAY)


def every_ramp_card(
    t: Translator, text: str, word: str, person: str
) -> Iterator[Message]:
    """Draw everything that is said of requests for ramps."""
    for one in every_ramp_request(text, word, person):
        yield card(t, one)
        yield card_open(t, one, None)
        yield approval_reminder(t, one)
        yield locked_card(t, one, (lock(text, word, person),))
        for shown in texts({"blocks": alone_form(t, one, "1.1")}).split("\n"):
            yield note(shown)
        in_force = RuleInForce(one.rule, None, 1)
        yield press_refused(t, PressRefused(one, ReasonMissing(one.rule), in_force))
    for one in every_closed_ramp(text, word, person):
        yield card(t, one)
        yield lost_card(t, one)
        yield unsure_card(t, one)
        yield outdated_card(t, one, "result:done")
        yield history(t, History((one,)))
        handled = decision_message(t, AlreadyHandled(one))
        assert handled is not None
        yield handled
        app = ResolvedTarget(one.snapshot.ref.target, one.alias)
        yield reason_required(t, ReasonRequired(app, one.change, one.terms))
        for result in (
            Refused(RefusalReason.STOPPED),
            Unavailable(FailureDetail(FailureCode.TIMEOUT)),
        ):
            nothing = NothingToConfirm(
                word, app.target, one.change, one.snapshot, result, is_ramp=True
            )
            yield answer_message(t, nothing)


def every_ramp(t: Translator, text: str, word: str, person: str) -> Iterator[Message]:
    """Draw everything that is said of ramps."""
    for answer in every_ramp_answer(text, word, person):
        yield ramp_answer(t, answer)
    yield from every_ramp_card(t, text, word, person)
    yield usage(t, Usage(Misuse.NAME_EACH, RAMP, rest=(word,) * 30))
    for terms in EVERY_TERMS:
        steps, window = step_list(t, terms.changes), window_text(t, terms.window)
        yield note(f"{steps} {gap_text(t, terms.gap)} {window}")
    app = Alias(word, Target("main", word), text)
    for plan in plans(text, word, person):
        of_app = replace(plan, ref=SubmissionRef(app.target, "1"))
        for gone in (AliasRemoved(app, ramp=plan), AppGivenUp(app.target, of_app)):
            yield answer_message(t, gone)
        yield note(standing(t, plan))
        yield note(standing(t, plan, (lock(text, word, person),)))
