"""Checks of the Microsoft sign-in and of the Store."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Final

import aiohttp

from bot.config import Settings
from bot.doctor.certificate import TIMEOUT, fix_connection
from bot.doctor.clock import check_clock, seconds_ahead
from bot.doctor.finding import TRY_AGAIN, Finding
from bot.domain.clock_check import MOST_SKEW
from bot.domain.failures import FailureKind, StoreError
from bot.slack.messages.failures import plain_failure_text
from bot.slack.messages.translator import load_translator
from bot.store import StoreClient, Tokens, open_session

_NO_APPS: Final = (
    "Publish an app in Partner Center first, or use another account. An address in"
    " STORE_API_URL that is not the Store's looks like this, too."
)


async def check_store(
    settings: Settings, clock: Callable[[], datetime]
) -> AsyncGenerator[Finding]:
    """Sign in, then list the apps that the sign-in gives access to."""
    tokens = Tokens(
        settings.azure_tenant_id,
        settings.azure_client_id,
        settings.azure_client_secret,
        settings.azure_authority_host,
    )
    try:
        await tokens.token()
    except StoreError as failure:
        yield _failed("Microsoft sign-in", failure)
        return
    yield Finding("Microsoft sign-in", "works")
    async with open_session(settings.store_api_url) as session:
        try:
            apps = await StoreClient(
                session, tokens, settings.store_api_url
            ).list_apps()
        except StoreError as failure:
            again = await fix_connection(
                session, "STORE_API_URL", settings.store_api_url
            )
            yield _failed("Store", failure, again)
            return
        ahead = await _ahead(session, settings.store_api_url, clock)
    most = MOST_SKEW.total_seconds()
    if (skew := check_clock(ahead, "the Store's", most)) is not None:
        yield skew
    if not apps:
        yield Finding("Store", "the account has no apps", _NO_APPS, bad=True)
        return
    names = ", ".join(f"{app.name} ({app.app_id})" for app in apps[:3])
    yield Finding("Store", f"works; apps in the account: {len(apps)}, such as {names}")


async def _ahead(
    session: aiohttp.ClientSession, address: str, clock: Callable[[], datetime]
) -> float:
    """Return by how many seconds our clock is ahead of the Store's; 0 if unknown."""
    try:
        async with session.head(
            address, timeout=TIMEOUT, allow_redirects=False
        ) as answer:
            return seconds_ahead(clock(), answer.headers.get("Date", ""))
    except (aiohttp.ClientError, OSError, TimeoutError):
        # The Store has just answered: the next run of the doctor may know.
        return 0.0


def _failed(subject: str, failure: StoreError, again: str = TRY_AGAIN) -> Finding:
    detail = failure.detail
    text = plain_failure_text(load_translator(), detail)
    if detail.kind is FailureKind.RETRY:
        text += f" {again}"
    return Finding(subject, detail.code, text, bad=True)
