"""What a subscription is named and changed to, and how it is read from its event."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.events import EventKind
from bot.domain.history import read_history
from bot.domain.requests import Alias, Asker, Person, Place
from bot.domain.submissions import Target
from bot.domain.subscriptions import (
    Subscription,
    as_name,
    muted,
    read_subscription_change,
    subscribed,
    subscription_changed,
)
from bot.domain.watching import Topics

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
HERE = Place("T1", "C1")
BOB = Asker(Person("U2", "T1"), HERE, LATER)
APP = Target("main", "9NMAIL000001")
FLIGHT = replace(APP, flight_id="f-1")
MAIL = Subscription(*(APP, Topics.ALL, True, "U1", NOON), app_name="Mail", alias="mail")
BETA = Subscription(
    *(FLIGHT, Topics.CHANGES, False, "U1", NOON, "S012"),
    app_name="Mail",
    flight_name="Beta",
)


@pytest.mark.parametrize(
    ("subscription", "word"),
    [
        (MAIL, "mail"),
        (replace(BETA, alias="beta"), "beta"),
        (replace(MAIL, alias=None), "9NMAIL000001"),
        (BETA, "9NMAIL000001 flight Beta"),
        (replace(BETA, flight_name=None), "9NMAIL000001 flight f-1"),
    ],
)
def test_a_command_names_it_by_its_alias_or_else_by_the_store_id(
    subscription: Subscription, word: str
) -> None:
    assert subscription.word == word


def test_a_list_begins_with_what_has_an_alias_and_goes_by_the_names() -> None:
    chat = Subscription(
        *(Target("main", "9NCHAT000002"), Topics.ALL, False, "U1", NOON),
        app_name="chat",
    )
    unnamed = replace(chat, app_name=None)
    mail = replace(MAIL, alias=None)
    zoo = replace(MAIL, alias="zoo")
    in_order = [MAIL, zoo, unnamed, chat, mail, BETA]

    backwards = in_order[::-1]
    assert sorted(backwards, key=lambda one: one.sort_key) == in_order


def test_what_has_no_alias_can_be_named_by_what_the_store_calls_it() -> None:
    assert as_name(BETA) == Alias("9NMAIL000001 flight Beta", FLIGHT, "Mail", "Beta")
    unknown = replace(BETA, app_name=None, flight_name=None)
    assert as_name(unknown) == Alias(
        "9NMAIL000001 flight f-1", FLIGHT, "9NMAIL000001", None
    )


def test_what_a_wish_does_not_name_stays_as_it_is() -> None:
    assert subscribed(BETA, None, None, BOB) == BETA
    assert subscribed(BETA, Topics.CHANGES, "S012", BOB) == BETA
    by_bob = replace(BETA, added_by="U2", added_at=LATER)
    assert subscribed(BETA, Topics.ALL, None, BOB) == replace(by_bob, topics=Topics.ALL)
    assert subscribed(BETA, None, "S013", BOB) == replace(by_bob, mention="S013")
    assert subscribed(BETA, None, "", BOB) == replace(by_bob, mention=None)


def test_whoever_wishes_for_it_is_told_all_and_keeps_it_without_the_alias() -> None:
    wanted = replace(MAIL, by_alias=False, added_by="U2", added_at=LATER)

    assert subscribed(MAIL, None, None, BOB) == wanted
    assert subscribed(muted(MAIL, BOB), None, None, BOB) == wanted


def test_what_is_muted_stays_for_its_alias_alone_and_tells_nothing() -> None:
    assert muted(BETA, BOB) == replace(
        BETA,
        topics=Topics.NONE,
        mention=None,
        by_alias=True,
        added_by="U2",
        added_at=LATER,
    )


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (BETA, EventKind.SUBSCRIBED),
        (replace(MAIL, topics=Topics.ATTENTION), EventKind.SUBSCRIBED),
        (muted(MAIL, BOB), EventKind.UNSUBSCRIBED),
    ],
)
def test_a_change_of_a_subscription_comes_back_from_its_event(
    after: Subscription, kind: EventKind
) -> None:
    event = subscription_changed(after, HERE)
    stored = replace(event, details=json.loads(json.dumps(dict(event.details))))

    change = read_subscription_change(stored)

    assert (event.kind, event.place, event.at) == (kind, HERE, after.added_at)
    assert (change.kind, change.at, change.actor) == (
        kind,
        after.added_at,
        after.added_by,
    )
    assert (change.target, change.topics, change.mention) == (
        after.target,
        after.topics,
        after.mention,
    )
    assert (change.alias, change.app_name, change.flight_name) == (
        after.alias,
        after.app_name,
        after.flight_name,
    )
    assert read_history([stored], {}).entries == (change,)


def test_what_is_no_change_of_a_subscription_is_not_read_as_one() -> None:
    event = subscription_changed(BETA, HERE)

    for other in (
        replace(event, kind=EventKind.ALIAS_ADDED),
        replace(event, target=None),
    ):
        with pytest.raises(ValueError, match=f"{other.kind} is no change of a subscri"):
            read_subscription_change(other)
