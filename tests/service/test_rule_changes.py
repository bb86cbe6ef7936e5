"""Who may propose a rule and agree to it, and which rules nobody could fulfil."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.directory import LookupFailed, Profile, UserGroup
from bot.domain.events import EventKind
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.proposals import (
    Proposal,
    ProposalClosed,
    ProposalDecided,
    ProposalOutcome,
    ProposalState,
)
from bot.domain.requests import Person, Place
from bot.domain.rule_changes import ProposedRule
from bot.domain.rule_outcomes import (
    AgreementRefused,
    CannotConfirm,
    NotLookedUp,
    RefusedBecause,
    RuleForm,
    RuleOutdated,
    RulePending,
    RuleProposed,
    Rules,
    RuleUnchanged,
    TooFewApprovers,
    TooManyApprovers,
)
from bot.domain.rules import Ineligible, Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.usage import UnknownAlias
from tests.fakes import ANN, BETA, BOB, GUEST, MAIL, PLACE
from tests.service.service_harness import CARD, ServiceHarness

YES = SecondPerson.YES
CAT, ADA = Person("UCAT", ANN.team_id), Person("UADA", ANN.team_id)
STRICT = Rule(("UCAT", BOB.user_id), finalize=YES)
MANAGERS = UserGroup("S1", "managers", "Release managers")
AWAY = LookupFailed("ratelimited")


@pytest.fixture
def chat(harness: ServiceHarness) -> ServiceHarness:
    """A channel with Ann, Bob and Cat, and with Ada, who is an admin."""
    directory = harness.directory
    directory.put(
        Profile(ANN.user_id, "Ann"),
        Profile(BOB.user_id, "Bob"),
        Profile("UCAT", "Cat"),
        Profile("UADA", "Ada", is_admin=True),
        Profile("UBOT", "Bot", is_bot=True),
        Profile("UGONE", "Gone", is_deactivated=True),
        Profile("UGIL", "Gil", is_colleague=False),
    )
    directory.put_group(MANAGERS, (ANN.user_id, BOB.user_id))
    everybody = {ANN.user_id, BOB.user_id, "UCAT", "UADA"}
    directory.channels[PLACE.channel] = frozenset(everybody)
    return harness


async def propose(
    chat: ServiceHarness,
    rule: Rule | None,
    person: Person = ANN,
    *,
    target: Target | None = MAIL,
    version: int | None = None,
    place: Place = PLACE,
) -> ProposedRule:
    """Propose a rule in place of the one that is in force."""
    repositories = chat.repositories
    found = await repositories.rules.rule_in_force(place.workspace, target)
    seen = found.version if version is None else version
    rules = chat.service.rules
    return await rules.propose(target, seen, rule, place, person)


def waiting(chat: ServiceHarness) -> list[Proposal]:
    every = chat.repositories.memory.proposals.values()
    return [one for one in every if one.state is ProposalState.PENDING]


async def press(
    chat: ServiceHarness, person: Person, *, agrees: bool = True
) -> ProposalOutcome:
    """Press on the card of the only proposal."""
    [proposal] = chat.repositories.memory.proposals
    return await chat.service.proposals.decide(
        proposal, CARD, PLACE, person, agrees=agrees
    )


async def in_force(chat: ServiceHarness, target: Target | None = MAIL) -> Rule:
    found = await chat.repositories.rules.rule_in_force(PLACE.workspace, target)
    return found.rule


def refused(why: RefusedBecause, rule: Rule, code: str = "") -> AgreementRefused:
    return AgreementRefused(why, rule, code)


def refusals(chat: ServiceHarness) -> list[tuple[str | None, object]]:
    """Return the code and the rule of each refusal in the log."""
    return [
        (event.code, event.details.get("rule"))
        for event in chat.events.log
        if event.kind is EventKind.REFUSED
    ]


async def test_a_second_person_agrees_and_the_rule_holds(chat: ServiceHarness) -> None:
    assert await propose(chat, STRICT) == RuleProposed()
    assert await in_force(chat) == Rule()

    outcome = await press(chat, BOB)

    assert isinstance(outcome, ProposalDecided)
    assert await in_force(chat) == STRICT
    again = await press(chat, BOB)
    assert isinstance(again, ProposalClosed)


async def test_the_proposer_does_not_agree_alone(chat: ServiceHarness) -> None:
    await propose(chat, STRICT, BOB)

    assert await press(chat, BOB) == refused(RefusedBecause.OWN_PROPOSAL, Rule())

    assert await in_force(chat) == Rule()
    assert isinstance(await press(chat, BOB, agrees=False), ProposalDecided)
    assert [code for code, _ in refusals(chat)] == ["own_proposal"]


async def test_an_admin_agrees_alone_whatever_the_rules_say(
    chat: ServiceHarness,
) -> None:
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)
    await propose(chat, Rule(), ADA)

    assert isinstance(await press(chat, ADA), ProposalDecided)

    assert await in_force(chat) == Rule()


async def test_an_admin_whose_account_is_off_agrees_to_nothing(
    chat: ServiceHarness,
) -> None:
    chat.directory.put(Profile("UADA", "Ada", is_admin=True, is_deactivated=True))
    await propose(chat, STRICT)

    outcome = await press(chat, ADA)

    assert outcome == refused(RefusedBecause.NOT_LISTED_NOW, Rule())


async def test_the_stricter_of_both_rules_counts(chat: ServiceHarness) -> None:
    now = Rule((ANN.user_id, BOB.user_id), finalize=YES)
    chat.repositories.rules.put(PLACE.workspace, MAIL, now)
    await propose(chat, STRICT)

    # Cat could confirm by the new rule alone, and nobody but Bob by both.
    assert await press(chat, CAT) == refused(RefusedBecause.NOT_LISTED_NOW, now)
    assert isinstance(await press(chat, BOB), ProposalDecided)
    assert await in_force(chat) == STRICT


async def test_whoever_the_new_rule_leaves_out_does_not_agree(
    chat: ServiceHarness,
) -> None:
    await propose(chat, STRICT, CAT)

    assert await press(chat, ANN) == refused(RefusedBecause.NOT_LISTED_NEXT, STRICT)
    assert isinstance(await press(chat, ANN, agrees=False), ProposalDecided)
    assert [code for code, _ in refusals(chat)] == ["not_listed_next"]


async def test_whoever_the_rule_now_leaves_out_does_not_loosen_it(
    chat: ServiceHarness,
) -> None:
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)
    await propose(chat, Rule(), CAT)

    for agrees in (True, False):
        outcome = await press(chat, ANN, agrees=agrees)
        assert outcome == refused(RefusedBecause.NOT_LISTED_NOW, STRICT)

    assert await in_force(chat) == STRICT
    [(code, rule), _] = refusals(chat)
    assert code == "not_listed_now"
    assert isinstance(rule, dict)
    assert rule["people"] == list(STRICT.people)


async def test_members_of_a_group_agree_as_long_as_they_are_in_it(
    chat: ServiceHarness,
) -> None:
    rule = Rule(groups=("S1",), finalize=YES)
    chat.repositories.rules.put(PLACE.workspace, MAIL, rule)
    await propose(chat, Rule(), ANN)
    chat.directory.put_group(MANAGERS, ("UCAT",))

    assert await press(chat, BOB) == refused(RefusedBecause.NOT_LISTED_NOW, rule)
    assert isinstance(await press(chat, CAT), ProposalDecided)


async def test_the_rule_of_an_app_is_changed_in_the_channels_that_have_it(
    chat: ServiceHarness,
) -> None:
    chat.directory.channels["C9"] = frozenset({BOB.user_id})
    elsewhere = Place(PLACE.workspace, "C9")

    found = await propose(chat, STRICT, BOB, place=elsewhere)
    form = await chat.service.rules.form(MAIL, elsewhere, BOB)

    lacks = Denial.CHANNEL_LACKS_APP
    assert found == form == NotAllowed(lacks, MAIL, (PLACE.channel,))
    assert waiting(chat) == []


async def test_a_channel_that_has_given_the_app_up_changes_no_rule(
    chat: ServiceHarness,
) -> None:
    await propose(chat, STRICT)
    await chat.say("alias remove mail")
    chat.repositories.memory.let_in(Place("T1", "C9"), MAIL, "U9", chat.now)

    pressed = await press(chat, CAT)

    assert isinstance(pressed, ProposalDecided)
    assert pressed.proposal.state is ProposalState.OUTDATED
    assert await in_force(chat) == Rule()


async def test_who_only_looks_into_the_channel_does_not_agree(
    chat: ServiceHarness,
) -> None:
    chat.directory.channels[PLACE.channel] = frozenset({ANN.user_id})
    await propose(chat, Rule(finalize=YES))

    assert await press(chat, BOB) == NotAllowed(Denial.NOT_IN_CHANNEL)


async def test_guests_from_another_company_propose_and_agree_to_nothing(
    chat: ServiceHarness,
) -> None:
    denied = NotAllowed(Denial.OTHER_WORKSPACE)
    assert await propose(chat, STRICT, GUEST) == denied
    assert waiting(chat) == []
    await propose(chat, STRICT)

    assert await press(chat, GUEST) == denied
    form = await chat.service.rules.form(MAIL, PLACE, GUEST)
    assert form == denied


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Rule(("UCAT",), finalize=YES), TooFewApprovers(2, 1)),
        (Rule(("UCAT",), set=YES), TooFewApprovers(2, 1)),
        (Rule(("UBOT", "UCAT")), CannotConfirm("UBOT", "Bot", Ineligible.BOT)),
        (Rule(("UGONE",)), CannotConfirm("UGONE", "Gone", Ineligible.DEACTIVATED)),
        (Rule(("UGIL",)), CannotConfirm("UGIL", "Gil", Ineligible.OTHER_COMPANY)),
        (Rule(groups=("SEMPTY",)), TooFewApprovers(1, 0)),
        (Rule(groups=("SODD",)), TooFewApprovers(1, 0)),
        (Rule(groups=("SONE",), finalize=YES), TooFewApprovers(2, 1)),
        # The person and the member of the group are the same.
        (Rule(("UCAT",), ("SONE",), finalize=YES), TooFewApprovers(2, 1)),
        (Rule(tuple(f"U{n}" for n in range(11))), TooManyApprovers(11)),
        (
            Rule(tuple(f"U{n}" for n in range(9)), ("S1", "SONE")),
            TooManyApprovers(11),
        ),
        (Rule(("UNOBODY",)), NotLookedUp("user_not_found", group=False)),
        (Rule(groups=("SNONE",)), NotLookedUp("no_such_subteam", group=True)),
    ],
)
async def test_a_rule_that_too_few_could_fulfil_is_not_proposed(
    chat: ServiceHarness, rule: Rule, problem: object
) -> None:
    chat.directory.members |= {
        "SEMPTY": frozenset(),
        "SODD": frozenset({"UBOT", "UGONE", "UGIL"}),
        "SONE": frozenset({"UCAT", "UBOT"}),
    }

    assert await propose(chat, rule) == problem

    assert waiting(chat) == []


@pytest.mark.parametrize(
    "rule",
    [
        Rule(finalize=YES, set=YES),
        Rule(("UCAT",)),
        Rule(("UCAT",), finalize=SecondPerson.ALONE_AFTER_1_HOUR),
        Rule(("UCAT", "UADA"), finalize=YES),
        Rule(groups=("S1",), finalize=YES),
        Rule(("UCAT",), ("S1",), finalize=YES),
    ],
)
async def test_a_rule_that_people_can_fulfil_is_proposed(
    chat: ServiceHarness, rule: Rule
) -> None:
    assert await propose(chat, rule) == RuleProposed()


async def test_a_group_of_thousands_is_not_looked_up_person_by_person(
    chat: ServiceHarness,
) -> None:
    many = [f"UM{n:04}" for n in range(3000)]
    chat.directory.put(*(Profile(one, one) for one in many))
    chat.directory.put_group(MANAGERS, many)

    assert await propose(chat, Rule(groups=("S1",), finalize=YES)) == RuleProposed()

    assert len(chat.directory.asked) < 10


async def test_where_slack_does_not_say_nothing_is_proposed_or_agreed_to(
    chat: ServiceHarness,
) -> None:
    chat.directory.failure = AWAY
    assert await propose(chat, STRICT) == NotLookedUp("ratelimited", group=False)
    chat.directory.failure = None
    await propose(chat, STRICT)
    chat.directory.failure = AWAY

    for agrees in (True, False):
        outcome = await press(chat, BOB, agrees=agrees)
        failed = RefusedBecause.LOOKUP_FAILED
        assert outcome == refused(failed, Rule(), "ratelimited")
    assert isinstance(await press(chat, ANN, agrees=False), ProposalDecided)


async def test_a_rule_that_needs_nobody_by_name_is_proposed_without_slack(
    chat: ServiceHarness,
) -> None:
    chat.directory.failure = AWAY

    assert await propose(chat, Rule(finalize=YES)) == RuleProposed()


async def test_a_rule_that_nobody_could_fulfil_any_more_is_not_agreed_to(
    chat: ServiceHarness,
) -> None:
    rule = Rule((BOB.user_id,), ("S1",), finalize=YES)
    await propose(chat, rule)
    chat.directory.put_group(MANAGERS)

    assert await press(chat, BOB) == refused(RefusedBecause.UNFULFILLABLE, rule)
    assert await press(chat, ADA) == refused(RefusedBecause.UNFULFILLABLE, rule)
    chat.directory.members.clear()
    outcome = await press(chat, ADA)
    failed = RefusedBecause.LOOKUP_FAILED
    assert outcome == refused(failed, rule, "no_such_subteam")
    assert await in_force(chat) == Rule()


async def test_what_holds_already_and_what_has_changed_is_not_proposed(
    chat: ServiceHarness,
) -> None:
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT, 3)

    assert isinstance(await propose(chat, STRICT), RuleUnchanged)
    assert isinstance(await propose(chat, Rule(), version=2), RuleOutdated)
    assert await propose(chat, Rule()) == RuleProposed()
    assert isinstance(await propose(chat, Rule(finalize=YES), BOB), RulePending)
    assert len(waiting(chat)) == 1


async def test_what_was_proposed_before_another_rule_is_outdated(
    chat: ServiceHarness,
) -> None:
    await propose(chat, STRICT)
    chat.repositories.rules.put(PLACE.workspace, None, Rule(set=YES))

    outcome = await press(chat, BOB)

    assert isinstance(outcome, ProposalDecided)
    assert outcome.proposal.state is ProposalState.OUTDATED
    assert await in_force(chat) == Rule(set=YES)


GAMES = Place(PLACE.workspace, "C2")


async def test_who_is_in_no_channel_that_has_the_app_neither_looks_nor_proposes(
    chat: ServiceHarness,
) -> None:
    chat.directory.channels[GAMES.channel] = frozenset({"UCAT"})
    chat.directory.channels[PLACE.channel] = frozenset({ANN.user_id, BOB.user_id})

    found = await propose(chat, Rule(), CAT, place=GAMES)
    look = await chat.say(f"rules {MAIL.app_id}", CAT, GAMES)

    assert found == NotAllowed(Denial.CHANNEL_LACKS_APP, MAIL)
    assert look == NotAllowed(Denial.NOT_YOUR_APP, MAIL)
    assert waiting(chat) == []


async def test_an_app_that_no_channel_has_belongs_to_the_one_that_changes_its_rule(
    chat: ServiceHarness,
) -> None:
    free = Target("main", "9WZDNCRFJ3TJ")

    assert await propose(chat, Rule(finalize=YES), target=free) == RuleProposed()

    channels = chat.repositories.release_channels
    [found] = await channels.channels_of(PLACE.workspace, free)
    assert found.channel == PLACE.channel
    assert isinstance(await press(chat, BOB), ProposalDecided)
    assert await in_force(chat, free) == Rule(finalize=YES)


async def test_a_channel_that_gave_the_app_up_agrees_to_nothing(
    chat: ServiceHarness,
) -> None:
    await propose(chat, STRICT)
    assert await chat.say("alias remove mail")

    outcome = await press(chat, BOB)

    assert isinstance(outcome, ProposalDecided)
    assert outcome.proposal.state is ProposalState.OUTDATED
    assert await in_force(chat) == Rule()


async def test_the_default_is_proposed_by_admins_alone(chat: ServiceHarness) -> None:
    rule, denied = Rule(finalize=YES), NotAllowed(Denial.NOT_AN_ADMIN)
    assert await propose(chat, rule, target=None) == denied
    assert await chat.service.rules.form(None, PLACE, ANN) == denied
    assert [code for code, _ in refusals(chat)] == ["not_an_admin"] * 2
    chat.directory.failure = AWAY
    unsaid = NotLookedUp("ratelimited", group=False)
    assert await chat.service.rules.form(None, PLACE, ADA) == unsaid
    assert [code for code, _ in refusals(chat)][2:] == ["lookup_failed"]
    chat.directory.failure = None

    assert await propose(chat, rule, ADA, target=None) == RuleProposed()
    assert isinstance(await press(chat, BOB), ProposalDecided)

    assert await in_force(chat) == rule
    assert await in_force(chat, None) == rule


async def test_rules_are_shown_with_where_they_come_from(chat: ServiceHarness) -> None:
    chat.aliases.put("beta", BETA)
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)

    one = await chat.say("rules beta")
    every = await chat.say("rules")
    unknown = await chat.say("rules chat")

    assert isinstance(one, Rules)
    [beta] = one.rules
    assert (beta.alias, beta.target, beta.is_own) == ("beta", BETA, False)
    assert (beta.in_force.rule, beta.in_force.target) == (STRICT, MAIL)
    assert isinstance(every, Rules)
    assert every.of_channel
    assert [rule.alias for rule in every.rules] == ["beta", "mail", None]
    assert [rule.is_own for rule in every.rules] == [False, True, False]
    assert isinstance(unknown, UnknownAlias)


async def test_two_aliases_of_an_app_are_one_rule_and_guests_see_what_is_named(
    chat: ServiceHarness,
) -> None:
    chat.aliases.put("post", MAIL)

    every = await chat.say("rules", GUEST)
    other = await chat.say("rules 9WZDNCRFJ3TJ", GUEST)

    assert isinstance(every, Rules)
    assert [rule.target for rule in every.rules] == [MAIL, None]
    assert other == NotAllowed(Denial.NOT_NAMED_HERE)


async def test_the_form_has_the_rule_in_force_and_the_names_of_its_groups(
    chat: ServiceHarness,
) -> None:
    rule = Rule(("UCAT",), ("S1", "SGONE"))
    chat.repositories.rules.put(PLACE.workspace, MAIL, rule)

    form = await chat.service.rules.form(MAIL, PLACE, ANN)

    assert isinstance(form, RuleForm)
    assert form.rule.in_force.rule == rule
    assert form.rule.alias == "mail"
    assert form.groups == (MANAGERS, UserGroup("SGONE", "", ""))
    assert form.has_groups


async def test_the_form_opens_where_slack_names_no_groups(chat: ServiceHarness) -> None:
    rule = Rule(groups=("S1",))
    chat.repositories.rules.put(PLACE.workspace, MAIL, rule)
    chat.directory.failure = AWAY
    unnamed = await chat.service.rules.form(MAIL, PLACE, ANN)
    chat.directory.failure = LookupFailed("plan_upgrade_required")
    without = await chat.service.rules.form(MAIL, PLACE, ANN)

    assert isinstance(unnamed, RuleForm)
    assert (unnamed.groups, unnamed.has_groups) == ((UserGroup("S1", "", ""),), True)
    assert isinstance(without, RuleForm)
    assert (without.groups, without.has_groups) == ((), False)


async def test_the_form_does_not_wait_for_slack(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.rules._GROUPS_SECONDS", 0.0)

    async def silent(_: str) -> tuple[UserGroup, ...]:
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr(chat.directory, "groups", silent)

    form = await chat.service.rules.form(MAIL, PLACE, ANN)

    assert isinstance(form, RuleForm)
    assert form.has_groups


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["Designers", "managers"]),
        ("@Man", ["managers"]),
        ("release", ["managers"]),
        ("design", ["Designers"]),
        ("nobody", []),
    ],
)
async def test_groups_are_found_by_handle_and_name(
    chat: ServiceHarness, typed: str, found: list[str]
) -> None:
    chat.directory.put_group(UserGroup("S2", "Designers", "Shapes and colours"))

    groups = await chat.service.rules.groups_like(PLACE.workspace, typed)

    assert [group.handle for group in groups] == found


async def test_a_proposal_is_for_the_channel_where_the_form_was_opened(
    chat: ServiceHarness,
) -> None:
    await propose(chat, STRICT, place=replace(PLACE, thread=None))
    [proposal] = waiting(chat)

    assert proposal.place.channel == PLACE.channel
    assert proposal.details["app_name"] == "Mail"
    assert proposal.expires_at > proposal.asked_at


async def test_a_rule_is_dropped_by_a_second_person_who_may_by_both(
    chat: ServiceHarness,
) -> None:
    fewer = Rule((ANN.user_id, BOB.user_id))
    chat.repositories.rules.put(PLACE.workspace, MAIL, STRICT)
    chat.repositories.rules.put(PLACE.workspace, None, fewer)

    assert await propose(chat, None) == RuleProposed()

    not_next = refused(RefusedBecause.NOT_LISTED_NEXT, fewer)
    assert await press(chat, Person("UCAT", ANN.team_id)) == not_next
    assert isinstance(await press(chat, BOB), ProposalDecided)
    assert await in_force(chat) == fewer


async def test_what_has_no_rule_of_its_own_drops_none(chat: ServiceHarness) -> None:
    chat.repositories.rules.put(PLACE.workspace, None, STRICT)

    assert isinstance(await propose(chat, None), RuleUnchanged)
    of_all = await propose(chat, None, CAT, target=BETA)
    assert isinstance(of_all, RuleUnchanged)
    default = await propose(chat, None, ADA, target=None)
    assert isinstance(default, RuleUnchanged)
    assert waiting(chat) == []
