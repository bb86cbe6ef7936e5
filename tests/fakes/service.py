"""The real RolloutService on a Store and repositories in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.service import Readings, Repositories, RolloutService
from bot.service.languages import ChannelLanguages
from tests.fakes.directory import FakeDirectory
from tests.fakes.languages import FakeLanguages
from tests.fakes.observations import FakeObservations
from tests.fakes.operations import FakeOperations
from tests.fakes.outbound import FakeStarter
from tests.fakes.repositories import (
    FakeAliases,
    FakeDeliveries,
    FakeEvents,
    FakeRepositories,
)
from tests.fakes.requests import FakeRequests
from tests.fakes.samples import DRAFT_ID, MAIL, MAIN, NOON, QUARTER
from tests.fakes.store import FakeStore


@dataclass
class FakeService:
    """A RolloutService with all its parts; a test turns the clock through `now`."""

    store: FakeStore = field(default_factory=FakeStore)
    repositories: FakeRepositories = field(default_factory=FakeRepositories)
    starter: FakeStarter = field(default_factory=FakeStarter)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    observations: FakeObservations = field(default_factory=FakeObservations)
    release_channels: frozenset[str] = frozenset()
    now: datetime = NOON
    confirm_for: timedelta = QUARTER

    def __post_init__(self) -> None:
        self.service = self.with_clock(lambda: self.now)

    def with_clock(
        self, clock: Callable[[], datetime], notice_after: float = 60.0
    ) -> RolloutService:
        """Return a service on the same parts that reads the time from a clock."""
        stores = {MAIN: self.store}
        self.channel_languages = ChannelLanguages(self.languages, self.events, clock)
        self.readings = Readings(stores, stores, self.observations, clock)
        return RolloutService(
            stores=stores,
            readings=self.readings,
            account=MAIN,
            repositories=self.ports,
            starter=self.starter,
            directory=self.directory,
            languages=self.channel_languages,
            confirm_for=self.confirm_for,
            release_channels=self.release_channels,
            notice_after=notice_after,
            clock=clock,
        )

    @property
    def ports(self) -> Repositories:
        """The repositories as the service takes them."""
        return Repositories(
            aliases=self.aliases,
            subscriptions=self.repositories.subscriptions,
            rules=self.repositories.rules,
            locks=self.repositories.locks,
            requests=self.requests,
            events=self.events,
            deliveries=self.deliveries,
            release_channels=self.repositories.release_channels,
            proposals=self.repositories.proposals,
            plans=self.repositories.plans,
        )

    @property
    def aliases(self) -> FakeAliases:
        """The aliases of each channel."""
        return self.repositories.aliases

    @property
    def languages(self) -> FakeLanguages:
        """The language of each channel."""
        return self.repositories.languages

    @property
    def requests(self) -> FakeRequests:
        """The requests and their approvals."""
        return self.repositories.requests

    @property
    def operations(self) -> FakeOperations:
        """The operations."""
        return self.repositories.operations

    @property
    def events(self) -> FakeEvents:
        """The log of events."""
        return self.repositories.events

    @property
    def deliveries(self) -> FakeDeliveries:
        """The Slack events that have been taken."""
        return self.repositories.deliveries


def fake_service() -> FakeService:
    """Return a service in whose channel `mail` names an app with an open rollout."""
    parts = FakeService()
    parts.store.publish(MAIL, pending_id=DRAFT_ID)
    parts.aliases.put("mail")
    return parts
