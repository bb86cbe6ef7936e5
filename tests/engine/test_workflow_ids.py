"""Workflow ids: what a workflow works on is read from its id, and no id is missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.timing import EngineTiming
from bot.engine.workflow_ids import (
    CLOSE_CARD,
    MOST_STARTS,
    all_ids,
    follow_up_id,
    is_follow_up,
    subject_of,
    workflow_id,
)

# Ids of requests and operations are URL-safe tokens.
SUBJECTS = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
KINDS = st.sampled_from(["", CLOSE_CARD])
NUMBERS = st.integers(0, MOST_STARTS - 1)
TURNS = st.integers(0, len(EngineTiming().follow_up_pauses) - 1)


@pytest.mark.parametrize(
    ("kind", "number", "name"),
    [
        ("", 0, "r1"),
        ("", 2, "r1:again2"),
        (CLOSE_CARD, 0, "r1:close"),
        (CLOSE_CARD, 1, "r1:close:again1"),
    ],
)
def test_the_id_of_a_start_tells_what_it_is_for_and_which_start_it_is(
    kind: str, number: int, name: str
) -> None:
    assert workflow_id("r1", kind, number) == name


def test_the_id_of_a_follow_up_tells_its_turn() -> None:
    assert follow_up_id("r1", 3) == "r1:follow:3"


@given(SUBJECTS, KINDS, NUMBERS)
def test_every_start_is_found_by_its_subject(
    subject: str, kind: str, number: int
) -> None:
    name = workflow_id(subject, kind, number)

    assert subject_of(name) == subject
    assert name in all_ids(subject)
    assert not is_follow_up(name)


@given(SUBJECTS, TURNS)
def test_every_follow_up_is_found_by_its_subject(subject: str, turn: int) -> None:
    name = follow_up_id(subject, turn)

    assert subject_of(name) == subject
    assert name in all_ids(subject)
    assert is_follow_up(name)


@given(SUBJECTS, SUBJECTS)
def test_no_two_workflows_have_the_same_id(subject: str, other: str) -> None:
    names = all_ids(subject)

    assert len(names) == len(set(names))
    assert subject == other or not set(names) & set(all_ids(other))
