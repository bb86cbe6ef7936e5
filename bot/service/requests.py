"""Requests: store what somebody asks for, and take it back where no card is shown."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from bot.domain.log_fields import log_fields
from bot.domain.outcomes import CardOpen, ConfirmationNeeded, NothingToConfirm
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.reasons import shown
from bot.domain.requests import Asker, Request
from bot.domain.rules import Rule, SecondPerson
from bot.domain.targets import ResolvedChange
from bot.service import open_cards
from bot.service.preflight import check_change
from bot.service.readings import Readings
from bot.service.request_repository import RequestRepository

LONGEST_REASON: Final = 3000
# How long a card waits that needs another person: a working day.
WAIT_FOR_ANOTHER: Final = timedelta(hours=8)


async def ask(  # noqa: PLR0913 - one part each
    readings: Readings,
    requests: RequestRepository,
    wanted: ResolvedChange,
    asker: Asker,
    confirm_for: timedelta,
    *,
    rule: Rule,
    listed_since: datetime | None = None,
) -> ConfirmationNeeded | CardOpen | NothingToConfirm | ReasonRequired:
    """Store a request for the change, or return why there is no card for it.

    There is nothing to confirm, a card for the same is open in the channel, or the
    `rule` in force wants a reason. An app that was listed after `listed_since` is not
    read again.
    """
    if rule.reason_required and not shown(wanted.reason):
        return ReasonRequired(wanted.chosen, wanted.change)
    if rule.second_person(wanted.change.verb) is not SecondPerson.NO:
        confirm_for = WAIT_FOR_ANOTHER
    # What is read for the card belongs to the request, too.
    request_id = uuid.uuid4().hex
    verb, target = wanted.change.verb.value, str(wanted.chosen.target)
    with log_fields(request=request_id, verb=verb, target=target):
        seen = await check_change(readings, wanted, listed_since)
    if isinstance(seen, NothingToConfirm):
        return seen
    request = Request(
        id=request_id,
        place=asker.place,
        change=wanted.change,
        snapshot=seen,
        asked_by=asker.person.user_id,
        reason=wanted.reason[:LONGEST_REASON],
        asked_at=asker.at,
        expires_at=asker.at + confirm_for,
        alias=wanted.chosen.alias,
        rule=rule,
    )
    serving, outdated = await open_cards.same_as(requests, request)
    if serving is not None:
        return CardOpen(serving, request)
    replaced = await open_cards.replace_with(requests, request, outdated)
    return ConfirmationNeeded(request, replaced)


async def take_back(
    requests: RequestRepository, request_id: str, now: datetime
) -> bool:
    """Cancel a request whose card could not be shown to anybody.

    Return False where somebody has pressed it meanwhile: its card was shown after all.
    """
    if await requests.cancel_request(request_id, None, None, now) is None:
        request = await requests.get_request(request_id)
        return request is None or request.decided_by is None
    await requests.close_card(request_id, now)
    return True
