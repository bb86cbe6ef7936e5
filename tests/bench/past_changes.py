"""Past changes of the followed targets' rollouts, as watching has found them.

Each rollout has four, and each of them was told in one channel. What was posted is kept
for a month.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, String, bindparam, insert, text

from bot.app import MAIN_ACCOUNT
from bot.db.telling import NOTICES
from bot.domain.rollout import Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import state_details
from tests.bench.followed import A_CHANNEL, FIRST_APP, FIRST_CHANNEL, FOLLOWED, app_of
from tests.bench.peers import FALLBACK, TEAM

_SUBMISSION: Final = "SUBMISSION"
_WAITING: Final = 200
_FIRST_SUBMISSION: Final = 100_000
_KEPT_DAYS: Final = 30

_AT: Final = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', :start, (n * :step) || ' seconds')",
    "postgresql": "CAST(:start AS timestamptz) + n * :step * interval '1 second'",
}
# The changes, from the number :first to :many: k is the place in its rollout.
_CHANGES: Final = """
WITH RECURSIVE places(n) AS (
    SELECT CAST(:first AS INTEGER)
    UNION ALL SELECT n + 1 FROM places WHERE n + 1 < :many
),
numbers AS (
    SELECT n, n / :followed % 4 AS k,
        '9NWATCH' || (:first_app + n % :followed) AS app,
        'C0WATCH' || (:first_channel + n % :followed / :a_channel) AS channel,
        '1152921505' || (:first_submission + n / (4 * :followed)) AS submission
    FROM places
),
changes AS (
    SELECT n, k, app, channel, submission, {at} AS at,
        CASE k WHEN 0 THEN 'rollout_opened' WHEN 3 THEN 'rollout_finalized'
            ELSE 'percentage_changed' END AS kind
    FROM numbers
)
"""
_EVENTS: Final = (
    """
INSERT INTO events (at, kind, account, app_id, flight_id, details, unique_key)
""",
    _CHANGES,
    """
SELECT at, kind, :account, app, '',
    replace(CASE k WHEN 3 THEN :finalized ELSE :changed END, :name, submission),
    kind || '/' || app || '/' || n
FROM changes
""",
)
_NOTICES: Final = (
    """
INSERT INTO notices (
    event_key, workspace, channel, account, app_id, flight_id, submission_id,
    created_at, due_at, closed_at
)
""",
    _CHANGES,
    """
SELECT kind || '/' || app || '/' || n, :team, channel, :account, app, '', submission,
    at, at, at
FROM changes
""",
)
_BOARDS: Final = (
    """
INSERT INTO boards (
    workspace, channel, account, app_id, flight_id, submission_id, app_name, began_at,
    began_percentage, ts, due_at, closed_at
)
""",
    _CHANGES,
    """
SELECT :team, channel, :account, app, '', submission, 'Bench Mail', at, 10,
    '1700000000.' || n, at, at
FROM changes WHERE k = 3
""",
)
_TEXTS: Final = ("account", "team", "name", "changed", "finalized")
_LAST: Final = text(
    "SELECT unique_key FROM events WHERE kind = 'percentage_changed'"
    " ORDER BY id DESC LIMIT :many"
)


def past_submission_of(rollout: int) -> str:
    """Return what the first rollout of each target was of, or a later one."""
    return f"1152921505{_FIRST_SUBMISSION + rollout}"


def add_changes(connection: Connection, many: int, days: int) -> None:
    """Add so many changes, spread over the days until now."""
    sqlite = connection.dialect.name == "sqlite"
    start: Any = datetime.now(UTC) - timedelta(days=days)
    values = {
        "start": f"{start:%Y-%m-%d %H:%M:%S}" if sqlite else start,
        "step": timedelta(days=days).total_seconds() / many,
        "many": many,
        "followed": FOLLOWED,
        "first_app": FIRST_APP,
        "first_channel": FIRST_CHANNEL,
        "a_channel": A_CHANNEL,
        "first_submission": _FIRST_SUBMISSION,
        "account": MAIN_ACCOUNT,
        "team": TEAM,
        "name": _SUBMISSION,
        "changed": json.dumps(_details("InProgress")),
        "finalized": json.dumps(_details("Complete")),
    }
    month_ago = max(0, many - many * _KEPT_DAYS // days)
    for parts, first in ((_EVENTS, 0), (_NOTICES, month_ago), (_BOARDS, month_ago)):
        statement = "\n".join(parts).replace("{at}", _AT[connection.dialect.name])
        types = [bindparam(n, type_=String()) for n in _TEXTS if f":{n}" in statement]
        asked = {n: value for n, value in values.items() if f":{n}" in statement}
        connection.execute(text(statement).bindparams(*types), asked | {"first": first})


def add_waiting(connection: Connection) -> None:
    """Add notices that wait, each in a channel of its own."""
    keys = connection.scalars(_LAST, {"many": _WAITING})
    connection.execute(insert(NOTICES), [*_waiting(list(keys))])


def _waiting(keys: list[str]) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    for number, key in enumerate(keys):
        yield {
            "event_key": key,
            "workspace": TEAM,
            "channel": f"C0WAIT{number}",
            "account": MAIN_ACCOUNT,
            "app_id": key.split("/")[1],
            "flight_id": "",
            "submission_id": "1152921505",
            "created_at": now,
            "due_at": now,
        }


def _details(state: str) -> dict[str, Any]:
    target = Target(MAIN_ACCOUNT, app_of(0))
    before, after = (
        Snapshot(
            SubmissionRef(target, _SUBMISSION),
            "Bench Mail",
            None,
            Rollout(True, 10.0, f"PackageRollout{one}", FALLBACK),
        )
        for one in ("InProgress", state)
    )
    return {"before": state_details(before), "after": state_details(after)}
