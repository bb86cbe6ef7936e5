"""Whatever people and the Store say is stored, and comes back."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from bot.db.columns import REPLACEMENT, UNSTORABLE
from bot.db.repositories import SqlRepositories
from bot.db.session import Database
from bot.domain.events import AliasChange, EventKind
from bot.domain.requests import Alias, Place
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import APP, CHANNEL, NOON, request

NUMBERS = count(1)

# Half surrogate pairs and NUL are in it: Slack's JSON can carry both.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
STORABLE = ANYTHING.map(lambda text: UNSTORABLE.sub(REPLACEMENT, text))
PERCENTAGES = st.floats(min_value=0, max_value=100)
ROLLOUTS = st.builds(
    Rollout,
    enabled=st.booleans(),
    percentage=PERCENTAGES,
    status=STORABLE,
    fallback_submission_id=st.none() | STORABLE,
)
CHANGES = st.sampled_from([Change(Verb.HALT), Change(Verb.FINALIZE)]) | PERCENTAGES.map(
    lambda percentage: Change(Verb.SET, percentage)
)
SNAPSHOTS = st.builds(
    Snapshot,
    ref=st.builds(
        SubmissionRef,
        st.builds(Target, STORABLE, STORABLE, st.none() | STORABLE.filter(bool)),
        STORABLE,
    ),
    app_name=STORABLE,
    flight_name=st.none() | STORABLE,
    rollout=ROLLOUTS,
    status=st.none() | STORABLE,
    versions=st.lists(STORABLE, max_size=3).map(tuple),
    pending_id=st.none() | STORABLE,
)

# One database serves all examples of a test: every example has its own id.
several_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@several_examples
@given(change=CHANGES, snapshot=SNAPSHOTS, reason=STORABLE)
async def test_any_request_comes_back_as_it_was_stored(
    database: Database, change: Change, snapshot: Snapshot, reason: str
) -> None:
    repositories = SqlRepositories(database)
    wanted = replace(
        request(next(NUMBERS)), change=change, snapshot=snapshot, reason=reason
    )

    await repositories.requests.add_request(wanted)

    assert await repositories.requests.get_request(wanted.id) == wanted
    page = await repositories.events.list_history(CHANNEL, None, 1)
    assert page.entries == (wanted,)


@several_examples
@given(reason=ANYTHING)
async def test_characters_that_no_database_takes_are_replaced(
    database: Database, reason: str
) -> None:
    repositories = SqlRepositories(database)
    wanted = replace(request(next(NUMBERS)), reason=reason)

    await repositories.requests.add_request(wanted)

    stored = await repositories.requests.get_request(wanted.id)
    assert stored is not None
    assert stored.reason == UNSTORABLE.sub(REPLACEMENT, reason)
    # The history never shows another text than the card.
    page = await repositories.events.list_history(CHANNEL, None, 1)
    assert page.entries == (stored,)


async def test_a_reason_of_any_length_and_script_is_kept(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    reason = "🚑 توقف crash\r\n'; DROP TABLE requests; -- <!channel> " * 60
    await repositories.requests.add_request(replace(request(), reason=reason))

    stored = await repositories.requests.get_request("r1")

    assert stored is not None
    assert stored.reason == reason


async def test_a_question_with_unstorable_characters_finds_nothing(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    assert await repositories.requests.get_request("r\x00\ud83d") is None
    assert await repositories.aliases.list_aliases(Place("T\x00", "C\ud83d")) == []
    assert await repositories.aliases.remove_alias(CHANNEL, "\x00", "U1", NOON) is None
    page = await repositories.events.list_history(Place("T\x00", "C\ud83d"), None, 9)
    assert page.entries == ()


async def test_an_alias_of_unstorable_characters_is_stored_readable(
    database: Database,
) -> None:
    repositories = SqlRepositories(database)
    alias = Alias("mail", APP, "M\x00il", None, "U1")

    stored = await repositories.aliases.add_alias(CHANNEL, alias, NOON)

    assert stored == replace(alias, app_name="M�il")
    assert await repositories.aliases.add_alias(CHANNEL, alias, NOON) == stored
    assert await repositories.aliases.list_aliases(CHANNEL) == [stored]
    page = await repositories.events.list_history(CHANNEL, None, 9)
    assert page.entries == (AliasChange(EventKind.ALIAS_ADDED, stored, NOON, "U1"),)


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(StatementError, match="no moment"):
        await SqlRepositories(database).requests.overdue_requests(naive)
