"""Parts of the sandbox page, and actions of a person on it."""

from playwright.async_api import Locator, Page, expect

from bot.sandbox.store.seed import MAIL

ADD_MAIL = f"/rollout alias add mail {MAIL}"


async def write(page: Page, text: str) -> None:
    """Type into the channel's composer and send it."""
    box = page.locator("#composer-input")
    await box.fill(text)
    await box.press("Enter")
    await expect(box).to_have_value("")


async def add_mail_alias(page: Page) -> None:
    """Add the alias `mail`, and wait for the answer: commands run concurrently."""
    await write(page, ADD_MAIL)
    await expect(ephemeral(page)).to_contain_text("Added: mail – Contoso Mail")


def card(page: Page) -> Locator:
    """Return the newest message that everybody sees, with its thread."""
    return page.locator("#messages > .message:not(.ephemeral)").last


def card_row(page: Page) -> Locator:
    """Return the newest card without its thread."""
    return card(page).locator("> .row")


def headline(page: Page) -> Locator:
    """Return the headline of the newest card."""
    return card_row(page).locator(".block-header")


def button(page: Page, label: str) -> Locator:
    """Return the button with this label on the newest card."""
    return card_row(page).get_by_role("button", name=label, exact=True)


def buttons(page: Page) -> Locator:
    """Return all buttons of the newest card."""
    return card_row(page).locator(".block-actions button")


def result(page: Page) -> Locator:
    """Return the newest message in the newest card's thread."""
    return card(page).locator(".replies > .message").last


def ephemeral(page: Page) -> Locator:
    """Return the newest message that only this person sees."""
    return page.locator("#messages > .message.ephemeral").last


def board(page: Page) -> Locator:
    """Return the oldest message that everybody sees, with its thread: a board."""
    return page.locator("#messages > .message:not(.ephemeral)").first


async def let_pass(page: Page, step: str) -> None:
    """Let time pass with a button of the page."""
    await page.get_by_role("button", name=f"+{step}", exact=True).click()


def target(page: Page, name: str) -> Locator:
    """Return an app, or a flight, in the Store beside the channel."""
    return page.locator(f'[data-target="{name}"]')


async def expect_state(page: Page, name: str, state: str, figure: str) -> None:
    """Wait until the Store's column shows this state, as text and as a bar."""
    shown = target(page, name)
    await expect(shown.locator(".state")).to_have_text(state)
    await expect(shown.locator(".figure")).to_have_text(figure)
    await expect(shown.get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", figure.rstrip("\u00a0 %")
    )
