"""A request: what somebody asked for with a card, and who approved it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.domain.operations import Operation
from bot.domain.plan_terms import PlanTerms
from bot.domain.results import Result
from bot.domain.rollout import Change
from bot.domain.rules import NO_RULE, Rule, SecondPerson
from bot.domain.submissions import Snapshot, Target
from bot.domain.verbs import VERBS, Verb

# A status reads every one of them.
MOST_ALIASES: Final = 50


class RequestState(StrEnum):
    """Where a request stands; only PENDING can be left, and once."""

    PENDING = "pending"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    AUTHORISED = "authorised"


class EndReason(StrEnum):
    """Why a request was ended without a press on its card; kept for good."""

    HALTED = "halted"
    FINALIZED = "finalized"
    FOUND_HALTED = "found_halted"
    FOUND_FINALIZED = "found_finalized"
    REPLACED = "replaced"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said: a channel of a workspace, perhaps inside a thread."""

    workspace: str
    channel: str
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in Slack, with the workspace that they belong to.

    It is empty where Slack did not say whether they are a colleague.
    """

    user_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something, where and when."""

    person: Person
    place: Place
    at: datetime


@dataclass(frozen=True, slots=True)
class Alias:
    """A channel's name for an app or a flight, with the names seen in the Store."""

    name: str
    target: Target
    app_name: str
    flight_name: str | None = None
    added_by: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for, with everything that its card showed.

    `card` is the Slack timestamp of the card's message once it is in the channel.
    `approvals_required` people must press before the operation is authorised;
    `approvals_given` counts those who have.
    `decided_by` is whose press ended the waiting, None where its time ran out. A
    request that is CANCELLED for an `end_reason` was ended by something else: by what
    `decided_by` did with another card, or by what the Store showed. `rule` held when it
    was asked for; its thread was reminded of it `reminders` times. `alone_reason` is
    why the asker did it without the second person. `channel_has_app` is whether its
    channel has the app, or no other has it; `overtakes` whether it is a halt while
    something of its app waits under a rule. Times are UTC and aware.
    """

    id: str
    place: Place
    change: Change
    snapshot: Snapshot
    asked_by: str
    reason: str
    asked_at: datetime
    expires_at: datetime
    alias: str | None = None
    approvals_required: int = 1
    approvals_given: int = 0
    state: RequestState = RequestState.PENDING
    card: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    end_reason: EndReason | None = None
    operation: Operation | None = None
    rule: Rule = NO_RULE
    reminders: int = 0
    terms: PlanTerms | None = None
    alone_reason: str | None = None
    channel_has_app: bool = True
    overtakes: bool = False

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What it changes: a ramp may finalize, too."""
        finalizes = self.terms is not None and self.terms.finalizes
        return (self.change.verb, Verb.FINALIZE) if finalizes else (self.change.verb,)

    @property
    def needs_another(self) -> bool:
        """Whether its rule wants another person than the asker to confirm it."""
        return self.rule.second_person(*self.verbs) is not SecondPerson.NO

    @property
    def decided_by_another(self) -> bool:
        """Whether another person than the asker has decided it, or ended it."""
        return self.decided_by not in {None, self.asked_by}

    @property
    def was_declined(self) -> bool:
        """Whether one who could have confirmed it has said no; the asker cancels."""
        ours = self.state is RequestState.CANCELLED and self.end_reason is None
        return ours and self.decided_by_another and self.needs_another

    @property
    def result(self) -> Result | None:
        """How the operation ended; None before that, and where there is none."""
        return None if self.operation is None else self.operation.result

    def is_pending(self, now: datetime) -> bool:
        """Return whether a press decides anything: it waits, and is in time."""
        return self.state is RequestState.PENDING and now < self.expires_at

    def approved(self, by: str, at: datetime, counted: int | None = None) -> "Request":
        """Return the request with one more approval; the last needed authorises it.

        `counted` of those that are stored still count: all of them, if it is not given.
        """
        before = self.approvals_given if counted is None else counted
        approved = replace(self, approvals_given=self.approvals_given + 1)
        if before + 1 < self.approvals_required:
            return approved
        decided = approved.decided(RequestState.AUTHORISED, by, at)
        if self.terms is not None:
            return decided
        return replace(decided, operation=decided.authorised())

    def decided(self, state: RequestState, by: str | None, at: datetime) -> "Request":
        """Return the request as it is left, for good, in `state`."""
        return replace(self, state=state, decided_by=by, decided_at=at)

    def ended(self, reason: EndReason, by: str | None, at: datetime) -> "Request":
        """Return the request as ended by something else than a press on its card."""
        return replace(self.decided(RequestState.CANCELLED, by, at), end_reason=reason)

    def is_outdated_by(self, seen: Snapshot) -> bool:
        """Return whether the card shows what is no longer so: a press is in vain."""
        if self.snapshot.ref != seen.ref:
            return True
        moved = not self.snapshot.rollout.same_as(seen.rollout)
        return moved and VERBS[self.change.verb].reads_first

    def authorised(self) -> Operation:
        """Return the operation that the approvals of this request authorise.

        It has the request's id, so that the database refuses a second one. Raises
        ValueError where nobody has decided the request.
        """
        if self.decided_by is None or self.decided_at is None:
            raise ValueError(f"request {self.id} is not decided")
        return Operation(
            id=self.id,
            ref=self.snapshot.ref,
            change=self.change,
            before=self.snapshot.rollout,
            authorised_by=self.decided_by,
            authorised_at=self.decided_at,
            request_id=self.id,
        )


class UnreadableRecord(Exception):
    """A newer version of the bot wrote the record as this one cannot read it."""
