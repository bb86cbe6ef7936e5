"""Release channels: where an app is named, asked for and looked at, and where not."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.channel_outcomes import LetInAsked
from bot.domain.directory import LookupFailed
from bot.domain.events import action_refused
from bot.domain.outcomes import (
    Denial,
    NotAllowed,
)
from bot.domain.permission import Action, Subject
from bot.domain.proposals import PROPOSED_FOR, Proposal, ProposalKind, ProposalState
from bot.domain.release_channels import ReleaseChannel
from bot.domain.requests import Alias, Asker, Place
from bot.domain.submissions import Target
from bot.service.authorization import check_permission
from bot.service.policy_repositories import (
    ProposalRepository,
    ReleaseChannelRepository,
)
from bot.service.ports import Directory
from bot.service.repositories import EventRepository

# An app that no channel has.
_FREE: Final[Sequence[ReleaseChannel]] = ()


@dataclass(frozen=True, slots=True)
class ReleaseChannels:
    """Which channel may do what with an app. Methods raise StorageUnavailable.

    `allowed` are the channels in which anything is named or changed; empty for all.
    """

    repository: ReleaseChannelRepository
    proposals: ProposalRepository
    events: EventRepository
    directory: Directory
    allowed: frozenset[str] = frozenset()

    def closed(self, place: Place) -> Denial | None:
        """Return why nothing is named or changed in a channel, whatever it has."""
        return Denial.NOT_RELEASE_CHANNEL if self._is_closed(place.channel) else None

    async def refuse_person(
        self, target: Target | None, asker: Asker
    ) -> NotAllowed | None:
        """Return why the asker may ask for no change in the channel, of any app."""
        subject = Subject(asker.place, target, closed=self.closed(asker.place))
        return await check_permission(self.events, Action.ASK, asker, subject)

    async def may_ask(
        self, target: Target, asker: Asker
    ) -> NotAllowed | LetInAsked | None:
        """Return why the asker may not ask for a change of the target in the channel.

        What `enter` does is done where the asker may ask for changes at all.
        """
        denied = await self.refuse_person(target, asker)
        return denied or await self.enter(target, asker)

    async def may_control(self, target: Target, asker: Asker) -> NotAllowed | None:
        """Return why the asker decides nothing about the target; nobody is asked."""
        denied = await self.refuse_person(target, asker)
        return denied or await self.refuse_change(target, asker)

    async def may_look(
        self, target: Target | None, named: Sequence[Alias], asker: Asker
    ) -> NotAllowed | None:
        """Return why the asker may not look at the target, and record the refusal.

        `named` are the aliases of the channel.
        """
        named_here = target is None or any(target == alias.target for alias in named)
        subject = Subject(asker.place, target, named_here)
        denied = await check_permission(self.events, Action.LOOK, asker, subject)
        if denied is not None or named_here or target is None:
            return denied
        return await self.refuse_look(target, asker)

    async def enter(
        self, target: Target, asker: Asker
    ) -> NotAllowed | LetInAsked | None:
        """Return None where the channel may ask for a change of the target.

        An app that no channel has it has from now on. One that others have it is told
        of, where the asker is in one of them; else these are asked to let it in.
        """
        found = await self._others(target, asker)
        if not found:
            return None
        own = await self._channels_of(asker, found)
        if not own:
            return await self._propose(target, None, asker, found)
        lacks = Denial.CHANNEL_LACKS_APP
        return await self._refuse(Action.ASK, NotAllowed(lacks, target, own), asker)

    async def name(
        self, target: Target, app_name: str, asker: Asker
    ) -> LetInAsked | bool:
        """Let the channel name an app; return whether others, who have it, let it in.

        Those who are in a channel that has it, and admins of the workspace, let it in
        by naming it; anybody else asks for that.
        """
        found = await self._others(target, asker)
        if not found:
            return False
        own = await self._channels_of(asker, found)
        if not own and not await self._is_admin(asker):
            return await self._propose(target, app_name, asker, found)
        first = [one for one in found if one.channel in own]
        await self._add(target, app_name, asker, first or found, agreed=True)
        return True

    async def refuse_look(self, target: Target, asker: Asker) -> NotAllowed | None:
        """Return why the asker may not look at what has no alias in the channel."""
        workspace, here = asker.place.workspace, asker.place.channel
        found = await self.repository.channels_of(workspace, target)
        if not found or here in {one.channel for one in found}:
            return None
        if await self._channels_of(asker, found):
            return None
        denied = NotAllowed(Denial.NOT_YOUR_APP, target)
        return await self._refuse(Action.LOOK, denied, asker)

    async def refuse_change(self, target: Target, asker: Asker) -> NotAllowed | None:
        """Return why the channel decides nothing about the target; nobody is asked."""
        workspace, here = asker.place.workspace, asker.place.channel
        found = await self.repository.channels_of(workspace, target)
        denial = self.closed(asker.place)
        own: tuple[str, ...] = ()
        if denial is None and found and here not in {one.channel for one in found}:
            denial = Denial.CHANNEL_LACKS_APP
            own = await self._channels_of(asker, found)
        if denial is None:
            return None
        return await self._refuse(Action.ASK, NotAllowed(denial, target, own), asker)

    async def refuse_for_all(
        self, targets: Sequence[Target], asker: Asker
    ) -> NotAllowed | None:
        """Return why the channel decides nothing for all apps: it has none of these."""
        workspace, here = asker.place.workspace, asker.place.channel
        for target in targets:
            found = await self.repository.channels_of(workspace, target)
            if not found or here in {one.channel for one in found}:
                return None
        return await self.refuse_change(targets[0], asker)

    async def give_up(self, target: Target, asker: Asker) -> bool:
        """Take the app from the channel where no alias of it is left there."""
        place, user = asker.place, asker.person.user_id
        return await self.repository.give_up_unnamed(place, target, user, asker.at)

    async def _others(self, target: Target, asker: Asker) -> Sequence[ReleaseChannel]:
        """Return the channels to ask; none where this one has the app, or gets it.

        Those in which nothing is changed any more have no say in it.
        """
        place, user = asker.place, asker.person.user_id
        while True:
            found = await self.repository.channels_of(place.workspace, target)
            if place.channel in {one.channel for one in found}:
                return _FREE
            heard = [one for one in found if not self._is_closed(one.channel)]
            if found and not heard:
                # Nobody could change it anywhere else.
                name = _known_name(found)
                await self._add(target, name, asker, found, agreed=True)
                return _FREE
            if heard:
                return heard
            if await self.repository.name_first(place, target, user, asker.at):
                return _FREE

    def _is_closed(self, channel: str) -> bool:
        return bool(self.allowed) and channel not in self.allowed

    async def _propose(
        self,
        target: Target,
        app_name: str | None,
        asker: Asker,
        found: Sequence[ReleaseChannel],
    ) -> LetInAsked:
        name = app_name or _known_name(found)
        await self._add(target, name, asker, found, agreed=False)
        return LetInAsked(target, name)

    async def _add(
        self,
        target: Target,
        app_name: str | None,
        asker: Asker,
        found: Sequence[ReleaseChannel],
        *,
        agreed: bool,
    ) -> None:
        user = asker.person.user_id
        proposal = Proposal(
            id=uuid.uuid4().hex,
            kind=ProposalKind.LET_IN,
            place=Place(asker.place.workspace, found[0].channel),
            target=Target(target.account, target.app_id),
            asked_by=user,
            asked_at=asker.at,
            expires_at=asker.at + PROPOSED_FOR,
            about=asker.place.channel,
            details={
                "app_name": app_name,
                "channels": [one.channel for one in found],
            },
        )
        if agreed:
            proposal = proposal.decided(ProposalState.AGREED, user, asker.at)
        await self.proposals.add_proposal(proposal)

    async def _channels_of(
        self, asker: Asker, found: Sequence[ReleaseChannel]
    ) -> tuple[str, ...]:
        """Return which of these channels the asker is a member of.

        Where Slack does not say, whoever has named, asked or approved there counts.
        """
        workspace, user = asker.place.workspace, asker.person.user_id
        channels = [one.channel for one in found]
        await self.directory.warm(workspace, channels=channels)
        own = []
        for channel in channels:
            try:
                member = await self.directory.is_in_channel(workspace, channel, user)
            except LookupFailed:
                member = await self.repository.has_acted(workspace, channel, user)
            if member:
                own.append(channel)
        return tuple(own)

    async def _is_admin(self, asker: Asker) -> bool:
        workspace, user = asker.place.workspace, asker.person.user_id
        try:
            return (await self.directory.profile(workspace, user)).is_admin
        except LookupFailed:
            return False

    async def _refuse(
        self, action: Action, denied: NotAllowed, asker: Asker
    ) -> NotAllowed:
        event = action_refused(action, denied.denial, asker, target=denied.target)
        await self.events.add_event(event)
        return denied


def _known_name(found: Sequence[ReleaseChannel]) -> str | None:
    return next((one.app_name for one in found if one.app_name), None)
