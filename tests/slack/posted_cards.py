"""Cards as the messenger's tests need them: just posted, and finished."""

from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.requests import Request, RequestState
from bot.domain.results import Done
from bot.slack.outbox.messenger import Messenger
from tests.slack.service_double import HALTED, RUNNING, request
from tests.translators import ENGLISH

DONE = Done(RUNNING, HALTED)


@pytest.fixture
def messenger(client: AsyncWebClient) -> Messenger:
    """Return the bot's voice on the local Slack."""
    return Messenger(client, ENGLISH)


def finished(card: str, **changes: object) -> Request:
    """Return a halted request whose card stands as the message `card`."""
    done = request(state=RequestState.FINISHED, result=DONE, card=card)
    return replace(done, **changes)  # type: ignore[arg-type]


async def posted(messenger: Messenger) -> Request:
    """Post the card of a new request, and give the request with it."""
    new = request()
    return replace(new, card=await messenger.post_card(new))
