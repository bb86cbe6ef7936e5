"""Every message about rules: lists, forms, cards of proposals, refusals."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Final

from bot.domain.directory import UserGroup
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.proposals import ProposalState
from bot.domain.requests import Asker, Person, Place
from bot.domain.rule_changes import rule_proposal
from bot.domain.rule_outcomes import (
    AgreementRefused,
    CannotConfirm,
    NotLookedUp,
    RefusedBecause,
    RuleForm,
    RuleOutdated,
    RulePending,
    RuleProblem,
    Rules,
    RuleUnchanged,
    TargetRule,
    TooFewApprovers,
    TooManyApprovers,
)
from bot.domain.rules import (
    NO_RULE,
    Ineligible,
    Rule,
    RuleInForce,
    SecondPerson,
)
from bot.domain.submissions import Target
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.proposals import proposal_card, proposal_reply, told_asker
from bot.slack.messages.rule_answers import proposed_rule
from bot.slack.messages.rule_forms import (
    form_not_read,
    rule_form,
    rule_form_not_opened,
)
from bot.slack.messages.rule_problems import problem_at_field
from bot.slack.messages.rules import rules
from bot.slack.messages.translator import Translator
from tests.slack_users import texts

NOW: Final = datetime(2026, 3, 3, 14, 17, tzinfo=UTC)


def some_rules(person: str, many: int) -> list[Rule]:
    """Return a rule with each value of each knob, with few and with many named."""
    people, groups = (person,) * many, ("S0MANAGERS",) * (10 - many)
    return [
        NO_RULE,
        *(Rule(finalize=one, set=one) for one in SecondPerson),
        Rule((person,), reason_required=True),
        Rule(
            people,
            groups,
            SecondPerson.ALONE_AFTER_10_MINUTES,
            SecondPerson.ALONE_AFTER_1_HOUR,
            reason_required=True,
        ),
    ]


def every_target(text: str, word: str, rule: Rule, person: str) -> list[TargetRule]:
    """Return the rule as it holds for an app, a flight and the workspace."""
    app, flight = Target("main", word), Target("main", word, word)
    sources = [
        RuleInForce(),
        RuleInForce(version=2),
        *(RuleInForce(rule, made, 2, person, "U0BEN", NOW) for made in (None, app)),
        RuleInForce(rule, flight, 3, person, person, NOW),
    ]
    return [
        TargetRule(target, found, alias, text, text if target == flight else None)
        for target, found, alias in product((None, app, flight), sources, (word, None))
    ]


def every_problem(text: str, person: str) -> list[RuleProblem]:
    """Return every reason for which a rule is not proposed."""
    return [
        TooManyApprovers(20),
        TooFewApprovers(1, 0),
        TooFewApprovers(2, 1),
        *(
            CannotConfirm(person, name, why)
            for name in (text, "")
            for why in Ineligible
        ),
        *(
            NotLookedUp(code, group=group)
            for code in ("ratelimited", "plan_upgrade_required", text)
            for group in (True, False)
        ),
    ]


def every_rule(t: Translator, text: str, word: str, person: str) -> Iterator[Message]:
    """Draw every message about rules; `text` is a name, `word` an id."""
    each = some_rules(person, 5)
    shown = [one for rule in each for one in every_target(text, word, rule, person)]
    for one in shown:
        if one.target is not None:
            yield rules(t, Rules((one,)))
    for some in ([], shown[:3], shown[:60] * 2):
        yield rules(t, Rules((*some, TargetRule(None, RuleInForce())), of_channel=True))
    problems = every_problem(text, person)
    for answer in (
        *problems,
        *(
            answer(one)
            for answer in (RulePending, RuleUnchanged, RuleOutdated)
            for one in (shown[-1], TargetRule(None, RuleInForce()))
        ),
        NotAllowed(Denial.NOT_AN_ADMIN),
    ):
        message = proposed_rule(t, answer)
        if message is not None:
            yield message
    for problem in problems:
        # At a field nothing marks an id or a code as one.
        at_field = problem_at_field(t, problem)[1]
        for unmarked in (person, "ratelimited"):
            at_field = at_field.replace(unmarked, "`…`")
        yield note(at_field)
    for why, rule in product(RefusedBecause, (each[0], each[-1])):
        refused = proposal_reply(t, AgreementRefused(why, rule, text))
        if refused is not None:
            yield refused
    yield from _forms(t, shown, text)
    # One for the workspace, one for an app, one for a flight.
    yield from _cards(t, shown[-30::10], each, person)


def _forms(t: Translator, shown: list[TargetRule], text: str) -> Iterator[Message]:
    groups = (UserGroup("S1", text, text), UserGroup("S2", text, ""))
    unnamed = (UserGroup("S3", "", ""),)
    lines: set[str] = set()
    for one, some in product((shown[0], *shown[-10:]), ((), groups, unnamed)):
        for has_groups in (True, False):
            form = rule_form(t, "C0MAIL", RuleForm(one, some, has_groups))
            for block in form["blocks"]:
                # The names of groups are nobody's sentences.
                block.get("element", {}).pop("initial_options", None)
            lines.update(texts({"blocks": form["blocks"]}).split("\n"))
    yield from map(note, sorted(lines))
    yield rule_form_not_opened(t)
    # At a field nothing marks the command as one.
    yield note(form_not_read(t).replace("/rollout rules", "`…`"))


def _cards(
    t: Translator, shown: list[TargetRule], each: list[Rule], person: str
) -> Iterator[Message]:
    asker = Asker(Person(person, "T1"), Place("T1", "C0MAIL"), NOW)
    for before, after in product(shown, (each[0], each[-1], None)):
        pending = rule_proposal("p1", before, after, asker)
        for state, by in product(ProposalState, (person, "U0BEN", None)):
            decided = replace(pending.decided(state, by, NOW), expires_at=NOW)
            yield proposal_card(t, decided)
            told = told_asker(t, decided)
            if told is not None:
                yield told[1]
