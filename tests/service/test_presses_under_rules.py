"""What a press does where a rule says who may confirm, and who needs another person."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.app_names import ResolvedTarget
from bot.domain.approval import (
    AloneReasonNeeded,
    Disqualification,
    Disqualified,
    LookupRefused,
    NotListed,
    Overtaken,
    ReasonMissing,
    TooEarly,
    Uncounted,
)
from bot.domain.directory import LookupFailed, Profile, UserGroup
from bot.domain.events import EventKind
from bot.domain.outcomes import (
    AlreadyHandled,
    Approved,
    Cancelled,
    ClickOutcome,
    ConfirmationNeeded,
    Confirmed,
)
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.requests import EndReason, Person, Request, RequestState
from bot.domain.rollout import Change
from bot.domain.rules import NO_RULE, Rule, RuleInForce, SecondPerson
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from bot.service.open_cards import end_others
from bot.service.requests import WAIT_FOR_ANOTHER
from tests.fakes import ANN, BETA, BOB, MAIL, NOON, PLACE, QUARTER
from tests.service.service_harness import CARD, ServiceHarness

CAROL = Person("U3", "T1")
MANAGERS = UserGroup("S1", "release-managers", "Release managers")
ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)
LISTED = Rule(groups=("S1",), finalize=SecondPerson.YES)
TEN = timedelta(minutes=10)
WHY = "nobody is here"


@pytest.fixture
def harness(harness: ServiceHarness) -> ServiceHarness:
    """Return a service that knows three colleagues, and a group with one of them."""
    people = (Profile("U1", "Ann"), Profile("U2", "Bob"), Profile("U3", "Carol"))
    harness.directory.put(*people)
    harness.directory.put_group(MANAGERS, ["U2"])
    harness.directory.channels[PLACE.channel] = frozenset({"U1", "U2", "U3"})
    return harness


def agree(
    harness: ServiceHarness, rule: Rule, version: int = 1, target: Target | None = MAIL
) -> RuleInForce:
    """Let a rule be in force."""
    return harness.repositories.rules.put("T1", target, rule, version)


async def ask(
    harness: ServiceHarness, rule: Rule | None, text: str = "finalize mail all is well"
) -> Request:
    """Let Ann ask for a change under a rule."""
    if rule is not None:
        agree(harness, rule)
    return await harness.ask(text)


def refusal(outcome: ClickOutcome) -> object:
    """Return why a press was refused."""
    assert isinstance(outcome, PressRefused)
    return outcome.refusal


async def test_nothing_configured_asks_slack_nothing(harness: ServiceHarness) -> None:
    card = await ask(harness, None)

    assert card.rule == NO_RULE
    assert card.expires_at == NOON + QUARTER
    assert isinstance(await harness.confirm(card), Confirmed)
    assert harness.directory.asked == []


@pytest.mark.parametrize("away", [False, True])
async def test_a_halt_goes_on_whatever_the_rule_and_whatever_slack_says(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    strictest = replace(LISTED, people=(), reason_required=True, groups=("S9",))
    agree(harness, strictest, target=None)
    agree(harness, strictest)

    async def unread(*_: object) -> RuleInForce:
        raise AssertionError("a halt has no rule")

    monkeypatch.setattr(harness.repositories.rules, "rule_in_force", unread)
    if away:
        harness.directory.failure = LookupFailed("timeout")
    card = await harness.ask("halt mail")

    assert card.rule == NO_RULE
    assert isinstance(await harness.confirm(card), Confirmed)
    assert harness.directory.asked == []


async def test_the_rule_in_force_is_copied_when_it_is_asked_for(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, ALWAYS)

    assert card.rule == ALWAYS
    assert card.expires_at == NOON + WAIT_FOR_ANOTHER
    [event] = harness.events_of(EventKind.ASKED)
    assert event.details["rule"]["finalize"] == SecondPerson.YES


async def test_a_rule_for_a_set_alone_leaves_a_finalize_as_it_was(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, Rule(set=SecondPerson.YES))

    assert card.expires_at == NOON + QUARTER
    assert isinstance(await harness.confirm(card), Confirmed)


@pytest.mark.parametrize("text", ["finalize mail", "set mail 40"])
async def test_what_the_rule_wants_a_reason_for_gets_no_card_without_one(
    harness: ServiceHarness, text: str
) -> None:
    agree(harness, Rule(reason_required=True))

    answer = await harness.say(text)

    assert isinstance(answer, ReasonRequired)
    assert answer.chosen == ResolvedTarget(MAIL, "mail")
    assert harness.requests.kept == {}
    assert isinstance(await harness.say(f"{text} all is well"), ConfirmationNeeded)
    assert isinstance(await harness.say("halt mail"), ConfirmationNeeded)


async def test_the_asker_is_refused_and_another_person_confirms(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, ALWAYS)

    refused = await harness.confirm(card, ANN)

    assert refusal(refused) == TooEarly(ALWAYS, None)
    assert harness.requests.kept[card.id].approvals_given == 0
    [event] = harness.events_of(EventKind.REFUSED)
    assert (event.code, event.target, event.request_id) == ("too_early", MAIL, card.id)
    assert event.details["rule"]["finalize"] == SecondPerson.YES
    assert (event.details["rule_of"], event.details["rule_version"]) == (str(MAIL), 1)
    confirmed = await harness.confirm(card, BOB)
    assert isinstance(confirmed, Confirmed)
    assert confirmed.request.decided_by == "U2"


async def test_the_asker_alone_waits_and_says_why(harness: ServiceHarness) -> None:
    card = await ask(harness, AFTER_TEN)
    service = harness.service
    form = card.id, CARD, PLACE, ANN

    early = await service.confirm_alone(*form, WHY)
    harness.now = NOON + TEN
    asked = await harness.confirm(card, ANN)
    alone = await service.confirm_alone(*form, WHY)

    assert refusal(early) == TooEarly(AFTER_TEN, NOON + TEN)
    assert refusal(asked) == AloneReasonNeeded(AFTER_TEN)
    assert isinstance(alone, Confirmed)
    assert alone.request.alone_reason == WHY
    [event] = harness.events_of(EventKind.APPROVED)
    assert event.details["alone"] is True
    assert event.details["reason"] == WHY
    # To ask for the reason is no refusal.
    assert [one.code for one in harness.events_of(EventKind.REFUSED)] == ["too_early"]
    [entry] = (await harness.events.list_history(PLACE, None, 5)).entries
    assert isinstance(entry, Request)
    assert entry.alone_reason == WHY
    assert entry.rule == AFTER_TEN


async def test_another_persons_form_does_not_make_them_alone(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, AFTER_TEN)

    found = await harness.service.confirm_alone(card.id, CARD, PLACE, BOB, WHY)

    assert isinstance(found, Confirmed)
    assert found.request.alone_reason is None


async def test_a_rule_that_the_asker_loosens_still_counts_as_it_was(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, ALWAYS)
    agree(harness, NO_RULE, 2)

    refused = await harness.confirm(card, ANN)

    assert refusal(refused) == TooEarly(ALWAYS, None)
    assert harness.events_of(EventKind.REFUSED)[0].details["rule_of"] == "request"


@pytest.mark.parametrize(
    ("tightened", "person", "expected"),
    [
        (ALWAYS, ANN, TooEarly(ALWAYS, None)),
        (LISTED, CAROL, NotListed(LISTED)),
    ],
)
async def test_a_rule_that_is_tightened_after_asking_counts(
    harness: ServiceHarness, tightened: Rule, person: Person, expected: object
) -> None:
    card = await ask(harness, None)
    agree(harness, tightened)

    assert refusal(await harness.confirm(card, person)) == expected
    assert isinstance(await harness.confirm(card, BOB), Confirmed)


async def test_a_reason_that_is_wanted_by_now_is_missing(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, None, "finalize mail")
    rule = Rule(reason_required=True)
    agree(harness, rule)

    assert refusal(await harness.confirm(card, BOB)) == ReasonMissing(rule)


async def test_a_rule_tightened_in_the_same_moment_counts(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await ask(harness, Rule(groups=("S1",)))
    real = harness.directory.group_members

    async def meanwhile(workspace: str, group: str) -> frozenset[str]:
        members = await real(workspace, group)
        agree(harness, Rule(people=("U3",)), 2)
        return members

    monkeypatch.setattr(harness.directory, "group_members", meanwhile)

    refused = await harness.confirm(card, BOB)

    assert refusal(refused) == NotListed(Rule(people=("U3",)))
    assert harness.operations.kept == {}


async def test_who_leaves_the_group_between_two_presses_is_refused(
    harness: ServiceHarness,
) -> None:
    first = await ask(harness, LISTED)
    second = await harness.ask("set mail 40 all is well")
    assert isinstance(await harness.confirm(first, BOB), Confirmed)
    harness.directory.members["S1"] = frozenset()

    refused = await harness.confirm(second, BOB)

    assert refusal(refused) == NotListed(LISTED)


async def test_who_is_deactivated_is_refused(harness: ServiceHarness) -> None:
    card = await ask(harness, ALWAYS)
    harness.directory.put(Profile("U2", "Bob", is_deactivated=True))

    refused = await harness.confirm(card, BOB)

    assert refusal(refused) == Disqualified(Disqualification.DEACTIVATED)
    [event] = harness.events_of(EventKind.REFUSED)
    assert event.code == "deactivated"


@pytest.mark.parametrize("code", ["timeout", "plan_upgrade_required"])
async def test_where_slack_does_not_say_who_may_the_press_is_refused(
    harness: ServiceHarness, code: str
) -> None:
    card = await ask(harness, LISTED)
    harness.directory.failure = LookupFailed(code)

    assert refusal(await harness.confirm(card, BOB)) == LookupRefused(LISTED, code)
    assert harness.operations.kept == {}


async def test_whoever_may_confirm_may_decline_and_nobody_else(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, LISTED)

    refused = await harness.cancel(card, CAROL)
    declined = await harness.cancel(card, BOB)

    assert refusal(refused) == NotListed(LISTED)
    assert isinstance(declined, Cancelled)
    assert declined.request.was_declined
    [event] = harness.events_of(EventKind.REFUSED)
    assert event.code == "not_listed"


async def test_the_asker_cancels_and_declines_nothing(harness: ServiceHarness) -> None:
    card = await ask(harness, LISTED)

    cancelled = await harness.cancel(card, ANN)

    assert isinstance(cancelled, Cancelled)
    assert not cancelled.request.was_declined


async def test_a_decline_needs_no_slack(harness: ServiceHarness) -> None:
    card = await ask(harness, LISTED)
    harness.directory.failure = LookupFailed("timeout")

    assert isinstance(await harness.cancel(card, CAROL), Cancelled)


async def test_an_approval_whose_person_is_gone_is_not_counted(
    harness: ServiceHarness,
) -> None:
    agree(harness, LISTED)
    harness.directory.members["S1"] = frozenset({"U2", "U3"})
    request = replace(
        await harness.ask_for_two(), change=Change(Verb.FINALIZE), rule=LISTED
    )
    harness.repositories.memory.requests[request.id] = replace(request, asked_by="U9")
    assert await harness.confirm(request, BOB) == Approved(
        harness.requests.kept[request.id]
    )
    harness.directory.members["S1"] = frozenset({"U3", "U1"})

    second = await harness.confirm(request, CAROL)

    assert isinstance(second, Approved)
    assert second.uncounted == (Uncounted("U2", NotListed(LISTED)),)
    assert harness.operations.kept == {}
    harness.directory.channels[PLACE.channel] = frozenset({"U1"})
    third = await harness.confirm(request, ANN)
    assert isinstance(third, Approved)
    left = Disqualified(Disqualification.LEFT_CHANNEL)
    assert Uncounted("U3", left) in third.uncounted
    harness.directory.channels[PLACE.channel] = frozenset({"U1", "U2", "U3", "U4"})
    harness.directory.members["S1"] = frozenset({"U1", "U2", "U3", "U4"})
    harness.directory.put(Profile("U4", "Dan"))
    assert isinstance(await harness.confirm(request, Person("U4", "T1")), Confirmed)


async def test_a_confirmed_halt_ends_what_waits_under_a_rule_in_every_channel(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    harness.aliases.put("beta", BETA)
    agree(harness, ALWAYS)
    waiting = [
        await harness.ask("finalize mail all is well"),
        await harness.ask("set beta 40 all is well"),
    ]
    halt = await harness.ask("halt mail")

    confirmed = await harness.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)
    for card in waiting:
        # At the moment of the claim, before anything is ended.
        late = await harness.confirm(card, BOB)
        assert isinstance(late, AlreadyHandled)
        assert late.request.end_reason is EndReason.OVERTAKEN
        assert late.request.decided_by == "U2"
    assert list(harness.operations.kept) == [halt.id]


async def test_what_a_halt_overtakes_is_ended_once_it_has_started(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, ALWAYS)
    halt = await harness.ask("halt mail")
    confirmed = await harness.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)

    await harness.service.end_overtaken(confirmed.request)

    ended = harness.requests.kept[card.id]
    assert (ended.state, ended.end_reason) == (
        RequestState.CANCELLED,
        EndReason.OVERTAKEN,
    )
    assert harness.starter.closed_cards == [card.id]


async def test_what_is_asked_for_after_the_halt_is_not_overtaken(
    harness: ServiceHarness,
) -> None:
    halt = await harness.ask("halt mail")
    confirmed = await harness.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)
    harness.now += timedelta(seconds=1)
    card = await ask(harness, ALWAYS)

    await harness.service.end_overtaken(confirmed.request)

    assert harness.requests.kept[card.id].state is RequestState.PENDING
    assert isinstance(await harness.confirm(card, BOB), Confirmed)


async def test_a_halt_that_the_bot_did_not_survive_overtakes_when_it_ends(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, ALWAYS)
    halt = await harness.ask("halt mail")
    confirmed = await harness.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)

    ended = await end_others(harness.requests, confirmed.request, harness.now)

    assert ended == [card.id]


async def test_without_a_rule_a_halt_leaves_the_others_until_it_is_done(
    harness: ServiceHarness,
) -> None:
    card = await ask(harness, None)
    halt = await harness.ask("halt mail")
    confirmed = await harness.confirm(halt, BOB)
    assert isinstance(confirmed, Confirmed)

    await harness.service.end_overtaken(confirmed.request)

    assert harness.requests.kept[card.id].state is RequestState.PENDING


async def test_of_fifty_presses_by_five_people_one_counts_and_never_the_askers(
    harness: ServiceHarness,
) -> None:
    people = [Person(f"U{number}", "T1") for number in range(1, 6)]
    harness.directory.put(*(Profile(one.user_id, "Somebody") for one in people))
    card = await ask(harness, ALWAYS)

    answers = await asyncio.gather(*(harness.confirm(card, one) for one in people * 10))

    confirmed = [one for one in answers if isinstance(one, Confirmed)]
    assert len(confirmed) == 1
    assert confirmed[0].request.decided_by != "U1"
    [approval] = harness.repositories.memory.approvals.values()
    assert approval.person.user_id != "U1"
    assert not any(isinstance(one, Overtaken) for one in answers)


async def test_the_names_of_those_who_may_are_looked_up_for_the_card(
    harness: ServiceHarness,
) -> None:
    rule = Rule(people=("U7", "U3"), groups=("S1", "S7"))
    card = await ask(harness, rule)

    names = await harness.service.approver_names(card)

    assert names == {"S1": "@release-managers", "U3": "Carol"}
    assert await harness.service.approver_names(replace(card, rule=NO_RULE)) == {}
