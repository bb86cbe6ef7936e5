"""Check everything that the bot needs, and say how to mend what is wrong."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.config import BadSettings, Settings
from bot.db.inventory import take_inventory
from bot.db.session import Database
from bot.domain.announcing import CannotAnnounce, NotAnnounced
from bot.domain.failures import StoreFailure
from bot.domain.memory import MemoryOutdated, MemoryUnavailable
from bot.engine.inspection import given_up
from bot.slack import checkup
from bot.slack.connection import make_client, open_session
from bot.store import StoreClient, Tokens
from bot.store import open_session as open_store_session

_FINE: Final = "ok  "
_BAD: Final = "BAD "
_NOTE: Final = "note"

_HEALTHY: Final = "All is in order."
_ILL: Final = "Mend what is marked BAD, then run this again."
_SET_IT: Final = "Set it in the environment or in .env; .env.example explains each."
_MIGRATE: Final = "Run: python -m bot migrate"
_REACH: Final = "See that DATABASE_URL is right and that the database server runs."
_STUCK: Final = (
    "They go on by themselves once the bot runs and Slack and the Store answer;"
    " the log says what they wait for."
)
_ENGINE: Final = (
    "See that the file of the work under way, beside the database, is whole and can be"
    " written."
)
_GIVEN_UP: Final = "The bot's log has the traceback of each."
_NO_APPS: Final = "Publish an app in Partner Center first, or use another account."
_REINSTALL: Final = (
    "Add them under OAuth & Permissions of the Slack app, then install it again."
)
_NO_SCOPES: Final = "Update the Slack app from bot/slack/manifest.json, then reinstall."
_INVITE: Final = "In that channel, type /invite @Rollout"
_LATER: Final = "Try again in a minute."
_TOKENS: Final = {
    "invalid_auth": "SLACK_BOT_TOKEN is wrong: copy it from OAuth & Permissions.",
    "not_authed": "SLACK_BOT_TOKEN is wrong: copy it from OAuth & Permissions.",
    "token_expired": "The token has expired: install the Slack app again.",
    "token_revoked": "The token was revoked: install the Slack app again.",
    "account_inactive": "The Slack app was removed: install it again.",
}
_SOCKET: Final = (
    "Make an app-level token with the scope connections:write and switch Socket Mode"
    " on, or leave SLACK_APP_TOKEN empty to use signed HTTP."
)
_HTTP_MODE: Final = (
    "Slack must reach POST /slack/events at this bot's public address; only Slack's"
    " own signed requests can test that."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report: what was looked at, what was found, how to mend it."""

    subject: str
    found: str
    mend: str | None = None
    bad: bool = False


async def examine(env: Mapping[str, str], say: Callable[[str], None]) -> bool:
    """Report on everything as it is found out; True where nothing is wrong."""
    healthy = True
    async with aclosing(_findings(env)) as findings:
        async for finding in findings:
            mark = _BAD if finding.bad else _NOTE if finding.mend else _FINE
            say(f"{mark} {finding.subject}: {finding.found}")
            if finding.mend:
                say(f"       {finding.mend}")
            healthy = healthy and not finding.bad
    say(_HEALTHY if healthy else _ILL)
    return healthy


async def _findings(env: Mapping[str, str]) -> AsyncGenerator[Finding]:
    try:
        settings = Settings.from_env(env)
    except BadSettings as bad:
        for problem in bad.problems:
            yield Finding("settings", problem, _SET_IT, bad=True)
        return
    yield Finding("settings", "complete")
    channels: list[str] = []
    async for finding in _database(settings, channels):
        yield finding
    async for finding in _store(settings):
        yield finding
    async for finding in _slack(settings, channels):
        yield finding


