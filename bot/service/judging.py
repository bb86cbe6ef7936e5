"""Judging of presses: what the rules of then and now, the directory and halts allow.

Slack is asked about people and user groups only where a rule makes a difference, and
never at a halt.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from bot.domain.approval import (
    Allowed,
    Approval,
    Judgement,
    LookupRefused,
    Overtaken,
    Presser,
    Refusal,
    Uncounted,
    asked_groups,
    asks_who,
    judge,
    refuse_person,
    rules_of,
)
from bot.domain.directory import LookupFailed
from bot.domain.press_outcomes import PressRefused
from bot.domain.requests import Asker, Request
from bot.domain.rules import NO_RULE, RuleInForce
from bot.domain.verbs import Verb
from bot.service.ports import Directory
from bot.service.repositories import RuleRepository
from bot.service.request_repository import RequestRepository

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PressJudge:
    """Judges presses by what is stored and what Slack says. Raises StorageUnavailable.

    It raises UnreadableRecord too, for a rule that a newer version has written.
    """

    requests: RequestRepository
    rules: RuleRepository
    directory: Directory

    async def judge(
        self,
        request: Request,
        stored: Sequence[Approval],
        presser: Asker,
        reason: str | None,
    ) -> tuple[Judgement | PressRefused | Overtaken, tuple[Uncounted, ...]]:
        """Return whether a press counts, and the stored approvals that do not any more.

        `reason` is what an asker has said for doing it alone.
        """
        if request.change.verb is Verb.HALT:
            return Judgement(len(stored)), ()
        if request.rule != NO_RULE:
            by = await self.requests.halted_by(request.id)
            if by is not None:
                return Overtaken(by), ()
        in_force = await self._rule_in_force(request)
        user_id = presser.person.user_id
        verdict = await self._verdict(request, in_force, user_id, presser.at, reason)
        if not isinstance(verdict, Allowed):
            return PressRefused(request, verdict, in_force), ()
        uncounted = await self._uncounted(request, in_force, stored)
        unsure = (one.why for one in uncounted if isinstance(one.why, LookupRefused))
        if (failed := next(unsure, None)) is not None:
            return PressRefused(request, failed, in_force), ()
        judgement = Judgement(
            len(stored) - len(uncounted),
            in_force.version,
            reason if verdict.alone else None,
        )
        return judgement, uncounted

    async def refuse_decline(
        self, request: Request, presser: Asker
    ) -> PressRefused | None:
        """Return why somebody else than the asker may not decline a request.

        Nothing is changed by a decline, so who Slack says nothing of may do it.
        """
        user_id = presser.person.user_id
        if not request.needs_another or user_id == request.asked_by:
            return None
        return await self.refuse_confirmation(request, user_id)

    async def refuse_confirmation(
        self, request: Request, user_id: str
    ) -> PressRefused | None:
        """Return why a person may not confirm a request, whenever they press.

        Who Slack says nothing of is not refused.
        """
        if request.change.verb is Verb.HALT:
            return None
        in_force = await self._rule_in_force(request)
        who = await self._presser(request, in_force, user_id)
        refusal = refuse_person(request, in_force, who)
        if refusal is None or isinstance(refusal, LookupRefused):
            return None
        return PressRefused(request, refusal, in_force)

    async def names(self, request: Request) -> dict[str, str]:
        """Return the names of those whom the request's rule lists, by Slack's ids.

        Who Slack says nothing of is left out.
        """
        workspace, rule = request.place.workspace, request.rule
        names: dict[str, str] = {}
        for user_id in rule.people:
            found = await self._answer(self.directory.profile(workspace, user_id))
            if not isinstance(found, LookupFailed):
                names[user_id] = found.name
        if rule.groups:
            known = await self._answer(self.directory.groups(workspace))
            groups = () if isinstance(known, LookupFailed) else known
            names |= {
                one.id: f"@{one.handle}" for one in groups if one.id in rule.groups
            }
        return names

    async def _rule_in_force(self, request: Request) -> RuleInForce:
        target = request.snapshot.ref.target
        return await self.rules.rule_in_force(request.place.workspace, target)

    async def _verdict(
        self,
        request: Request,
        in_force: RuleInForce,
        user_id: str,
        at: datetime,
        reason: str | None,
    ) -> Allowed | Refusal:
        who = await self._presser(request, in_force, user_id)
        return judge(request, in_force, who, at, reason)

    async def _presser(
        self, request: Request, in_force: RuleInForce, user_id: str
    ) -> Presser:
        """Return what Slack says of whoever presses now.

        A public channel is seen by people who are not in it. Where Slack does not say,
        the press itself shows that they are.
        """
        who = await self._look_up(request, in_force, user_id)
        if who.profile is None:
            return who
        inside = await self._is_in_channel(request, user_id)
        return replace(who, in_channel=inside is not False)

    async def _uncounted(
        self, request: Request, in_force: RuleInForce, stored: Sequence[Approval]
    ) -> tuple[Uncounted, ...]:
        found = []
        for one in stored:
            who = await self._look_up(request, in_force, one.person.user_id)
            if who.profile is not None:
                inside = await self._is_in_channel(request, who.user_id)
                if isinstance(inside, LookupFailed):
                    who = replace(who, profile=None, failed=inside.code)
                else:
                    who = replace(who, in_channel=inside)
            verdict = judge(request, in_force, who, one.at, one.reason)
            if not isinstance(verdict, Allowed):
                found.append(Uncounted(who.user_id, verdict))
        return tuple(found)

    async def _look_up(
        self, request: Request, in_force: RuleInForce, user_id: str
    ) -> Presser:
        """Return what Slack says of a person; nothing where no rule asks for it."""
        rules = rules_of(request, in_force)
        if not asks_who(rules, request.change.verb):
            return Presser(user_id)
        workspace = request.place.workspace
        groups = asked_groups(rule for rule in rules if user_id not in rule.people)
        profile, known = await asyncio.gather(
            self._answer(self.directory.profile(workspace, user_id)),
            self._groups_of(workspace, groups, user_id),
        )
        if isinstance(profile, LookupFailed):
            return Presser(user_id, failed=profile.code)
        inside, failed = known
        return Presser(user_id, profile, inside, failed=failed)

    async def _groups_of(
        self, workspace: str, groups: Iterable[str], user_id: str
    ) -> tuple[frozenset[str], str | None]:
        """Return those that the person is in, and why others are not known."""
        ordered = sorted(groups)
        answers = await asyncio.gather(
            *(
                self._answer(self.directory.group_members(workspace, group))
                for group in ordered
            )
        )
        inside, failed = set[str](), None
        for group, members in zip(ordered, answers, strict=True):
            if isinstance(members, LookupFailed):
                failed = members.code
            elif user_id in members:
                inside.add(group)
        return frozenset(inside), failed

    async def _answer(self, asking: Awaitable[T]) -> T | LookupFailed:
        try:
            return await asking
        except LookupFailed as failed:
            return failed

    async def _is_in_channel(
        self, request: Request, user_id: str
    ) -> bool | LookupFailed:
        place = request.place
        return await self._answer(
            self.directory.is_in_channel(place.workspace, place.channel, user_id)
        )
