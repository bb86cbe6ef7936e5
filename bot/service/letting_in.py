"""Letting in: who may let another channel in to an app, which one of theirs has."""

from bot.domain.directory import LookupFailed
from bot.domain.outcomes import Denial, NotAllowed
from bot.domain.proposals import Proposal
from bot.domain.requests import Asker
from bot.domain.submissions import Target
from bot.service.policy_repositories import ReleaseChannelRepository
from bot.service.ports import Directory


class LettingIn:
    """The ProposalPolicy of a channel that asks for an app."""

    def __init__(
        self, release_channels: ReleaseChannelRepository, directory: Directory
    ) -> None:
        self._release_channels = release_channels
        self._directory = directory

    async def may_decide(
        self, proposal: Proposal, presser: Asker, *, agrees: bool
    ) -> NotAllowed | None:
        """Return why somebody who looks into the channel may not decide.

        A public channel is seen by people who are not in it. Where Slack does not say,
        the press itself shows that they are, but for the one who asks elsewhere.
        """
        place, user = proposal.place, presser.person.user_id
        try:
            member = await self._directory.is_in_channel(
                place.workspace, place.channel, user
            )
        except LookupFailed:
            member = not (agrees and user == proposal.asked_by)
        return None if member else NotAllowed(Denial.NOT_IN_CHANNEL)

    async def is_outdated(self, proposal: Proposal) -> bool:
        """Return whether the channel has the app by now, or its card's has not."""
        target = proposal.target or Target("", "")
        found = await self._release_channels.channels_of(
            proposal.place.workspace, target
        )
        having = {one.channel for one in found}
        return proposal.about in having or proposal.place.channel not in having
