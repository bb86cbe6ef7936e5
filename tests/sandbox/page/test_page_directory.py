"""On the page people join, leave, become admins and are deactivated."""

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.server import Sandbox
from tests.browser_fixtures import OpenPage
from tests.slack_users import ANN, BEN, DEE, GIL, IN_GENERAL, IN_MAIL

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANAGERS = "S0MANAGERS"


async def people_of(page: Page) -> Locator:
    """Open the part of the page that is about people."""
    await page.locator("#directory-box > summary").click()
    return page.locator("#directory")


async def test_what_is_ticked_is_so_in_slack(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    directory = sandbox.slack.workspace.directory
    people = await people_of(await open_page())
    ben = people.get_by_role("group", name="Ben Kaya")

    await ben.get_by_label("@release-managers").uncheck()
    await ben.get_by_label("#release-mail").uncheck()
    await ben.get_by_label("admin").check()
    await people.get_by_role("group", name="Dee").get_by_label("deactivated").check()
    await people.get_by_label("free plan").check()

    await sandbox.slack.until(lambda: sandbox.slack.workspace.free_plan)
    assert directory.groups[MANAGERS].members == (ANN,)
    assert BEN not in directory.channels[IN_MAIL].members
    assert directory.people[BEN].admin
    assert directory.people[DEE].deactivated


async def test_who_is_where_is_shown_and_kept_up_to_date(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    people = await people_of(page)
    dee = people.get_by_role("group", name="Dee Novak")
    await expect(dee.get_by_label("admin")).to_be_checked()
    await expect(dee.get_by_label("@release-managers")).not_to_be_checked()

    sandbox.slack.directory_actions.change_group_member(MANAGERS, DEE, member=True)
    sandbox.slack.directory_actions.change_person(DEE, deactivated=True)

    await expect(dee.get_by_label("@release-managers")).to_be_checked()
    await expect(page.locator("#people")).to_contain_text("deactivated")


async def test_what_slack_refuses_is_said_and_not_ticked(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    people = await people_of(await open_page())
    gil = people.get_by_role("group", name="Gil Moreau")

    await gil.get_by_label("#general").click()

    await expect(gil.get_by_role("alert")).to_contain_text("is of another company")
    await expect(gil.get_by_label("#general")).not_to_be_checked()
    assert GIL not in sandbox.slack.workspace.directory.channels[IN_GENERAL].members


async def test_a_box_is_ticked_by_keyboard_and_keeps_the_focus(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    people = await people_of(await open_page())
    box = people.get_by_role("group", name="Ann Ortega").get_by_label("admin")

    await box.focus()
    await box.press("Space")

    await sandbox.slack.until(
        lambda: sandbox.slack.workspace.directory.people[ANN].admin
    )
    await expect(box).to_be_focused()
    await expect(box).to_be_checked()
