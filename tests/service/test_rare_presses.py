"""Presses and commands during which the world changes, and apps that are not there."""

from datetime import timedelta

import pytest

from bot.domain.approval import NotListed
from bot.domain.directory import Profile, UserGroup
from bot.domain.events import EventKind
from bot.domain.outcomes import Denial, NotAllowed, NothingToConfirm
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import RequestState
from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason
from bot.domain.rule_outcomes import NotLookedUp
from bot.domain.rules import Rule, SecondPerson
from bot.domain.submissions import Target
from bot.domain.usage import Misuse, Usage
from bot.service.approvals import LATEST_PRESS
from tests.fakes import ANN, BETA, BOB, MAIL, PLACE, Step
from tests.fakes.memory import app_of
from tests.service.service_harness import ServiceHarness

MANAGERS = UserGroup("S1", "release-managers", "Release managers")
LISTED = Rule(groups=("S1",), finalize=SecondPerson.YES)
MISSING = Target(MAIL.account, "9NBLGGH4R399")


@pytest.fixture
def harness(harness: ServiceHarness) -> ServiceHarness:
    """Return a service that knows Ann and Bob, and a group with Bob."""
    harness.directory.put(Profile(ANN.user_id, "Ann"), Profile(BOB.user_id, "Bob"))
    harness.directory.put_group(MANAGERS, [BOB.user_id])
    everybody = frozenset({ANN.user_id, BOB.user_id})
    harness.directory.channels[PLACE.channel] = everybody
    harness.repositories.rules.put(PLACE.workspace, MAIL, LISTED, 1)
    return harness


async def test_a_press_is_too_late_once_slack_has_been_slow_to_say_who_pressed(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await harness.ask("finalize mail all is well")
    real = harness.directory.group_members

    async def slowly(workspace: str, group: str) -> frozenset[str]:
        harness.now += LATEST_PRESS + timedelta(seconds=1)
        return await real(workspace, group)

    monkeypatch.setattr(harness.directory, "group_members", slowly)

    assert await harness.confirm(card, BOB) == NotAllowed(Denial.LATE_PRESS)
    assert harness.requests.kept[card.id].state is RequestState.PENDING
    assert harness.operations.kept == {}
    [event] = harness.events_of(EventKind.REFUSED)
    assert (event.code, event.request_id) == (Denial.LATE_PRESS.value, card.id)


async def test_a_refused_press_is_logged_though_its_request_is_gone_by_then(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await harness.ask("finalize mail all is well")

    async def meanwhile(*_: str) -> frozenset[str]:
        del harness.repositories.memory.requests[card.id]
        return frozenset()

    monkeypatch.setattr(harness.directory, "group_members", meanwhile)

    refused = await harness.confirm(card, BOB)

    assert isinstance(refused, PressRefused)
    assert refused.refusal == NotListed(LISTED)
    [event] = harness.events_of(EventKind.REFUSED)
    assert (event.code, event.actor) == ("not_listed", BOB.user_id)
    assert (event.target, event.request_id) == (None, None)
    assert "verb" not in event.details


async def test_a_rule_is_not_proposed_where_slack_does_not_know_a_groups_member(
    harness: ServiceHarness,
) -> None:
    harness.directory.put_group(MANAGERS, ["USTRANGER"])
    rule = Rule(groups=("S1",), set=SecondPerson.YES)

    answer = await harness.service.rules.propose(MAIL, 1, rule, PLACE, ANN)

    assert answer == NotLookedUp("user_not_found", group=False)
    assert harness.repositories.memory.proposals == {}


async def test_a_name_that_is_taken_while_the_store_is_read_stays_as_it_is(
    harness: ServiceHarness,
) -> None:
    def take() -> None:
        harness.aliases.put("post", BETA)

    harness.store.plan("get_app", Step(meanwhile=take))

    answer = await harness.say(f"alias add post {MAIL.app_id}")

    assert answer == Usage(Misuse.ALIAS_TAKEN, "Mail", "alias remove post")
    kept = await harness.aliases.list_aliases(PLACE)
    assert {one.name: one.target for one in kept} == {"mail": MAIL, "post": BETA}


async def test_an_app_that_the_store_does_not_know_is_given_up_again(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say(f"halt {MISSING.app_id}")

    assert isinstance(answer, NothingToConfirm)
    assert answer.target == MISSING
    assert isinstance(answer.result, Refused)
    assert answer.result.reason is RefusalReason.NOT_FOUND
    had = harness.repositories.memory.release_channels
    assert not had.get(app_of(PLACE.workspace, MISSING))
    assert list(had[app_of(PLACE.workspace, MAIL)]) == [PLACE.channel]
