"""The Store on the page: what is shown, and what can be changed."""

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import CHESS, MAIL, MAIL_INSIDERS, MAPS, NOTES, WEATHER
from tests.browser_fixtures import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")


def target(page: Page, name: str) -> Locator:
    return page.locator(f'[data-target="{name}"]')


@pytest.mark.parametrize(
    ("name", "state", "figure"),
    [
        (MAIL, "Rolling out", "10 %"),
        (MAIL_INSIDERS, "Rolling out", "50 %"),
        (NOTES, "Halted", "0 %"),
        (MAPS, "Finalized", "100 %"),
        (WEATHER, "No gradual rollout", "100 %"),
        (CHESS, "Nothing published", "0 %"),
    ],
)
async def test_each_state_is_shown_as_text_and_as_a_bar(
    open_page: OpenPage, name: str, state: str, figure: str
) -> None:
    page = await open_page()

    shown = target(page, name)
    await expect(shown.locator(".state")).to_have_text(state)
    await expect(shown.locator(".figure")).to_have_text(figure)
    await expect(shown.get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", figure.removesuffix(" %")
    )


async def test_the_draft_beside_the_published_submission_is_shown(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    line = sandbox.store.slot(MAIL)
    assert line.published is not None
    assert line.pending is not None

    page = await open_page()

    shown = target(page, MAIL)
    await expect(shown.locator(".words").first).to_contain_text(line.published.id)
    await expect(shown.locator(".draft")).to_contain_text(line.pending.id)
    await expect(shown.locator(".draft")).to_contain_text("PendingCommit")
    await expect(target(page, MAPS).locator(".draft")).to_be_hidden()


async def test_the_bar_moves_when_the_store_changes(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    shown = target(page, MAIL)
    published = sandbox.store.slot(MAIL).published
    assert published is not None

    async def widths() -> tuple[float, float]:
        return (
            await shown.locator(".fill").evaluate("e => e.offsetWidth"),
            await shown.locator(".bar").evaluate("e => e.offsetWidth"),
        )

    sandbox.store.change_in_partner_center("set", published.id, 62.5)
    await expect(shown.locator(".figure")).to_have_text("62.5 %")
    fill, bar = await widths()
    assert fill == pytest.approx(bar * 0.625, abs=1)
    sandbox.store.change_in_partner_center("halt", published.id)

    await expect(shown.locator(".state")).to_have_text("Halted")
    await expect(shown.locator(".figure")).to_have_text("0 %")
    assert (await widths())[0] == 0


async def test_a_single_precision_percentage_reads_as_it_was_meant(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    published = sandbox.store.slot(MAIL).published
    assert published is not None
    sandbox.store.change_in_partner_center("set", published.id, 33.3)

    page = await open_page()

    await expect(target(page, MAIL).locator(".figure")).to_have_text("33.3 %")


async def test_a_new_rollout_is_started_from_the_page(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    shown = target(page, MAIL_INSIDERS)

    await shown.get_by_text("Start a new rollout").click()
    await shown.get_by_label("Percentage of customers").fill("7.5")
    await shown.get_by_role("button", name="Start").click()

    await expect(shown.locator(".figure")).to_have_text("7.5 %")
    await expect(shown.locator("details")).not_to_have_attribute("open", "")
    published = sandbox.store.slot(MAIL, MAIL_INSIDERS).published
    assert published is not None
    assert published.rollout.percentage == 7.5


async def test_an_impossible_percentage_is_rejected_with_a_sentence(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    shown = target(page, MAIL)

    await shown.get_by_text("Start a new rollout").click()
    await shown.get_by_label("Percentage of customers").fill("0")
    await shown.get_by_role("button", name="Start").click()

    await expect(shown.locator(".warning")).to_contain_text("a number above 0")
    await expect(shown.locator(".figure")).to_have_text("10 %")


async def test_a_fault_is_armed_listed_and_cleared(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of The Store")

    await form.get_by_label("When the bot asks for").select_option("halt")
    await form.get_by_label("this happens").select_option("504_after_effect")
    await expect(form).to_contain_text("the gateway answers 504.")
    await form.get_by_label("times").fill("2")
    await form.get_by_role("button", name="Arm this fault").click()

    armed = page.get_by_role("list", name="Armed faults of The Store")
    await expect(armed).to_have_text("halt: 504 after effect × 2")
    await expect(page.locator("#faults-count")).to_have_text("1 armed")
    assert list(sandbox.store.faults.to_json()) == ["halt"]
    await page.locator("#store-faults").get_by_role("button", name="Clear all").click()
    await expect(armed).to_be_hidden()
    assert not any(sandbox.store.faults.to_json().values())


async def test_a_fault_of_slack_is_armed_too(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of Slack")

    await form.get_by_label("When the bot asks").select_option("chat.update")
    await form.get_by_label("this happens").select_option("lost_answer")
    await form.get_by_role("button", name="Arm this fault").click()

    armed = page.get_by_role("list", name="Armed faults of Slack")
    await expect(armed).to_have_text("chat.update: lost answer")
    assert list(sandbox.slack.workspace.faults.to_json()["armed"]) == ["chat.update"]


async def test_an_outage_of_slack_is_one_fault_with_a_readable_name(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    sandbox.slack.workspace.faults.arm("*", "downtime")
    sandbox.slack.workspace.changed()
    await page.get_by_text("Make it go wrong").click()

    armed = page.get_by_role("list", name="Armed faults of Slack")
    await expect(armed).to_have_text("anything: downtime")
    await expect(page.locator("#faults-count")).to_have_text("1 armed")


async def test_a_switch_changes_how_the_store_behaves(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.get_by_text("How this Store behaves").click()

    await page.get_by_label("The status for a Store ID that is not").select_option(
        label="403"
    )

    await expect(page.locator("#switches .warning")).to_have_count(0)
    await page.reload()
    await page.get_by_text("How this Store behaves").click()
    chosen = page.get_by_label("The status for a Store ID that is not")
    await expect(chosen).to_have_value('"403"')
    assert sandbox.store.switches.unknown_app == "403"


async def test_the_last_requests_are_listed_newest_first(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await page.get_by_text("Last requests").click()

    for path in ("applications", "applications/9NNOBODY"):
        await page.request.get(f"{page.url.split('#')[0]}store/v1.0/my/{path}")

    rows = page.locator("#requests li")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("applications/9NNOBODY")
    await expect(rows.first.locator(".bad")).to_have_text("401")
    await expect(page.locator("#requests-count")).to_have_text("(2)")


async def test_starting_over_is_asked_first_and_resets_both(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    await sandbox.slack.say("U0ANN", "C0MAIL", "hello")
    sandbox.store.publish(MAIL, None, 90.0)
    page = await open_page()
    start_over = page.locator("#reset")
    await expect(target(page, MAIL).locator(".figure")).to_have_text("90 %")

    await start_over.click()
    await page.get_by_role("button", name="Keep it").click()
    await expect(page.locator("dialog")).to_be_hidden()
    await expect(page.locator(".message")).to_have_count(1)
    await start_over.click()
    await page.locator("dialog").get_by_role("button", name="Start over").click()

    await expect(page.locator(".message")).to_have_count(0)
    await expect(target(page, MAIL).locator(".figure")).to_have_text("10 %")
