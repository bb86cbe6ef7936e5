"""The statements about requests and their approvals."""

from typing import Final

from sqlalchemy import Integer, bindparam, func, insert, select, update

from bot.db.events import EVENTS
from bot.db.models import (
    IS_PENDING,
    IS_UNCLOSED,
    ApprovalRow,
    RequestRow,
    table,
)
from bot.db.operations import OPERATIONS, O
from bot.db.release_channels import has_app
from bot.db.writes import Write, with_row

# The statements are built once: building one costs more than running it. Names of
# parameters must differ from those of the columns that an UPDATE sets.
REQUESTS: Final = table(RequestRow)
APPROVALS: Final = table(ApprovalRow)
R: Final = REQUESTS.c
THIS: Final = R.id == bindparam("request")
NOW: Final = bindparam("now", type_=R.expires_at.type)
CARD: Final = bindparam("clicked", type_=R.card.type)

ADD: Final = Write(with_row(insert(REQUESTS), REQUESTS).returning(R.id), EVENTS)
_WITH_OPERATION: Final = select(
    REQUESTS,
    O.id.label("operation_id"),
    O.attempts.label("operation_attempts"),
    O.result.label("operation_result"),
    O.finished_at.label("operation_finished_at"),
    has_app(R).label("channel_has_app"),
).join_from(REQUESTS, OPERATIONS, O.request_id == R.id, isouter=True)
GET: Final = _WITH_OPERATION.where(THIS)
GET_OF_OPERATION: Final = _WITH_OPERATION.where(O.id == bindparam("operation"))
PUT_CARD: Final = update(REQUESTS).where(THIS).values(card=func.coalesce(R.card, CARD))

# A decision is made of what was read: of two at the same time the second changes
# nothing, and reads again what the first has made of the request.
_DECIDE: Final = (
    update(REQUESTS)
    .where(THIS, IS_PENDING, R.approvals_given == bindparam("seen", type_=Integer()))
    .values(
        state=bindparam("new_state", type_=R.state.type),
        approvals_given=bindparam("given", type_=Integer()),
        decided_by=bindparam("user", type_=R.decided_by.type),
        decided_at=bindparam("decided", type_=R.decided_at.type),
        end_reason=bindparam("reason_to_end", type_=R.end_reason.type),
        card=func.coalesce(R.card, CARD),
    )
    .returning(R.card)
)
_IN_TIME: Final = R.expires_at > NOW
# A channel may have given the app up since the request was read.
_MAY_APPROVE: Final = (_IN_TIME, has_app(R))
APPROVE: Final = Write(_DECIDE.where(*_MAY_APPROVE), APPROVALS, EVENTS)
AUTHORISE: Final = Write(_DECIDE.where(*_MAY_APPROVE), APPROVALS, EVENTS, OPERATIONS)
CANCEL: Final = Write(_DECIDE.where(_IN_TIME), EVENTS)
EXPIRE: Final = Write(_DECIDE.where(R.expires_at <= NOW), EVENTS)

HAS_APPROVED: Final = select(APPROVALS.c.request_id).where(
    APPROVALS.c.request_id == bindparam("request"),
    APPROVALS.c.workspace == bindparam("workspace"),
    APPROVALS.c.user_id == bindparam("user"),
)

# The few pending requests have an index of their own.
OPEN_OF_TARGET: Final = (
    select(REQUESTS)
    .where(
        IS_PENDING,
        R.expires_at > NOW,
        R.workspace == bindparam("workspace"),
        R.account == bindparam("account"),
        R.app_id == bindparam("app_id"),
        R.flight_id == bindparam("flight_id"),
    )
    .order_by(R.expires_at)
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
