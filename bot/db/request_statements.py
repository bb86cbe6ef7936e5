"""The statements about requests, each of them one step that cannot be half done."""

from typing import Final

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.db.models import IS_OPEN, IS_PENDING, RequestRow, table
from bot.domain.requests import RequestState
from bot.domain.results import CODES, Unknown

# The statements are built once: building one costs more than running it. Names of
# parameters must differ from those of the columns that an UPDATE sets.
REQUESTS: Final = table(RequestRow)
R: Final = REQUESTS.c
THIS: Final = R.id == bindparam("request")
NOW: Final = bindparam("now", type_=R.expires_at.type)
USER: Final = bindparam("user", type_=R.decided_by.type)
CARD: Final = bindparam("clicked", type_=R.card.type)

ADD: Final = insert(REQUESTS)
GET: Final = select(REQUESTS).where(THIS)
PUT_CARD: Final = update(REQUESTS).where(THIS).values(card=CARD)

DECIDE: Final = (
    update(REQUESTS)
    .where(THIS, IS_PENDING)
    .values(
        state=bindparam("decision", type_=R.state.type),
        decided_by=USER,
        decided_at=NOW,
        card=func.coalesce(R.card, CARD),
    )
    .returning(REQUESTS)
)
DECIDE_IN_TIME: Final = DECIDE.where(R.expires_at > NOW)
DECIDE_TOO_LATE: Final = DECIDE.where(R.expires_at <= NOW)

OVERDUE: Final = (
    select(R.id).where(IS_PENDING, R.expires_at <= NOW).order_by(R.expires_at)
)
STRANDED: Final = select(R.id).where(IS_OPEN, R.decided_at < NOW).order_by(R.decided_at)

# That nothing is written to the Store without a confirmation is kept here too, and
# that of two runners at the same point only one may send.
BEGIN_ATTEMPT: Final = (
    update(REQUESTS)
    .where(
        THIS,
        R.state == RequestState.CONFIRMED.value,
        R.attempts == bindparam("earlier", type_=R.attempts.type),
    )
    .values(attempts=R.attempts + 1)
    .returning(R.id)
)

# A truth that came later must be shown too, so the request is open again.
FINISH: Final = (
    update(REQUESTS)
    .where(
        THIS,
        or_(
            R.state == RequestState.CONFIRMED.value,
            and_(
                R.state == RequestState.FINISHED.value,
                R.outcome == CODES[Unknown],
                bindparam("new_outcome", type_=R.outcome.type) != CODES[Unknown],
            ),
        ),
    )
    .values(
        state=RequestState.FINISHED.value,
        outcome=bindparam("new_outcome", type_=R.outcome.type),
        result=bindparam("new_result", type_=R.result.type),
        correlation_id=bindparam("new_correlation_id", type_=R.correlation_id.type),
        finished_at=NOW,
        closed_at=None,
    )
    .returning(REQUESTS)
)
CLOSE: Final = (
    update(REQUESTS).where(THIS).values(closed_at=func.coalesce(R.closed_at, NOW))
)

HISTORY: Final = (
    select(REQUESTS)
    .where(R.workspace == bindparam("workspace"), R.channel == bindparam("channel"))
    .order_by(R.asked_at.desc(), R.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
HISTORY_OF: Final = HISTORY.where(
    R.app_id == bindparam("app"), R.flight_id == bindparam("flight")
)
