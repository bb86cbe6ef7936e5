"""RolloutService: answer commands, take presses, and start what they authorise."""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.channel_outcomes import LetInAsked
from bot.domain.languages import Language
from bot.domain.lock_outcomes import Locked
from bot.domain.outcomes import (
    CardOpen,
    ClickOutcome,
    CommandOutcome,
    ConfirmationNeeded,
    NotAllowed,
)
from bot.domain.requests import Asker, Person, Place, Request, RequestState
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange
from bot.domain.usage import UnknownAlias
from bot.domain.verbs import Verb
from bot.service import open_cards, requests
from bot.service.answer_log import log_answer, log_click
from bot.service.approvals import Approvals
from bot.service.change_commands import ChangeCommands
from bot.service.changes import ChangeRequests
from bot.service.commands import Commands
from bot.service.deciders import proposal_policies
from bot.service.judging import PressJudge
from bot.service.languages import ChannelLanguages
from bot.service.lock_judging import LockJudge
from bot.service.locks import LockCommands
from bot.service.ports import Directory, OperationStarter, Stores
from bot.service.proposals import Proposals
from bot.service.queries import OnReading
from bot.service.ramp_commands import RampCommands
from bot.service.readings import Readings
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.rules import ChannelRules

# Seconds that an asker waits for a card without being told what for.
NOTICE_AFTER: Final = 2.0

_log = logging.getLogger("bot.service")


async def _say_nothing(_: tuple[str, ...]) -> None:
    """Leave the asker waiting: the answer is all that they get."""


