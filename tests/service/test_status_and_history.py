"""What the commands that only read are answered with."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.events import AliasChange, Event, EventKind
from bot.domain.outcomes import (
    Denial,
    History,
    NotAllowed,
    Status,
    TargetStatus,
    UnknownAlias,
)
from bot.domain.requests import Alias, Place
from bot.domain.results import Refused
from bot.domain.submissions import Snapshot, Target
from bot.service.queries import HISTORY_LENGTH
from tests.fakes import (
    ANN,
    BETA,
    BOB,
    HALTED,
    MAIL,
    MAIN,
    NOON,
    PLACE,
    FakeStore,
)
from tests.service.service_harness import ServiceHarness

OTHER = Target(MAIN, "9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


async def test_status_shows_one_target_or_every_alias(harness: ServiceHarness) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA, HALTED)

    everything = await harness.say("status")
    one = await harness.say("status MAIL")

    assert isinstance(everything, Status)
    assert isinstance(one, Status)
    assert [standing.alias for standing in everything.targets] == ["beta", "mail"]
    assert one.targets == everything.targets[1:]
    assert await harness.say("status xyzzy") == UnknownAlias("xyzzy", ("beta", "mail"))


async def test_status_of_two_words_shows_both_in_their_order(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA, HALTED)

    answer = await harness.say(f"status MAIL beta {MAIL.app_id} mail")

    assert isinstance(answer, Status)
    assert [(one.alias, one.target) for one in answer.targets] == [
        ("mail", MAIL),
        ("beta", BETA),
        (None, MAIL),
    ]
    assert all(isinstance(one.seen, Snapshot) for one in answer.targets)


async def test_an_unknown_word_among_several_is_named_and_nothing_is_read(
    harness: ServiceHarness,
) -> None:
    answer = await harness.say("status mail xyzzy plugh")

    assert answer == UnknownAlias("xyzzy", ("mail",))
    assert harness.store.calls == []


async def test_status_of_a_channel_without_aliases_is_empty() -> None:
    assert await ServiceHarness().say("status") == Status(())


async def test_one_target_that_cannot_be_read_spoils_no_other(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("gone", OTHER)

    answer = await harness.say("status")

    assert isinstance(answer, Status)
    gone, mail = answer.targets
    assert isinstance(gone, TargetStatus)
    assert isinstance(gone.seen, Refused)
    assert isinstance(mail.seen, Snapshot)


@pytest.mark.parametrize(("number", "described"), [(5, 5), (6, 0)])
async def test_a_long_status_leaves_versions_out(number: int, described: int) -> None:
    harness = ServiceHarness()
    harness.store.publish()
    for index in range(number):
        harness.aliases.put(f"mail{index}")

    await harness.say("status")

    assert harness.store.names().count("get_submission") == described
    assert harness.store.names().count("get_rollout") == number


async def test_a_long_status_asks_the_store_about_a_few_at_a_time() -> None:
    harness = ServiceHarness(FakeStore(describing_takes=1.0))
    harness.store.publish()
    for index in range(5):
        harness.aliases.put(f"mail{index}")

    asking = asyncio.create_task(harness.say("status"))
    for _ in range(100):
        await asyncio.sleep(0)

    assert harness.store.names().count("get_app") == 4
    await asking
    assert harness.store.names().count("get_app") == 5


async def test_history_is_the_channels_own_newest_first(
    harness: ServiceHarness,
) -> None:
    harness.aliases.put("beta", BETA)
    harness.store.publish(BETA)
    cards = []
    for minute in range(HISTORY_LENGTH + 2):
        harness.now = NOON + timedelta(minutes=minute)
        card = await harness.ask("halt beta" if minute == 9 else "halt mail")
        # Where the card stands is no event.
        cards.append(replace(card, card=None))
    newest = list(reversed(cards))

    assert await harness.say("history") == History(tuple(newest[:HISTORY_LENGTH]))
    assert await harness.say("history BETA") == History((cards[9],), "beta")
    assert await harness.say("history", place=ELSEWHERE) == History(())
    assert await harness.say("history x") == UnknownAlias("x", ("beta", "mail"))


async def test_history_shows_the_aliases_that_came_and_went(
    harness: ServiceHarness,
) -> None:
    harness.store.publish(BETA)
    added = f"alias add beta {MAIL.app_id}"
    await harness.say(added, BOB)
    await harness.say("alias remove beta", ANN)
    await harness.say(f"{added} flight beta ring", BOB)
    app = Alias("beta", MAIL, "Mail", None, "U2")
    flight = Alias("beta", BETA, "Mail", "Beta ring", "U2")
    re_pointed = AliasChange(
        EventKind.ALIAS_REPOINTED, flight, NOON, "U2", before=str(MAIL)
    )

    assert await harness.say("history") == History(
        (
            re_pointed,
            AliasChange(EventKind.ALIAS_REMOVED, app, NOON, "U1"),
            AliasChange(EventKind.ALIAS_ADDED, app, NOON, "U2"),
        )
    )
    assert await harness.say("history beta") == History((re_pointed,), "beta")


async def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing(
    harness: ServiceHarness,
) -> None:
    card = await harness.ask()
    await harness.events.add_event(
        Event(EventKind.ASKED, NOON, PLACE, MAIL, request_id="r9", details={"v": 2})
    )

    answer = await harness.say("history mail")

    assert answer == History((replace(card, card=None),), "mail", unread=1)
