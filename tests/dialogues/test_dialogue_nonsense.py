"""Nonsense in, by the thousand: always a clear answer, and nobody is disturbed."""

import hmac
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from itertools import islice

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox.slack.directory import SIGNING_SECRET
from bot.sandbox.store.seed import MAIL
from tests.dialogues.conversation import HTTP, Conversation
from tests.dialogues.nonsense import FORM, Sent, command, form, payloads, seeded, texts
from tests.slack_users import ANN

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [HTTP], indirect=True, scope="module"),
]

# Every fifth of those that tests/slack/messages/test_slack_nonsense.py has answered.
TEXTS = 5_000
EVERY = 5
PAYLOADS = 5_000


@pytest_asyncio.fixture(loop_scope="module")
async def line() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def send(
    chat: Conversation, line: aiohttp.ClientSession, sent: Sent
) -> tuple[int, str]:
    """Send it as Slack would, with a good signature; gives status and answer."""
    now = str(int(time.time()))
    headers = {
        "Content-Type": sent.content_type,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": sign(now, sent.body),
    }
    url = f"http://127.0.0.1:{chat.bot.port}/slack/events"
    async with line.post(url, data=sent.body, headers=headers) as answer:
        return answer.status, await answer.text()


def sign(timestamp: str, body: bytes) -> str:
    """Sign as Slack does, which signs any bytes.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    signed = b":".join((b"v0", timestamp.encode(), body))
    return f"v0={hmac.new(SIGNING_SECRET.encode(), signed, 'sha256').hexdigest()}"


def nobody_is_disturbed(chat: Conversation, caplog: pytest.LogCaptureFixture) -> None:
    """Check that nothing ended in a traceback, a ping or a write."""
    bad = [r for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info]
    assert [record.getMessage() for record in bad] == []
    pinged = {ping.kind for ping in chat.sandbox.slack.pings}
    assert pinged <= {"user"}
    assert {ping.mention for ping in chat.sandbox.slack.pings} <= {f"<@{ANN}>"}
    assert chat.writes() == []


async def test_every_fifth_text_gets_a_clear_answer_from_the_whole_bot(
    chat: Conversation, line: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}")
    messages = chat.sandbox.slack.workspace.messages
    answered = 0
    sample = islice(texts(seeded(20), TEXTS), 0, None, EVERY)
    for number, text in enumerate(sample):
        status, said = await send(chat, line, Sent(form(command(text))))
        assert (status, said) == (200, ""), text
        if number % 50 == 49:
            await chat.quiet()
            answered += told(chat)
            messages.clear()
    await chat.quiet()
    answered += told(chat)

    # Each text has one answer: to its asker alone, or a card.
    assert answered == TEXTS / EVERY + 1
    nobody_is_disturbed(chat, caplog)


async def test_every_payload_gets_an_answer_and_no_500(
    chat: Conversation, line: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    for sent in payloads(seeded(21), PAYLOADS):
        status, said = await send(chat, line, sent)
        seen[sent.kind, status] += 1
        assert status == 200 or 400 <= status < 500, sent
        if status != 200:
            assert json.loads(said)["error"].endswith("."), sent
    await chat.quiet()

    for kind in ("command", "click", "form", "event"):
        assert seen[kind, 200] > 250
    assert seen["raw", 400] > 40
    nobody_is_disturbed(chat, caplog)


@pytest.mark.parametrize(
    ("signature", "age"),
    [("v0=00", 0), ("", 0), ("v0=é", 0), (None, 301), (None, -301)],
)
async def test_what_is_not_signed_by_slack_now_is_refused_unread(
    chat: Conversation,
    line: aiohttp.ClientSession,
    signature: str | None,
    age: int,
) -> None:
    body, then = form(command("help")), str(int(time.time()) - age)
    headers = {
        "Content-Type": FORM,
        "X-Slack-Request-Timestamp": then,
        "X-Slack-Signature": sign(then, body) if signature is None else signature,
    }
    url = f"http://127.0.0.1:{chat.bot.port}/slack/events"
    async with line.post(url, data=body, headers=headers) as answer:
        assert answer.status == 401
        assert "signature does not fit" in (await answer.json())["error"]


def told(chat: Conversation) -> int:
    """Count the answers; each has words to be read, and none is empty.

    Beside a card stands a word to the asker about a reason that may name another app.
    """
    answers = [m for m in chat.seen(ANN) if m["bot"]]
    assert all(message["text"].strip() for message in answers)
    return sum(not m["text"].startswith("This is about") for m in answers)