class RolloutService:
    """What the bot can be asked; every method ends in one of a closed list.

    `stores` are for cards and aliases, `readings` for all that a target is shown from;
    `account` is the Partner Center account that a Store ID without an alias belongs to;
    `confirm_for` is how long a card can be confirmed; `release_channels` are the only
    channels in which anything is named or changed, where there are any; an asker who
    waits longer than `notice_after` seconds for a card is told what for.
    """

    def __init__(  # noqa: PLR0913 - one part each, named by the composition root
        self,
        *,
        stores: Stores,
        readings: Readings,
        account: str,
        repositories: Repositories,
        starter: OperationStarter,
        directory: Directory,
        languages: ChannelLanguages,
        confirm_for: timedelta,
        release_channels: frozenset[str] = frozenset(),
        notice_after: float = NOTICE_AFTER,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        change_requests = ChangeRequests(
            readings,
            repositories.requests,
            repositories.events,
            repositories.rules,
            directory,
            confirm_for,
            notice_after,
            clock,
        )
        channels = ReleaseChannels(
            repositories.release_channels,
            repositories.proposals,
            repositories.events,
            directory,
            release_channels,
        )
        locks = LockCommands(repositories, directory, channels, account)
        self._changes = ChangeCommands(
            repositories, change_requests, locks, account, channels
        )
        self._languages = languages
        self.ramps = RampCommands(
            stores, repositories, change_requests, locks, channels, directory, account
        )
        self.rules = ChannelRules(repositories, directory, channels, account, clock)
        self._commands = Commands(
            stores=stores,
            readings=readings,
            account=account,
            repositories=repositories,
            changes=self._changes,
            ramps=self.ramps,
            locks=locks,
            rules=self.rules,
            channels=channels,
            languages=languages,
            clock=clock,
        )
        self.proposals = Proposals(
            repositories.proposals,
            repositories.events,
            proposal_policies(repositories, directory, channels),
            clock,
        )
        self._judge = PressJudge(repositories.requests, repositories.rules, directory)
        self._approvals = Approvals(
            repositories.requests,
            repositories.events,
            self._judge,
            LockJudge(repositories.locks, clock),
            clock,
            channels,
        )
        self._aliases = repositories.aliases
        self._requests = repositories.requests
        self._deliveries = repositories.deliveries
        self._starter = starter
        self._clock = clock

    async def answers(
        self,
        text: str,
        place: Place,
        person: Person,
        on_reading: OnReading = _say_nothing,
    ) -> AsyncGenerator[CommandOutcome]:
        """Answer one command text. Raises StorageUnavailable, and no StoreError.

        A change of several apps has an outcome for each card, and one for the rest.
        `on_reading` is called with the apps that take a while to be read.
        """
        asker = Asker(person, place, self._clock())
        answers = self._commands.answers(text, asker, on_reading)
        async with aclosing(self._answered(answers, asker)) as logged:
            async for answer in logged:
                yield answer

    async def ask_for(
        self,
        wanted: ResolvedChange,
        place: Place,
        person: Person,
        on_reading: OnReading = _say_nothing,
    ) -> AsyncGenerator[CommandOutcome]:
        """Answer the same as for a typed change, for one that a button asks for.

        How the channel calls the target is looked up. Raises StorageUnavailable, and no
        StoreError.
        """
        asker = Asker(person, place, self._clock())
        answers = self._changes.ask_for(wanted, asker, on_reading)
        async with aclosing(self._answered(answers, asker)) as logged:
            async for answer in logged:
                yield answer

    async def may_ask_for(
        self, verb: Verb, target: Target, place: Place, person: Person
    ) -> ResolvedTarget | UnknownAlias | NotAllowed | LetInAsked | Locked:
        """Return how the channel calls the target, or why it is not to be changed.

        Nothing is read from the Store. Raises StorageUnavailable.
        """
        asker = Asker(person, place, self._clock())
        found = await self._changes.may_ask_for(verb, target, asker)
        if not isinstance(found, ResolvedTarget):
            log_answer(found, asker)
        return found

    async def _answered(
        self, answers: AsyncGenerator[CommandOutcome], asker: Asker
    ) -> AsyncGenerator[CommandOutcome]:
        """Log each answer, and close the cards that a new one has replaced."""
        async with aclosing(answers):
            async for answer in answers:
                log_answer(answer, asker)
                if isinstance(answer, ConfirmationNeeded):
                    await self._close(answer.replaced)
                yield answer

    async def channels_with(self, name: str, place: Place) -> Sequence[str]:
        """Return the other channels that have an alias of that name."""
        found = await self._aliases.channels_with(place.workspace, name.casefold())
        return [channel for channel in found if channel != place.channel]

    async def offer_language(
        self, language: Language, place: Place, person: Person
    ) -> bool:
        """Return whether to offer the person this language for the channel now.

        Raises StorageUnavailable.
        """
        asker = Asker(person, place, self._clock())
        return await self._languages.offer(language, asker)

    async def card_gone(self, found: CardOpen) -> ConfirmationNeeded:
        """Store the request after all: Slack does not have the open card any more."""
        replaced = await open_cards.replace_with(
            self._requests, found.instead, [found.request]
        )
        for request_id in replaced:
            await self._requests.close_card(request_id, self._clock())
        return ConfirmationNeeded(found.instead, replaced)

    async def card_posted(self, request_id: str, card: str) -> None:
        """Store where the request's card is: the Slack timestamp of its message."""
        await self._requests.put_card(request_id, card)

    async def card_failed(self, request_id: str) -> bool:
        """Take back a request whose card could not be shown to anybody.

        Return False where somebody has pressed it meanwhile.
        """
        return await requests.take_back(self._requests, request_id, self._clock())

    async def confirm(
        self,
        request_id: str,
        card: str,
        place: Place,
        person: Person,
        pressed_at: datetime | None = None,
    ) -> ClickOutcome:
        """Approve the request: one transaction, one winner.

        `pressed_at` is when Slack says that the button was pressed.
        """
        presser = Asker(person, place, self._clock())
        found = await self._approvals.approve(request_id, card, presser, pressed_at)
        return log_click(found, request_id, person)

    async def confirm_alone(
        self, request_id: str, card: str, place: Place, person: Person, reason: str
    ) -> ClickOutcome:
        """Approve as the asker, who says why they do it without another person."""
        presser = Asker(person, place, self._clock())
        found = await self._approvals.approve(
            request_id, card, presser, reason=reason[: requests.LONGEST_REASON]
        )
        return log_click(found, request_id, person)

    async def cancel(
        self, request_id: str, card: str, place: Place, person: Person
    ) -> ClickOutcome:
        """Cancel the request, unless it was decided before."""
        presser = Asker(person, place, self._clock())
        found = await self._approvals.cancel(request_id, card, presser)
        return log_click(found, request_id, person)

    async def start(self, request: Request) -> None:
        """Start the durable work of a request that was just decided."""
        match request.state:
            case RequestState.AUTHORISED if request.operation is not None:
                await self._starter.start_operation(request.operation)
            case RequestState.AUTHORISED if request.terms is not None:
                await self._starter.start_ramp(request.id)
            case RequestState.CANCELLED | RequestState.EXPIRED:
                await self._starter.close_card(request.id)
            case _:
                _log.warning("request %s is not decided yet", request.id)

    async def end_overtaken(self, request: Request) -> None:
        """End what waits under a rule for an app whose halt was just confirmed."""
        now = self._clock()
        await self._close(await open_cards.end_overtaken(self._requests, request, now))

    async def approver_names(self, request: Request) -> Mapping[str, str]:
        """Return the names of those whom the request's rule lists, by Slack's ids."""
        return await self._judge.names(request)

    async def _close(self, request_ids: Sequence[str]) -> None:
        for request_id in request_ids:
            await self._starter.close_card(request_id)

    async def first_delivery(self, workspace: str, delivery_id: str) -> bool:
        """Return whether this event or command of Slack comes for the first time."""
        now = self._clock()
        return await self._deliveries.first_delivery(workspace, delivery_id, now)
