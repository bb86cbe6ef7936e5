"""What the commands about aliases are answered with."""

import pytest

from bot.domain.channel_outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
)
from bot.domain.outcomes import (
    Denial,
    NotAllowed,
)
from bot.domain.requests import MOST_ALIASES, Alias, Place
from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import App, Flight, Target
from bot.domain.usage import Misuse, UnknownAlias, Usage
from tests.fakes import (
    BETA,
    BOB,
    MAIL,
    MAIN,
    PLACE,
    Step,
)
from tests.service.service_harness import ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


async def test_aliases_are_listed_by_name(harness: ServiceHarness) -> None:
    beta = harness.aliases.put("beta", BETA)

    answer = await harness.say("alias list")

    assert isinstance(answer, Aliases)
    assert [alias.name for alias in answer.aliases] == ["beta", "mail"]
    assert answer.aliases[0] == beta


async def test_an_app_gets_a_name_after_a_look_into_the_store(
    harness: ServiceHarness,
) -> None:
    harness.store.apps[OTHER.app_id] = App(OTHER.app_id, "Chat", "115")

    answer = await harness.say(f"alias add Chat {OTHER.app_id}", BOB)

    alias = Alias("chat", OTHER, "Chat", None, "U2")
    assert answer == AliasAdded(alias, published=True)
    assert await harness.aliases.list_aliases(PLACE) == [
        alias,
        Alias("mail", MAIL, "Mail", None, "U1"),
    ]


@pytest.mark.parametrize(
    "flight", [BETA.flight_id, str(BETA.flight_id).upper(), "beta RING", "“Beta  ring”"]
)
async def test_a_flight_is_found_by_its_id_and_by_its_name(
    harness: ServiceHarness, flight: str
) -> None:
    harness.store.publish(BETA)

    answer = await harness.say(f"alias add beta {MAIL.app_id} flight {flight}")

    alias = Alias("beta", BETA, "Mail", "Beta ring", "U1")
    assert answer == AliasAdded(alias, published=True)


async def test_a_flight_without_a_publication_can_be_named_already(
    harness: ServiceHarness,
) -> None:
    harness.store.flights[MAIL.app_id] = [Flight("f-1", "New")]

    answer = await harness.say(f"alias add new {MAIL.app_id} flight new")

    assert isinstance(answer, AliasAdded)
    assert not answer.published


async def test_a_flight_that_cannot_be_told_is_answered_with_those_there_are(
    harness: ServiceHarness,
) -> None:
    twins = [Flight("f-1", "Twin"), Flight("f-2", "twin"), Flight("f-3", "Else")]
    harness.store.flights[MAIL.app_id] = twins
    add = f"alias add beta {MAIL.app_id} flight"

    assert await harness.say(f"{add} twin") == Refused(
        RefusalReason.NO_SUCH_FLIGHT, known=("Twin (f-1)", "twin (f-2)")
    )
    assert await harness.say(f"{add} gamma") == Refused(
        RefusalReason.NO_SUCH_FLIGHT, known=("Twin (f-1)", "twin (f-2)", "Else (f-3)")
    )


async def test_what_the_store_does_not_know_gets_no_name(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say(f"alias add chat {OTHER.app_id}")

    assert isinstance(answer, Refused)
    assert answer.reason is RefusalReason.NOT_FOUND
    assert len(await harness.aliases.list_aliases(PLACE)) == 1


async def test_a_name_that_is_taken_is_not_given_away(harness: ServiceHarness) -> None:
    harness.store.apps[OTHER.app_id] = App(OTHER.app_id, "Chat", "115")
    harness.store.publish(BETA)
    add = "alias add mail"

    assert await harness.say(f"{add} {OTHER.app_id}") == Usage(
        Misuse.ALIAS_TAKEN, "Mail", "alias remove mail"
    )
    assert await harness.aliases.list_aliases(PLACE) == [
        Alias("mail", MAIL, "Mail", None, "U1")
    ]
    assert isinstance(await harness.say(f"{add} {MAIL.app_id}"), AliasAdded)
    await harness.say(f"alias add beta {MAIL.app_id} flight beta ring")
    assert await harness.say(f"alias add beta {MAIL.app_id}") == Usage(
        Misuse.ALIAS_TAKEN, "Mail / Beta ring", "alias remove beta"
    )


async def test_a_channel_has_room_for_so_many_aliases(harness: ServiceHarness) -> None:
    for number in range(MOST_ALIASES - 1):
        harness.aliases.put(f"m{number}")

    assert await harness.say(f"alias add more {MAIL.app_id}") == Usage(
        Misuse.TOO_MANY_ALIASES, str(MOST_ALIASES)
    )
    assert isinstance(await harness.say(f"alias add mail {MAIL.app_id}"), AliasAdded)
    await harness.say("alias remove mail")
    assert isinstance(await harness.say(f"alias add more {MAIL.app_id}"), AliasAdded)


async def test_an_alias_that_others_leave_no_room_for_meanwhile_is_refused(
    harness: ServiceHarness,
) -> None:
    def fill() -> None:
        for number in range(MOST_ALIASES - 1):
            harness.aliases.put(f"m{number}")

    harness.store.plan("get_app", Step(meanwhile=fill))

    assert await harness.say(f"alias add more {MAIL.app_id}") == Usage(
        Misuse.TOO_MANY_ALIASES, str(MOST_ALIASES)
    )
    names = [alias.name for alias in await harness.aliases.list_aliases(PLACE)]
    assert len(names) == MOST_ALIASES
    assert "more" not in names


async def test_an_alias_is_taken_away_once(harness: ServiceHarness) -> None:
    mail = Alias("mail", MAIL, "Mail", None, "U1")

    assert await harness.say("alias remove mial") == UnknownAlias(
        "mial", ("mail",), near=True
    )
    assert await harness.say("alias remove MAIL") == AliasRemoved(mail, given_up=True)
    assert await harness.say("alias remove mail") == UnknownAlias("mail")
