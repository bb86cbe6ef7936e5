"""Changes of several apps that one command asks for: a card each."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.domain.approval import ReasonMissing, asks_who, refusal_code
from bot.domain.events import action_refused
from bot.domain.outcomes import (
    CardOpen,
    ConfirmationNeeded,
    LeftOut,
    NothingToConfirm,
    Several,
)
from bot.domain.permission import Action
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.requests import Asker
from bot.domain.rules import NO_RULE, Rule, rule_to_json
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange, ResolvedChanges
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.verbs import Phase, Verb
from bot.service import requests
from bot.service.ports import Directory
from bot.service.preflight import HALT_TIMEOUT
from bot.service.queries import OnReading
from bot.service.readings import Readings
from bot.service.repositories import EventRepository, RuleRepository
from bot.service.request_repository import RequestRepository

# More cards than these would push each other out of sight, and their requests would
# leave the Store nothing for the halts themselves.
MOST_APPS: Final = 20
_AT_ONCE: Final = 4

T = TypeVar("T")
_Answer = ConfirmationNeeded | CardOpen | NothingToConfirm | ReasonRequired


@dataclass(frozen=True, slots=True)
class ChangeRequests:
    """Asks for changes: reads each target and stores a request for it.

    The asker is told what is still being read after `notice_after` seconds.
    """

    readings: Readings
    requests: RequestRepository
    events: EventRepository
    rules: RuleRepository
    directory: Directory
    confirm_for: timedelta
    notice_after: float
    clock: Callable[[], datetime]

    async def ask(
        self, wanted: ResolvedChanges, asker: Asker, on_reading: OnReading
    ) -> AsyncGenerator[_Answer | UnknownAlias | Usage | LeftOut | Several]:
        """Yield each card as soon as it is ready, then one answer for all the rest."""
        # Where the Store cannot be read in time, a halt is shown what was seen last.
        await self.readings.recall([one.chosen.target for one in wanted.each])
        each = self._urgent_first(wanted) if wanted.everything else wanted.each
        kept, others = each[:MOST_APPS], each[MOST_APPS:]
        cards, refused = 0, list[NothingToConfirm]()
        rest: list[NothingToConfirm | ReasonRequired | UnknownAlias | Usage | LeftOut]
        rest = []
        async with aclosing(self._answers(kept, asker, on_reading)) as answers:
            async for answer in answers:
                if isinstance(answer, ConfirmationNeeded | CardOpen):
                    cards += 1
                    yield answer
                elif isinstance(answer, ReasonRequired):
                    rest.append(answer)
                else:
                    refused.append(answer)
        order = [one.chosen.target for one in wanted.each]
        refused.sort(key=lambda answer: order.index(answer.target))
        if not wanted.everything:
            rest += refused
        elif refused:
            rest.append(LeftOut(tuple(refused), cards))
        rest += wanted.remarks
        if others:
            names = tuple(one.chosen.word for one in others)
            rest.append(Usage(Misuse.TOO_MANY_APPS, str(MOST_APPS), rest=names))
        if len(rest) == 1:
            yield rest[0]
        elif rest:
            yield Several(tuple(rest))

    def _urgent_first(self, wanted: ResolvedChanges) -> Sequence[ResolvedChange]:
        """Return what was in progress when it was last read first, then the unread."""

        def turn(one: ResolvedChange) -> int:
            last = self.readings.last(one.chosen.target)
            if last is None or last.rollout.phase is Phase.UNRECOGNISED:
                return 1
            return 0 if last.rollout.phase is Phase.IN_PROGRESS else 2

        return sorted(wanted.each, key=turn)

    async def _answers(
        self, each: Sequence[ResolvedChange], asker: Asker, on_reading: OnReading
    ) -> AsyncGenerator[_Answer]:
        listed_since = self.clock() if len(each) > 1 else None
        listing = asyncio.create_task(self._list(each))
        turns = asyncio.Semaphore(_AT_ONCE)

        async def ask(one: ResolvedChange) -> _Answer:
            await asyncio.wait({listing})
            async with turns:
                rule = await self.rule_for(one.chosen.target, asker, one.change.verb)
                answer = await requests.ask(
                    self.readings,
                    self.requests,
                    one,
                    asker,
                    self.confirm_for,
                    rule=rule,
                    listed_since=listed_since,
                )
            if isinstance(answer, ReasonRequired):
                await self.record_missing_reason(answer, rule, asker)
            return answer

        asking = {asyncio.create_task(ask(one)): one.chosen.word for one in each}
        notice = asyncio.create_task(self.notice(asking, on_reading))
        try:
            for answered in asyncio.as_completed(asking):
                yield await answered
        finally:
            for task in (listing, notice, *asking):
                task.cancel()

    async def rule_for(self, target: Target, asker: Asker, *verbs: Verb) -> Rule:
        """Return the rule that these changes are asked for under; a halt has none."""
        if Verb.HALT in verbs:
            return NO_RULE
        workspace = asker.place.workspace
        rule = (await self.rules.rule_in_force(workspace, target)).rule
        if asks_who([rule], *verbs):
            # Who presses soon does not wait for Slack, then.
            people = [asker.person.user_id, *rule.people]
            await self.directory.warm(
                workspace,
                people=people,
                groups=rule.groups,
                channels=[asker.place.channel],
            )
        return rule

    async def _list(self, each: Sequence[ResolvedChange]) -> None:
        """Read the list of apps, which saves a request for each; it may be slow."""
        if len(each) > 1:
            targets = [one.chosen.target for one in each]
            with suppress(TimeoutError):
                async with asyncio.timeout(HALT_TIMEOUT):
                    await self.readings.list_for_cards(targets)

    async def record_missing_reason(
        self, refused: ReasonRequired, rule: Rule, asker: Asker
    ) -> None:
        """Store the event of a change for which the rule wants a reason."""
        verb, code = refused.change.verb.value, refusal_code(ReasonMissing(rule))
        details = {"verb": verb, "rule": rule_to_json(rule)}
        target = refused.chosen.target
        await self.events.add_event(
            action_refused(Action.ASK, code, asker, target=target, details=details)
        )

    async def notice(
        self, asking: Mapping[asyncio.Task[T], str], on_reading: OnReading
    ) -> None:
        """Notify the asker after a while which of these apps are still being read."""
        await asyncio.wait(asking, timeout=self.notice_after)
        waiting = tuple(word for task, word in asking.items() if not task.done())
        if waiting:
            await on_reading(waiting)
