"""What may be agreed on, and no halt waits for: the strictest rule, and a lock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, delete, insert

from bot.db.locks import ALL_APPS, LOCKS
from bot.db.release_channels import RELEASE_CHANNELS
from bot.db.rows import own_rule_text
from bot.db.rules import RULES
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import Rule, SecondPerson
from bot.domain.verbs import Verb
from tests.bench.peers import TEAM
from tests.bench.signed import CHANNEL, PERSON

# Nobody is in the group, and the asker never does anything alone.
STRICTEST: Final = Rule(
    groups=("S0EMPTY",),
    finalize=SecondPerson.YES,
    set=SecondPerson.YES,
    reason_required=True,
)
_OTHER: Final = "U0DEE"


def finalize_under_rule(request: Request) -> Request:
    """Return a request as one to finalize, asked for while the rule was in force."""
    return replace(request, change=Change(Verb.FINALIZE), rule=STRICTEST)


def change_agreed(
    connection: Connection, requests: Sequence[Request], *, there: bool
) -> None:
    """Let the rule, the lock and the release channels be there, or nothing at all."""
    for table in (RULES, LOCKS, RELEASE_CHANNELS):
        connection.execute(delete(table))
    if not there:
        return
    now = datetime.now(UTC)
    whole = {"workspace": TEAM, **ALL_APPS}
    rule = {"rule": own_rule_text(STRICTEST), "version": 1, "changed_at": now}
    by = {"proposed_by": PERSON, "agreed_by": _OTHER}
    connection.execute(insert(RULES), {**whole, **rule, **by})
    lock = {"channel": CHANNEL, "reason": "freeze", "locked_by": PERSON}
    connection.execute(insert(LOCKS), {**whole, **lock, "locked_at": now})
    targets = {request.snapshot.ref.target for request in requests}
    channel = {"workspace": TEAM, "channel": CHANNEL, "added_by": PERSON}
    connection.execute(
        insert(RELEASE_CHANNELS),
        [
            {
                **channel,
                "account": target.account,
                "app_id": target.app_id,
                "number": 1,
                "added_at": now,
            }
            for target in targets
        ],
    )
