"""Every message about rules of requests: cards, refusals, reminders, the form."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

from bot.domain import approval as a
from bot.domain.app_names import ResolvedTarget
from bot.domain.outcomes import AlreadyHandled, Approved, History
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.requests import Request, RequestState
from bot.domain.results import Done
from bot.domain.rules import Rule, RuleInForce, SecondPerson
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.slack.messages import alone_form as form
from bot.slack.messages.approvers import approval_reminder
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.cards import card
from bot.slack.messages.history import history
from bot.slack.messages.press_refusals import approved, press_refused, reason_required
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.thread import result_message
from bot.slack.messages.translator import Translator
from tests.slack_users import texts


def rules_naming(person: str, word: str) -> list[Rule]:
    """Return a rule of each kind, for everybody and for those that are listed."""
    lists = (((), ()), ((person,), ()), ((person, "U2"), (word, "S1")), ((), ("S1",)))
    return [
        Rule(people, groups, second, second, reason_required=True)
        for (people, groups), second in product(lists, SecondPerson)
    ]


def every_approval(t: Translator, request: Request, names: str) -> Iterator[Message]:
    """Draw every message about a request that a rule holds."""
    person, word = request.asked_by, request.alias or ""
    target = request.snapshot.ref.target
    known = {"U2": names, "S1": names}
    lines: set[str] = set()
    for rule in rules_naming(person, word):
        held = replace(request, rule=rule)
        yield card(t, held, known)
        yield card(t, held)
        yield approval_reminder(t, held)
        yield approval_reminder(t, replace(held, reminders=1))
        yield from _ended(t, held)
        if request.change.verb is not Verb.HALT:
            shown = texts({"blocks": form.alone_form(t, held, "1.1")})
            lines.update(shown.split("\n"))
        whose = (None, target, Target(target.account, target.app_id))
        if rule.finalize is not SecondPerson.YES:
            continue
        for refusal in _refusals(held):
            for of, now in product(whose, (rule, Rule(("U7",)))):
                in_force = RuleInForce(now, of, 3)
                yield press_refused(t, PressRefused(held, refusal, in_force))
            gone = (a.Uncounted("U2", refusal),)
            yield approved(t, Approved(held, gone))
    yield from map(note, sorted(lines))
    yield note(form.reason_error(t))
    yield note(form.unreadable_alone_form(t))
    for alias in (word, None):
        yield reason_required(
            t, ReasonRequired(ResolvedTarget(target, alias), request.change)
        )


def _refusals(request: Request) -> Iterator[a.Refusal]:
    rule = request.rule
    yield from map(a.Disqualified, a.Disqualification)
    yield a.NotListed(rule)
    yield a.TooEarly(rule, None)
    yield a.TooEarly(rule, request.asked_at + timedelta(minutes=10))
    yield a.AloneReasonNeeded(rule)
    yield a.ReasonMissing(rule)
    for code in ("timeout", "plan_upgrade_required", "missing_scope"):
        yield a.LookupRefused(rule, code)


def _ended(t: Translator, held: Request) -> Iterator[Message]:
    """Draw what shows that somebody has declined, or did it alone."""
    declined = replace(held, decided_by="U2").decided(
        RequestState.CANCELLED, "U2", held.asked_at
    )
    confirmed = held.decided(RequestState.AUTHORISED, held.asked_by, held.asked_at)
    alone = replace(
        confirmed, operation=confirmed.authorised(), alone_reason=held.reason
    )
    assert alone.operation is not None
    done = Done(held.snapshot.rollout, held.snapshot.rollout)
    ended = replace(alone, operation=replace(alone.operation, result=done))
    yield result_message(t, ended, done, corrects=False)
    for one in (declined, alone, ended):
        yield card(t, one)
        yield history(t, History((one,)))
        message = decision_message(t, AlreadyHandled(one))
        assert message is not None
        yield message
