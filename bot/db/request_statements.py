"""The statements about requests and their approvals."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    text,
    union_all,
    update,
)

from bot.db.events import EVENTS
from bot.db.locks import unjudged_lock
from bot.db.models import (
    IS_OPEN,
    IS_PENDING,
    IS_UNCLOSED,
    IS_UNCLOSED_RAMP,
    ApprovalRow,
    RequestRow,
    table,
)
from bot.db.operations import OPERATIONS, O
from bot.db.plan_statements import PLANS, end_plan
from bot.db.release_channels import may_change
from bot.db.rules import rules_version
from bot.db.telling import same, tell_followers
from bot.db.writes import Write, with_row
from bot.domain.verbs import Verb
from bot.domain.watching import Topics

# The statements are built once: building one costs more than running it. Names of
# parameters must differ from those of the columns that an UPDATE sets.
REQUESTS: Final = table(RequestRow)
APPROVALS: Final = table(ApprovalRow)
R: Final = REQUESTS.c
A: Final = APPROVALS.c
THIS: Final = R.id == bindparam("request")
NOW: Final = bindparam("now", type_=R.expires_at.type)
CARD: Final = bindparam("clicked", type_=R.card.type)

ADD: Final = Write(with_row(insert(REQUESTS), REQUESTS).returning(R.id), EVENTS)
# Of the approvals only that of an asker who was alone has a reason.
_ALONE: Final = (
    select(A.reason)
    .where(A.request_id == R.id, A.reason.is_not(None))
    .limit(1)
    .scalar_subquery()
)
_WAITING: Final = REQUESTS.alias("waiting")
# In the statement that reads a halt: where it overtakes nothing, nothing else is asked.
_OVERTAKES: Final = and_(
    R.verb == Verb.HALT.value,
    exists(
        select(_WAITING.c.id).where(
            text("waiting.state = 'pending'"),
            same(_WAITING.c, R, ("workspace", "account", "app_id")),
            _WAITING.c.rule.is_not(None),
            _WAITING.c.verb != Verb.HALT.value,
        )
    ),
)
_WITH_OPERATION: Final = select(
    REQUESTS,
    _ALONE.label("alone_reason"),
    O.id.label("operation_id"),
    O.attempts.label("operation_attempts"),
    O.result.label("operation_result"),
    O.finished_at.label("operation_finished_at"),
    may_change(R).label("channel_has_app"),
    _OVERTAKES.label("overtakes"),
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
# A channel may have given the app up since the request was read, to another one.
_MAY_APPROVE: Final = and_(_IN_TIME, may_change(R))
APPROVE: Final = Write(_DECIDE.where(_MAY_APPROVE), APPROVALS, EVENTS)
# A halt ends the plan of its target before it is sent, and so does a finalize.
AUTHORISE: Final = Write(
    _DECIDE.where(_MAY_APPROVE), APPROVALS, EVENTS, OPERATIONS, companions=(end_plan,)
)

# An operation is open until the cards that its halt has overtaken are ended.
_HALTED_SINCE: Final = and_(
    IS_OPEN,
    O.verb == Verb.HALT.value,
    O.account == R.account,
    O.app_id == R.app_id,
    O.authorised_at >= R.asked_at,
)
HALTED_BY: Final = (
    select(O.authorised_by)
    .select_from(OPERATIONS)
    .join(REQUESTS, THIS)
    .where(_HALTED_SINCE)
    .limit(1)
)
# What is no halt is decided by rules and locks: the rules that were judged must still
# be the newest, and no other lock be there.
_AS_JUDGED: Final = and_(
    _MAY_APPROVE,
    rules_version(R) == bindparam("judged_version", type_=BigInteger()),
    or_(R.rule.is_(None), not_(exists(O.id).where(_HALTED_SINCE))),
    not_(unjudged_lock(R, NOW)),
)
APPROVE_AS_JUDGED: Final = Write(_DECIDE.where(_AS_JUDGED), APPROVALS, EVENTS)
AUTHORISE_AS_JUDGED: Final = Write(
    _DECIDE.where(_AS_JUDGED), APPROVALS, EVENTS, OPERATIONS, companions=(end_plan,)
)
# Of two plans of a target the database refuses the second.
START_PLAN: Final = Write(
    _DECIDE.where(_AS_JUDGED),
    APPROVALS,
    EVENTS,
    PLANS,
    EVENTS,
    companions=(tell_followers(Topics.CHANGES),),
)
CANCEL: Final = Write(_DECIDE.where(_IN_TIME), EVENTS)
EXPIRE: Final = Write(_DECIDE.where(R.expires_at <= NOW), EVENTS)

APPROVALS_OF: Final = select(APPROVALS).where(A.request_id == bindparam("request"))

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
# Those of an app and its flights that a rule holds: a confirmed halt ends them.
OPEN_UNDER_RULE: Final = select(R.id).where(
    IS_PENDING,
    R.expires_at > NOW,
    R.workspace == bindparam("workspace"),
    R.account == bindparam("account"),
    R.app_id == bindparam("app_id"),
    R.rule.is_not(None),
    R.verb != Verb.HALT.value,
)
OVERDUE: Final = (
    select(R.id).where(IS_PENDING, R.expires_at <= NOW).order_by(R.expires_at)
)
CLOSE_CARD: Final = (
    update(REQUESTS)
    .where(THIS)
    .values(card_closed_at=func.coalesce(R.card_closed_at, NOW))
)
# The few that begin a ramp have an index of their own.
UNCLOSED: Final = union_all(
    select(R.id).where(IS_UNCLOSED, R.decided_at < NOW),
    select(R.id).where(IS_UNCLOSED_RAMP, R.decided_at < NOW),
)
