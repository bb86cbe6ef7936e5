"""The past of a seeded database: finished requests with all that belongs to them.

A tenth of it is the channel's own; the rest is spread over a thousand others.
"""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import String, bindparam, text

from bot.app import MAIN_ACCOUNT
from bot.db.events import event_values
from bot.db.rows import result_values
from bot.domain.events import (
    operation_ended,
    operation_started,
    request_approved,
    request_asked,
)
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.requests import Request
from bot.domain.results import Unavailable
from tests.bench.peers import TEAM
from tests.bench.signed import CHANNEL, PERSON

# One of those that the requests were about.
PAST_APP: Final = "A0"
_RESULT: Final = Unavailable(FailureDetail(FailureCode.TIMEOUT))

# The numbers of the requests: n, from 1 to :many.
_NUMBERS: Final = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
"""
# The same four times each, for the events in the order in which they came: k is the
# place of the event.
_NUMBERS_OF_EVENTS: Final = """
WITH RECURSIVE places(m) AS (
    SELECT 0 UNION ALL SELECT m + 1 FROM places WHERE m + 1 < 4 * :many
),
numbers AS (SELECT m / 4 + 1 AS n, m % 4 AS k FROM places)
"""
_REQUESTS: Final = (
    """
INSERT INTO requests (
    id, workspace, channel, verb, account, app_id, flight_id, submission_id, app_name,
    rollout_enabled, rollout_percentage, rollout_status, versions, asked_by, reason,
    asked_at, expires_at, approvals_required, approvals_given, state, card, decided_by,
    decided_at
)
""",
    _NUMBERS,
    """
SELECT 'past' || n, :team,
    CASE WHEN n % 10 = 0 THEN :channel ELSE 'C' || (n % 1000) END,
    'halt', :account, 'A' || (n % 7), '', '1152921505', 'Past Mail', :yes, 10,
    'PackageRolloutInProgress', '["1.0.0.0", "1.1.0.0"]', 'U1', 'crash on start',
    :then, :then, 1, 1, 'authorised', '1700000000.' || n, 'U2', :then
FROM numbers
""",
)
_APPROVALS: Final = (
    "INSERT INTO approvals (request_id, workspace, user_id, approved_at)",
    _NUMBERS,
    "SELECT 'past' || n, :team, 'U2', :then FROM numbers",
)
_OPERATIONS: Final = (
    """
INSERT INTO operations (
    id, request_id, account, app_id, flight_id, submission_id, verb, before_enabled,
    before_percentage, before_status, authorised_by, authorised_at, attempts, outcome,
    result, finished_at, closed_at
)
""",
    _NUMBERS,
    """
SELECT 'past' || n, 'past' || n, :account, 'A' || (n % 7), '', '1152921505', 'halt',
    :yes, 10, 'PackageRolloutInProgress', 'U2', :then, 1, :outcome, :result, :then,
    :then
FROM numbers
""",
)
_EVENTS: Final = (
    """
INSERT INTO events (
    at, kind, workspace, channel, account, app_id, flight_id, actor, request_id,
    operation_id, code, details
)
""",
    _NUMBERS_OF_EVENTS,
    """
SELECT :then,
    CASE k WHEN 0 THEN 'asked' WHEN 1 THEN 'approved' WHEN 2 THEN 'started'
        ELSE 'ended' END,
    CASE WHEN k < 2 THEN :team END,
    CASE WHEN k >= 2 THEN NULL WHEN n % 10 = 0 THEN :channel
        ELSE 'C' || (n % 1000) END,
    :account, 'A' || (n % 7), '', CASE k WHEN 0 THEN 'U1' ELSE 'U2' END, 'past' || n,
    CASE WHEN k >= 2 THEN 'past' || n END, CASE k WHEN 3 THEN :outcome END,
    CASE k WHEN 0 THEN :asked WHEN 1 THEN :approved WHEN 2 THEN :started
        ELSE :ended END
FROM numbers
""",
)
_ALIASES: Final = (
    """
INSERT INTO aliases (
    workspace, channel, name, account, app_id, flight_id, app_name, added_by, added_at,
    number
)
""",
    _NUMBERS,
    """
SELECT :team, 'C' || (n / 40), 'a' || n, :account, 'A' || n, '', 'Past Mail', 'U1',
    :then, n % 40
FROM numbers
""",
)
# PostgreSQL must be told the type of a parameter that stands alone in a CASE.
_TEXTS: Final = frozenset(
    {"team", "channel", "account", "outcome", "asked", "approved", "started", "ended"}
)
PAST: Final = [
    text(statement).bindparams(
        *(bindparam(name, type_=String()) for name in _TEXTS if f":{name}" in statement)
    )
    for statement in map(
        "\n".join, (_REQUESTS, _APPROVALS, _OPERATIONS, _EVENTS, _ALIASES)
    )
]
# The same without the aliases, which would be followed.
PAST_REQUESTS: Final = PAST[:-1]


def past_values(sample: Request) -> dict[str, Any]:
    """Return the parameters of PAST, but for `many` and `then`.

    The details of the events are those that this request would have.
    """
    decided = replace(sample, decided_by=PERSON, decided_at=sample.asked_at)
    operation, at = replace(decided.authorised(), attempts=1), sample.asked_at
    events = (
        request_asked(sample),
        request_approved(decided, PERSON, at, authorises=True),
        operation_started(operation, at),
        operation_ended(operation, _RESULT, at),
    )
    columns = result_values(_RESULT)
    return {
        "team": TEAM,
        "channel": CHANNEL,
        "account": MAIN_ACCOUNT,
        "yes": True,
        "result": columns["result"],
        "outcome": columns["outcome"],
        **{event.kind.value: event_values(event)["details"] for event in events},
    }
