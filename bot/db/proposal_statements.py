"""The statements about proposals, with what agreeing to each kind of them writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
    update,
)

from bot.db.events import EVENTS
from bot.db.leases import is_free
from bot.db.models import IS_PENDING, table
from bot.db.policy_models import IS_DUE, ProposalRow
from bot.db.release_channels import has_app, let_in, new_channel
from bot.db.rows import Values
from bot.db.rules import DEFAULT, agreed_rule, is_seen, put_rule
from bot.db.session import INSERT
from bot.db.writes import Companion, Write, with_row
from bot.domain.events import Event
from bot.domain.proposals import Proposal, ProposalKind
from bot.domain.release_channels import channel_added
from bot.domain.requests import Place
from bot.domain.rule_changes import rule_changed
from bot.domain.submissions import Target

PROPOSALS: Final = table(ProposalRow)
P: Final = PROPOSALS.c
THIS: Final = P.id == bindparam("proposal")
NOW: Final = bindparam("now_at", type_=P.expires_at.type)
CARD: Final = bindparam("clicked", type_=P.card.type)
_LEASE: Final = bindparam("lease_end", type_=P.leased_until.type)


@dataclass(frozen=True, slots=True)
class Effect:
    """What agreeing writes, in the transaction that decides the proposal.

    `companion` is for a dialect; `values` are its parameters and those of `condition`,
    on which it may be agreed to, of a proposal that is agreed to. `event` is the event
    of the effect; that of the decision comes by itself.
    """

    companion: Callable[[str], Companion]
    condition: ColumnElement[bool]
    values: Callable[[Proposal, datetime], Values]
    event: Callable[[Proposal, datetime], Event]


def _channel_let_in(proposal: Proposal, now: datetime) -> Values:
    place = Place(proposal.place.workspace, proposal.about)
    target = proposal.target or Target("", "")
    return new_channel(place, target, proposal.decided_by or "", now)


def _told_of_channel(proposal: Proposal, now: datetime) -> Event:
    place = Place(proposal.place.workspace, proposal.about)
    target = proposal.target or Target("", "")
    details = {
        "proposal": proposal.id,
        "asked_by": proposal.asked_by,
        "by_channel": proposal.place.channel,
    }
    return channel_added(place, target, proposal.decided_by or "", now, details)


EFFECTS: Final[Mapping[ProposalKind, Effect]] = {
    ProposalKind.LET_IN: Effect(let_in, has_app(P), _channel_let_in, _told_of_channel),
    ProposalKind.RULE: Effect(
        put_rule,
        and_(is_seen(P), or_(P.app_id == DEFAULT, has_app(P))),
        agreed_rule,
        rule_changed,
    ),
}

_NEW: Final = {
    dialect: with_row(insert(PROPOSALS), PROPOSALS)
    .on_conflict_do_nothing()
    .returning(P.id)
    for dialect, insert in INSERT.items()
}
ADD: Final = {dialect: Write(new, EVENTS) for dialect, new in _NEW.items()}
# A decision is made once: of two at the same time the second changes nothing.
_DECIDE: Final = (
    update(PROPOSALS)
    .where(THIS, IS_PENDING)
    .values(
        state=bindparam("new_state", type_=P.state.type),
        decided_by=bindparam("user", type_=P.decided_by.type),
        decided_at=NOW,
        due_at=NOW,
        leased_until=null(),
        attempts=0,
        card=func.coalesce(P.card, CARD),
    )
    .returning(P.card)
)
_IN_TIME: Final = P.expires_at > NOW
DECLINE: Final = Write(_DECIDE.where(_IN_TIME), EVENTS)
END: Final = Write(_DECIDE, EVENTS)
EXPIRE: Final = Write(_DECIDE.where(P.expires_at <= NOW), EVENTS)
AGREE: Final = {
    (kind, dialect): Write(
        _DECIDE.where(_IN_TIME, effect.condition),
        EVENTS,
        EVENTS,
        companions=(effect.companion(dialect),),
    )
    for kind, effect in EFFECTS.items()
    for dialect in INSERT
}
ADD_AGREED: Final = {
    (kind, dialect): Write(
        _NEW[dialect], EVENTS, EVENTS, companions=(effect.companion(dialect),)
    )
    for kind, effect in EFFECTS.items()
    for dialect in INSERT
}

GET: Final = select(PROPOSALS).where(THIS)
WAITING: Final = select(PROPOSALS).where(
    IS_PENDING,
    *(
        P[name] == bindparam(f"of_{name}", type_=P[name].type)
        for name in ("workspace", "kind", "account", "app_id", "flight_id", "about")
    ),
)
OVERDUE: Final = (
    select(PROPOSALS).where(IS_PENDING, P.expires_at <= NOW).order_by(P.expires_at)
)

_DUE: Final = (
    select(P.id)
    .where(IS_DUE, P.due_at <= NOW, is_free(P))
    .order_by(P.due_at)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
    .cte("due")
)
CLAIM: Final = (
    update(PROPOSALS)
    .where(P.id == _DUE.c.id)
    .values(leased_until=_LEASE, attempts=P.attempts + 1)
    .returning(PROPOSALS)
)
# Whoever has lost the lease has nothing to say about the card any more.
_HELD: Final = (THIS, P.leased_until == _LEASE)
SHOWN: Final = (
    update(PROPOSALS)
    .where(*_HELD)
    .values(
        due_at=null(), leased_until=null(), attempts=0, card=func.coalesce(P.card, CARD)
    )
)
RETRY: Final = (
    update(PROPOSALS)
    .where(*_HELD)
    .values(
        due_at=bindparam("again_at", type_=P.due_at.type),
        leased_until=null(),
        card=func.coalesce(P.card, CARD),
    )
)
MOVE: Final = (
    update(PROPOSALS)
    .where(*_HELD)
    .values(
        channel=bindparam("to_channel", type_=P.channel.type),
        due_at=NOW,
        leased_until=null(),
        attempts=0,
    )
)
