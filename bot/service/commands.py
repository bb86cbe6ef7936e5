"""Commands: authorize and answer each command text."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never
from weakref import WeakValueDictionary

from bot import __version__
from bot.domain.alias_commands import AddAlias, ListAliases, RemoveAlias
from bot.domain.app_names import (
    NamedApps,
    ResolvedTarget,
    is_all,
    resolve_target,
    split_apps,
)
from bot.domain.channel_outcomes import Aliases
from bot.domain.commands import (
    AskChange,
    AskHelp,
    AskHistory,
    AskRules,
    AskStatus,
    AskVersion,
    OtherCommand,
    parse,
)
from bot.domain.language_commands import AskLanguage
from bot.domain.lock_commands import AskLock, AskUnlock, ListLocks, LockCommand
from bot.domain.locks import held
from bot.domain.outcomes import (
    CommandOutcome,
    Denial,
    Help,
    NotAllowed,
    Version,
)
from bot.domain.permission import Action, Subject, is_member
from bot.domain.ramp_commands import ACTIONS, RAMP, AskRamp
from bot.domain.requests import Alias, Asker
from bot.domain.submissions import Target
from bot.domain.subscription_commands import (
    AskSubscribe,
    AskUnsubscribe,
    ListSubscriptions,
    SubscriptionCommand,
)
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.service import aliases, channel_history, queries
from bot.service.authorization import check_permission
from bot.service.change_commands import ChangeCommands
from bot.service.languages import ChannelLanguages
from bot.service.locks import LockCommands
from bot.service.ports import Stores
from bot.service.queries import OnReading
from bot.service.ramp_commands import RampCommands
from bot.service.readings import Readings
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.rules import ChannelRules
from bot.service.subscriptions import ChannelSubscriptions

# The hint of these is the word of an app, for the command that they show.
_SHOWS_APP: Final = (Misuse.NO_PAUSE, Misuse.NO_ROLLBACK, Misuse.NO_WAY_BACK)


class Commands:
    """Everything that can be typed. Every method raises StorageUnavailable.

    `account` is the account that a Store ID without an alias belongs to.
    """

    def __init__(  # noqa: PLR0913 - one part each
        self,
        *,
        stores: Stores,
        readings: Readings,
        account: str,
        repositories: Repositories,
        changes: ChangeCommands,
        ramps: RampCommands,
        locks: LockCommands,
        rules: ChannelRules,
        channels: ReleaseChannels,
        languages: ChannelLanguages,
        clock: Callable[[], datetime],
    ) -> None:
        self._stores = stores
        self._readings = readings
        self._clock = clock
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = (
            WeakValueDictionary()
        )
        self._account = account
        self._repositories = repositories
        self._changes = changes
        self._ramps = ramps
        self._locks = locks
        self._rules = rules
        self._channels = channels
        self._languages = languages
        self._subscriptions = ChannelSubscriptions(
            stores, account, repositories, channels
        )

    async def answers(
        self, text: str, asker: Asker, on_reading: OnReading
    ) -> AsyncGenerator[CommandOutcome]:
        """Yield the outcomes of one command text: several where it names more apps."""
        command = parse(text)
        if isinstance(command, AskChange):
            answers = self._changes.ask(command, asker, on_reading)
            async with aclosing(answers) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        else:
            yield await self._answer(command, asker, on_reading)

    async def _answer(  # noqa: C901, PLR0912 - one arm each
        self, command: OtherCommand | Usage, asker: Asker, on_reading: OnReading
    ) -> CommandOutcome:
        match command:
            case Usage():
                return await self._usage(command, asker)
            case AskHelp():
                return Help(await self._aliases(asker))
            case AskVersion():
                return Version(__version__)
            case ListAliases():
                return Aliases(await self._aliases(asker))
            case AskStatus():
                return await self._status(command, asker, on_reading)
            case AskHistory():
                return await self._history(command, asker)
            case AskRules():
                return await self._rules.show(command, asker)
            case AddAlias():
                return await self._add_alias(command, asker)
            case RemoveAlias():
                return await self._remove_alias(command, asker)
            case AskSubscribe() | AskUnsubscribe() | ListSubscriptions():
                return await self._subscription(command, asker)
            case AskLock() | AskUnlock() | ListLocks():
                return await self._lock(command, asker)
            case AskLanguage():
                return await self._languages.answer(command, asker)
            case AskRamp():
                return await self._ramps.answer(command, asker, on_reading)
        assert_never(command)

    async def _status(
        self, command: AskStatus, asker: Asker, on_reading: OnReading
    ) -> CommandOutcome:
        known = await self._aliases(asker)
        chosen = queries.status_targets(command.words, known, self._account)
        if isinstance(chosen, UnknownAlias):
            return chosen
        for one in chosen:
            denied = await self._channels.may_look(one.target, known, asker)
            if denied is not None:
                return denied
        # One status at a time in a channel: the next one finds what this one reads.
        channel = asker.place.workspace, asker.place.channel
        turn = self._turns.setdefault(channel, asyncio.Lock())
        status = await queries.read_status(
            self._readings,
            chosen,
            turn,
            self._clock,
            on_reading,
            channel_history.recent_history(self._repositories.events, asker.place),
        )
        place, locks = asker.place, self._repositories.locks
        holding = held(await locks.list_locks(place.workspace, asker.at), asker.at)
        status = queries.with_locks(status, holding)
        return status if command.words else queries.in_progress_first(status)

    async def _history(self, command: AskHistory, asker: Asker) -> CommandOutcome:
        known = await self._aliases(asker)
        chosen = channel_history.history_target(command.words, known, self._account)
        if isinstance(chosen, UnknownAlias):
            return chosen
        target = None if chosen is None else chosen.target
        denied = await self._channels.may_look(target, known, asker)
        if denied is not None:
            return denied
        history = channel_history.with_names(
            await channel_history.read_history(self._repositories, asker.place, chosen),
            known,
        )
        if is_member(asker.person, asker.place):
            return history
        return channel_history.history_of(history, {alias.target for alias in known})

    async def _add_alias(self, command: AddAlias, asker: Asker) -> CommandOutcome:
        target = Target(self._account, command.app_id)
        closed = self._channels.closed(asker.place)
        denied = await self._denied(Action.NAME_APPS, asker, target, closed=closed)
        return denied or await aliases.add_alias(
            self._stores[self._account],
            self._repositories.aliases,
            self._channels,
            command,
            target,
            asker,
        )

    async def _remove_alias(self, command: RemoveAlias, asker: Asker) -> CommandOutcome:
        chosen = resolve_target(command.name, await self._aliases(asker), self._account)
        target = None if isinstance(chosen, UnknownAlias) else chosen.target
        denied = await self._denied(Action.NAME_APPS, asker, target)
        return denied or await aliases.remove_alias(
            self._repositories.aliases,
            self._repositories.subscriptions,
            self._repositories.plans,
            self._channels,
            command,
            self._account,
            asker,
        )

    async def _subscription(
        self, command: SubscriptionCommand, asker: Asker
    ) -> CommandOutcome:
        if isinstance(command, ListSubscriptions):
            denied = await self._denied(Action.LOOK, asker)
            return denied or await self._subscriptions.listed(asker)
        denied = await self._denied(Action.SUBSCRIBE, asker)
        return denied or await self._subscriptions.change(command, asker)

    async def _lock(self, command: LockCommand, asker: Asker) -> CommandOutcome:
        match command:
            case ListLocks():
                denied = await self._denied(Action.LOOK, asker)
                return denied or await self._locks.listed(asker)
            case AskLock():
                return await self._locks.lock(command, asker)
            case AskUnlock():
                return await self._locks.unlock(command, asker)
        assert_never(command)

    async def _usage(self, usage: Usage, asker: Asker) -> Usage:
        """Understand a bare alias as a question about it, and show no app but these."""
        if usage.misuse in _SHOWS_APP and usage.hint is not None:
            known = await self._aliases(asker)
            named = split_apps((usage.hint,), known, self._account)
            if isinstance(named, NamedApps) and named.apps:
                return await self._impossible(usage, named.apps[0])
            return usage if is_all((usage.hint,)) else replace(usage, hint=None)
        if usage.misuse is Misuse.UNKNOWN_VERB and usage.hint is None:
            known = await self._aliases(asker)
            chosen = resolve_target(usage.word, known, self._account)
            if isinstance(chosen, ResolvedTarget):
                return replace(usage, hint=f"status {usage.word}")
        return usage

    async def _impossible(self, usage: Usage, app: ResolvedTarget) -> Usage:
        """Return that the Store cannot do this to an app; its ramp may be meant."""
        action = ACTIONS.get(usage.word.lower())
        if action and await self._repositories.plans.live_plan(app.target):
            meant = f"{RAMP} {app.word} {action}"
            return Usage(Misuse.UNKNOWN_VERB, usage.word, meant)
        return replace(usage, hint=app.word)

    async def _aliases(self, asker: Asker) -> tuple[Alias, ...]:
        return tuple(await self._repositories.aliases.list_aliases(asker.place))

    async def _denied(
        self,
        action: Action,
        asker: Asker,
        target: Target | None = None,
        *,
        closed: Denial | None = None,
    ) -> NotAllowed | None:
        subject = Subject(asker.place, target, closed=closed)
        return await check_permission(self._repositories.events, action, asker, subject)
