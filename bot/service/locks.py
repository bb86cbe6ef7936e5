"""Locks: set, lift and list them, and refuse what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.events import action_refused
from bot.domain.lock_commands import (
    UNLOCK,
    AskLock,
    AskUnlock,
    LockedApps,
    WantedLock,
    names_wall_time,
    read_lock,
    resolve_apps,
)
from bot.domain.lock_outcomes import (
    LOCKED,
    Locked,
    LockLifted,
    Locks,
    LockSet,
    NotLocked,
    lock_details,
)
from bot.domain.locks import HeldLock, Lock, held, held_on
from bot.domain.outcomes import CommandOutcome, Several
from bot.domain.permission import Action
from bot.domain.reasons import shown
from bot.domain.requests import Alias, Asker
from bot.domain.subscriptions import as_name
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import Verb
from bot.service.ports import Directory
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.zones import zone_of

LONGEST_REASON: Final = 500
_UTC: Final = "UTC"
_ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class LockCommands:
    """What can be typed about locks. Every method raises StorageUnavailable.

    `account` is the account that a Store ID without an alias belongs to.
    """

    repositories: Repositories
    directory: Directory
    channels: ReleaseChannels
    account: str

    async def listed(self, asker: Asker) -> Locks:
        """Return the locks of all apps, and of those that the channel names."""
        names = await self._names(asker)
        found = await self._in_force(asker)
        return Locks(
            tuple(one for one in found if _concerns(one, names)), names, asker.at
        )

    async def lock(self, ask: AskLock, asker: Asker) -> CommandOutcome:
        """Lock what the command names, each app by itself."""
        apps = await self._allowed(ask, asker)
        if not isinstance(apps, LockedApps):
            return apps
        timed = names_wall_time(apps.text)
        zone = await zone_of(self.directory, asker) if timed else None
        wanted = read_lock(apps, asker.at, zone or _UTC)
        if isinstance(wanted, Usage):
            return wanted
        answers = []
        for app in wanted.apps or (None,):
            lock = _new(wanted, app, asker)
            stored = await self.repositories.locks.add_lock(lock, asker.place)
            answers.append(_answer(stored, app, zone, apps.text))
        return answers[0] if len(answers) == 1 else Several(tuple(answers))

    async def unlock(self, ask: AskUnlock, asker: Asker) -> CommandOutcome:
        """Lift the locks of what the command names: others' with a reason alone."""
        apps = await self._allowed(ask, asker)
        if not isinstance(apps, LockedApps):
            return apps
        reason = shown(apps.text)[:LONGEST_REASON]
        answers = [await self._lift(app, reason, asker) for app in apps.apps or (None,)]
        return answers[0] if len(answers) == 1 else Several(tuple(answers))

    async def refuse(
        self, verb: Verb, apps: Sequence[ResolvedTarget], asker: Asker
    ) -> Sequence[Locked]:
        """Return which of the apps are locked, with an event for each of them.

        A halt is never held, and nothing is read for it.
        """
        if verb is Verb.HALT:
            return ()
        holding = held(await self._in_force(asker), asker.at)
        by_locks: dict[tuple[HeldLock, ...], list[ResolvedTarget]] = {}
        for app in apps:
            by_locks.setdefault(held_on(holding, app.target), []).append(app)
        by_locks.pop((), None)
        for locks, held_apps in by_locks.items():
            details = lock_details(locks)
            for app in held_apps:
                event = action_refused(
                    Action.ASK, LOCKED, asker, target=app.target, details=details
                )
                await self.repositories.events.add_event(event)
        return [
            Locked(verb, tuple(held_apps), locks)
            for locks, held_apps in by_locks.items()
        ]

    async def _lift(
        self, app: ResolvedTarget | None, reason: str, asker: Asker
    ) -> LockLifted | NotLocked | Usage:
        word, target = (app.word, app.target) if app else (_ALL, None)
        found = await self._in_force(asker)
        own = [one for one in found if one.target == target]
        others = tuple(
            one for one in found if target and one not in own and one.covers(target)
        )
        if not own:
            return NotLocked(word, others, asker.at)
        person = asker.person.user_id
        may = [one for one in own if reason or one.locked_by == person]
        if not may:
            lockers = dict.fromkeys(one.locked_by for one in own)
            return Usage(Misuse.NO_UNLOCK_REASON, word, rest=tuple(lockers))
        done = [
            replace(
                one, lifted_by=person, lifted_at=asker.at, lift_reason=reason or None
            )
            for one in may
        ]
        locks, place = self.repositories.locks, asker.place
        lifted = tuple([one for one in done if await locks.lift_lock(one, place)])
        left = (*(one for one in own if one not in may), *others)
        if not lifted:
            return NotLocked(word, left, asker.at)
        return LockLifted(word, lifted, left, asker.at)

    async def _allowed(
        self, ask: AskLock | AskUnlock, asker: Asker
    ) -> LockedApps | CommandOutcome:
        """Return what the command names, or why the asker may not lock that.

        Whoever may ask for a change of an app may lock it; `all` may be locked where
        the channel has one of those that it names.
        """
        names = await self._names(asker)
        apps = resolve_apps(ask, names, self.account)
        if not isinstance(apps, LockedApps):
            return apps
        for app in apps.apps or (None,):
            denied = await (
                self.channels.may_ask(app.target, asker)
                if app
                else self.channels.refuse_person(None, asker)
            )
            if denied is not None:
                return denied
        if apps.apps:
            return apps
        if not names:
            return Usage(Misuse.NO_APP, UNLOCK)
        targets = [one.target for one in names]
        return await self.channels.refuse_for_all(targets, asker) or apps

    async def _names(self, asker: Asker) -> tuple[Alias, ...]:
        """Return what the channel calls the apps that it names or follows."""
        named = await self.repositories.aliases.list_aliases(asker.place)
        followed = await self.repositories.subscriptions.list_subscriptions(asker.place)
        return (*named, *(as_name(one) for one in followed if one.alias is None))

    async def _in_force(self, asker: Asker) -> Sequence[Lock]:
        workspace = asker.place.workspace
        return await self.repositories.locks.list_locks(workspace, asker.at)


def _new(wanted: WantedLock, app: ResolvedTarget | None, asker: Asker) -> Lock:
    return Lock(
        id=0,
        workspace=asker.place.workspace,
        channel=asker.place.channel,
        target=app.target if app else None,
        reason=wanted.reason[:LONGEST_REASON],
        locked_by=asker.person.user_id,
        locked_at=asker.at,
        ends_at=wanted.ends_at,
        weekly=wanted.weekly,
    )


def _answer(
    stored: Lock, app: ResolvedTarget | None, zone: str | None, text: str
) -> LockSet:
    word = app.word if app else _ALL
    if not names_wall_time(text):
        return LockSet(stored, word)
    read_in = stored.weekly.zone if stored.weekly else zone or _UTC
    return LockSet(stored, word, read_in, zone is not None)


def _concerns(lock: Lock, names: Sequence[Alias]) -> bool:
    """Return whether a channel is shown a lock: of all, or of what it names."""
    if lock.target is None:
        return True
    app = lock.target.account, lock.target.app_id
    return any(app == (one.target.account, one.target.app_id) for one in names)
