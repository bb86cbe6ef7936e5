"""The request repository in memory, with the semantics of the SQL one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.approval import Approval, CancelCheck, D, Judge, Judgement
from bot.domain.events import request_approved, request_asked, request_closed
from bot.domain.plan_outcomes import PlanLives
from bot.domain.requests import EndReason, Person, Request, RequestState
from bot.domain.rules import NO_RULE
from bot.domain.submissions import Target
from bot.domain.verbs import Verb
from tests.fakes.memory import Repository, app_of
from tests.fakes.rules import FakeRules

CLOSED = frozenset({RequestState.CANCELLED, RequestState.EXPIRED})


class FakeRequests(Repository):
    """The requests and their approvals."""

    @property
    def kept(self) -> dict[str, Request]:
        """The requests as they stand, each with its operation."""
        requests = self.memory.requests.items()
        return {name: self._joined(request) for name, request in requests}

    async def add_request(self, request: Request) -> None:
        """Store a new request."""
        memory = self.reach()
        memory.requests[request.id] = replace(
            request,
            asked_at=request.asked_at.astimezone(UTC),
            expires_at=request.expires_at.astimezone(UTC),
            operation=None,
        )
        memory.append(request_asked(request))

    async def get_request(self, request_id: str) -> Request | None:
        """Return the request as it stands, with its operation, or None."""
        request = self.reach().requests.get(request_id)
        return None if request is None else self._joined(request)

    async def get_request_of(self, operation_id: str) -> Request | None:
        """Return the request that authorised an operation, or None."""
        operation = self.reach().operations.get(operation_id)
        if operation is None or operation.request_id is None:
            return None
        return await self.get_request(operation.request_id)

    async def put_card(self, request_id: str, card: str) -> None:
        """Store the Slack timestamp of the request's card, unless one is stored."""
        requests = self.reach().requests
        if request_id in requests and requests[request_id].card is None:
            requests[request_id] = replace(requests[request_id], card=card)

    async def approve_request(
        self,
        request_id: str,
        person: Person,
        card: str,
        now: datetime,
        *,
        judge: Judge[D],
    ) -> Request | D | PlanLives | None:
        """Add an approval to a request that is pending and in time; None elsewhere.

        A person's second press changes nothing.
        """
        memory = self.reach()
        while True:
            request = self._pending(request_id, now, in_time=True)
            if request is None:
                return None
            stored = [one for one in memory.approvals if one[0] == request_id]
            approvals = [memory.approvals[key] for key in stored]
            judged = await judge(self._joined(request), approvals)
            if not isinstance(judged, Judgement):
                return judged
            if not request.channel_has_app:
                return None
            if any(one.person == person for one in approvals):
                return request
            if self._stands(request, judged, now):
                return self._approve(request, person, card, now, judged)

    def _stands(self, request: Request, judged: Judgement, now: datetime) -> bool:
        """Return whether nothing has changed that was judged."""
        kept = self.memory.requests.get(request.id)
        if kept is None or self._read(kept) != request:
            return False
        if judged.version is None:
            return True
        halted = request.rule != NO_RULE and self._halted_by(request) is not None
        target, workspace = request.snapshot.ref.target, request.place.workspace
        newest = FakeRules(self.memory).in_force(workspace, target).version
        locks = {
            lock.id
            for lock in self.memory.locks
            if lock.workspace == workspace
            and lock.lifted_at is None
            and (lock.ends_at is None or lock.ends_at > now)
            and lock.covers(target)
        }
        return not halted and newest == judged.version and locks <= {*judged.locks}

    def _approve(
        self,
        request: Request,
        person: Person,
        card: str,
        now: datetime,
        judged: Judgement,
    ) -> Request:
        memory = self.memory
        approval = Approval(person, now, judged.reason)
        memory.approvals[request.id, person.team_id, person.user_id] = approval
        approved = request.approved(person.user_id, now, judged.counted)
        approved = self._keep(
            replace(approved, card=request.card or card, alone_reason=judged.reason)
        )
        if approved.operation is not None:
            memory.operations[approved.id] = approved.operation
        memory.append(
            request_approved(
                approved,
                person.user_id,
                now,
                authorises=approved.operation is not None,
                alone_reason=judged.reason,
            )
        )
        return approved

    async def cancel_request(
        self,
        request_id: str,
        person: Person | None,
        card: str | None,
        now: datetime,
        *,
        check: CancelCheck[D] | None = None,
    ) -> Request | D | None:
        """Cancel a request that is pending and in time; None where it is not."""
        request = self._pending(request_id, now, in_time=True)
        if request is None:
            return None
        if check is not None and (denied := await check(request)) is not None:
            return denied
        if self._pending(request_id, now, in_time=True) is None:
            return None
        user = None if person is None else person.user_id
        cancelled = request.decided(RequestState.CANCELLED, user, now)
        return self._close(replace(cancelled, card=request.card or card))

    async def end_request(
        self, request_id: str, reason: EndReason, by: str | None, now: datetime
    ) -> Request | None:
        """End a request that is pending: nothing is left to confirm; None elsewhere."""
        request = self._pending(request_id, now, in_time=True)
        return None if request is None else self._close(request.ended(reason, by, now))

    async def open_requests(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[Request]:
        """Return the pending requests of a target in all channels, the oldest first."""
        found = [
            request
            for request in self.reach().requests.values()
            if request.is_pending(now)
            and request.place.workspace == workspace
            and request.snapshot.ref.target == target
        ]
        return sorted(found, key=lambda request: request.expires_at)

    async def open_under_rule(
        self, workspace: str, target: Target, now: datetime
    ) -> Sequence[str]:
        """Return the ids of what waits under a rule, of an app and all its flights."""
        found = [
            request
            for request in self.reach().requests.values()
            if request.is_pending(now) and _under_rule(request, workspace, target)
        ]
        return [one.id for one in sorted(found, key=lambda one: one.expires_at)]

    async def halted_by(self, request_id: str) -> str | None:
        """Return who has confirmed a halt of the app since this was asked for."""
        request = self.reach().requests.get(request_id)
        return None if request is None else self._halted_by(request)

    async def expire_request(self, request_id: str, now: datetime) -> Request | None:
        """Expire one request that is pending and past its time; None where not."""
        request = self._pending(request_id, now, in_time=False)
        if request is None:
            return None
        return self._close(request.decided(RequestState.EXPIRED, None, now))

    async def overdue_requests(self, now: datetime) -> Sequence[str]:
        """Return the ids of pending requests whose time is over, the oldest first."""
        found = [
            request
            for request in self.reach().requests.values()
            if request.state is RequestState.PENDING and request.expires_at <= now
        ]
        return [one.id for one in sorted(found, key=lambda one: one.expires_at)]

    async def close_card(self, request_id: str, now: datetime) -> None:
        """Record that the card of a cancelled or expired request shows its end."""
        memory = self.reach()
        if request_id in memory.requests:
            memory.closed_cards.setdefault(request_id, now)

    async def unclosed_cards(self, before: datetime) -> Sequence[str]:
        """Return those whose cards do not show what was decided before then."""
        memory = self.reach()
        found = [
            (request.decided_at, request.id)
            for request in memory.requests.values()
            if (request.state in CLOSED or _has_begun_a_ramp(request))
            and request.decided_at is not None
            and request.decided_at < before
            and request.id not in memory.closed_cards
        ]
        return [request_id for _, request_id in sorted(found)]

    def _halted_by(self, request: Request) -> str | None:
        memory = self.memory
        halts = (
            one
            for one in memory.operations.values()
            if one.id not in memory.closed_operations
            and one.change.verb is Verb.HALT
            and _app(one.ref.target) == _app(request.snapshot.ref.target)
            and one.authorised_at >= request.asked_at
        )
        first = next(halts, None)
        return None if first is None else first.authorised_by

    def _joined(self, request: Request) -> Request:
        operations = self.memory.operations.values()
        mine = (one for one in operations if one.request_id == request.id)
        return replace(
            self._read(request),
            operation=next(mine, None),
        )

    def _read(self, request: Request) -> Request:
        app = app_of(request.place.workspace, request.snapshot.ref.target)
        channels = self.memory.release_channels.get(app, {})
        has = not channels or request.place.channel in channels
        workspace, target = request.place.workspace, request.snapshot.ref.target
        overtakes = request.change.verb is Verb.HALT and any(
            one.state is RequestState.PENDING and _under_rule(one, workspace, target)
            for one in self.memory.requests.values()
        )
        return replace(request, channel_has_app=has, overtakes=overtakes)

    def _pending(
        self, request_id: str, now: datetime, *, in_time: bool
    ) -> Request | None:
        request = self.reach().requests.get(request_id)
        if request is None or request.state is not RequestState.PENDING:
            return None
        in_order = (request.expires_at > now) is in_time
        return self._read(request) if in_order else None

    def _close(self, closed: Request) -> Request:
        self.memory.append(request_closed(closed))
        return self._keep(closed)

    def _keep(self, request: Request) -> Request:
        self.memory.requests[request.id] = replace(
            request, operation=None, channel_has_app=True, overtakes=False
        )
        return request


def _app(target: Target) -> Target:
    return replace(target, flight_id=None)


def _under_rule(request: Request, workspace: str, target: Target) -> bool:
    return (
        request.place.workspace == workspace
        and _app(request.snapshot.ref.target) == _app(target)
        and request.rule != NO_RULE
        and request.change.verb is not Verb.HALT
    )


def _has_begun_a_ramp(request: Request) -> bool:
    return request.terms is not None and request.state is RequestState.AUTHORISED
