"""Home tabs: how many are kept up to date, and what keeps one from being published."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.home import FinishedIn, FollowedTarget
from bot.domain.plans import Plan
from bot.domain.proposals import Proposal
from bot.domain.requests import Person, Request
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import Target
from bot.domain.watching import WatchedTarget
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import Person as Colleague
from bot.slack.client.workspaces import WorkspaceClients
from bot.slack.outbox.home import LOOK_EVERY, MOST_DRAWN, MOST_TABS, HomeTabs
from bot.slack.outbox.messenger import Messenger
from tests.fakes.home import home_of
from tests.fakes.repositories import FakeRepositories
from tests.slack.sample_requests import request
from tests.slack.slack_harness import Bot
from tests.slack_users import ANN, BEN, IN_MAIL, TEAM, Clock, texts
from tests.translators import IN_ENGLISH

APP = WatchedTarget(Target("main", "9NBLGGH4R315"), 1)


class Followed:
    """What App Home reads: one app, some cards, or nothing while the disk is full."""

    def __init__(self) -> None:
        self.apps = [APP]
        self.waiting: list[Request] = []
        self.full = False
        self.reads = self.at_once = self.most_at_once = 0

    async def list_waiting(self, *_: object) -> list[Request]:
        self.reads += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.full:
            raise StorageUnavailable("disk full")
        return self.waiting

    async def list_proposals(self, *_: object) -> list[Proposal]:
        return []

    async def list_followed(self, *_: object) -> list[FollowedTarget]:
        return [FollowedTarget(IN_MAIL, True, app) for app in self.apps]

    async def list_ramps(self, *_: object) -> list[Plan]:
        return []

    async def list_finished(self, *_: object) -> list[FinishedIn]:
        return []

    async def follows_any(self, *_: object) -> bool:
        return True


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
def tabs(bot: Bot, followed: Followed, clients: WorkspaceClients) -> HomeTabs:
    return HomeTabs(
        clients,
        home_of(FakeRepositories(), followed, bot.clock),
        bot.messenger,
        IN_ENGLISH,
        bot.clock,
    )


def person(user: str = ANN) -> Person:
    return Person(user, TEAM)


def shown(slack: LocalSlack, user: str = ANN) -> str:
    view = slack.home(user)
    return "" if view is None else texts({"blocks": view.body["blocks"]})


def later(clock: Clock) -> None:
    clock.ahead += LOOK_EVERY


def published(slack: LocalSlack) -> int:
    return len(slack.calls("views.publish"))


async def test_a_tab_is_drawn_anew_every_few_seconds_and_no_more_often(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await tabs.open(TEAM, person())
    await tabs.refresh()
    assert followed.reads == 1
    later(bot.clock)
    await tabs.refresh()
    await tabs.refresh()
    assert followed.reads == 2
    assert published(bot.slack) == 1

    followed.apps = []
    later(bot.clock)
    await tabs.refresh()

    assert published(bot.slack) == 2
    assert "No rollout is open in what your channels follow." in shown(bot.slack)


async def test_after_ten_minutes_nobody_looks_any_more(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await tabs.open(TEAM, person())
    bot.clock.forward(10)
    await tabs.refresh()
    assert followed.reads == 1


async def test_a_clock_that_is_set_back_lets_nothing_wait_for_ever(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await tabs.open(TEAM, person())
    bot.clock.forward(9)
    await tabs.refresh()
    bot.clock.forward(-8.5)
    await tabs.refresh()
    assert followed.reads == 3
    bot.clock.forward(-60)
    await tabs.refresh()
    assert followed.reads == 3
    await tabs.open(TEAM, person())
    assert followed.reads == 4


async def test_who_opens_home_many_times_at_once_is_shown_it_twice_at_most(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await asyncio.gather(*(tabs.open(TEAM, person()) for _ in range(50)))

    assert followed.reads <= 2
    assert len(bot.slack.calls("users.conversations")) <= 2
    assert published(bot.slack) <= 2
    assert shown(bot.slack)


async def test_many_who_open_home_at_once_are_shown_it_a_few_at_a_time(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    people = bot.slack.workspace.directory.people
    users = [f"U{number:04}" for number in range(30)]
    for user in users:
        people[user] = Colleague(user, user, user, TEAM, "en-US", "UTC")

    await asyncio.gather(*(tabs.open(TEAM, person(user)) for user in users))

    assert followed.most_at_once <= 4
    assert published(bot.slack) == len(users)


async def test_of_many_who_look_the_last_ones_are_kept_up_to_date(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    people = bot.slack.workspace.directory.people
    members = bot.slack.workspace.directory.channels[IN_MAIL].members
    for number in range(MOST_TABS + 1):
        user = f"U{number:04}"
        people[user] = Colleague(user, user, user, TEAM, "en-US", "UTC")
        members.add(user)
        await tabs.open(TEAM, person(user))
    followed.apps = []
    later(bot.clock)

    reads = followed.reads
    await tabs.refresh()
    assert followed.reads - reads == MOST_DRAWN
    for _ in range(MOST_TABS // MOST_DRAWN):
        await tabs.refresh()

    again = [user for user in people if "No rollout is open" in shown(bot.slack, user)]
    assert len(again) == MOST_TABS
    assert "U0000" not in again


async def test_what_another_replica_has_published_is_left_there(
    bot: Bot, tabs: HomeTabs, followed: Followed, clients: WorkspaceClients
) -> None:
    messenger = Messenger(clients, bot.parts.requests, IN_ENGLISH, bot.clock())
    home = home_of(FakeRepositories(), followed, bot.clock)
    other = HomeTabs(clients, home, messenger, IN_ENGLISH, bot.clock)
    await tabs.open(TEAM, person())
    await other.open(TEAM, person())
    followed.apps = []
    later(bot.clock)

    await tabs.refresh()
    assert "No rollout is open" not in shown(bot.slack)
    await other.refresh()
    assert "No rollout is open" in shown(bot.slack)
    before = published(bot.slack)
    followed.apps = [APP]
    later(bot.clock)
    await tabs.refresh()
    assert published(bot.slack) == before


async def test_while_the_database_is_away_home_says_so_and_comes_back(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    followed.full = True
    await tabs.open(TEAM, person())
    assert "I cannot reach my database just now" in shown(bot.slack)

    followed.full = False
    later(bot.clock)
    await tabs.refresh()

    assert "*9NBLGGH4R315*" in shown(bot.slack)


async def test_two_openings_at_once_leave_the_newer_one(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await asyncio.gather(*(tabs.open(TEAM, person()) for _ in range(5)))
    followed.apps = []
    later(bot.clock)
    await tabs.refresh()

    assert "No rollout is open" in shown(bot.slack)


async def test_a_few_links_are_asked_for_at_a_time_and_each_once(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    cards = [
        await bot.client.chat_postMessage(channel=IN_MAIL, text="a card")
        for _ in range(7)
    ]
    followed.waiting = [
        replace(
            request(),
            id=f"r{number}",
            card=card["ts"],
            place=replace(request().place, workspace=TEAM, channel=IN_MAIL),
        )
        for number, card in enumerate(cards)
    ]
    followed.waiting[0] = replace(followed.waiting[0], card="1.000001")
    links: list[int] = []
    await tabs.open(TEAM, person())
    links.append(len(bot.slack.calls("chat.getPermalink")))
    for _ in range(2):
        later(bot.clock)
        await tabs.refresh()
        links.append(len(bot.slack.calls("chat.getPermalink")))
    await tabs.open(TEAM, person(BEN))
    links.append(len(bot.slack.calls("chat.getPermalink")))

    assert links == [5, 7, 7, 7]
    assert shown(bot.slack).count("|Open the card>") == 6


async def test_slack_that_asks_for_a_longer_pause_gets_it(
    bot: Bot, tabs: HomeTabs, followed: Followed
) -> None:
    await tabs.open(TEAM, person())
    followed.apps = []
    bot.slack.arm("views.publish", "ratelimited", seconds=60)
    later(bot.clock)
    await tabs.refresh()
    before = published(bot.slack)
    later(bot.clock)
    await tabs.refresh()
    assert published(bot.slack) == before
    bot.clock.ahead += timedelta(seconds=60)
    await tabs.refresh()

    assert "No rollout is open" in shown(bot.slack)


async def test_a_person_whom_slack_does_not_know_is_left_alone(
    bot: Bot, tabs: HomeTabs, caplog: pytest.LogCaptureFixture
) -> None:
    await tabs.open(TEAM, person("U0NOBODY"))
    later(bot.clock)
    await tabs.refresh()

    assert published(bot.slack) == 1
    assert "Home of U0NOBODY is not published: Slack says user_not_found" in caplog.text


@pytest.mark.parametrize("user", ["a" * 5000, "<!channel>", "\x00"])
async def test_a_person_who_cannot_be_is_only_logged(
    bot: Bot, tabs: HomeTabs, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    await tabs.open(TEAM, person(user))
    later(bot.clock)
    await tabs.refresh()

    assert not bot.slack.workspace.views.homes
    assert "is not published" in caplog.text
