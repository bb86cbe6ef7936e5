"""Rules: show who may confirm what, and propose another rule."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from bot.domain.app_names import ResolvedTarget
from bot.domain.command_words import fold
from bot.domain.commands import AskRules
from bot.domain.directory import NO_GROUPS, LookupFailed, UserGroup
from bot.domain.outcomes import NotAllowed
from bot.domain.permission import Action, Subject
from bot.domain.requests import Alias, Asker, Person, Place
from bot.domain.rule_changes import ProposedRule
from bot.domain.rule_outcomes import NotLookedUp, RuleForm, Rules, TargetRule
from bot.domain.rules import Rule
from bot.domain.submissions import Target
from bot.domain.usage import UnknownAlias
from bot.service.authorization import check_permission
from bot.service.channel_history import history_target
from bot.service.ports import Directory
from bot.service.release_channels import ReleaseChannels
from bot.service.repositories import Repositories
from bot.service.rule_changes import RuleChanges

# A form has to be opened within three seconds, and more is looked up before that.
_GROUPS_SECONDS: Final = 1.0


class ChannelRules:
    """The rules of a channel's apps, and the default of its workspace.

    Every method raises StorageUnavailable, and UnreadableRecord for a rule that a newer
    version of the bot has written in another way. `account` is the account that a Store
    ID without an alias belongs to.
    """

    def __init__(
        self,
        repositories: Repositories,
        directory: Directory,
        channels: ReleaseChannels,
        account: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._repositories = repositories
        self._directory = directory
        self._channels = channels
        self._account = account
        self._clock = clock
        self.changes = RuleChanges(repositories, directory, channels)

    async def show(
        self, command: AskRules, asker: Asker
    ) -> Rules | UnknownAlias | NotAllowed:
        """Return the rule of the app that the words name, or all of the channel."""
        known = tuple(await self._repositories.aliases.list_aliases(asker.place))
        chosen = history_target(command.words, known, self._account)
        if isinstance(chosen, UnknownAlias):
            return chosen
        target = None if chosen is None else chosen.target
        named_here = target is None or any(target == alias.target for alias in known)
        denied = await check_permission(
            self._repositories.events,
            Action.LOOK,
            asker,
            Subject(asker.place, target, named_here),
        )
        if denied is None and target is not None and not named_here:
            denied = await self._channels.refuse_look(target, asker)
        if denied is not None:
            return denied
        if chosen is not None:
            return Rules((await self._rule(asker, chosen, known),))
        each = {alias.target: alias.name for alias in reversed(known)}
        apps = [ResolvedTarget(*one) for one in reversed(each.items())]
        rules = [await self._rule(asker, one, known) for one in (*apps, None)]
        return Rules(tuple(rules), of_channel=True)

    async def form(
        self, target: Target | None, place: Place, person: Person
    ) -> RuleForm | NotAllowed | NotLookedUp:
        """Return what the form shows that changes a rule; of None the default."""
        asker = Asker(person, place, self._clock())
        denied = await self.changes.may_propose(target, asker)
        if denied is not None:
            return denied
        rule = await self._shown(target, asker)
        named = rule.in_force.rule.groups
        try:
            async with asyncio.timeout(_GROUPS_SECONDS):
                groups = await self._directory.groups(asker.place.workspace)
        except LookupFailed as failed:
            if failed.code == NO_GROUPS:
                return RuleForm(rule, has_groups=False)
            groups = ()
        except TimeoutError:
            groups = ()
        known_groups = {group.id: group for group in groups}
        # One that Slack does not name stays in the form by its id: it is not dropped
        # behind anybody's back.
        shown = (known_groups.get(one, UserGroup(one, "", "")) for one in named)
        return RuleForm(rule, tuple(shown))

    async def propose(
        self,
        target: Target | None,
        version: int,
        rule: Rule | None,
        place: Place,
        person: Person,
    ) -> ProposedRule:
        """Store the proposal of another rule; None drops that of the target.

        `version` is what the proposer saw.
        """
        asker = Asker(person, place, self._clock())
        before = await self._shown(target, asker)
        return await self.changes.propose(before, version, rule, asker)

    async def groups_like(self, workspace: str, typed: str) -> Sequence[UserGroup]:
        """Return the user groups whose handle or name has what was typed.

        Raises LookupFailed.
        """
        plain = fold(typed.removeprefix("@"))
        found = [
            group
            for group in await self._directory.groups(workspace)
            if plain in fold(group.handle) or plain in fold(group.name)
        ]
        return sorted(found, key=lambda group: fold(group.handle))

    async def _shown(self, target: Target | None, asker: Asker) -> TargetRule:
        known = tuple(await self._repositories.aliases.list_aliases(asker.place))
        return await self._rule(asker, _as_named(target, known), known)

    async def _rule(
        self, asker: Asker, chosen: ResolvedTarget | None, known: Sequence[Alias]
    ) -> TargetRule:
        workspace = asker.place.workspace
        if chosen is None:
            found = await self._repositories.rules.rule_in_force(workspace, None)
            return TargetRule(None, found)
        target = chosen.target
        named = next((one for one in known if one.target == target), None)
        return TargetRule(
            target,
            await self._repositories.rules.rule_in_force(workspace, target),
            chosen.alias,
            named.app_name if named else None,
            named.flight_name if named else None,
        )


def _as_named(target: Target | None, known: Sequence[Alias]) -> ResolvedTarget | None:
    if target is None:
        return None
    named = next((one.name for one in known if one.target == target), None)
    return ResolvedTarget(target, named)
