"""Whatever people and the Store say is stored, and comes back."""

from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.db.columns import REPLACEMENT, UNSTORABLE
from bot.db.repositories import Repositories
from bot.domain.requests import Alias, Place
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from tests.db.sample_requests import request

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
        st.builds(Target, STORABLE, st.none() | STORABLE.filter(bool)),
        STORABLE,
    ),
    app_name=STORABLE,
    flight_name=st.none() | STORABLE,
    rollout=ROLLOUTS,
    status=st.none() | STORABLE,
    versions=st.lists(ANYTHING, max_size=3).map(tuple),
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
    repositories: Repositories, change: Change, snapshot: Snapshot, reason: str
) -> None:
    wanted = replace(
        request(next(NUMBERS)), change=change, snapshot=snapshot, reason=reason
    )

    await repositories.add_request(wanted)

    assert await repositories.get_request(wanted.id) == wanted


@several_examples
@given(reason=ANYTHING)
async def test_characters_that_no_database_takes_are_replaced(
    repositories: Repositories, reason: str
) -> None:
    wanted = replace(request(next(NUMBERS)), reason=reason)

    await repositories.add_request(wanted)

    stored = await repositories.get_request(wanted.id)
    assert stored is not None
    assert stored.reason == UNSTORABLE.sub(REPLACEMENT, reason)


async def test_a_reason_of_any_length_and_script_is_kept(
    repositories: Repositories,
) -> None:
    reason = "🚑 توقف crash\r\n'; DROP TABLE requests; -- <!channel> " * 60
    await repositories.add_request(replace(request(), reason=reason))

    stored = await repositories.get_request("r1")

    assert stored is not None
    assert stored.reason == reason


async def test_a_question_with_unstorable_characters_finds_nothing(
    repositories: Repositories,
) -> None:
    assert await repositories.get_request("r\x00\ud83d") is None
    assert await repositories.list_aliases(Place("T\x00", "C\ud83d")) == []
    assert await repositories.remove_alias(Place("T1", "C1"), "\x00") is None


async def test_an_alias_of_unstorable_characters_is_stored_readable(
    repositories: Repositories,
) -> None:
    alias = Alias("mail", Target("9NBLGGH4R315"), "M\x00il", None, "U1")

    stored = await repositories.add_alias(Place("T1", "C1"), alias)

    assert stored == replace(alias, app_name="M�il")
