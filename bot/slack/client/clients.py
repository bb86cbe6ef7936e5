"""Clients of Slack: the HTTP session, the Web API client, the Bolt app."""

import logging
from collections.abc import Callable
from typing import Any, Final

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.client.calls import result_of
from bot.slack.client.identity import Identity
from bot.slack.client.redaction import redacted_logger

# Takes the method of each call, and what came of it.
OnCall = Callable[[str, str], None]

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, sock_connect=5)
# Bolt must be given a secret; without one (Socket Mode) nothing may pass as signed.
_NO_SECRET: Final = ""
# Bolt finds SLACK_BOT_TOKEN in the environment by itself, and warns that it does not
# use it: so it must be, and whoever reads the log would look for a mistake.
_EXPECTED_WARNING: Final = "`token` will be unused"


def open_session() -> aiohttp.ClientSession:
    """Open the session that all calls to Slack share; whoever opens it closes it."""
    return aiohttp.ClientSession(
        timeout=_TIMEOUT,
        # Cookies that pile up make the headers of a later request too large.
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class _ObservedClient(AsyncWebClient):
    """A Web API client that tells of each call."""

    on_call: OnCall

    async def api_call(
        self,
        api_method: str,
        **arguments: Any,  # noqa: ANN401 - Slack's own arguments
    ) -> AsyncSlackResponse:
        """Call Slack once, as the SDK does."""
        try:
            response = await super().api_call(api_method, **arguments)
        except BaseException as error:
            self.on_call(api_method, result_of(error))
            raise
        self.on_call(api_method, "ok")
        return response


def make_client(
    token: str,
    base_url: str,
    session: aiohttp.ClientSession,
    on_call: OnCall = lambda *_: None,
) -> AsyncWebClient:
    """Return a Web API client on the shared session.

    It repeats nothing by itself: the SDK's default would post a message again after
    a broken connection. `on_call` takes the method and the result of each call.
    """
    client = _ObservedClient(
        token=token,
        base_url=_with_slash(base_url),
        session=session,
        logger=redacted_logger("bot.slack.web"),
        retry_handlers=[],
    )
    client.on_call = on_call
    return client


def make_app(
    client: AsyncWebClient, identity: Identity, signing_secret: str | None = None
) -> AsyncApp:
    """Return the Bolt app, without listeners; `signing_secret` is for signed HTTP.

    `identity` must be known before the first payload is dispatched.
    """

    async def authorize() -> AuthorizeResult:
        return identity.result

    logger = redacted_logger("bot.slack.bolt")
    logger.addFilter(_is_unexpected)
    return AsyncApp(
        name="rollout-bot",
        logger=logger,
        # Bolt's own client is for Bolt; with no token in it, Bolt asks `authorize`.
        client=AsyncWebClient(
            base_url=client.base_url,
            session=client.session,
            logger=client._logger,  # noqa: SLF001 - the client tells it in no other way
            retry_handlers=[],
        ),
        authorize=authorize,
        signing_secret=signing_secret or _NO_SECRET,
        request_verification_enabled=True,
        # The listeners ack at once and hand their work over, so that their end is
        # the ack; Bolt's other way looks for the ack every 10 ms.
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        attaching_conversation_kwargs_enabled=False,
    )


def _is_unexpected(record: logging.LogRecord) -> bool:
    return _EXPECTED_WARNING not in record.getMessage()


def _with_slash(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"
