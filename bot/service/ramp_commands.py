"""Ramps by command and by button: authorize, then show, ask for or change them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.domain.app_names import ResolvedTarget
from bot.domain.channel_outcomes import LetInAsked
from bot.domain.lock_outcomes import Locked
from bot.domain.locks import held, held_on
from bot.domain.outcomes import CommandOutcome, NotAllowed
from bot.domain.permission import is_member
from bot.domain.plan_outcomes import NoPlan, PlanOutcome, Plans
from bot.domain.plan_terms import RefusedPlan
from bot.domain.plans import Plan
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.ramp_commands import (
    AskRamp,
    ChangePlan,
    ListPlans,
    PlanAction,
    ShowPlan,
    StartPlan,
    resolve_ramp,
)
from bot.domain.requests import Alias, Asker, Person, Place
from bot.domain.submissions import Target
from bot.domain.usage import UnknownAlias, Usage
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from bot.service.answer_log import log_answer
from bot.service.change_commands import names_nothing
from bot.service.changes import ChangeRequests
from bot.service.locks import LockCommands
from bot.service.plan_control import PlanControl
from bot.service.ports import Directory, Stores
from bot.service.queries import OnReading
from bot.service.ramp_requests import RampRequests
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.zones import zone_of


@dataclass(frozen=True, slots=True)
class RampCommands:
    """What can be typed and pressed about ramps.

    Every method raises StorageUnavailable, and UnreadableRecord for a ramp that a newer
    version has written. `account` is the account that a Store ID without an alias
    belongs to.
    """

    stores: Stores
    repositories: Repositories
    changes: ChangeRequests
    locks: LockCommands
    channels: ReleaseChannels
    directory: Directory
    account: str

    @property
    def control(self) -> PlanControl:
        """What changes a ramp that was started."""
        return PlanControl(self.stores, self.repositories.plans, self.changes.clock)

    async def answer(
        self, ask: AskRamp, asker: Asker, on_reading: OnReading
    ) -> CommandOutcome:
        """Answer a typed command."""
        named = await self.repositories.aliases.list_aliases(asker.place)
        wanted = resolve_ramp(ask, named, self.account, asker.at)
        match wanted:
            case ListPlans():
                return await self._list(named, asker)
            case ShowPlan():
                return await self._show(wanted.app, named, asker)
            case ChangePlan():
                return await self._change(wanted, asker)
            case StartPlan():
                return await self._start(wanted, asker, on_reading)
            case RefusedPlan() | UnknownAlias() | Usage():
                return wanted
        assert_never(wanted)

    async def change(
        self,
        action: PlanAction,
        target: Target,
        plan_id: str,
        place: Place,
        person: Person,
    ) -> PlanOutcome | NotAllowed:
        """Answer a button that pauses, resumes or stops this ramp, and no later one."""
        asker = Asker(person, place, self.changes.clock())
        wanted = ChangePlan(ResolvedTarget(target, None), action)
        answer = await self._change(wanted, asker, plan_id)
        log_answer(answer, asker)
        return answer

    async def go_on(
        self,
        target: Target,
        plan_id: str,
        percentage: float,
        place: Place,
        person: Person,
    ) -> PlanOutcome | NotAllowed:
        """Answer the button that lets a held ramp go on from what was shown."""
        asker = Asker(person, place, self.changes.clock())
        user_id = person.user_id
        answer = await self.channels.may_control(
            target, asker
        ) or await self.control.go_on(target, plan_id, percentage, user_id)
        log_answer(answer, asker)
        return answer

    async def _list(self, named: Sequence[Alias], asker: Asker) -> Plans | NotAllowed:
        """Return the ramps of what the channel names, follows or has asked for.

        Guests see those of what has an alias.
        """
        place, targets = asker.place, {alias.target for alias in named}
        ours = is_member(asker.person, place)
        if ours:
            followed = await self.repositories.subscriptions.list_subscriptions(place)
            targets |= {one.target for one in followed if one.topics is not Topics.NONE}
        shown = [
            plan
            for plan in await self.repositories.plans.list_live(place.workspace)
            if plan.ref.target in targets
            or (ours and plan.place.channel == place.channel)
        ]
        denied = await self.channels.may_look(None, named, asker)
        return denied or await self._plans(shown, asker)

    async def _show(
        self, app: ResolvedTarget, named: Sequence[Alias], asker: Asker
    ) -> Plans | NoPlan | NotAllowed:
        denied = await self.channels.may_look(app.target, named, asker)
        if denied is not None:
            return denied
        plan = await self.repositories.plans.live_plan(app.target)
        if plan is None:
            return NoPlan(app.target, app.alias)
        return await self._plans([plan], asker)

    async def _plans(self, plans: Sequence[Plan], asker: Asker) -> Plans:
        """Return the ramps with the locks that hold any of them."""
        locks = self.repositories.locks
        in_force = await locks.list_locks(asker.place.workspace, asker.at)
        holding = held(in_force, asker.at)
        on_them = [lock for plan in plans for lock in held_on(holding, plan.ref.target)]
        return Plans(tuple(plans), tuple(dict.fromkeys(on_them)), asker.at)

    async def _change(
        self, wanted: ChangePlan, asker: Asker, plan_id: str | None = None
    ) -> PlanOutcome | NotAllowed:
        """Change a ramp for whoever may ask for a set there; no lock holds that."""
        denied = await self.channels.may_control(wanted.app.target, asker)
        user_id = asker.person.user_id
        return denied or await self.control.change(wanted, user_id, plan_id)

    async def _refuse(
        self, app: ResolvedTarget, asker: Asker
    ) -> NotAllowed | LetInAsked | Locked | None:
        """Return why the asker may not start a ramp here, or not now."""
        denied = await self.channels.may_ask(app.target, asker)
        if denied is not None:
            return denied
        locked = await self.locks.refuse(Verb.SET, [app], asker)
        return locked[0] if locked else None

    async def _start(
        self, wanted: StartPlan, asker: Asker, on_reading: OnReading
    ) -> CommandOutcome:
        """Store the request for a ramp, which is confirmed as its changes are.

        The times that it names by the clock are those of the asker.
        """
        denied = await self._refuse(wanted.app, asker)
        if denied is not None:
            return denied
        if wanted.typed.terms.zone_assumed:
            zone = await zone_of(self.directory, asker)
            if zone is not None:
                wanted = replace(wanted, typed=wanted.typed.in_zone(zone))
        target, terms = wanted.app.target, wanted.typed.terms
        verbs = dict.fromkeys(change.verb for change in terms.changes)
        rule = await self.changes.rule_for(target, asker, *verbs)
        requests = RampRequests(
            self.changes.readings,
            self.repositories.requests,
            self.repositories.plans,
            self.changes.confirm_for,
        )
        asking = asyncio.create_task(requests.ask(wanted, asker, rule))
        notice = asyncio.create_task(
            self.changes.notice({asking: wanted.app.word}, on_reading)
        )
        try:
            answer = await asking
        finally:
            asking.cancel()
            notice.cancel()
        if isinstance(answer, ReasonRequired):
            await self.changes.record_missing_reason(answer, rule, asker)
        if names_nothing(answer):
            await self.channels.give_up(target, asker)
        return answer
