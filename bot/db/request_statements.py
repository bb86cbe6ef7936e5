"""The statements about requests and their approvals."""

from typing import Final

from sqlalchemy import bindparam, func, insert, select, update

from bot.db.models import (
    IS_PENDING,
    IS_UNCLOSED,
    ApprovalRow,
    RequestRow,
    table,
)
from bot.db.operations import OPERATIONS, O
from bot.db.session import INSERT

# The statements are built once: building one costs more than running it. Names of
# parameters must differ from those of the columns that an UPDATE sets.
REQUESTS: Final = table(RequestRow)
APPROVALS: Final = table(ApprovalRow)
R: Final = REQUESTS.c
THIS: Final = R.id == bindparam("request")
NOW: Final = bindparam("now", type_=R.expires_at.type)
CARD: Final = bindparam("clicked", type_=R.card.type)

ADD: Final = insert(REQUESTS).returning(REQUESTS)
_WITH_OPERATION: Final = select(
    REQUESTS,
    O.id.label("operation_id"),
    O.attempts.label("operation_attempts"),
    O.result.label("operation_result"),
    O.finished_at.label("operation_finished_at"),
).join_from(REQUESTS, OPERATIONS, O.request_id == R.id, isouter=True)
GET: Final = _WITH_OPERATION.where(THIS)
GET_OF_OPERATION: Final = _WITH_OPERATION.where(O.id == bindparam("operation"))
PUT_CARD: Final = update(REQUESTS).where(THIS).values(card=CARD)

# The first statement of a decision: it locks the row, so that of two decisions at the
# same time the second sees what the first has made of it.
_LOCK: Final = (
    update(REQUESTS)
    .where(THIS, IS_PENDING)
    .values(card=func.coalesce(R.card, CARD))
    .returning(REQUESTS)
)
LOCK_IN_TIME: Final = _LOCK.where(R.expires_at > NOW)
LOCK_TOO_LATE: Final = _LOCK.where(R.expires_at <= NOW)
DECIDE: Final = (
    update(REQUESTS)
    .where(THIS, IS_PENDING)
    .values(
        state=bindparam("decision", type_=R.state.type),
        decided_by=bindparam("user", type_=R.decided_by.type),
        decided_at=NOW,
    )
)

ADD_APPROVAL: Final = {
    dialect: insert_of(APPROVALS)
    .on_conflict_do_nothing()
    .returning(APPROVALS.c.request_id)
    for dialect, insert_of in INSERT.items()
}
COUNT_APPROVALS: Final = select(func.count()).where(
    APPROVALS.c.request_id == bindparam("request")
)

OVERDUE: Final = (
    select(R.id).where(IS_PENDING, R.expires_at <= NOW).order_by(R.expires_at)
)
CLOSE_CARD: Final = (
    update(REQUESTS)
    .where(THIS)
    .values(card_closed_at=func.coalesce(R.card_closed_at, NOW))
)
UNCLOSED: Final = (
    select(R.id).where(IS_UNCLOSED, R.decided_at < NOW).order_by(R.decided_at)
)
