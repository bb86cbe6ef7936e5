"""Every answer has a stable code, which stands in the log."""

from dataclasses import fields
from typing import Any, get_args

import pytest

from bot.domain.approval import NotListed
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.outcome_codes import outcome_code
from bot.domain.outcomes import (
    ClickOutcome,
    CommandOutcome,
    Denial,
    NotAllowed,
    NothingToConfirm,
)
from bot.domain.plan_terms import PlanRefusal, RefusedPlan
from bot.domain.press_outcomes import PressRefused
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import Change, RefusalReason
from bot.domain.rules import NO_RULE, RuleInForce
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb
from tests.fakes import asked

REFUSED = Refused(RefusalReason.STOPPED)
PRESS_REFUSED = PressRefused(
    asked(Change(Verb.FINALIZE)), NotListed(NO_RULE), RuleInForce()
)
WITH_A_CAUSE: list[tuple[CommandOutcome | ClickOutcome, str]] = [
    (Usage(Misuse.NO_APP), "usage.no_app"),
    (NotAllowed(Denial.OTHER_WORKSPACE), "not_allowed.other_workspace"),
    (PRESS_REFUSED, "press_refused.not_listed"),
    (REFUSED, "refused.stopped"),
    (RefusedPlan(PlanRefusal.BAD_GAP), "refused_plan.bad_gap"),
    (Unavailable(FailureDetail(FailureCode.TIMEOUT)), "unavailable"),
    (
        NothingToConfirm(
            "mail", Target("main", "9NMAIL000001"), Change(Verb.HALT), None, REFUSED
        ),
        "refused.stopped",
    ),
]
KINDS: set[type[Any]] = {*get_args(CommandOutcome), *get_args(ClickOutcome)}
PLAIN: list[type[Any]] = sorted(
    KINDS - {type(outcome) for outcome, _ in WITH_A_CAUSE}, key=str
)


@pytest.mark.parametrize(("outcome", "code"), WITH_A_CAUSE)
def test_an_answer_with_a_cause_names_it(
    outcome: CommandOutcome | ClickOutcome, code: str
) -> None:
    assert outcome_code(outcome) == code


@pytest.mark.parametrize("kind", PLAIN)
def test_every_other_answer_is_named_for_its_kind(kind: type[Any]) -> None:
    code = outcome_code(kind(*[None for _ in fields(kind)]))

    assert code.replace("_", "") == kind.__name__.lower()
