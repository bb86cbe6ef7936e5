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
    await expect(shown.locator("details").first).not_to_have_attribute("open", "")
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

    await form.get_by_label("When the Store is asked").select_option("halt")
    await form.get_by_label("this happens").select_option("504_after_effect")
    await expect(form).to_contain_text("the gateway answers 504.")
    await expect(form).to_contain_text(
        "Expect: The bot reads the rollout, sees that it"
    )
    await form.get_by_label("times").fill("2")
    await form.get_by_role("button", name="Arm this fault").click()

    armed = page.get_by_role("list", name="Armed faults of The Store")
    await expect(armed).to_have_text(
        "to halt a rollout: it is done, but the answer is a gateway timeout (504) × 2"
    )
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

    await form.get_by_label("When Slack is asked").select_option("chat.update")
    await form.get_by_label("this happens").select_option("lost_answer")
    await form.get_by_role("button", name="Arm this fault").click()

    armed = page.get_by_role("list", name="Armed faults of Slack")
    await expect(armed).to_have_text(
        "to change a card: it is done, but the connection breaks before the answer"
    )
    assert list(sandbox.slack.workspace.faults.to_json()["armed"]) == ["chat.update"]


async def test_only_what_can_happen_is_offered_and_in_words(
    open_page: OpenPage,
) -> None:
    page = await open_page()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of The Store")
    asked = form.get_by_label("When the Store is asked")
    fault = form.get_by_label("this happens")

    async def offered() -> list[str]:
        return await fault.locator("option").all_text_contents()

    at_halt = await offered()
    await fault.select_option("503")
    await asked.select_option("read")
    at_read = await offered()
    kept = await fault.input_value()
    await asked.select_option("token")
    at_token = await offered()

    assert kept == "503"
    assert "refused for its state (409)" in at_halt
    assert "the client secret has expired" not in at_halt
    assert [text for text in at_read if "it is done" in text or "409" in text] == [
        "refused: not a submission of this app (409)",
        "refused: the app uses an unsupported feature (409)",
    ]
    assert "the client secret is wrong (401)" in at_token
    assert "no access (403)" not in at_token
    for text in (*at_halt, *at_read, *at_token):
        assert "_" not in text
    await expect(form).to_contain_text("The bot's token is revoked now")


async def test_what_lasts_cannot_be_armed_for_a_number_of_times(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    await page.get_by_text("Make it go wrong").click()
    form = page.get_by_role("form", name="Faults of Slack")
    fault = form.get_by_label("this happens")

    await fault.select_option("downtime")
    await expect(form.get_by_label("times")).to_be_disabled()
    await form.get_by_label("When Slack is asked").select_option("chat.update")

    await expect(fault.locator("option", has_text="down")).to_have_count(0)
    await expect(form.get_by_label("times")).to_be_enabled()
    await fault.select_option("slow")
    await form.get_by_role("button", name="Arm this fault").click()
    armed = page.get_by_role("list", name="Armed faults of Slack")
    await expect(armed).to_have_text("to change a card: the answer takes 8 seconds")
    (one,) = sandbox.slack.workspace.faults.to_json()["armed"]["chat.update"]
    assert one["seconds"] == 8


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_faults_fit_into_the_window(open_page: OpenPage, width: int) -> None:
    page = await open_page(width=width, height=844)
    if width == 390:
        await page.locator(".tabs [data-tab=store]").click()
    await page.get_by_text("Make it go wrong").click()

    for name in ("Faults of The Store", "Faults of Slack"):
        form = page.get_by_role("form", name=name)
        for asked in await form.locator("select").first.locator("option").all():
            await form.locator("select").first.select_option(
                await asked.get_attribute("value")
            )
            box = await form.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_an_outage_of_slack_is_one_fault_with_a_readable_name(
    open_page: OpenPage, sandbox: Sandbox
) -> None:
    page = await open_page()
    sandbox.slack.workspace.faults.arm("*", "downtime")
    sandbox.slack.workspace.changed()
    await page.get_by_text("Make it go wrong").click()

    armed = page.get_by_role("list", name="Armed faults of Slack")
    await expect(armed).to_have_text(
        "for anything: Slack is down (503), until it is cleared"
    )
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
