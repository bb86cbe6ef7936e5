"""Changes that a command, a button or a form asks for: authorized, then requested."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeGuard

from bot.domain.app_names import ResolvedTarget, unknown_app
from bot.domain.channel_outcomes import LetInAsked
from bot.domain.commands import AskChange
from bot.domain.lock_outcomes import Locked
from bot.domain.outcomes import (
    CommandOutcome,
    Denial,
    NotAllowed,
    NothingToConfirm,
)
from bot.domain.permission import presumed
from bot.domain.requests import Asker
from bot.domain.results import Refused
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChange, ResolvedChanges, resolve_changes
from bot.domain.usage import UnknownAlias, Usage
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from bot.service.changes import ChangeRequests
from bot.service.locks import LockCommands
from bot.service.queries import OnReading
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories


@dataclass(frozen=True, slots=True)
class ChangeCommands:
    """Every way to ask for a change. Methods raise StorageUnavailable.

    `account` is the account that a Store ID without an alias belongs to.
    """

    repositories: Repositories
    requests: ChangeRequests
    locks: LockCommands
    account: str
    channels: ReleaseChannels

    async def ask(
        self, command: AskChange, asker: Asker, on_reading: OnReading
    ) -> AsyncGenerator[CommandOutcome]:
        """Yield the outcomes of a typed change, of one app or of several."""
        known = await self.repositories.aliases.list_aliases(asker.place)
        wanted = resolve_changes(command, known, self.account)
        async with aclosing(self._ask(wanted, asker, on_reading)) as outcomes:
            async for outcome in outcomes:
                yield outcome

    async def ask_for(
        self, wanted: ResolvedChange, asker: Asker, on_reading: OnReading
    ) -> AsyncGenerator[CommandOutcome]:
        """Yield the outcome of a change that is asked for by a button or a form.

        The target is one that the channel follows; there it may have another alias, or
        none at all, by now.
        """
        chosen = await self._followed(wanted.chosen.target, asker)
        changes: ResolvedChanges | UnknownAlias
        if isinstance(chosen, UnknownAlias):
            changes = chosen
        else:
            changes = ResolvedChanges((replace(wanted, chosen=chosen),))
        async with aclosing(self._ask(changes, asker, on_reading)) as outcomes:
            async for outcome in outcomes:
                yield outcome

    async def may_ask_for(
        self, verb: Verb, target: Target, asker: Asker
    ) -> ResolvedTarget | UnknownAlias | NotAllowed | LetInAsked | Locked:
        """Return how the channel calls the target, or why there is no such change."""
        chosen = await self._followed(target, asker)
        if isinstance(chosen, UnknownAlias):
            return chosen
        denied = await self.channels.may_ask(target, _presumed(asker, verb))
        if denied is not None:
            return denied
        locked = await self.locks.refuse(verb, [chosen], asker)
        return locked[0] if locked else chosen

    async def _ask(
        self,
        wanted: ResolvedChanges | UnknownAlias | Usage,
        asker: Asker,
        on_reading: OnReading,
    ) -> AsyncGenerator[CommandOutcome]:
        if not isinstance(wanted, ResolvedChanges):
            yield wanted
            return
        # One verb for all of them.
        asker = _presumed(asker, wanted.each[0].change.verb)
        apps = list[ResolvedTarget]()
        for one in wanted.each:
            denied = await self.channels.may_ask(one.chosen.target, asker)
            if denied is None:
                apps.append(one.chosen)
                continue
            yield denied
            # Where others have one of the apps, the rest of them can be halted.
            if not _is_of_one_app(denied):
                return
        locked = await self.locks.refuse(wanted.each[0].change.verb, apps, asker)
        for refused in locked:
            yield refused
        held = {app for refused in locked for app in refused.apps}
        free = tuple(
            one for one in wanted.each if one.chosen in apps and one.chosen not in held
        )
        if not free:
            return
        wanted = replace(wanted, each=free)
        async with aclosing(self.requests.ask(wanted, asker, on_reading)) as answers:
            async for answer in answers:
                if names_nothing(answer):
                    await self.channels.give_up(answer.target, asker)
                yield answer

    async def _followed(
        self, target: Target, asker: Asker
    ) -> ResolvedTarget | UnknownAlias:
        """Return the target as the channel calls it; UnknownAlias where it does not."""
        repositories, place = self.repositories, asker.place
        for one in await repositories.subscriptions.list_subscriptions(place):
            if one.target == target and (one.alias or one.topics is not Topics.NONE):
                return ResolvedTarget(target, one.alias)
        known = await repositories.aliases.list_aliases(place)
        return unknown_app((target.app_id,), known)


def _is_of_one_app(denied: NotAllowed | LetInAsked) -> bool:
    """Return whether other apps may be changed by the same person in the channel."""
    if isinstance(denied, LetInAsked):
        return True
    return denied.denial is Denial.CHANNEL_LACKS_APP


def names_nothing(answer: CommandOutcome) -> TypeGuard[NothingToConfirm]:
    """Return whether the Store knows no such app: it is no use to have it."""
    return (
        isinstance(answer, NothingToConfirm)
        and isinstance(answer.result, Refused)
        and answer.result.reason is RefusalReason.NOT_FOUND
    )


def _presumed(asker: Asker, verb: Verb) -> Asker:
    return replace(asker, person=presumed(asker.person, verb, asker.place))
