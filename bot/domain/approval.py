"""Approval: whether one person's press counts, by the rule of a request and of today.

Two rules are judged: the one that held when the change was asked for, and the one that
holds now. What either forbids is refused. A halt has no rule, and is never judged.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, assert_never

from bot.domain.directory import Profile
from bot.domain.reasons import shown
from bot.domain.requests import Person, Request
from bot.domain.rules import ALONE_AFTER, Rule, RuleInForce, SecondPerson
from bot.domain.verbs import Verb


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's press that is stored; `reason` is why the asker was alone."""

    person: Person
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Presser:
    """Who pressed, with what Slack says of them where a rule asks for that.

    `groups` are those of the rules' user groups that the person is in. `failed` is the
    code with which a lookup failed: there may be more groups, then, and without a
    profile nothing is known.
    """

    user_id: str
    profile: Profile | None = None
    groups: frozenset[str] = frozenset()
    in_channel: bool = True
    failed: str | None = None


class Disqualification(StrEnum):
    """Why nobody may count on this person, whatever a rule says."""

    BOT = "bot"
    DEACTIVATED = "deactivated"
    NO_COLLEAGUE = "no_colleague"
    LEFT_CHANNEL = "left_channel"


@dataclass(frozen=True, slots=True)
class Disqualified:
    """The presser is nobody who may approve anything."""

    why: Disqualification


@dataclass(frozen=True, slots=True)
class NotListed:
    """The rule says who may confirm, and the presser is not among them."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The asker needs another person, until `alone_from`; None where for good."""

    rule: Rule
    alone_from: datetime | None


@dataclass(frozen=True, slots=True)
class AloneReasonNeeded:
    """The asker may do it alone by now, once they say why."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """The rule wants a reason for the change, and it was asked for without one."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class LookupRefused:
    """Slack does not say who the presser is; `code` is its reason."""

    rule: Rule
    code: str


Refusal = (
    Disqualified
    | NotListed
    | TooEarly
    | AloneReasonNeeded
    | ReasonMissing
    | LookupRefused
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The press counts; `alone` where the asker did without another person."""

    alone: bool = False


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody has confirmed a halt of the app since the change was asked for."""

    by: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A press that counts, as long as the rules still have the `version` judged.

    `counted` of the stored approvals still do. `reason` is why the asker is alone.
    `locks` are the numbers of the target's locks, of which none holds now. At a halt
    there is no version: it waits for no rule and no lock.
    """

    counted: int = 0
    version: int | None = None
    reason: str | None = None
    locks: tuple[int, ...] = ()


# Why a press does not count, whatever the service says.
D = TypeVar("D")
# Judges a press on a request with the approvals that are stored, as it stands.
Judge = Callable[[Request, Sequence[Approval]], Awaitable[Judgement | D]]
# Says why a request may not be cancelled; None where it may.
CancelCheck = Callable[[Request], Awaitable[D | None]]


@dataclass(frozen=True, slots=True)
class Uncounted:
    """An approval that was stored and does not count any more, and why."""

    user_id: str
    why: Refusal


def refusal_code(refusal: Refusal) -> str:
    """Return the stable code of a refusal, for the log and the events."""
    match refusal:
        case Disqualified():
            return refusal.why.value
        case NotListed():
            return "not_listed"
        case TooEarly():
            return "too_early"
        case AloneReasonNeeded():
            return "alone_reason_needed"
        case ReasonMissing():
            return "reason_missing"
        case LookupRefused():
            return "lookup_failed"
    assert_never(refusal)


def rules_of(request: Request, in_force: RuleInForce) -> tuple[Rule, ...]:
    """Return the rules that both must allow a press: of then, and of now."""
    if request.change.verb is Verb.HALT:
        return ()
    return tuple(dict.fromkeys((request.rule, in_force.rule)))


def asks_who(rules: Iterable[Rule], *verbs: Verb) -> bool:
    """Return whether it matters who presses, so that Slack has to be asked."""
    return any(not rule.everybody or _needs_another(rule, *verbs) for rule in rules)


def asked_groups(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the user groups whose members may confirm."""
    return frozenset(group for rule in rules for group in rule.groups)


def judge(
    request: Request,
    in_force: RuleInForce,
    presser: Presser,
    at: datetime,
    reason: str | None = None,
) -> Allowed | Refusal:
    """Return whether a press at this time counts, or why it does not.

    `reason` is what an asker has said for doing it alone. A stored approval is judged
    in the same way, at its own time: so it counts only while it would still be allowed.
    """
    rules, verbs = rules_of(request, in_force), request.verbs
    for rule in rules:
        if rule.reason_required and not shown(request.reason):
            return ReasonMissing(rule)
    if not asks_who(rules, *verbs):
        return Allowed()
    unknown = refuse_person(request, in_force, presser)
    if unknown is not None and not isinstance(unknown, LookupRefused):
        return unknown
    alone = presser.user_id == request.asked_by and [
        rule for rule in rules if _needs_another(rule, *verbs)
    ]
    if alone:
        early = _too_early(request, alone, at)
        if early is not None:
            return early
    if unknown is not None:
        return unknown
    if not alone:
        return Allowed()
    return Allowed(alone=True) if shown(reason or "") else AloneReasonNeeded(alone[0])


def refuse_person(
    request: Request, in_force: RuleInForce, presser: Presser
) -> Disqualified | NotListed | LookupRefused | None:
    """Return why this person may not confirm the request at any time; else None."""
    rules, verbs = rules_of(request, in_force), request.verbs
    asking = [rule for rule in rules if asks_who([rule], *verbs)]
    if not asking:
        return None
    if presser.profile is None:
        return LookupRefused(asking[0], presser.failed or "")
    if (why := _disqualification(presser, presser.profile)) is not None:
        return Disqualified(why)
    for rule in rules:
        if _is_listed(rule, presser):
            continue
        if presser.failed is not None:
            return LookupRefused(rule, presser.failed)
        return NotListed(rule)
    return None


def alone_from(request: Request, rule: Rule) -> datetime | None:
    """Return from when the asker may do it alone under a rule; None where never."""
    pause = ALONE_AFTER.get(rule.second_person(*request.verbs))
    return None if pause is None else request.asked_at + pause


def _too_early(request: Request, rules: list[Rule], at: datetime) -> TooEarly | None:
    times = [(alone_from(request, rule), rule) for rule in rules]
    for time, rule in times:
        if time is None:
            return TooEarly(rule, None)
    for time, rule in times:
        if time is not None and at < time:
            latest = max(each for each, _ in times if each is not None)
            return TooEarly(rule, latest)
    return None


def _disqualification(presser: Presser, profile: Profile) -> Disqualification | None:
    if profile.is_bot:
        return Disqualification.BOT
    if profile.is_deactivated:
        return Disqualification.DEACTIVATED
    if not profile.is_colleague:
        return Disqualification.NO_COLLEAGUE
    return None if presser.in_channel else Disqualification.LEFT_CHANNEL


def _is_listed(rule: Rule, presser: Presser) -> bool:
    named = presser.user_id in rule.people
    return rule.everybody or named or bool(presser.groups.intersection(rule.groups))


def _needs_another(rule: Rule, *verbs: Verb) -> bool:
    return rule.second_person(*verbs) is not SecondPerson.NO
