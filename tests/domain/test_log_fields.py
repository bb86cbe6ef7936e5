"""The fields that the log lines of one request or operation have in common."""

from dataclasses import replace

import pytest

from bot.domain.log_fields import (
    bound_fields,
    log_fields,
    operation_fields,
    request_fields,
)
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from tests.fakes import BETA, NOON, asked, authorised

HALT = Change(Verb.HALT)


def test_fields_are_bound_for_a_block_beside_those_around_it() -> None:
    assert bound_fields() == {}
    with log_fields({"request": "r1", "user": "U1"}, user="U2"):
        with log_fields(attempt=1, user="U3"):
            assert bound_fields() == {"request": "r1", "user": "U3", "attempt": 1}
        assert bound_fields() == {"request": "r1", "user": "U2"}
    assert bound_fields() == {}


def test_fields_end_with_a_block_that_fails() -> None:
    with pytest.raises(ZeroDivisionError), log_fields(request="r1"):
        assert 1 / 0
    assert bound_fields() == {}


def test_the_lines_about_a_request_name_it_and_who_decided_it() -> None:
    request = asked(HALT, target=BETA)
    fields = {"request": "r1", "verb": "halt", "target": str(BETA), "channel": "C1"}

    assert request_fields(request) == fields
    approved = request.approved("U2", NOON)
    assert request_fields(approved) == {**fields, "user": "U2"}


def test_the_lines_about_an_operation_name_its_request_and_who_authorised_it() -> None:
    operation = replace(authorised(HALT, target=BETA), id="o1")
    fields = {"operation": "o1", "verb": "halt", "target": str(BETA), "user": "U2"}

    assert operation_fields(operation) == {**fields, "request": "r1"}
    # One that no request has authorised is searched for by its own id.
    alone = replace(operation, request_id=None)
    assert operation_fields(alone) == {**fields, "request": "o1"}
