"""What Slack tells of people, groups and channels is known to the bot at once."""

import pytest

from bot.domain.directory import LookupFailed, UserGroup
from bot.sandbox.slack import directory as sandbox
from tests.slack.slack_harness import Bot
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_GENERAL, IN_MAIL, TEAM

MANAGERS = "S0MANAGERS"


async def test_somebody_who_is_deactivated_is_known_to_be(bot: Bot) -> None:
    assert not (await bot.directory.profile(TEAM, BEN)).is_deactivated

    bot.slack.directory_actions.change_person(BEN, deactivated=True)
    await bot.slack.settle()

    assert (await bot.directory.profile(TEAM, BEN)).is_deactivated


async def test_who_becomes_an_admin_is_one(bot: Bot) -> None:
    assert not (await bot.directory.profile(TEAM, ANN)).is_admin

    bot.slack.directory_actions.change_person(ANN, admin=True)
    await bot.slack.settle()

    assert (await bot.directory.profile(TEAM, ANN)).is_admin


async def test_who_leaves_a_user_group_is_no_longer_in_it(bot: Bot) -> None:
    assert BEN in await bot.directory.group_members(TEAM, MANAGERS)

    bot.slack.directory_actions.change_group_member(MANAGERS, BEN, member=False)
    await bot.slack.settle()

    assert await bot.directory.group_members(TEAM, MANAGERS) == {ANN}


async def test_a_new_group_is_known_and_one_that_is_switched_off_is_gone(
    bot: Bot,
) -> None:
    actions, directory = bot.slack.directory_actions, bot.slack.workspace.directory
    assert len(await bot.directory.groups(TEAM)) == 1

    actions.put_group(sandbox.UserGroup("S0QA", "qa", "Quality", (BEN,)))
    await bot.slack.settle()
    assert UserGroup("S0QA", "qa", "Quality") in await bot.directory.groups(TEAM)
    assert await bot.directory.group_members(TEAM, "S0QA") == {BEN}

    before = directory.groups["S0QA"]
    actions.put_group(
        sandbox.UserGroup("S0QA", before.handle, before.name, (), disabled=True)
    )
    await bot.slack.settle()
    assert [group.id for group in await bot.directory.groups(TEAM)] == [MANAGERS]
    with pytest.raises(LookupFailed, match="no_such_subteam"):
        await bot.directory.group_members(TEAM, "S0QA")


@pytest.mark.parametrize("private", [False, True])
async def test_who_leaves_and_joins_a_channel_is_known(
    bot: Bot, *, private: bool
) -> None:
    bot.slack.workspace.directory.channels[IN_MAIL].private = private
    actions = bot.slack.directory_actions
    assert await bot.directory.is_in_channel(TEAM, IN_MAIL, BEN)

    actions.change_member(IN_MAIL, BEN, member=False)
    await bot.slack.settle()
    assert not await bot.directory.is_in_channel(TEAM, IN_MAIL, BEN)

    actions.change_member(IN_MAIL, BEN, member=True)
    await bot.slack.settle()
    assert await bot.directory.is_in_channel(TEAM, IN_MAIL, BEN)


async def test_one_who_changes_leaves_what_is_known_of_the_others(bot: Bot) -> None:
    for person in (ANN, BEN):
        await bot.directory.profile(TEAM, person)
    for channel in (IN_MAIL, IN_GAMES):
        await bot.directory.is_in_channel(TEAM, channel, ANN)
    before = len(bot.slack.calls())

    bot.slack.directory_actions.change_person(BEN, admin=True)
    bot.slack.directory_actions.change_member(IN_GAMES, GIL, member=False)
    await bot.slack.settle()
    await bot.directory.profile(TEAM, ANN)
    await bot.directory.is_in_channel(TEAM, IN_MAIL, ANN)

    assert len(bot.slack.calls()) == before


async def test_of_a_channel_without_the_bot_nothing_is_told(bot: Bot) -> None:
    assert await bot.directory.is_in_channel(TEAM, IN_GENERAL, BEN)

    bot.slack.directory_actions.change_member(IN_GENERAL, BEN, member=False)
    await bot.slack.settle()
    assert await bot.directory.is_in_channel(TEAM, IN_GENERAL, BEN)

    bot.clock.forward(1)
    assert not await bot.directory.is_in_channel(TEAM, IN_GENERAL, BEN)
