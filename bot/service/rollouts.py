"""RolloutService: one door for every command and every click."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from bot.domain.commands import (
    AddAlias,
    AskChange,
    AskHelp,
    AskHistory,
    AskStatus,
    ListAliases,
    RemoveAlias,
    parse,
)
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.outcomes import (
    Aliases,
    AlreadyHandled,
    Cancelled,
    ClickOutcome,
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    Expired,
    Help,
    Misuse,
    NothingToConfirm,
    Usage,
    outcome_code,
)
from bot.domain.permission import Action, authorize
from bot.domain.requests import Person, Place, Request, RequestState
from bot.domain.storage import StorageUnavailable
from bot.domain.targets import (
    ResolvedChange,
    ResolvedTarget,
    resolve_change,
    resolve_target,
)
from bot.service import aliases as naming
from bot.service import queries as overview
from bot.service.executor import MAX_PAUSE_BEFORE_WRITE
from bot.service.ports import Aliases as AliasMemory
from bot.service.ports import Deliveries, Notifier, OperationStarter, Requests, Store
from bot.service.preflight import ready

LONGEST_REASON: Final = 3000

_log = logging.getLogger("bot.service")


class RolloutService:
    """What the bot can be asked; every method ends in one of a closed list."""

    def __init__(  # noqa: PLR0913 - one port each, named by the composition root
        self,
        *,
        store: Store,
        aliases: AliasMemory,
        requests: Requests,
        deliveries: Deliveries,
        starter: OperationStarter,
        notifier: Notifier,
        confirm_for: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._aliases = aliases
        self._requests = requests
        self._deliveries = deliveries
        self._carrier = starter
        self._announcer = notifier
        self._confirm_for = confirm_for
        self._clock = clock

    async def answer(self, text: str, place: Place, person: Person) -> CommandOutcome:
        """Answer one command text. Raises MemoryUnavailable, and no StoreFailure."""
        answer = await self._answer(text, place, person)
        _log.info(
            "command of %s in %s: %s",
            person.user_id,
            place.channel,
            outcome_code(answer),
        )
        return answer

    async def _answer(self, text: str, place: Place, person: Person) -> CommandOutcome:
        command = parse(text)
        denied = authorize(_action(command), person, place)
        if denied is not None:
            return denied
        match command:
            case Usage():
                return await self._usage(command, place)
            case AskHelp():
                return Help(tuple(await self._aliases.list_aliases(place)))
            case ListAliases():
                return Aliases(tuple(await self._aliases.list_aliases(place)))
            case AskStatus():
                return await overview.status(self._store, self._aliases, command, place)
            case AskHistory():
                return await overview.history(
                    self._requests, self._aliases, command, place
                )
            case AskChange():
                return await self._request(command, place, person)
            case AddAlias():
                return await naming.add_alias(
                    self._store, self._aliases, command, place, person
                )
            case RemoveAlias():
                return await naming.remove_alias(self._aliases, command, place)
        assert_never(command)

    async def card_shown(self, request_id: str, card: str) -> None:
        """Note where the request's card stands: the Slack timestamp of its message."""
        await self._requests.put_card(request_id, card)

    async def card_failed(self, request_id: str) -> bool:
        """Take back a request whose card could not be shown to anybody.

        False where somebody has decided it meanwhile: its card was shown after all.
        """
        now = self._clock()
        if await self._requests.cancel_request(request_id, None, None, now) is None:
            request = await self._requests.get_request(request_id)
            return request is None or request.decided_by is None
        await self._requests.close_request(request_id, now)
        return True

    async def confirm(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Claim the request for this click: one statement, one winner."""
        claim = self._requests.confirm_request
        found = await self._decide(claim, Confirmed, request_id, card, place, person)
        return _noted(found, request_id, person)

    async def cancel(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Cancel the request, unless it was decided before."""
        cancel = self._requests.cancel_request
        found = await self._decide(cancel, Cancelled, request_id, card, place, person)
        return _noted(found, request_id, person)

    async def proceed(self, request: Request) -> None:
        """Start the work that was decided on, and take the buttons away at once."""
        await asyncio.gather(
            self._carrier.start_operation(request), self._show(request)
        )

    async def first_delivery(self, event_id: str) -> bool:
        """Return whether this Slack event comes for the first time."""
        return await self._deliveries.first_delivery(event_id, self._clock())

    async def _decide(  # noqa: PLR0913, PLR0917 - the click, and what it wants
        self,
        decide: Callable[[str, str, str, datetime], Awaitable[Request | None]],
        decided: type[Confirmed | Cancelled],
        request_id: str,
        card: str,
        place: Place,
        person: Person,
    ) -> ClickOutcome:
        denied = authorize(Action.DECIDE, person, place)
        if denied is not None:
            return denied
        now = self._clock()
        request = await decide(request_id, person.user_id, card, now)
        if request is not None:
            return decided(request)
        return await self._too_late(request_id, card, now)

    async def _show(self, request: Request) -> None:
        """Edit the card now if Slack is there; the engine edits it in any case."""
        try:
            await self._announcer.show_card(request)
            decided_at = request.decided_at or self._clock()
            if self._clock() - decided_at > timedelta(seconds=MAX_PAUSE_BEFORE_WRITE):
                # Slow, or frozen since the click: another replica may have shown the
                # end before this edit, and what stands last must be the truth.
                now = await self._requests.get_request(request.id)
                if now is not None and now.state is not request.state:
                    await self._announcer.show_card(now)
        except (
            RetryableNotificationError,
            PermanentNotificationError,
            StorageUnavailable,
        ) as reason:
            _log.warning("card of request %s stays for now: %s", request.id, reason)

    async def _too_late(
        self, request_id: str, card: str, now: datetime
    ) -> ClickOutcome:
        """Say why a click decided nothing; a card that ran out is expired by it.

        `now` is the moment of the click: a second look at a clock that was set back
        meanwhile would find the card neither in time nor too late.
        """
        await self._requests.put_card(request_id, card)
        expired = await self._requests.expire_request(request_id, now)
        request = expired or await self._requests.get_request(request_id)
        if request is None:
            return Usage(Misuse.NO_SUCH_CARD)
        if request.state is RequestState.EXPIRED:
            return Expired(request)
        return AlreadyHandled(request)

    async def _usage(self, usage: Usage, place: Place) -> Usage:
        """Understand a bare alias as a question about it."""
        if usage.misuse is Misuse.UNKNOWN_VERB and usage.hint is None:
            aliases = await self._aliases.list_aliases(place)
            if isinstance(resolve_target(usage.word, aliases), ResolvedTarget):
                return replace(usage, hint=f"status {usage.word}")
        return usage

    async def _request(
        self, command: AskChange, place: Place, person: Person
    ) -> CommandOutcome:
        wanted = resolve_change(command, await self._aliases.list_aliases(place))
        if not isinstance(wanted, ResolvedChange):
            return wanted
        seen = await ready(self._store, wanted)
        if isinstance(seen, NothingToConfirm):
            return seen
        now = self._clock()
        request = Request(
            id=uuid.uuid4().hex,
            place=place,
            change=wanted.change,
            snapshot=seen,
            asked_by=person.user_id,
            reason=wanted.reason[:LONGEST_REASON],
            asked_at=now,
            expires_at=now + self._confirm_for,
            alias=wanted.chosen.alias,
        )
        await self._requests.add_request(request)
        return ConfirmationNeeded(request, wanted.chosen.inferred)


def _noted(decided: ClickOutcome, request_id: str, person: Person) -> ClickOutcome:
    code = outcome_code(decided)
    _log.info("request %s, click of %s: %s", request_id, person.user_id, code)
    return decided


def _action(command: object) -> Action:
    match command:
        case AskChange():
            return Action.ASK
        case AddAlias() | RemoveAlias():
            return Action.NAME_APPS
        case _:
            return Action.LOOK