async def _database(settings: Settings, channels: list[str]) -> AsyncGenerator[Finding]:
    """Look at the database; the channels that have aliases are put into `channels`."""
    database = Database(settings.database_url)
    try:
        await database.check()
        inventory = await take_inventory(database, datetime.now(UTC))
    except MemoryOutdated as outdated:
        yield Finding("database", str(outdated), _MIGRATE, bad=True)
        return
    except MemoryUnavailable as away:
        yield Finding("database", f"cannot be reached: {away}", _REACH, bad=True)
        return
    finally:
        await database.close()
    yield Finding("database", "reachable and migrated")
    channels.extend(inventory.channels)
    work = f"{inventory.waiting} cards wait for a click, {inventory.running} run"
    yield Finding("operations", work)
    if inventory.stuck:
        names = ", ".join(inventory.stuck[:5])
        yield Finding(
            "operations",
            f"{len(inventory.stuck)} run for longer than five minutes: {names}",
            _STUCK,
        )
    try:
        failed = await given_up(settings.database_url)
    except MemoryUnavailable as away:
        yield Finding("operations", f"cannot be read: {away}", _ENGINE, bad=True)
        return
    if failed:
        yield Finding("operations", f"{failed} were given up", _GIVEN_UP, bad=True)


async def _store(settings: Settings) -> AsyncGenerator[Finding]:
    tokens = Tokens(
        settings.azure_tenant_id,
        settings.azure_client_id,
        settings.azure_client_secret,
        settings.azure_authority_host,
    )
    try:
        await tokens.token()
    except StoreFailure as failure:
        yield _failed("Microsoft sign-in", failure)
        return
    yield Finding("Microsoft sign-in", "a token was given")
    async with open_store_session(settings.store_api_url) as session:
        try:
            apps = await StoreClient(
                session, tokens, settings.store_api_url
            ).list_apps()
        except StoreFailure as failure:
            yield _failed("Store", failure)
            return
    if not apps:
        yield Finding("Store", "the account has no apps", _NO_APPS, bad=True)
        return
    names = ", ".join(f"{app.name} ({app.app_id})" for app in apps[:3])
    yield Finding("Store", f"{len(apps)} apps can be seen: {names}")


def _failed(subject: str, failure: StoreFailure) -> Finding:
    again = f" {_LATER}" if failure.transient else ""
    return Finding(subject, failure.code, failure.words + again, bad=True)


async def _slack(
    settings: Settings, channels: Sequence[str]
) -> AsyncGenerator[Finding]:
    async with open_session() as session:
        client = make_client(settings.slack_bot_token, settings.slack_api_url, session)
        try:
            access = await checkup.access(client)
        except (CannotAnnounce, NotAnnounced) as refused:
            yield _refused("Slack", refused)
            return
        yield Finding("Slack", f"{access.user} of {access.workspace}")
        if access.missing_scopes:
            lacking = f"the token lacks the scopes {', '.join(access.missing_scopes)}"
            yield Finding("Slack scopes", lacking, _REINSTALL, bad=True)
        async for finding in _ways_in(client, settings):
            yield finding
        for channel in channels:
            try:
                there = await checkup.is_in_channel(client, channel)
            except (CannotAnnounce, NotAnnounced) as refused:
                yield _refused(f"channel {channel}", refused)
                continue
            if not there:
                absent = "has aliases, but the bot is not in it"
                yield Finding(f"channel {channel}", absent, _INVITE, bad=True)


async def _ways_in(
    client: AsyncWebClient, settings: Settings
) -> AsyncGenerator[Finding]:
    if settings.slack_app_token is None:
        yield Finding("Slack delivery", "signed HTTP", _HTTP_MODE)
        return
    try:
        await checkup.open_socket(client, settings.slack_app_token)
    except CannotAnnounce as refused:
        yield Finding("Socket Mode", refused.code, _SOCKET, bad=True)
    except NotAnnounced as away:
        # The bot itself would wait until somebody mends the token; here is somebody.
        mend = _SOCKET if away.code in _TOKENS else _LATER
        yield Finding("Socket Mode", away.code or away.words, mend, bad=True)
    else:
        yield Finding("Socket Mode", "Slack lets the bot connect")


def _refused(subject: str, refused: CannotAnnounce | NotAnnounced) -> Finding:
    if isinstance(refused, NotAnnounced) and refused.code not in _TOKENS:
        return Finding(subject, refused.words, _LATER, bad=True)
    mend = _TOKENS.get(refused.code, _NO_SCOPES)
    return Finding(subject, refused.code, mend, bad=True)
